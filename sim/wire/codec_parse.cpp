#include "wire/checksum.h"
#include "wire/codec.h"

namespace wirelab {
namespace {

using In = std::span<const std::uint8_t>;

std::uint16_t get16(In in, std::size_t at) { return static_cast<std::uint16_t>(in[at] << 8 | in[at + 1]); }
std::uint32_t get32(In in, std::size_t at) { return std::uint32_t{get16(in, at)} << 16 | get16(in, at + 2); }

std::uint16_t sum_of(In bytes) {
  InternetChecksum sum;
  sum.add(bytes);
  return sum.value();
}

/// A cookie of no valid length counts as no option (RFC 7413 section 4.1.1), and so does one that is not on a SYN.
void read_fast_open(In cookie, bool experimental, Packet& p, PacketPool& pool) {
  if (!p.has_flag(tcp_flag::Syn) || !FastOpenOption::is_valid_length(cookie.size())) return;
  Extension& ext = pool.extend(p);
  ext.sack_count = 0;
  ext.has_fast_open = true;
  ext.fast_open = {experimental, static_cast<std::uint8_t>(cookie.size()), {}};
  for (std::size_t i = 0; i < cookie.size(); ++i) ext.fast_open.cookie[i] = cookie[i];
}

/// One option of known length at its place; unknown kinds are skipped (RFC 9293 section 3.2).
bool read_option(std::uint8_t kind, In value, Packet& p, PacketPool& pool) {
  switch (kind) {
    case 2:
      if (value.size() != 2) return false;
      pool.extend(p).mss = get16(value, 0);
      return true;
    case 3:
      if (value.size() != 1) return false;
      pool.extend(p).window_scale = static_cast<std::uint8_t>(value[0] + 1);
      return true;
    case 4:
      if (!value.empty()) return false;
      p.marks |= mark::SackPermitted;
      return true;
    case 5: {
      if (value.empty() || value.size() % 8 != 0 || value.size() > 32) return false;
      Extension& ext = pool.extend(p);
      if (ext.has_fast_open) return true;  // a SYN acknowledges nothing selectively
      ext.sack_count = static_cast<std::uint8_t>(value.size() / 8);
      for (std::size_t i = 0; i < ext.sack_count; ++i) {
        ext.sack[i] = {Seq(get32(value, 8 * i)), Seq(get32(value, 8 * i + 4))};
      }
      return true;
    }
    case 8:
      if (value.size() != 8) return false;
      p.marks |= mark::Timestamps;
      p.ts_val = get32(value, 0);
      p.ts_ecr = get32(value, 4);
      return true;
    case 34: read_fast_open(value, false, p, pool); return true;
    case 254:
      if (value.size() >= 2 && get16(value, 0) == 0xf989) read_fast_open(value.subspan(2), true, p, pool);
      return true;
    default: return true;
  }
}

bool read_options(In options, Packet& p, PacketPool& pool) {
  for (std::size_t at = 0; at < options.size();) {
    const std::uint8_t kind = options[at];
    if (kind == 0) return true;  // end of list
    if (kind == 1) {
      ++at;
      continue;
    }
    if (at + 1 >= options.size()) return false;
    const std::size_t length = options[at + 1];
    if (length < 2 || at + length > options.size()) return false;
    if (!read_option(kind, options.subspan(at + 2, length - 2), p, pool)) return false;
    at += length;
  }
  return true;
}

ParseFault read_tcp(In in, Packet& p, PacketPool& pool) {
  if (in.size() < kTcpHeaderBytes) return ParseFault::Truncated;
  p.sport = get16(in, 0);
  p.dport = get16(in, 2);
  p.seq = Seq(get32(in, 4));
  p.ack = Seq(get32(in, 8));
  p.flags = in[13];
  p.window = get16(in, 14);
  const std::size_t header = std::size_t{4} * (in[12] >> 4);
  if (header < kTcpHeaderBytes || header > in.size()) return ParseFault::Truncated;
  p.payload = static_cast<std::uint16_t>(in.size() - header);
  if (p.has_flag(tcp_flag::Urg)) pool.extend(p).urgent_pointer = get16(in, 18);
  if (!read_options(in.subspan(kTcpHeaderBytes, header - kTcpHeaderBytes), p, pool)) return ParseFault::BadOptions;
  return p.has(mark::Fragment) || transport_checksum(p, in) == 0 ? ParseFault::None : ParseFault::BadTransportChecksum;
}

ParseFault read_udp(In in, Packet& p) {
  if (in.size() < kUdpHeaderBytes) return ParseFault::Truncated;
  p.sport = get16(in, 0);
  p.dport = get16(in, 2);
  const std::uint16_t length = get16(in, 4);
  if (length < kUdpHeaderBytes || (!p.has(mark::Fragment) && length > in.size())) return ParseFault::Truncated;
  p.payload = static_cast<std::uint16_t>(length - kUdpHeaderBytes);
  if (p.has(mark::Fragment) || get16(in, 6) == 0) return ParseFault::None;
  return transport_checksum(p, in.first(length)) == 0 ? ParseFault::None : ParseFault::BadTransportChecksum;
}

/// The quoted header and 8 bytes of an error; its checksums are not judged.
void read_quote(In in, Packet& p, PacketPool& pool) {
  IcmpQuote q{};
  q.tos = in[1];
  q.size = get16(in, 2);
  q.id = get16(in, 4);
  if ((in[6] & 0x40) != 0) q.marks |= mark::DontFragment;
  if ((get16(in, 6) & 0x3fff) != 0) q.marks |= mark::Fragment;
  q.ttl = in[8];
  q.protocol = in[9];
  q.src = Ipv4Address(get32(in, 12));
  q.dst = Ipv4Address(get32(in, 16));
  const In first = in.subspan(kIpv4HeaderBytes);
  q.sport = get16(first, 0);
  q.dport = get16(first, 2);
  q.seq = Seq(get32(first, 4));
  if (q.protocol == static_cast<std::uint8_t>(Protocol::Udp)) {
    q.udp_length = get16(first, 4);
    q.seq = Seq(0);
  }
  if (q.protocol == static_cast<std::uint8_t>(Protocol::Icmp)) q.dport = 0;
  pool.extend(p).quote = q;
}

ParseFault read_icmp(In in, Packet& p, PacketPool& pool) {
  if (in.size() < kIcmpHeaderBytes) return ParseFault::Truncated;
  p.sport = get16(in, 0);
  p.dport = 0;
  p.seq = Seq(get32(in, 4));
  p.payload = static_cast<std::uint16_t>(in.size() - kIcmpHeaderBytes);
  const std::uint8_t type = in[0];
  const bool error = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
  if (error && p.payload >= kIpv4HeaderBytes + 8 && in[kIcmpHeaderBytes] == 0x45) {
    read_quote(in.subspan(kIcmpHeaderBytes), p, pool);
  }
  return p.has(mark::Fragment) || sum_of(in) == 0 ? ParseFault::None : ParseFault::BadTransportChecksum;
}

ParseFault read_transport(In in, Packet& p, PacketPool& pool) {
  switch (p.protocol) {
    case Protocol::Tcp: return read_tcp(in, p, pool);
    case Protocol::Udp: return read_udp(in, p);
    case Protocol::Icmp: return read_icmp(in, p, pool);
  }
  p.payload = static_cast<std::uint16_t>(in.size());
  return ParseFault::UnknownProtocol;
}

/// Everything that a header may leave unsaid.
void clear(Packet& p) {
  p.sport = p.dport = p.payload = p.window = 0;
  p.seq = p.ack = Seq(0);
  p.ts_val = p.ts_ecr = p.payload_stream = 0;
  p.payload_offset = 0;
  p.flags = p.marks = 0;
}

}  // namespace

ParseFault parse(std::span<const std::uint8_t> bytes, Packet& p, PacketPool& pool) {
  clear(p);
  if (p.extension != 0) pool.release_extension(p);
  if (bytes.size() < kIpv4HeaderBytes) return ParseFault::Truncated;
  const std::size_t header = std::size_t{4} * (bytes[0] & 15);
  if (bytes[0] >> 4 != 4 || header < kIpv4HeaderBytes) return ParseFault::NotIpv4;
  p.tos = bytes[1];
  p.size = get16(bytes, 2);
  p.id = get16(bytes, 4);
  p.ttl = bytes[8];
  p.protocol = static_cast<Protocol>(bytes[9]);
  p.src = Ipv4Address(get32(bytes, 12));
  p.dst = Ipv4Address(get32(bytes, 16));
  if (header > p.size || p.size > bytes.size()) return ParseFault::Truncated;
  if (sum_of(bytes.first(header)) != 0) return ParseFault::BadHeaderChecksum;
  const std::uint16_t flags = get16(bytes, 6);
  if ((flags & 0x4000) != 0) p.marks |= mark::DontFragment;
  const In body = bytes.first(p.size).subspan(header);
  const auto offset = static_cast<std::uint16_t>((flags & 0x1fff) * 8);
  if ((flags & 0x3fff) != 0) {
    p.marks |= mark::Fragment;
    const bool last = (flags & 0x2000) == 0;
    pool.extend(p).fragment = {0, offset, static_cast<std::uint16_t>(body.size()),
                               last ? static_cast<std::uint16_t>(offset + body.size()) : std::uint16_t{0}};
    if (offset != 0) return ParseFault::None;
  }
  return read_transport(body, p, pool);
}

}  // namespace wirelab
