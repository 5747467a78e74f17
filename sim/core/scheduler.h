#pragma once
// The pending-event set. Every source of events (a link direction, a node's timers, a sampler) has a fixed number and
// at most one pending time. Equal times come out in the order of source numbers, so that the order of a run follows
// from the scenario alone and never from the order in which things were scheduled.

#include "core/armed_tree.h"
#include "core/units.h"

namespace wirelab {

/// `set` arms, re-arms and cancels in O(log n) of the armed, without allocation but for growth. Sources that every
/// packet sets stand in a tree of their own, which thousands of waiting timers beside it do not make higher.
class Scheduler {
 public:
  /// Sources below the number `busy` are those that every packet sets.
  explicit Scheduler(SourceId busy = 0) : busy_(busy) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// The source's next event is at `t`, 0 or later; `Time::never()` cancels. Replaces what was set before. The source
  /// must stay where it is while it is armed.
  [[gnu::hot]] void set(EventSource& source, Time t) { tree_of(source).set(source, t); }

  /// Who is due first; its source means nothing while its time is `never()`.
  const Due& next() const {
    const Due &timer = tree_.next(), &hop = busy_tree_.next();
    if (timer.time < hop.time) [[unlikely]]
      return timer;
    return hop;  // a tie as well: the busy ones have the lower numbers
  }
  SourceId top() const { return next().source; }
  Time next_time() const { return next().time; }
  Time time_of(const EventSource& source) const { return (source.id() < busy_ ? busy_tree_ : tree_).time_of(source); }

 private:
  ArmedTree& tree_of(const EventSource& source) { return source.id() < busy_ ? busy_tree_ : tree_; }

  SourceId busy_;
  ArmedTree busy_tree_, tree_;
};

}  // namespace wirelab
