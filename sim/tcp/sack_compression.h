#pragma once
// Which of the ACKs behind a hole are held back for a moment, so that one SACK speaks for several segments: after the
// first three for one place of the cumulative ACK, as Linux does it. State of a connection that has seen a hole.

#include <algorithm>
#include <cstdint>

#include "core/units.h"
#include "tcp/config.h"
#include "wire/seq.h"

namespace wirelab::tcp {

class SackCompression {
 public:
  /// An ACK is wanted while there is a hole at `rcv_nxt`. True: it waits, for `delay` at most; false: it goes now.
  bool holds_back(Seq rcv_nxt, const TcpConfig& config) {
    if (held_ >= config.comp_sack_nr) return false;
    if (hole_at_ != rcv_nxt || !seen_hole_) {
      hole_at_ = rcv_nxt;
      seen_hole_ = true;
      sent_ = 0;
    }
    if (sent_ < kNeverHeld) {
      ++sent_;
      return false;
    }
    ++held_;
    return true;
  }
  /// An ACK has left: it says all that was held back.
  void on_ack_sent() { held_ = 0; }
  bool is_holding() const { return held_ != 0; }

  /// 5 % of the round trip (the smaller of what both halves have measured; 0: not measured), up to the option's limit,
  /// and the slack that the timer may take on top of it.
  static Duration delay(const TcpConfig& config, Duration receiver_rtt, Duration srtt) {
    const Duration rtt = srtt != Duration{} ? std::min(receiver_rtt, srtt) : receiver_rtt;
    return std::min(config.comp_sack_delay, rtt / 20) + config.comp_sack_slack;
  }

 private:
  static constexpr std::uint8_t kNeverHeld = 3;  // what the sender needs to see a loss (RFC 5681)

  Seq hole_at_;
  std::uint8_t sent_ = 0, held_ = 0;
  bool seen_hole_ = false;
};

}  // namespace wirelab::tcp
