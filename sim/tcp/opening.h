#pragma once
// How a connection was opened: what its SYN or SYN-ACK offered, when it left and how often.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "core/units.h"
#include "tcp/receive_window.h"
#include "tcp/timestamps.h"

namespace wirelab::tcp {

struct Opening {
  Time at;                          ///< our first SYN left; passive: the SYN came, and our SYN-ACK left at once
  InitialWindow offered;            ///< on our SYN or SYN-ACK
  bool syn_sent = false;            ///< our SYN or SYN-ACK has left
  bool holds_ack = false;           ///< the handshake's last ACK waits for data to ride on
  std::uint16_t announced_mss = 0;  ///< on it too, in bytes of payload
  bool is_active = false;           ///< by our SYN
  bool wants_ecn = false;           ///< and its first SYN said so;
  bool asks_ecn = false;            ///< so does the next
  std::uint8_t resent = 0;          ///< so often our SYN or SYN-ACK has left again,
  std::uint8_t timeouts = 0;        ///< so often of these because its timer was due
  bool by_cookie = false;           ///< no record remembers `at`
  std::uint8_t retries = 0;         ///< of the SYN (TCP_SYNCNT); 0: as configured

  void count_resent() {
    if (resent != std::numeric_limits<std::uint8_t>::max()) ++resent;
  }
  /// Of several SYNs the first one is answered by `p`, as its echo tells: those that timed out were sent for nothing.
  bool is_first_answered(const Packet& p, const Timestamps& ours) const {
    return p.has(mark::Timestamps) && p.ts_ecr == ours.clock(at);
  }
  /// The handshake's round trip, with `p` as the answer. Karn's rule forbids the time since a SYN that was sent again;
  /// the echoed timestamp then tells which one is answered. `ours`: nullptr if the connection has no timestamps.
  std::optional<Duration> rtt(const Packet& p, const Timestamps* ours, Time now) const {
    if (resent == 0 && !by_cookie) return now - at;
    if (ours == nullptr || !p.has(mark::Timestamps) || p.ts_ecr == 0) return std::nullopt;
    const std::uint32_t ticks = ours->clock(now) - p.ts_ecr;
    constexpr std::uint32_t kMost = 2'147'483;  // beyond it a count of microseconds wraps (Linux)
    if (ticks >= kMost) return std::nullopt;
    return Duration::ms(std::max<std::uint32_t>(ticks, 1));
  }
};

}  // namespace wirelab::tcp
