#pragma once
// Limits the answers to segments that fit no connection (RFC 5961 section 7): otherwise somebody could use them to make
// traffic, or two ends could answer each other for ever.

#include "core/units.h"

namespace wirelab::tcp {

class AnswerLimit {
 public:
  /// `interval`: the least time between two answers (option invalid_ratelimit).
  bool is_open(Time now, Duration interval) const { return last_ < Time{} || now - last_ >= interval; }
  void on_answer(Time now) { last_ = now; }
  /// True: an answer may leave, and counts as having left.
  bool allows(Time now, Duration interval) {
    if (!is_open(now, interval)) return false;
    on_answer(now);
    return true;
  }

 private:
  Time last_ = Time::from_ps(-1);  // before the start: none yet
};

}  // namespace wirelab::tcp
