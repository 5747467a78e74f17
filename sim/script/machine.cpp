#include "script/machine.h"

#include <algorithm>
#include <array>

#include "tcp/connection.h"
#include "tcp/segment.h"
#include "wire/codec.h"

namespace wirelab::script {

namespace {

constexpr std::uint8_t kTtl = 64;

/// The header as it would be on the wire, made by the codec and read again: what is compared is what others would see.
Sent read_header(const Packet& p, const PacketPool& pool, Time now) {
  Packet bare = p;
  bare.payload = 0;
  bare.size = static_cast<std::uint16_t>(p.size - p.payload);
  std::array<std::uint8_t, 256> bytes{};
  emit(bare, pool, bytes);
  const std::uint8_t* const tcp = bytes.data() + kIpv4HeaderBytes;
  const auto be16 = [&](int at) { return static_cast<std::uint32_t>(tcp[at] << 8 | tcp[at + 1]); };

  Sent sent{now, {p.src, p.dst, p.sport, p.dport}, p.seq.raw(), p.ack.raw(), {}};
  Segment& s = sent.segment;
  s.flags = static_cast<std::uint16_t>(tcp[13] | (tcp[12] & 1) << 8);
  s.start = p.seq.raw();
  s.length = p.payload;
  if (p.has_flag(tcp_flag::Ack)) s.ack = p.ack.raw();
  s.window = be16(14);
  s.urgent = be16(18);
  s.options = read_options({tcp + kTcpHeaderBytes, static_cast<std::size_t>((tcp[12] >> 4) * 4 - kTcpHeaderBytes)});
  constexpr std::array<IpEcn, 4> kEcn = {IpEcn::NoEcn, IpEcn::Ect1, IpEcn::Ect0, IpEcn::Ce};
  s.ecn = kEcn[bytes[1] & 3];
  return sent;
}

std::uint8_t ecn_bits(IpEcn ecn) {
  switch (ecn) {
    case IpEcn::Ect1: return 1;
    case IpEcn::Ect0: return 2;
    case IpEcn::Ce: return 3;
    default: return 0;
  }
}

void put_options(PacketPool& pool, Packet& p, const std::vector<TcpOption>& options) {
  for (const TcpOption& o : options) {
    switch (o.kind) {
      case TcpOption::Kind::Mss: pool.extend(p).mss = static_cast<std::uint16_t>(o.value); break;
      case TcpOption::Kind::WindowScale: pool.extend(p).window_scale = static_cast<std::uint8_t>(o.value + 1); break;
      case TcpOption::Kind::SackPermitted: p.marks |= mark::SackPermitted; break;
      case TcpOption::Kind::Timestamps: tcp::add_timestamps(p, o.value, o.echo); break;
      case TcpOption::Kind::Sack: {
        Extension& e = pool.extend(p);
        for (const auto& [left, right] : o.blocks) e.sack[e.sack_count++] = {Seq(left), Seq(right)};
        break;
      }
      case TcpOption::Kind::FastOpen: {
        // As the codec reads it: only on a SYN, and only with a length that a cookie may have.
        if (!p.has_flag(tcp_flag::Syn) || !FastOpenOption::is_valid_length(o.cookie.size())) break;
        Extension& e = pool.extend(p);
        e.has_fast_open = true;
        e.fast_open = {o.value != 0, static_cast<std::uint8_t>(o.cookie.size()), {}};
        std::copy(o.cookie.begin(), o.cookie.end(), e.fast_open.cookie);
        break;
      }
      default: break;
    }
  }
  p.size = static_cast<std::uint16_t>(kIpv4HeaderBytes + kTcpHeaderBytes + tcp_option_bytes(p, pool) + p.payload);
}

}  // namespace

Machine::Machine(const Addresses& addresses, PcapWriter* pcap)
    : SegmentOutput(domain_), addresses_(addresses), pcap_(pcap) {
  layer_.emplace(static_cast<tcp::SegmentOutput&>(*this), timers_, tcp::LayerSeeds{});
  layer_->set_captured();
}

tcp::SendResult Machine::send(Packet* p, Time now) {
  if (refuses_) {
    domain_.deliver(p);
    return {.refused = true};
  }
  p->ttl = kTtl;
  if (path_news_ == PathNews::Unseen) path_news_ = PathNews::Seen;
  if (pcap_ != nullptr) pcap_->write(now, *p, domain_.pool);
  sent_.push_back(read_header(*p, domain_.pool, now));
  domain_.deliver(p);
  return {};
}

void Machine::advance_to(Time t) {
  while (scheduler_.next_time() < t) step(t);
  if (now_ < t) now_ = t;
}

bool Machine::step(Time limit) {
  const Time next = scheduler_.next_time();
  if (next.is_never() || next > limit) return false;
  if (now_ < next) now_ = next;
  follow_path();
  timers_.run(now_);
  return true;
}

void Machine::receive(const tcp::FourTuple& id, const Segment& s) {
  Packet* const p = tcp::make_bare_segment(domain_, {id.remote, id.local, id.remote_port, id.local_port}, Seq(s.start),
                                           Seq(s.ack.value_or(0)), static_cast<std::uint8_t>(s.flags),
                                           static_cast<std::uint16_t>(s.window.value_or(0)));
  p->payload = static_cast<std::uint16_t>(s.length);
  p->payload_stream = 0;  // any bytes: a remote may send again with other content
  p->ttl = kTtl;
  p->tos = ecn_bits(s.ecn);
  put_options(domain_.pool, *p, s.options);
  if (s.urgent != 0) domain_.pool.extend(*p).urgent_pointer = static_cast<std::uint16_t>(s.urgent);
  if (pcap_ != nullptr) pcap_->write(now_, *p, domain_.pool);
  layer_->receive(p, now_);
}

void Machine::receive_icmp(const tcp::FourTuple& id, std::uint8_t type, std::uint8_t code, std::uint16_t mtu,
                           Seq quoted) {
  IcmpQuote quote{};
  quote.src = id.local;
  quote.dst = id.remote;
  quote.sport = id.local_port;
  quote.dport = id.remote_port;
  quote.seq = quoted;
  quote.protocol = static_cast<std::uint8_t>(Protocol::Tcp);
  layer_->on_icmp_error(quote, type, code, mtu, now_);
}

}  // namespace wirelab::script
