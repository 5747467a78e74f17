#include "tcp/rtt_estimator.h"

#include <algorithm>
#include <limits>

namespace wirelab::tcp {

RttEstimator::RttEstimator(const RttSettings& settings, RttGains gains)
    : linux_(settings.min_on_variance),
      tick_us_(static_cast<std::uint32_t>(std::max<std::int64_t>(settings.tick.us(), 1))),
      rto_min_us_(static_cast<std::uint32_t>(settings.rto_min.us())),
      rto_(settings.rto_initial),
      rto_max_(settings.rto_max),
      gains_(gains) {}

void RttEstimator::take(Duration rtt, Duration latest, Seq snd_una, Seq snd_nxt) {
  min_rtt_ = std::min(min_rtt_, latest);
  statistics_.min = std::min(statistics_.min, rtt);
  statistics_.max = std::max(statistics_.max, rtt);
  statistics_.sum_us += rtt.us();
  if (linux_) {
    const std::int64_t us = std::min<std::int64_t>(rtt.us(), std::numeric_limits<std::uint32_t>::max() / 16);
    take_linux(static_cast<std::uint32_t>(us), snd_una, snd_nxt);
  } else {
    take_rfc6298(rtt);
  }
  ++statistics_.count;
  backoffs_ = 0;
}

void RttEstimator::take_linux(std::uint32_t rtt_us, Seq snd_una, Seq snd_nxt) {
  if (srtt8_us_ == 0) {
    srtt8_us_ = std::max<std::uint32_t>(rtt_us << 3, 1);
    mdev4_us_ = rtt_us << 1;
    rttvar4_us_ = mdev4_max_us_ = std::max(mdev4_us_, rto_min_us_);
    round_end_ = snd_nxt;
  } else {
    const auto error = static_cast<std::int32_t>(rtt_us) - static_cast<std::int32_t>(srtt8_us_ >> 3);
    srtt8_us_ = static_cast<std::uint32_t>(std::max(static_cast<std::int32_t>(srtt8_us_) + error, 1));
    std::int32_t deviation = (error < 0 ? -error : error) - static_cast<std::int32_t>(mdev4_us_ >> 2);
    // A sample far below SRTT says that the path got faster; the RTO must not jump up for it, so it counts an eighth.
    if (error < 0 && deviation > 0) deviation >>= 3;
    mdev4_us_ = static_cast<std::uint32_t>(static_cast<std::int32_t>(mdev4_us_) + deviation);
    if (mdev4_us_ > mdev4_max_us_) {
      mdev4_max_us_ = mdev4_us_;
      rttvar4_us_ = std::max(rttvar4_us_, mdev4_max_us_);
    }
    if (snd_una > round_end_) {
      if (mdev4_max_us_ < rttvar4_us_) rttvar4_us_ -= (rttvar4_us_ - mdev4_max_us_) >> 2;
      round_end_ = snd_nxt;
      mdev4_max_us_ = rto_min_us_;
    }
  }
  set_rto_in_jiffies(static_cast<std::uint64_t>(srtt8_us_ >> 3) + rttvar4_us_);
}

void RttEstimator::set_rto_in_jiffies(std::uint64_t rto_us) {
  // Most samples leave the RTO in its jiffy, which saves the division.
  if (backoffs_ == 0 && rto_us <= rto_us_ && rto_us + tick_us_ > rto_us_) return;
  rto_us_ = (rto_us + tick_us_ - 1) / tick_us_ * tick_us_;
  rto_ = capped(Duration::us(static_cast<std::int64_t>(rto_us_)));
}

// RFC 6298 rules 2.2 to 2.5.
void RttEstimator::take_rfc6298(Duration rtt) {
  if (!has_sample()) {
    srtt_ = rtt;
    rttvar_ = rtt / 2;
  } else {
    const Duration error = rtt - srtt_;
    const Duration magnitude = error < Duration() ? -error : error;
    rttvar_ += (magnitude - rttvar_) * gains_.beta_num / gains_.beta_den;
    srtt_ += error * gains_.alpha_num / gains_.alpha_den;
  }
  const Duration rto = srtt_ + std::max(Duration::us(tick_us_), 4 * rttvar_);
  rto_ = capped(std::max(rto, Duration::us(rto_min_us_)));
}

void RttEstimator::end_back_off() {
  if (!has_sample()) return;
  backoffs_ = 0;
  rto_us_ = 0;
  if (linux_) {
    set_rto_in_jiffies(std::max<std::uint64_t>((srtt8_us_ >> 3) + rttvar4_us_, rto_min_us_));
  } else {
    rto_ = capped(std::max(srtt_ + std::max(Duration::us(tick_us_), 4 * rttvar_), Duration::us(rto_min_us_)));
  }
}

void RttEstimator::revert_back_off() {
  if (backoffs_ == 0 || !has_sample()) return;
  const auto left = static_cast<std::uint8_t>(backoffs_ - 1);
  end_back_off();
  rto_ = backed_off(rto_, left, rto_max_);
  backoffs_ = left;
  rto_us_ = 0;
}

void RttEstimator::back_off() {
  rto_ = capped(rto_ * 2);
  rto_us_ = 0;
  if (backoffs_ < std::numeric_limits<std::uint8_t>::max()) ++backoffs_;
}

}  // namespace wirelab::tcp
