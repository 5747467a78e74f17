#pragma once
// Smoothed round-trip time and retransmission timeout: RFC 6298 as written, or Linux's estimator, in which the floor
// acts on the variance, the variance remembers the largest deviation of a round, and the timeout is a whole number of
// jiffies.

#include <cstdint>

#include "core/units.h"
#include "wire/seq.h"

namespace wirelab::tcp {

/// alpha and beta of RFC 6298 rule 2.3 as fractions. Linux's estimator has its own, 1/8 and 1/4 in shifts.
struct RttGains {
  std::int16_t alpha_num = 1, alpha_den = 8;
  std::int16_t beta_num = 1, beta_den = 4;
};

struct RttSettings {
  Duration rto_initial = Duration::s(1);
  Duration rto_min = Duration::ms(200);
  Duration rto_max = Duration::s(120);
  Duration tick = Duration::ms(4);  ///< the clock's granularity: G of RFC 6298, a jiffy of Linux; at least 1 us
  bool min_on_variance = true;      ///< Linux's estimator; off: RFC 6298
};

/// Of every sample taken.
struct RttStatistics {
  Duration min = Duration::max(), max;
  std::int64_t sum_us = 0;  ///< in microseconds, as picoseconds of some million long ones would not fit
  std::uint64_t count = 0;
};

/// `timeout` doubled so many times, `most` at most (RFC 6298 rules 5.5 and 2.5): however often, it does not overflow.
/// Precondition: 0 < timeout, and twice `most` is a Duration.
constexpr Duration backed_off(Duration timeout, std::uint32_t doublings, Duration most) {
  for (; doublings > 0 && timeout < most; --doublings) timeout = timeout * 2;
  return timeout < most ? timeout : most;
}

/// As Linux measures a round trip.
constexpr Duration whole_microseconds(Duration d) { return Duration::us(d.us()); }

class RttEstimator {
 public:
  explicit RttEstimator(const RttSettings& settings, RttGains gains = {});

  /// `rtt` is the time since the first transmission of the earliest segment newly acknowledged, which Karn's rule
  /// lets through; `latest` the same of the latest one, from which the minimum is taken. Ends the back-off.
  [[gnu::hot]] void take(Duration rtt, Duration latest, Seq snd_una, Seq snd_nxt);

  /// RFC 6298 rule 5.5: doubles the RTO, up to the cap.
  void back_off();
  /// The RTO is again what the samples say; at least the floor, as Linux has it here.
  void end_back_off();
  /// Other bounds, from the next sample or timeout on.
  void set_bounds(Duration rto_min, Duration rto_max) {
    rto_min_us_ = static_cast<std::uint32_t>(rto_min.us());
    rto_max_ = rto_max;
    if (is_linux_) linux_.rto_us = 0;
  }
  /// One doubling less, from what the samples say.
  void revert_back_off();
  /// The last doubling was for nothing.
  void undo_back_off() {
    if (backoffs_ == 0) return;
    --backoffs_;
    rto_ = rto_ / 2;
  }
  /// The RTO is at least this until the next sample (RFC 6298 rule 5.7).
  void raise_rto(Duration at_least) {
    if (rto_ < at_least) rto_ = at_least;
    if (is_linux_ && linux_.srtt8_us == 0) linux_.mdev4_us = static_cast<std::uint32_t>(at_least.us());
  }

  Duration rto() const { return rto_; }
  bool has_sample() const { return statistics_.count != 0; }
  Duration srtt() const { return is_linux_ ? Duration::us(linux_.srtt8_us >> 3) : rfc_.srtt; }
  /// RTTVAR of RFC 6298: a quarter of the term that stands beside SRTT in the RTO.
  Duration rttvar() const { return is_linux_ ? Duration::us(linux_.rttvar4_us) / 4 : rfc_.rttvar; }
  /// The mean deviation, of which Linux's RTTVAR is the largest of a round and at least a floor.
  Duration deviation() const { return is_linux_ ? Duration::us(linux_.mdev4_us >> 2) : rfc_.rttvar; }
  /// `Duration::max()` before the first sample.
  Duration min_rtt() const { return min_rtt_; }
  const RttStatistics& statistics() const { return statistics_; }
  std::uint32_t backoffs() const { return backoffs_; }
  /// The clock's granularity, in whole microseconds.
  Duration tick() const { return Duration::us(tick_us_); }

 private:
  [[gnu::hot]] void take_linux(std::uint32_t rtt_us, Seq snd_una, Seq snd_nxt);
  void take_rfc6298(Duration rtt);
  void set_rto_in_jiffies(std::uint64_t rto_us);
  Duration capped(Duration d) const { return d < rto_max_ ? d : rto_max_; }

  /// Eight times SRTT, and mean deviations four times, so that no bit is lost in the shifts.
  struct Linux {
    std::uint32_t srtt8_us = 0, mdev4_us = 0, mdev4_max_us = 0, rttvar4_us = 0;
    std::uint64_t rto_us = 0;
    Seq round_end;  // mdev4_max_us is the largest since snd_una passed this
  };
  struct Rfc6298 {
    Duration srtt, rttvar;
    RttGains gains;
  };

  bool is_linux_;
  std::uint8_t backoffs_ = 0;
  std::uint32_t tick_us_;
  std::uint32_t rto_min_us_;
  union {
    Linux linux_{};
    Rfc6298 rfc_;
  };
  Duration rto_, min_rtt_ = Duration::max();
  RttStatistics statistics_;
  Duration rto_max_;
};

}  // namespace wirelab::tcp
