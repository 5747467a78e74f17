// Packets as scripts write them, inbound and outbound.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "script/readers.h"
#include "wire/packet.h"

namespace wirelab::script {

namespace {

IpEcn ecn_of(std::int64_t type_of_service) {
  constexpr std::array<IpEcn, 4> kByBits = {IpEcn::NoEcn, IpEcn::Ect1, IpEcn::Ect0, IpEcn::Ce};
  return kByBits[static_cast<std::size_t>(type_of_service & 3)];
}

/// IPv4 has none: what a script gives an inbound packet is lost, and what it wants of an outbound one is not there.
void read_flow_label(Cursor& in, bool inbound) {
  if (in.integer() >> 20 != 0) in.fail("a flow label has 20 bits");
  if (!inbound) in.refuse("flow labels are IPv6's, which is not modelled");
}

/// `[ect0]`, `(ce)`, `[tos 0x2]`, `[ttl 64]`. Of the type of service a script looks at the ECN bits alone; the hosts
/// send with the others 0 and with a time to live of 64, and do not look at what comes.
IpEcn read_ip_info(Cursor& in, bool inbound) {
  const bool square = in.accept("[");
  if (!square && !in.accept("(")) return IpEcn::NotCompared;
  constexpr std::pair<std::string_view, IpEcn> kNames[] = {{"noecn", IpEcn::NoEcn},
                                                           {"ect01", IpEcn::Ect01},
                                                           {"ect0", IpEcn::Ect0},
                                                           {"ect1", IpEcn::Ect1},
                                                           {"ce", IpEcn::Ce}};
  IpEcn ecn = IpEcn::NotCompared;
  const std::string name(in.word());
  const auto* const known =
      std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& n) { return n.first == name; });
  if (known != std::end(kNames)) {
    ecn = known->second;
  } else if (name == "tos") {
    const std::int64_t tos = in.integer();
    if (tos < 0 || tos > 255) in.fail("a type of service has 8 bits");
    if (!inbound && tos > 3) in.refuse("a type of service beyond the ECN bits is not modelled");
    ecn = ecn_of(tos);
  } else if (name == "ttl") {
    const std::int64_t ttl = in.integer();
    if (ttl < 0 || ttl > 255) in.fail("a time to live has 8 bits");
    if (!inbound && ttl != 64) in.refuse("a time to live other than 64 is not modelled");
  } else if (name == "flowlabel") {
    read_flow_label(in, inbound);
  } else {
    in.fail(fmt::format("'{}' is no IP information; noecn, ect0, ect1, ect01, ce, tos and ttl are", name));
  }
  if (in.accept(",")) {
    if (in.word() != "flowlabel") in.fail("expected flowlabel behind the comma");
    read_flow_label(in, inbound);
  }
  in.expect(square ? "]" : ")");
  return ecn;
}

std::uint16_t read_flags(Cursor& in) {
  std::uint16_t flags = 0;
  for (const char c : in.run_of("<(")) {
    switch (c) {
      case 'F': flags |= tcp_flag::Fin; break;
      case 'S': flags |= tcp_flag::Syn; break;
      case 'R': flags |= tcp_flag::Rst; break;
      case 'P': flags |= tcp_flag::Psh; break;
      case '.': flags |= tcp_flag::Ack; break;
      case 'U': flags |= tcp_flag::Urg; break;
      case 'E': flags |= tcp_flag::Ece; break;
      case 'W': flags |= tcp_flag::Cwr; break;
      case 'A': flags |= kAe; break;
      case '-': break;
      default:
        if (c >= '0' && c <= '7') {  // AccECN's ACE field: AE, CWR, ECE as one number
          if ((c - '0') & 4) flags |= kAe;
          if ((c - '0') & 2) flags |= tcp_flag::Cwr;
          if ((c - '0') & 1) flags |= tcp_flag::Ece;
          break;
        }
        in.fail(fmt::format("'{}' is no TCP flag", c));
    }
  }
  return flags;
}

std::uint32_t read_32(Cursor& in) {
  const std::int64_t n = in.integer();
  if (n < 0 || n > std::int64_t{0xffffffff}) in.fail(fmt::format("{} does not fit 32 bits", n));
  return static_cast<std::uint32_t>(n);
}
std::uint32_t read_16(Cursor& in) {
  const std::uint32_t n = read_32(in);
  if (n > 65535) in.fail(fmt::format("{} does not fit 16 bits", n));
  return n;
}

