#pragma once
// What one connection keeps for Fast Open (RFC 7413), and what a listener counts. A connection without it has none of
// this.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "core/units.h"
#include "wire/packet.h"

namespace wirelab::tcp {

/// A connect that carries the first data: sendto with MSG_FASTOPEN.
struct FastOpenRequest {
  std::int64_t bytes = 0;  ///< that the application wants to send
  /// It goes on writing as soon as the connection stands, so that the handshake's last ACK can ride on data.
  bool writer_waits = false;
  bool is_unreadable = false;  ///< they are where nothing can be read: the SYN asks for a cookie, as one without data
};

/// Handshakes of Fast Open under way at a listener: RFC 7413 section 5.1 wants them bounded. One whose client sent a
/// RST counts for a minute longer, as somebody may have forged its SYN (section 5.1; Linux).
class FastOpenQueue {
 public:
  static constexpr Duration kAfterReset = Duration::s(60);

  bool has_room(std::uint32_t most, Time now) {
    if (most == 0) return false;
    if (pending_ < most) return true;
    if (resets_.empty() || resets_.front() > now) return false;
    resets_.pop_front();
    --pending_;
    return true;
  }
  void enter() { ++pending_; }
  void leave() { --pending_; }
  /// Instead of leave(): an accepted connection was reset before its handshake was over.
  void leave_by_reset(Time now) {
    if (listening_) {
      resets_.push_back(now + kAfterReset);
    } else {
      --pending_;
    }
  }
  void stop_listening() { listening_ = false; }
  std::uint32_t pending() const { return pending_; }

 private:
  std::uint32_t pending_ = 0;
  bool listening_ = true;
  std::deque<Time> resets_;
};

struct FastOpen {
  /// On the next SYN or SYN-ACK; a repeated one never carries it.
  std::optional<FastOpenOption> option;
  std::uint32_t syn_data = 0;  ///< payload bytes on our SYN
  bool asked = false;          ///< our SYN carried the option,
  bool experimental = false;   ///< the experimental one
  bool writer_waits = false;   ///< see FastOpenRequest
  bool on_probation = false;   ///< it tries whether a black hole is gone
  bool data_acked = false;     ///< the data of the SYN was taken by the peer, or the peer's by us
  bool shut_down = false;      ///< a child before its handshake is over: the FIN waits for that
  std::uint8_t syn_ack_timeouts = 0;
  std::shared_ptr<FastOpenQueue> queue;  ///< of a child's listener, as long as its handshake is not over
};

}  // namespace wirelab::tcp
