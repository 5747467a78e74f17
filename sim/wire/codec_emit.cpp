#include <algorithm>
#include <array>

#include "core/assert.h"
#include "wire/checksum.h"
#include "wire/codec.h"
#include "wire/pattern.h"

namespace wirelab {
namespace {

using Bytes8 = std::span<std::uint8_t>;

/// Writes fields in network order, one after the other.
class Writer {
 public:
  explicit Writer(Bytes8 out) : out_(out) {}
  void u8(std::uint8_t x) { out_[at_++] = x; }
  void u16(std::uint16_t x) {
    u8(static_cast<std::uint8_t>(x >> 8));
    u8(static_cast<std::uint8_t>(x));
  }
  void u32(std::uint32_t x) {
    u16(static_cast<std::uint16_t>(x >> 16));
    u16(static_cast<std::uint16_t>(x));
  }
  std::size_t size() const { return at_; }

 private:
  Bytes8 out_;
  std::size_t at_ = 0;
};

void put16(Bytes8 out, std::size_t at, std::uint16_t x) {
  out[at] = static_cast<std::uint8_t>(x >> 8);
  out[at + 1] = static_cast<std::uint8_t>(x);
}

struct IpFields {
  Ipv4Address src, dst;
  std::uint16_t size, id;
  std::uint16_t flags_and_offset;
  std::uint8_t tos, ttl, protocol;
};

constexpr std::uint16_t kDontFragment = 0x4000, kMoreFragments = 0x2000;

/// RFC 791 section 3.1, without options.
void put_ip_header(Bytes8 out, const IpFields& ip) {
  Writer w(out);
  w.u8(0x45);
  w.u8(ip.tos);
  w.u16(ip.size);
  w.u16(ip.id);
  w.u16(ip.flags_and_offset);
  w.u8(ip.ttl);
  w.u8(ip.protocol);
  w.u16(0);
  w.u32(ip.src.bits());
  w.u32(ip.dst.bits());
  InternetChecksum sum;
  sum.add(out.first(kIpv4HeaderBytes));
  put16(out, 10, sum.value());
}

constexpr std::uint8_t kNop = 1, kMss = 2, kWindowScale = 3, kSackPermitted = 4, kSack = 5, kTimestamps = 8,
                       kFastOpen = 34, kExperiment = 254;
constexpr std::uint16_t kFastOpenMagic = 0xf989;  // RFC 7413 appendix A's predecessor (RFC 6994)

void put_fast_open(Writer& w, const FastOpenOption& option) {
  const auto bytes = static_cast<std::uint8_t>((option.experimental ? 4 : 2) + option.length);
  w.u8(option.experimental ? kExperiment : kFastOpen);
  w.u8(bytes);
  if (option.experimental) w.u16(kFastOpenMagic);
  for (std::size_t i = 0; i < option.length; ++i) w.u8(option.cookie[i]);
  for (std::size_t i = bytes; i < option.bytes(); ++i) w.u8(kNop);
}

/// Linux's order: MSS, then SACK-permitted and timestamps in one aligned group, window scale, SACK blocks, Fast Open;
/// what is not a multiple of four is padded in front with NOPs, and Fast Open behind.
void put_tcp_options(Writer& w, const Packet& p, const Extension* ext) {
  if (ext != nullptr && ext->mss != 0) {
    w.u8(kMss);
    w.u8(4);
    w.u16(ext->mss);
  }
  const bool timestamps = p.has(mark::Timestamps), sack_permitted = p.has(mark::SackPermitted);
  if (timestamps || sack_permitted) {
    if (!(timestamps && sack_permitted)) {
      w.u8(kNop);
      w.u8(kNop);
    }
    if (sack_permitted) {
      w.u8(kSackPermitted);
      w.u8(2);
    }
    if (timestamps) {
      w.u8(kTimestamps);
      w.u8(10);
      w.u32(p.ts_val);
      w.u32(p.ts_ecr);
    }
  }
  if (ext == nullptr) return;
  if (ext->window_scale != 0) {
    w.u8(kNop);
    w.u8(kWindowScale);
    w.u8(3);
    w.u8(static_cast<std::uint8_t>(ext->window_scale - 1));
  }
  if (ext->sack_count != 0) {
    w.u8(kNop);
    w.u8(kNop);
    w.u8(kSack);
    w.u8(static_cast<std::uint8_t>(2 + 8 * ext->sack_count));
    for (std::size_t i = 0; i < ext->sack_count; ++i) {
      w.u32(ext->sack[i].left.raw());
      w.u32(ext->sack[i].right.raw());
    }
  }
  if (ext->has_fast_open) put_fast_open(w, ext->fast_open);
}

std::size_t put_tcp(Bytes8 out, const Packet& p, const PacketPool& pool) {
  const Extension* const ext = p.extension != 0 ? &pool.extension(p) : nullptr;
  const std::size_t header = kTcpHeaderBytes + tcp_option_bytes(p, pool);
  Writer w(out);
  w.u16(p.sport);
  w.u16(p.dport);
  w.u32(p.seq.raw());
  w.u32(p.ack.raw());
  w.u8(static_cast<std::uint8_t>(header / 4 << 4));
  w.u8(p.flags);
  w.u16(p.window);
  w.u16(0);
  w.u16(ext != nullptr && p.has_flag(tcp_flag::Urg) ? ext->urgent_pointer : std::uint16_t{0});
  put_tcp_options(w, p, ext);
  WIRELAB_ASSERT(w.size() == header);
  const std::size_t size = header + p.payload;
  fill_pattern(p.payload_stream, p.payload_offset, out.subspan(header, p.payload));
  put16(out, 16, transport_checksum(p, out.first(size)));
  return size;
}

std::size_t put_udp(Bytes8 out, const Packet& p) {
  const std::size_t size = std::size_t{kUdpHeaderBytes} + p.payload;
  Writer w(out);
  w.u16(p.sport);
  w.u16(p.dport);
  w.u16(static_cast<std::uint16_t>(size));
  w.u16(0);
  fill_pattern(p.payload_stream, p.payload_offset, out.subspan(kUdpHeaderBytes, p.payload));
  const std::uint16_t sum = transport_checksum(p, out.first(size));
  put16(out, 6, sum == 0 ? std::uint16_t{0xffff} : sum);  // 0 would mean that there is none
  return size;
}

/// An ICMP error quotes the header of the datagram and its first 8 bytes (RFC 792).
void put_quote(Bytes8 out, const IcmpQuote& q) {
  std::uint16_t flags = 0;
  if ((q.marks & mark::DontFragment) != 0) flags |= kDontFragment;
  if ((q.marks & mark::Fragment) != 0) flags |= kMoreFragments;  // only first fragments cause errors (RFC 1122)
  put_ip_header(out, {q.src, q.dst, q.size, q.id, flags, q.tos, q.ttl, q.protocol});
  Writer w(out.subspan(kIpv4HeaderBytes));
  w.u16(q.sport);
  if (q.protocol == static_cast<std::uint8_t>(Protocol::Icmp)) {
    w.u16(0);  // its checksum is not kept
    w.u32(q.seq.raw());
    return;
  }
  w.u16(q.dport);
  if (q.protocol == static_cast<std::uint8_t>(Protocol::Udp)) {
    w.u16(q.udp_length);
    w.u16(0);  // its checksum is not kept; 0 means none
  } else {
    w.u32(q.seq.raw());
  }
}

bool is_icmp_error(std::uint8_t type) {
  // Destination unreachable, source quench, redirect, time exceeded, parameter problem.
  return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

std::size_t put_icmp(Bytes8 out, const Packet& p, const PacketPool& pool) {
  const std::size_t size = std::size_t{kIcmpHeaderBytes} + p.payload;
  Writer w(out);
  w.u16(p.sport);  // type and code
  w.u16(0);
  w.u32(p.seq.raw());
  const Bytes8 body = out.subspan(kIcmpHeaderBytes, p.payload);
  constexpr std::size_t kQuote = kIpv4HeaderBytes + 8;
  if (is_icmp_error(static_cast<std::uint8_t>(p.sport >> 8)) && p.extension != 0 && body.size() >= kQuote) {
    put_quote(body, pool.extension(p).quote);
    std::fill(body.begin() + kQuote, body.end(), std::uint8_t{0});
  } else {
    fill_pattern(p.payload_stream, p.payload_offset, body);
  }
  InternetChecksum sum;
  sum.add(out.first(size));
  put16(out, 2, sum.value());
  return size;
}

/// The whole datagram's IP payload. Returns its size.
std::size_t put_transport(Bytes8 out, const Packet& p, const PacketPool& pool) {
  switch (p.protocol) {
    case Protocol::Tcp: return put_tcp(out, p, pool);
    case Protocol::Udp: return put_udp(out, p);
    case Protocol::Icmp: return put_icmp(out, p, pool);
  }
  // A protocol without a transport here: payload alone.
  fill_pattern(p.payload_stream, p.payload_offset, out.first(p.payload));
  return p.payload;
}

}  // namespace

std::uint16_t tcp_option_bytes(const Packet& p, const PacketPool& pool) {
  unsigned bytes = 0;
  if (p.has(mark::Timestamps)) {
    bytes += 12;
  } else if (p.has(mark::SackPermitted)) {
    bytes += 4;
  }
  if (p.extension != 0 && p.protocol == Protocol::Tcp) {
    const Extension& ext = pool.extension(p);
    if (ext.mss != 0) bytes += 4;
    if (ext.window_scale != 0) bytes += 4;
    if (ext.sack_count != 0) bytes += 4u + 8u * ext.sack_count;
    if (ext.has_fast_open) bytes += ext.fast_open.bytes();
  }
  return static_cast<std::uint16_t>(bytes);
}

std::size_t emit(const Packet& p, const PacketPool& pool, std::span<std::uint8_t> out) {
  WIRELAB_ASSERT(out.size() >= p.size);
  std::uint16_t flags = p.has(mark::DontFragment) ? kDontFragment : std::uint16_t{0};
  const Bytes8 body = out.first(p.size).subspan(kIpv4HeaderBytes);
  if (p.has(mark::Fragment)) {
    const FragmentRange range = pool.extension(p).fragment;
    std::array<std::uint8_t, kMaxPacketBytes> whole;
    const std::size_t total = put_transport(whole, p, pool);
    WIRELAB_ASSERT(total == range.total && range.first + range.length <= total && range.length == body.size());
    std::copy_n(whole.begin() + range.first, range.length, body.begin());
    flags = static_cast<std::uint16_t>(flags | range.first / 8);
    if (range.first + range.length < range.total) flags |= kMoreFragments;
  } else {
    const std::size_t written = put_transport(body, p, pool);
    WIRELAB_ASSERT(written == body.size());
  }
  put_ip_header(out, {p.src, p.dst, p.size, p.id, flags, p.tos, p.ttl, static_cast<std::uint8_t>(p.protocol)});
  if (p.has(mark::Corrupt)) {
    const std::uint32_t bit = pool.extension(p).corrupt_bit;
    WIRELAB_ASSERT(bit / 8 < p.size);
    out[bit / 8] = static_cast<std::uint8_t>(out[bit / 8] ^ (0x80u >> bit % 8));
  }
  return p.size;
}

}  // namespace wirelab