TcpOption read_timestamps(Cursor& in) {
  TcpOption o;
  o.kind = TcpOption::Kind::Timestamps;
  if (!in.accept_word("val")) in.fail("expected 'val' after TS");
  o.value = read_32(in);
  if (!in.accept_word("ecr")) in.fail("expected 'ecr' after the value of TS");
  o.echo = read_32(in);
  return o;
}

/// Hexadecimal digits, two for each byte; none: a cookie of Fast Open is asked for.
std::vector<std::uint8_t> read_cookie(Cursor& in) {
  std::vector<std::uint8_t> cookie;
  if (in.next_is(",") || in.next_is(">")) return cookie;
  const std::string_view digits = in.run_of(",>");
  if (digits.size() % 2 != 0 || digits.size() > 72)
    in.fail(fmt::format("'{}' is no row of hexadecimal digits, two for each byte", digits));
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    std::uint8_t byte = 0;
    const auto [end, error] = std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
    if (error != std::errc() || end != digits.data() + i + 2) {
      in.fail(fmt::format("'{}' is no row of hexadecimal digits, two for each byte", digits));
    }
    cookie.push_back(byte);
  }
  return cookie;
}

/// Accurate ECN's counters, which hosts without it do not know: only the length counts.
void read_accurate_ecn(Cursor& in, TcpOption& o) {
  constexpr std::uint32_t kOrder0 = 172, kOrder1 = 174, kField = 3;
  o.kind = TcpOption::Kind::Unknown;
  o.value = in.next_is("e0b") ? kOrder0 : kOrder1;
  o.echo = 2;
  while (in.accept_word("e0b") || in.accept_word("e1b") || in.accept_word("ceb")) {
    if (read_32(in) >> 24 != 0) in.fail("a counter of Accurate ECN has 24 bits");
    o.echo += kField;
  }
  if (o.echo == 2 || o.echo > 2 + 3 * kField) in.fail("an ECN option has 1 to 3 of the counters e0b, e1b and ceb");
}

TcpOption read_option(Cursor& in) {
  TcpOption o;
  const std::string name(in.word());
  if (name == "nop") {
    o.kind = TcpOption::Kind::Nop;
  } else if (name == "eol") {
    o.kind = TcpOption::Kind::Eol;
  } else if (name == "mss") {
    o.kind = TcpOption::Kind::Mss;
    o.value = read_16(in);
  } else if (name == "wscale") {
    o.kind = TcpOption::Kind::WindowScale;
    o.value = read_32(in);
    if (o.value > 255) in.fail("a window scale has 8 bits");
  } else if (name == "sackOK") {
    o.kind = TcpOption::Kind::SackPermitted;
  } else if (name == "TS") {
    o = read_timestamps(in);
  } else if (name == "sack") {
    o.kind = TcpOption::Kind::Sack;
    while (in.at_number()) {
      const std::uint32_t left = read_32(in);
      in.expect(":");
      o.blocks.emplace_back(left, read_32(in));
    }
    if (o.blocks.empty() || o.blocks.size() > 4) in.fail("a SACK option has 1 to 4 blocks");
  } else if (name == "FO" || name == "FOEXP") {
    o.kind = TcpOption::Kind::FastOpen;
    o.value = name == "FOEXP" ? 1 : 0;
    o.cookie = read_cookie(in);
  } else if (name == "md5") {
    o.kind = TcpOption::Kind::Md5;
    o.cookie = read_cookie(in);
    if (o.cookie.size() != 16) in.fail("the digest of md5 has 32 hexadecimal digits");
  } else if (name == "ECN") {
    read_accurate_ecn(in, o);
  } else {
    in.fail(fmt::format("'{}' is no TCP option", name));
  }
  return o;
}

void read_options(Cursor& in, Segment& s, bool inbound) {
  if (!in.accept("<")) return;
  if (in.accept("...")) {
    if (inbound) in.fail("an inbound packet must name its options");
    s.any_options = true;
    in.expect(">");
    return;
  }
  while (!in.accept(">")) {
    s.options.push_back(read_option(in));
    if (!in.next_is(">")) in.expect(",");
  }
  if (inbound && bytes_of(s.options) % 4 != 0) in.fail("the options do not fill 32-bit words");
}

