// How many segments leave together, and when fewer wait for the next ACK: what Linux does for the sake of segmentation
// offload (GSO), which shapes the ACK clock and what a queue drops.

#include <algorithm>

#include "tcp/connection.h"

namespace wirelab::tcp {

namespace {
constexpr std::uint64_t kLargestBurst = 65536;  // bytes that Linux hands to the device as one packet
}  // namespace

/// Linux's pacing rate, bytes per second, times the smoothed round trip in microseconds: twice the window per round
/// trip in the first half of slow start, 1.2 times it later.
std::uint64_t Connection::paced_in_a_second_times_srtt() const {
  const Window& w = sender_.window();
  const std::uint64_t percent = w.cwnd < w.ssthresh / 2 ? config_->pacing_ss_ratio : config_->pacing_ca_ratio;
  return std::uint64_t{std::max(w.cwnd, sender_.scoreboard().packets_out())} * sender_.smss() * percent * 10'000;
}

/// What a burst may be longer on a short path.
std::uint64_t Connection::short_path_bonus() const {
  const std::int64_t rtts = sender_.rtt().min_rtt().us() / 512;
  return rtts < 32 ? kLargestBurst >> rtts : 0;
}

/// Segments that Linux would hand to the device as one packet: what the pacing rate makes of a millisecond and more on
/// short paths.
Segments Connection::burst_limit() const {
  if (is_urgent()) return 1;  // Linux makes no large packets then
  if (config_->min_burst <= 1) return 1;
  std::uint64_t bytes = kLargestBurst;
  if (const std::uint64_t rate = pacing_rate(); rate != Pacer::kUnlimited) {
    bytes = std::min(rate / 1024 + short_path_bonus(), bytes);
  }
  return std::max(static_cast<Segments>(bytes / sender_.smss()), least_burst());
}

/// What a burst is in any case, data and windows allowing: one segment where an algorithm of its own rate is slow.
Segments Connection::least_burst() const {
  constexpr std::uint64_t kSmallRate = 1'200'000 / 8;  // bytes per second (Linux's BBR)
  const bool slow = pacer_ != nullptr && sender_.cc_needs().pacing && pacer_->rate() < kSmallRate;
  return slow ? 1 : config_->min_burst;
}

/// n >= burst_limit(), without its divisions.
bool Connection::fills_burst(Segments n) const {
  if (n < least_burst()) return false;
  const auto srtt = static_cast<std::uint64_t>(sender_.rtt().srtt().us());
  const std::uint64_t over = (std::uint64_t{n} + 1) * sender_.smss();  // the first size that n segments fall short of
  if (over > kLargestBurst) return true;
  const std::uint64_t extra = short_path_bonus();
  if (pacer_ != nullptr) return extra < over && pacer_->rate() < 1024 * (over - extra);
  return srtt != 0 && extra < over && paced_in_a_second_times_srtt() < 1024 * (over - extra) * srtt;
}

/// Segments of one record that may leave inside the peer's window; one that is not full is the last of them if nothing
/// holds it back.
Segments Connection::segments_ready(std::uint64_t in_record, std::uint64_t waiting, std::uint32_t room,
                                    std::uint32_t full) const {
  auto n = static_cast<Segments>(std::min<std::uint64_t>(in_record, room) / full);
  const std::uint64_t rest = in_record - std::uint64_t{n} * full;
  const bool is_whole = in_record <= room && rest != 0;
  if (is_whole && (in_record < waiting || may_send_small(rest))) ++n;
  return n;
}

/// How many full segments leave together now: half the window at most. Linux sets PSH on the last of two or more when
/// it hands them over as one packet. False: none leaves yet. Preconditions: a full segment waits, there is budget.
bool Connection::begin_burst(Segments budget, std::uint64_t in_record, std::uint64_t waiting, std::uint32_t room,
                             Time now, bool& stopped_by_cwnd) {
  if (config_->min_burst <= 1) {  // every segment is one
    burst_left_ = 1;
    burst_is_long_ = false;
    return true;
  }
  const std::uint32_t full = segment_limit();
  const Segments segments = static_cast<std::uint32_t>(std::min<std::uint64_t>(in_record, room)) / full;
  const bool cut_by_peer = segments < budget && room < waiting;
  const bool cut = cut_by_peer || budget <= segments;  // else more data may come, unless a FIN does
  const Segments n = cut_by_peer ? segments : budget;
  if (in_record == waiting && waiting > full && (cut || !fin_wanted_) &&
      waits_for_whole_burst(std::uint64_t{n} * full, now) && !fills_burst(n) &&
      !reaches_chunk_end(std::uint64_t{n} * full, waiting)) {
    stopped_by_cwnd = cut && !cut_by_peer;
    return false;
  }
  burst_left_ = std::max(std::min(budget, segments_ready(in_record, waiting, room, full)), 1u);
  // The limit takes divisions, and is never below this.
  const Segments half = std::max(sender_.window().cwnd / 2, 1u);
  if (burst_left_ > std::min(half, least_burst()) || urgent_)
    burst_left_ = std::min({burst_left_, half, burst_limit()});
  burst_is_long_ = burst_left_ > 1;
  return true;
}

/// Linux keeps what the application writes in pieces of so many segments as fit 64 kB and half the peer's window, and
/// lets one go that cannot grow any more.
bool Connection::reaches_chunk_end(std::uint64_t limit, std::uint64_t waiting) const {
  constexpr std::uint32_t kLargest = 65536 - 321;  // headers of all layers come on top
  const std::uint32_t most = std::min(kLargest, sender_.max_window() / 2);
  const std::uint32_t chunk = std::max(most / sender_.smss(), 1u) * sender_.smss();
  const std::uint64_t rest = chunk - (send_buffer_.end() - waiting) % chunk;
  return rest <= limit && rest < waiting;
}

/// Linux's tcp_tso_should_defer: a burst that the windows cut short to `limit` bytes waits for the next ACK to make it
/// whole, where that is likely to come soon and the last segment left just now; and not where it is a good part of the
/// window anyway.
bool Connection::waits_for_whole_burst(std::uint64_t limit, Time now) const {
  constexpr Duration kSoon = Duration::ms(1);
  const Scoreboard& sent = sender_.scoreboard();
  if (sender_.ca_state() >= CaState::Recovery || sent.packets_out() == 0) return false;
  if (now - sender_.last_sent() >= kSoon) return false;
  const std::uint64_t window = std::uint64_t{sender_.window().cwnd} * sender_.smss();
  if ((limit + 1) * config_->tso_win_divisor > std::min<std::uint64_t>(window, sender_.snd_wnd())) return false;
  const Duration srtt = sender_.rtt().srtt();
  const Time expected_ack = sent.at(0).last_sent + srtt;
  return expected_ack - now <= std::min(srtt / 2, kSoon);
}

}  // namespace wirelab::tcp
