#pragma once
// The scenario's `events` as they come due in a run: links, routes, what nodes deny, and apps change; what has an end
// goes back to what it was.

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
  /// What a direction had before an entry with an end changed it.
  struct Saved {
    LinkChange change[2];
  };

  void push(Time at, std::size_t event, Step step);
  void run(const Due& due, Time now);
  void apply(std::size_t event, Time now);
  void revert(std::size_t event, Time now);
  void change_link(const LinkEvent& event, Saved* saved, Time now);
  void set_direction(LinkIndex link, int direction, const LinkChange& change, Time now);
  LinkChange read_direction(LinkIndex link, int direction, const LinkChange& keys) const;
  void change_routes(NodeIndex node, const std::vector<StaticRoute>& add, const std::vector<StaticRoute>& del);
  void note_link_state(LinkIndex link, std::size_t event, Time now);

  const Scenario& scenario_;
  Built& built_;
  std::vector<std::unique_ptr<Line>>& lines_;
  std::vector<Due> due_;  // a heap, the earliest first
  std::uint64_t next_order_ = 0;
  std::vector<Saved> saved_;                         // by event
  std::vector<std::vector<Match>> saved_deny_;       // by event
  std::vector<std::vector<Match>> deny_;             // by node, now in force
  std::vector<std::array<LinkConfig, 2>> in_force_;  // by link
};

}  // namespace wirelab::scenario
