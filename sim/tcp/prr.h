#pragma once
// Proportional Rate Reduction (RFC 9937, before it RFC 6937): lets the window shrink over the round that follows a loss
// so that it arrives at ssthresh without a pause and without a burst. Counted in segments.

#include <algorithm>
#include <cstdint>

#include "core/units.h"

namespace wirelab::tcp {

class Prr {
 public:
  /// A reduction begins; `cwnd` is the window before it (RecoverFS of the RFC; Linux takes the window).
  void begin(Segments cwnd) {
    prior_cwnd_ = std::max<Segments>(cwnd, 1);
    delivered_ = out_ = 0;
  }

  /// The window after an ACK that delivered `delivered` segments (at least 1; otherwise it stays). While more is in
  /// flight than ssthresh, sending keeps the proportion; below, one more than is delivered may leave as long as
  /// snd_una advances and no loss is found (SafeACK), otherwise no more than was delivered.
  Segments cwnd_after(Segments delivered, bool safe_ack, Segments in_flight, Segments ssthresh) {
    delivered_ += delivered;
    std::int64_t allowed = 0;
    if (in_flight > ssthresh) {
      const std::uint64_t due = (std::uint64_t{ssthresh} * delivered_ + prior_cwnd_ - 1) / prior_cwnd_;
      allowed = static_cast<std::int64_t>(due) - out_;
    } else {
      allowed = std::max<std::int64_t>(std::int64_t{delivered_} - out_, delivered) + (safe_ack ? 1 : 0);
      allowed = std::min<std::int64_t>(allowed, ssthresh - in_flight);
    }
    allowed = std::max<std::int64_t>(allowed, out_ == 0 ? 1 : 0);  // the fast retransmit itself always leaves
    return in_flight + static_cast<Segments>(allowed);
  }

  void on_sent() { ++out_; }

 private:
  Segments prior_cwnd_ = 1, delivered_ = 0, out_ = 0;
};

}  // namespace wirelab::tcp
