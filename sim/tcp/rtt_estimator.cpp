#include "tcp/rtt_estimator.h"

#include <algorithm>
#include <limits>
#include <memory>

namespace wirelab::tcp {

RttEstimator::RttEstimator(const RttSettings& settings, RttGains gains)
    : is_linux_(settings.min_on_variance),
      tick_us_(static_cast<std::uint32_t>(std::max<std::int64_t>(settings.tick.us(), 1))),
      rto_min_us_(static_cast<std::uint32_t>(settings.rto_min.us())),
      rto_(settings.rto_initial),
      rto_max_(settings.rto_max) {
  if (!is_linux_) std::construct_at(&rfc_, Rfc6298{{}, {}, gains});
}

void RttEstimator::take(Duration rtt, Duration latest, Seq snd_una, Seq snd_nxt) {
  min_rtt_ = std::min(min_rtt_, latest);
  statistics_.min = std::min(statistics_.min, rtt);
  statistics_.max = std::max(statistics_.max, rtt);
  statistics_.sum_us += rtt.us();
  if (is_linux_) {
    const std::int64_t us = std::min<std::int64_t>(rtt.us(), std::numeric_limits<std::uint32_t>::max() / 16);
    take_linux(static_cast<std::uint32_t>(us), snd_una, snd_nxt);
  } else {
    take_rfc6298(rtt);
  }
  ++statistics_.count;
  backoffs_ = 0;
}

void RttEstimator::take_linux(std::uint32_t rtt_us, Seq snd_una, Seq snd_nxt) {
  if (linux_.srtt8_us == 0) {
    linux_.srtt8_us = std::max<std::uint32_t>(rtt_us << 3, 1);
    linux_.mdev4_us = rtt_us << 1;
    linux_.rttvar4_us = linux_.mdev4_max_us = std::max(linux_.mdev4_us, rto_min_us_);
    linux_.round_end = snd_nxt;
  } else {
    const auto error = static_cast<std::int32_t>(rtt_us) - static_cast<std::int32_t>(linux_.srtt8_us >> 3);
    linux_.srtt8_us = static_cast<std::uint32_t>(std::max(static_cast<std::int32_t>(linux_.srtt8_us) + error, 1));
    std::int32_t deviation = (error < 0 ? -error : error) - static_cast<std::int32_t>(linux_.mdev4_us >> 2);
    // A sample far below SRTT says that the path got faster; the RTO must not jump up for it, so it counts an eighth.
    if (error < 0 && deviation > 0) deviation >>= 3;
    linux_.mdev4_us = static_cast<std::uint32_t>(static_cast<std::int32_t>(linux_.mdev4_us) + deviation);
    if (linux_.mdev4_us > linux_.mdev4_max_us) {
      linux_.mdev4_max_us = linux_.mdev4_us;
      linux_.rttvar4_us = std::max(linux_.rttvar4_us, linux_.mdev4_max_us);
    }
    if (snd_una > linux_.round_end) {
      if (linux_.mdev4_max_us < linux_.rttvar4_us) linux_.rttvar4_us -= (linux_.rttvar4_us - linux_.mdev4_max_us) >> 2;
      linux_.round_end = snd_nxt;
      linux_.mdev4_max_us = rto_min_us_;
    }
  }
  set_rto_in_jiffies(static_cast<std::uint64_t>(linux_.srtt8_us >> 3) + linux_.rttvar4_us);
}

void RttEstimator::set_rto_in_jiffies(std::uint64_t rto_us) {
  // Most samples leave the RTO in its jiffy, which saves the division.
  if (backoffs_ == 0 && rto_us <= linux_.rto_us && rto_us + tick_us_ > linux_.rto_us) return;
  linux_.rto_us = (rto_us + tick_us_ - 1) / tick_us_ * tick_us_;
  rto_ = capped(Duration::us(static_cast<std::int64_t>(linux_.rto_us)));
}

// RFC 6298 rules 2.2 to 2.5.
void RttEstimator::take_rfc6298(Duration rtt) {
  if (!has_sample()) {
    rfc_.srtt = rtt;
    rfc_.rttvar = rtt / 2;
  } else {
    const Duration error = rtt - rfc_.srtt;
    const Duration magnitude = error < Duration() ? -error : error;
    rfc_.rttvar += (magnitude - rfc_.rttvar) * rfc_.gains.beta_num / rfc_.gains.beta_den;
    rfc_.srtt += error * rfc_.gains.alpha_num / rfc_.gains.alpha_den;
  }
  const Duration rto = rfc_.srtt + std::max(Duration::us(tick_us_), 4 * rfc_.rttvar);
  rto_ = capped(std::max(rto, Duration::us(rto_min_us_)));
}

void RttEstimator::end_back_off() {
  if (!has_sample()) return;
  backoffs_ = 0;
  if (is_linux_) {
    linux_.rto_us = 0;
    set_rto_in_jiffies(std::max<std::uint64_t>((linux_.srtt8_us >> 3) + linux_.rttvar4_us, rto_min_us_));
  } else {
    rto_ = capped(std::max(rfc_.srtt + std::max(Duration::us(tick_us_), 4 * rfc_.rttvar), Duration::us(rto_min_us_)));
  }
}

void RttEstimator::revert_back_off() {
  if (backoffs_ == 0 || !has_sample()) return;
  const auto left = static_cast<std::uint8_t>(backoffs_ - 1);
  end_back_off();
  rto_ = backed_off(rto_, left, rto_max_);
  backoffs_ = left;
  if (is_linux_) linux_.rto_us = 0;
}

void RttEstimator::back_off() {
  rto_ = capped(rto_ * 2);
  if (is_linux_) linux_.rto_us = 0;
  if (backoffs_ < std::numeric_limits<std::uint8_t>::max()) ++backoffs_;
}

}  // namespace wirelab::tcp
