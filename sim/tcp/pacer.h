#pragma once
// Spreads a connection's segments over time: each burst leaves no earlier than the one before it takes at the pacing
// rate. As Linux's internal pacing and its fq queue have it: the first ten segments are free, and a burst that leaves
// late (the window or the application held it back) shortens the wait for the next by as much, up to a half.

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/units.h"

namespace wirelab::tcp {

class Pacer {
 public:
  static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::uint32_t kFreeSegments = 10;

  /// `sent`: segments with data that have left before.
  explicit Pacer(std::uint64_t sent = 0)
      : segments_(static_cast<std::uint32_t>(std::min<std::uint64_t>(sent, kFreeSegments))) {}

  /// Bytes of payload per second.
  void set_rate(std::uint64_t rate) { rate_ = std::min(rate, most_); }
  void set_max_rate(std::uint64_t most) {
    most_ = most;
    rate_ = std::min(rate_, most);
  }
  std::uint64_t rate() const { return rate_; }
  std::uint64_t max_rate() const { return most_; }

  bool waits(Time now) const { return next_ > now; }
  /// When the next burst may leave; the past: at once.
  Time next() const { return next_; }

  /// A segment of the burst under way has left.
  void on_sent(std::uint32_t payload) {
    burst_ += payload;
    segments_ += segments_ < kFreeSegments ? 1 : 0;
  }
  /// The burst is over: what has left since the last one did so at `now`.
  void end_burst(Time now) {
    if (burst_ == 0) return;
    const Time leaves = std::max(next_, now);
    if (rate_ != kUnlimited && rate_ != 0 && segments_ >= kFreeSegments) {
      Duration length = Duration::ps(static_cast<std::int64_t>(Uint128{burst_} * 1'000'000'000'000u / rate_));
      length -= std::min(length / 2, leaves - next_);
      next_ = leaves + length;
    } else {
      next_ = leaves;
    }
    burst_ = 0;
  }

 private:
  std::uint64_t rate_ = kUnlimited, most_ = kUnlimited;
  Time next_;
  std::uint32_t burst_ = 0;
  std::uint32_t segments_;  // up to kFreeSegments
};

}  // namespace wirelab::tcp
