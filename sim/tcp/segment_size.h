#pragma once
// How long a full segment is.

#include <algorithm>
#include <cstdint>

#include "tcp/config.h"
#include "wire/packet.h"

namespace wirelab::tcp {

/// Bytes: the option `mss`, which bounds what we announce and what we send (TCP_MAXSEG).
inline std::uint32_t own_mss_limit(const TcpConfig& config) {
  return config.mss > Bytes(0) ? static_cast<std::uint32_t>(config.mss.count()) : kMaxMss;
}

/// Payload bytes of a full segment. `most`: what the peer's MSS option and the path allow, without options;
/// `max_window`: the largest window that the peer has offered, 0 if none. Linux keeps two segments in a small window,
/// so that the peer has one to acknowledge while the other is under way (tcp_bound_to_half_wnd); but not in a tiny one.
inline std::uint32_t full_segment(const TcpConfig& config, std::uint32_t most, std::uint32_t option_bytes,
                                  std::uint32_t max_window) {
  constexpr std::uint32_t kSmallestMtu = 68, kTiny = kDefaultMss;
  const auto least = static_cast<std::uint32_t>(config.min_snd_mss.count());
  const std::uint32_t full = std::max(std::min(most, own_mss_limit(config)), least) - option_bytes;
  if (max_window == 0) return full;
  const std::uint32_t bound = max_window > kTiny ? max_window / 2 : max_window;
  return std::min(full, std::max(bound, kSmallestMtu - kTcpHeaderBytes - option_bytes));
}

}  // namespace wirelab::tcp
