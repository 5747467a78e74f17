#pragma once
// What is needed to take a reduction back when it proves to have been for nothing: every retransmission arrived twice
// (D-SACK, RFC 3708), or an ACK echoes a timestamp older than the first retransmission (Eifel, RFC 3522).

#include <cstdint>

#include "core/units.h"
#include "tcp/window.h"
#include "wire/seq.h"

namespace wirelab::tcp {

class Undo {
 public:
  /// An episode begins. `prior_ssthresh` 0: the reduction is certain (an ECN echo) and will not be taken back.
  void begin(Seq snd_una, Segments prior_cwnd, Segments prior_ssthresh, Segments retransmissions_in_flight) {
    marker_ = snd_una;
    active_ = true;
    before_ = {prior_cwnd, 0, prior_ssthresh};
    unproven_ = retransmissions_in_flight == 0 ? -1 : static_cast<std::int32_t>(retransmissions_in_flight);
  }
  void end() { active_ = false; }
  void forbid() { before_.ssthresh = 0; }

  bool active() const { return active_; }
  /// cwnd and ssthresh before the reduction; ssthresh 0 if it must not be taken back.
  const Window& before() const { return before_; }

  void on_retransmitted(std::uint32_t ts_now) {
    if (!stamped_) stamp_ = ts_now;
    stamped_ = true;
    unproven_ = (unproven_ < 0 ? 0 : unproven_) + 1;
  }
  /// The peer received `segments` twice, the last ending at `end`.
  void on_duplicate(Seq end, std::int32_t segments) {
    if (active_ && unproven_ > 0 && end > marker_) unproven_ = unproven_ > segments ? unproven_ - segments : 0;
  }
  /// Nothing sent again is outstanding any more: the next retransmission is the first again.
  void clear_stamp() { stamped_ = false; }

  bool all_were_duplicates() const { return active_ && unproven_ == 0; }
  /// `ts_ecr` was sent before the first retransmission.
  bool predates_retransmission(std::uint32_t ts_ecr) const {
    return active_ && stamped_ && static_cast<std::int32_t>(ts_ecr - stamp_) < 0;
  }

 private:
  Window before_;
  Seq marker_;
  std::int32_t unproven_ = -1;  // retransmissions not yet reported as duplicates; -1: none was sent
  std::uint32_t stamp_ = 0;
  bool active_ = false, stamped_ = false;
};

}  // namespace wirelab::tcp
