#pragma once
// How a datagram flow tells of itself: one comparison for each datagram, a row when the tracker wants one.

#include <algorithm>
#include <optional>
#include <utility>

#include "app/instance.h"
#include "app/line.h"

namespace wirelab {

class DatagramProbe {
 public:
  /// To be called at the start; without it nothing is told.
  void begin(Line& line, std::uint64_t instance) {
    tracker_ = &line.tracker();
    const auto tag = tracker_->track_datagrams(line.number(), instance);
    if (!tag) return;
    tag_ = *tag;
    next_sent_ = next_arrival_ = Time::zero();
  }

  // Each kind of row has its own clock, so that an answer in the interval of its request is told at its own time.
  void on_sent(const DatagramTotals& totals, std::int64_t bytes_received, Time now) {
    if (now >= next_sent_) next_sent_ = tell(totals, bytes_received, now);
  }
  void on_arrival(const DatagramTotals& totals, std::int64_t bytes_received, Duration delay, Time now) {
    if (next_arrival_.is_never()) return;
    longest_ = std::max(longest_.value_or(delay), delay);
    if (now < next_arrival_) return;
    const Time next = tell(totals, bytes_received, now);
    if (!has_ended_) next_arrival_ = next;
  }
  /// Nothing more will be sent: what comes now is told one by one, as each may be the last.
  void on_end() {
    has_ended_ = true;
    if (!next_arrival_.is_never()) next_arrival_ = Time::zero();
  }
  /// At a place where nothing may come for long: what was not told yet.
  void on_pause(const DatagramTotals& totals, std::int64_t bytes_received, Time now) {
    if (next_arrival_.is_never() || totals.sent + totals.received == told_) return;
    tell(totals, bytes_received, now);
  }

 private:
  Time tell(const DatagramTotals& totals, std::int64_t bytes_received, Time now) {
    told_ = totals.sent + totals.received;
    return tracker_->on_datagrams(tag_, totals, bytes_received, std::exchange(longest_, std::nullopt), now);
  }

  FlowTracker* tracker_ = nullptr;
  std::uint32_t tag_ = 0;
  Time next_sent_ = Time::never(), next_arrival_ = Time::never();
  std::optional<Duration> longest_;  // since the last row
  bool has_ended_ = false;
  std::uint64_t told_ = 0;  // datagrams, sent and received, of which the last row knew
};

}  // namespace wirelab
