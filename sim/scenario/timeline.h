#pragma once
// The scenario's `events` as they come due in a run: links, routes, what nodes deny, and apps change. An entry with an
// end is a span. At its end comes back what an earlier span still holds, else the plain value: the scenario's, or what
// an entry with `at` has set since, be that within the span.

#include <cstdint>
#include <memory>
#include <vector>

#include "app/line.h"
#include "node/network.h"
#include "scenario/build.h"
#include "scenario/model.h"

namespace wirelab::scenario {

class Timeline final : public EventHandler {
 public:
  /// All must outlive the timeline. Lines are in the order of the scenario's apps.
  Timeline(const Scenario& scenario, Built& built, std::vector<std::unique_ptr<Line>>& lines);

  /// When the first entry is due; never if there is none.
  Time first() const { return due_.empty() ? Time::never() : due_.front().at; }
  Time on_event(Time now) override;

 private:
  enum class Step : std::uint8_t { Apply, Revert, Reconverge };
  struct Due {
    Time at;
    std::uint64_t order;  // entries of one time run in the order of the file, and as they arose
    std::size_t event;
    Step step;
  };
  using Spans = std::vector<std::size_t>;

  void push(Time at, std::size_t event, Step step);
  void run(const Due& due, Time now);
  void apply(std::size_t event, Time now);
  void revert(std::size_t event, Time now);
  LinkChange what_comes_back(const LinkEvent& ended, std::size_t direction, Spans::const_iterator later) const;
  static void write(LinkConfig& config, const LinkChange& change);
  void set_direction(LinkIndex link, std::size_t direction, const LinkChange& change, Time now);
  void change_routes(NodeIndex node, const std::vector<StaticRoute>& add, const std::vector<StaticRoute>& del);
  void note_link_state(LinkIndex link, std::size_t event, Time now);

  const Scenario& scenario_;
  Built& built_;
  std::vector<std::unique_ptr<Line>>& lines_;
  std::vector<Due> due_;  // a heap, the earliest first
  std::uint64_t next_order_ = 0;
  Spans spans_;                                   // entries under way, in the order in which they began
  std::vector<std::vector<Match>> plain_deny_;    // by node
  std::vector<std::array<LinkConfig, 2>> plain_;  // by link and direction
};

}  // namespace wirelab::scenario
