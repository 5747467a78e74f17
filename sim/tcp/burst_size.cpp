#include "tcp/burst_size.h"

#include <algorithm>

namespace wirelab::tcp {

namespace {
constexpr std::uint64_t kLargestBurst = 65536;  // bytes that Linux hands to the device as one packet
}  // namespace

/// Bytes per second, times the smoothed round trip in microseconds: Linux paces at twice the window per round trip in
/// the first half of slow start, and at 1.2 times it later.
std::uint64_t BurstSize::window_rate_times_srtt() const {
  const Window& w = sender_.window();
  const std::uint64_t percent = w.cwnd < w.ssthresh / 2 ? config_.pacing_ss_ratio : config_.pacing_ca_ratio;
  return std::uint64_t{std::max(w.cwnd, sender_.scoreboard().packets_out())} * sender_.smss() * percent * 10'000;
}

std::uint64_t BurstSize::window_rate() const {
  const auto srtt = static_cast<std::uint64_t>(sender_.rtt().srtt().us());
  return srtt == 0 ? Pacer::kUnlimited : window_rate_times_srtt() / srtt;
}

/// By so many bytes a burst may be longer on a short path: halved with every 512 us of the least RTT.
std::uint64_t BurstSize::short_path_bonus() const {
  const std::int64_t rtts = sender_.rtt().min_rtt().us() / 512;
  return rtts < 32 ? kLargestBurst >> rtts : 0;
}

/// A single segment where an algorithm that sets its own rate is slow (Linux's BBR).
Segments BurstSize::least() const {
  constexpr std::uint64_t kSmallRate = 1'200'000 / 8;  // bytes per second
  const bool slow = pacer_ != nullptr && sender_.cc_needs().pacing && pacer_->rate() < kSmallRate;
  return slow ? 1 : config_.min_burst;
}

Segments BurstSize::most() const {
  if (config_.min_burst <= 1) return 1;
  std::uint64_t bytes = kLargestBurst;
  if (const std::uint64_t rate = pacer_ != nullptr ? pacer_->rate() : window_rate(); rate != Pacer::kUnlimited) {
    bytes = std::min(rate / 1024 + short_path_bonus(), bytes);
  }
  return std::max(static_cast<Segments>(bytes / sender_.smss()), least());
}

bool BurstSize::is_filled_by(Segments n) const {
  if (n < least()) return false;
  const auto srtt = static_cast<std::uint64_t>(sender_.rtt().srtt().us());
  const std::uint64_t over = (std::uint64_t{n} + 1) * sender_.smss();  // the first size that n segments fall short of
  if (over > kLargestBurst) return true;
  const std::uint64_t extra = short_path_bonus();
  if (pacer_ != nullptr) return extra < over && pacer_->rate() < 1024 * (over - extra);
  return srtt != 0 && extra < over && window_rate_times_srtt() < 1024 * (over - extra) * srtt;
}

bool BurstSize::is_worth_waiting_for(std::uint64_t bytes, Time now) const {
  constexpr Duration kSoon = Duration::ms(1);
  const Scoreboard& sent = sender_.scoreboard();
  if (sender_.ca_state() >= CaState::Recovery || sent.packets_out() == 0) return false;
  if (now - sender_.last_sent() >= kSoon) return false;
  const std::uint64_t window = std::uint64_t{sender_.window().cwnd} * sender_.smss();
  if ((bytes + 1) * config_.tso_win_divisor > std::min<std::uint64_t>(window, sender_.snd_wnd())) return false;
  const Duration srtt = sender_.rtt().srtt();
  const Time expected_ack = sent.at(0).last_sent + srtt;
  return expected_ack - now <= std::min(srtt / 2, kSoon);
}

}  // namespace wirelab::tcp
