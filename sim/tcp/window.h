#pragma once
// The congestion window and the state of loss recovery, counted in full-sized segments as Linux counts them.

#include <cstdint>

#include "core/units.h"

namespace wirelab::tcp {

/// "Infinite" slow-start threshold: not set yet.
inline constexpr Segments infinite_ssthresh = 0x7fffffff;

/// Where the sender stands. Open: nothing is wrong. Disorder: duplicate ACKs or SACKs have come, too few for a loss.
/// Cwr: the window shrinks for an ECN echo. Recovery: fast retransmit has begun. Loss: after a retransmission timeout.
enum class CaState : std::uint8_t { Open, Disorder, Cwr, Recovery, Loss };

/// Small enough to travel in registers. `cwnd_count` counts segments acknowledged towards the next step of cwnd.
struct Window {
  Segments cwnd = 10;
  Segments cwnd_count = 0;
  Segments ssthresh = infinite_ssthresh;

  constexpr bool in_slow_start() const { return cwnd < ssthresh; }
  friend constexpr bool operator==(const Window&, const Window&) = default;
};

/// ssthresh that remembers three quarters of a window which is about to be given up without a loss: after idling or
/// being limited by the application (RFC 2861; RFC 7661 section 4.4.1).
constexpr Segments remembered_ssthresh(const Window& w) {
  const Segments three_quarters = (w.cwnd >> 1) + (w.cwnd >> 2);
  return w.ssthresh > three_quarters ? w.ssthresh : three_quarters;
}

}  // namespace wirelab::tcp
