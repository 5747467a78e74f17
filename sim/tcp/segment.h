#pragma once
// Making TCP segments: the header fields and the bytes that options take, in the layout that Linux uses.

#include <cstdint>
#include <optional>

#include "tcp/demux.h"
#include "trace/domain.h"

namespace wirelab::tcp {

inline constexpr std::uint16_t kFixedHeaders = kIpv4HeaderBytes + kTcpHeaderBytes;
inline constexpr std::uint16_t kTimestampBytes = 12;  ///< NOP NOP and the option's 10
/// ECN field of the IP header (RFC 3168 section 5).
inline constexpr std::uint8_t kEct0 = 2, kCe = 3;

/// A segment without payload and options, DF set.
inline Packet* make_bare_segment(Domain& domain, const FourTuple& from, Seq seq, Seq ack, std::uint8_t flags,
                                 std::uint16_t window) {
  Packet* const p = domain.make();
  p->src = from.local;
  p->dst = from.remote;
  p->sport = from.local_port;
  p->dport = from.remote_port;
  p->seq = seq;
  p->ack = ack;
  p->ts_val = p->ts_ecr = 0;
  p->payload_stream = 0;
  p->payload_offset = 0;
  p->size = kFixedHeaders;
  p->payload = 0;
  p->window = window;
  p->id = 0;
  p->flags = flags;
  p->ttl = 64;
  p->tos = 0;
  p->protocol = Protocol::Tcp;
  p->marks = mark::DontFragment;
  return p;
}

inline void add_timestamps(Packet& p, std::uint32_t value, std::uint32_t echo) {
  p.marks |= mark::Timestamps;
  p.ts_val = value;
  p.ts_ecr = echo;
  p.size = static_cast<std::uint16_t>(p.size + kTimestampBytes);
}

/// What a SYN or SYN-ACK offers. `window_scale`: shift + 1, or 0 for none.
struct SynOptions {
  std::uint16_t mss = 0;
  std::uint8_t window_scale = 0;
  bool sack = false, timestamps = false;
};

/// Timestamps themselves are added by add_timestamps, before this.
inline void add_syn_options(PacketPool& pool, Packet& p, const SynOptions& options) {
  Extension& e = pool.extend(p);
  e.mss = options.mss;
  e.window_scale = options.window_scale;
  int bytes = 4;
  if (options.sack) {
    p.marks |= mark::SackPermitted;
    bytes += options.timestamps ? 0 : 4;  // its 2 bytes take the place of the timestamps' padding
  }
  if (options.window_scale != 0) bytes += 4;
  p.size = static_cast<std::uint16_t>(p.size + bytes);
}

/// After add_syn_options.
inline void add_fast_open_option(PacketPool& pool, Packet& p, const FastOpenOption& option) {
  Extension& e = pool.extend(p);
  e.has_fast_open = true;
  e.fast_open = option;
  p.size = static_cast<std::uint16_t>(p.size + option.bytes());
}

/// The Fast Open option of a SYN or SYN-ACK, if it has one.
inline std::optional<FastOpenOption> fast_open_option_of(const PacketPool& pool, const Packet& p) {
  if (p.extension == 0) return std::nullopt;
  const Extension& e = pool.extension(p);
  return e.has_fast_open ? std::optional(e.fast_open) : std::nullopt;
}

/// What a SYN or SYN-ACK offered. 536 if it named no MSS (RFC 9293 section 3.7.1).
inline SynOptions syn_options_of(const PacketPool& pool, const Packet& p) {
  SynOptions o;
  o.mss = 536;
  o.sack = p.has(mark::SackPermitted);
  o.timestamps = p.has(mark::Timestamps);
  if (p.extension != 0) {
    const Extension& e = pool.extension(p);
    if (e.mss != 0) o.mss = e.mss;
    o.window_scale = e.window_scale;
  }
  return o;
}

/// Sequence numbers that the segment takes: SEG.LEN of RFC 9293.
inline std::uint32_t sequence_length(const Packet& p) {
  return p.payload + (p.has_flag(tcp_flag::Syn) ? 1u : 0u) + (p.has_flag(tcp_flag::Fin) ? 1u : 0u);
}

}  // namespace wirelab::tcp
