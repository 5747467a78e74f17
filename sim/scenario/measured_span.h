#pragma once
// The span that means, goodput and utilisation cover: what all counters were at its two ends.

#include <cstdint>
#include <memory>
#include <vector>

#include "app/line.h"
#include "node/network.h"
#include "record/connection_recorder.h"
#include "scenario/model.h"

namespace wirelab::scenario {

/// Takes the state of all counters at the two ends of the measured span.
class MeasuredSpan final : public EventHandler {
 public:
  MeasuredSpan(const Measure& measure, Network& network, ConnectionRecorder& connections,
               const std::vector<std::unique_ptr<Line>>& lines)
      : network_(network),
        connections_(connections),
        lines_(lines),
        from_(measure.from),
        to_(measure.to.value_or(Time::never())) {}

  /// To be called before the run.
  void arm() {
    const Time first = from_ > Time::zero() ? from_ : to_;
    if (!first.is_never()) network_.add_sampler(*this, first);
  }

  Time on_event(Time now) override {
    if (now < to_) {
      begun_ = true;
      connections_.begin_span(now);
      take(before_, now);
      return to_;
    }
    end(now);
    return Time::never();
  }

  /// At the end of the run, unless the span has ended before.
  void end(Time now) {
    if (ended_) return;
    ended_ = true;
    end_ = now;
    connections_.end_span(now);
    take(after_, now);
    if (!begun_) {
      before_.links.resize(after_.links.size());
      before_.delivered.resize(after_.delivered.size());
    }
  }

  Time from() const { return from_; }
  Time to() const { return end_; }
  const LinkCounters& link_before(std::size_t direction) const { return before_.links[direction]; }
  const LinkCounters& link_after(std::size_t direction) const { return after_.links[direction]; }
  std::int64_t delivered(std::size_t line) const { return after_.delivered[line] - before_.delivered[line]; }

 private:
  struct State {
    std::vector<LinkCounters> links;
    std::vector<std::int64_t> delivered;
  };

  void take(State& state, Time now) {
    for (LinkId link = 0; link < network_.link_count(); ++link) {
      for (int d = 0; d < 2; ++d) state.links.push_back(network_.direction(link, d).counters(now));
    }
    for (const auto& line : lines_) state.delivered.push_back(line->bytes_delivered());
  }

  Network& network_;
  ConnectionRecorder& connections_;
  const std::vector<std::unique_ptr<Line>>& lines_;
  Time from_, to_, end_;
  bool begun_ = false, ended_ = false;
  State before_, after_;
};

}  // namespace wirelab::scenario