constexpr std::pair<std::string_view, std::uint8_t> kUnreachableCodes[] = {{"net_unreachable", 0},
                                                                           {"host_unreachable", 1},
                                                                           {"protocol_unreachable", 2},
                                                                           {"port_unreachable", 3},
                                                                           {"frag_needed", 4},
                                                                           {"source_route_failed", 5},
                                                                           {"net_unknown", 6},
                                                                           {"host_unknown", 7},
                                                                           {"source_host_isolated", 8},
                                                                           {"net_prohibited", 9},
                                                                           {"host_prohibited", 10},
                                                                           {"net_unreachable_for_tos", 11},
                                                                           {"host_unreachable_for_tos", 12},
                                                                           {"packet_filtered", 13},
                                                                           {"precedence_violation", 14},
                                                                           {"precedence_cutoff", 15}};

/// Messages to a host; TCP looks at errors alone.
constexpr std::pair<std::string_view, std::uint8_t> kIcmpTypes[] = {
    {"echo_reply", 0},         {"unreachable", 3},      {"source_quench", 4},      {"time_exceeded", 11},
    {"parameter_problem", 12}, {"timestamp_reply", 14}, {"information_reply", 16}, {"address_mask_reply", 18},
};

InboundIcmp read_icmp(Cursor& in, std::size_t from) {
  InboundIcmp icmp;
  const std::string type(in.word());
  const auto* const known =
      std::find_if(std::begin(kIcmpTypes), std::end(kIcmpTypes), [&](const auto& t) { return t.first == type; });
  if (type == "packet_too_big") {
    icmp.is_v6 = true;
    icmp.code = 4;
  } else if (known != std::end(kIcmpTypes)) {
    icmp.type = known->second;
  } else if (type == "redirect" || type.ends_with("_request")) {
    in.refuse(fmt::format("ICMP {} is not modelled", type));
  } else {
    in.fail(fmt::format("ICMP '{}' is not known; unreachable, time_exceeded and others are", type));
  }
  for (const auto& [name, code] : kUnreachableCodes) {
    if (in.accept_word(name)) icmp.code = code;
  }
  if (in.accept_word("mtu")) {
    const std::int64_t mtu = in.integer();
    if (mtu < 0 || mtu > 65535) in.fail("an MTU has 16 bits");
    icmp.mtu = static_cast<std::uint16_t>(mtu);
  }
  if (in.accept_word("id")) in.integer();
  if (in.accept("[")) {
    if (in.accept_word("udp") || in.accept_word("raw")) in.refuse("an ICMP error about no TCP segment is not modelled");
    icmp.quoted = read_32(in);
    in.until("]");
  }
  icmp.text = in.text_between(from, in.position());
  while (!icmp.text.empty() && (icmp.text.back() == ' ' || icmp.text.back() == '\n')) icmp.text.pop_back();
  return icmp;
}

}  // namespace

Action read_packet(Cursor& in, bool inbound) {
  Segment s;
  s.ecn = read_ip_info(in, inbound);
  const std::size_t from = in.position();
  if (in.accept_word("icmp")) {
    if (!inbound) in.refuse("an outbound ICMP packet is not modelled");
    return read_icmp(in, from);
  }
  for (const char* other : {"udp", "ipv4", "ipv6", "gre", "mpls"}) {
    if (in.accept_word(other)) in.refuse(fmt::format("{} packets are not modelled here", other));
  }
  if (in.at_number()) {
    Cursor ahead = in;
    ahead.integer();
    if (ahead.accept(">")) in.refuse("packets with ports of their own are not modelled");
  }
  s.flags = read_flags(in);
  s.start = read_32(in);
  in.expect(":");
  const std::uint32_t end = read_32(in);
  in.expect("(");
  s.length = read_32(in);
  in.expect(")");
  if (end != s.start + s.length) in.fail("the sequence numbers do not fit the length");
  if (inbound && s.length > 65000) in.fail("an inbound packet is longer than 65000 bytes");
  if (in.accept_word("ack")) s.ack = read_32(in);
  Cursor behind = in;
  if (in.accept_word("win")) s.window = read_16(in);
  if (inbound && !s.window) behind.fail("an inbound packet needs its window: win N");
  if (in.accept_word("urg")) s.urgent = read_16(in);
  read_options(in, s, inbound);
  // Hosts without Accurate ECN, such as these, do not look at its bit.
  if (inbound) s.flags = static_cast<std::uint16_t>(s.flags & ~kAe);
  if (inbound && (s.ecn == IpEcn::Ect01)) in.fail("ect01 says what is accepted; an inbound packet has one of them");
  if (inbound) return InboundSegment{std::move(s)};
  return ExpectedSegment{std::move(s)};
}

}  // namespace wirelab::script
