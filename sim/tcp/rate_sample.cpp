#include "tcp/rate_sample.h"

#include <algorithm>

namespace wirelab::tcp {

void DeliveryRate::on_arrived(std::uint32_t position, const SegmentRecord& r) {
  Stamp& s = stamps_[position];
  if (s.delivered_at.is_never()) return;
  if (!has_prior_ || sent_before(first_sent_, prior_end_, r.last_sent, r.end)) {
    has_prior_ = true;
    prior_delivered_ = r.delivered + 1;
    prior_at_ = s.delivered_at;
    prior_app_limited_ = s.app_limited;
    prior_end_ = r.end;
    first_sent_ = r.last_sent;
    send_phase_ = first_sent_ - s.first_sent;
  }
  s.delivered_at = Time::never();
}

void DeliveryRate::forget_segments(std::uint32_t n) {
  stamps_.clear();
  for (; n > 0; --n) stamps_.push({Time::zero(), Time::never(), false});
}

RateSample DeliveryRate::end(const RateContext& c) {
  const std::uint32_t total = c.delivered + 1;
  if (is_app_limited() && static_cast<std::int32_t>(total - app_limited_until_) > 0) app_limited_until_ = 0;
  if (c.delivered != c.delivered_before) delivered_at_ = c.now;
  lost_ += c.lost;

  RateSample s;
  s.total_delivered = total;
  s.total_lost = lost_;
  s.delivered_at = delivered_at_;
  s.in_flight = c.in_flight;
  s.departure = c.departure;
  if (!has_prior_) return s;
  s.has_delivered = true;
  s.delivered = total - prior_delivered_;
  s.prior_delivered = prior_delivered_;
  s.app_limited = prior_app_limited_;
  s.ack_delayed = c.lone_small_ack && s.delivered == 1;
  const Duration interval = std::max(send_phase_, c.now - prior_at_);
  // Faster than any round trip: what was sent again needlessly has been taken for its copy.
  if (interval.us() < c.min_rtt.us()) return s;
  s.interval_us = interval.us();
  const auto us = static_cast<std::uint64_t>(s.interval_us);
  if (!s.app_limited || std::uint64_t{s.delivered} * rate_interval_us_ >= std::uint64_t{rate_delivered_} * us) {
    rate_delivered_ = s.delivered;
    rate_interval_us_ = us;
    rate_app_limited_ = s.app_limited;
  }
  return s;
}

}  // namespace wirelab::tcp
