#pragma once
// The pending-event set. Every source of events (a link direction, a node's timers, a sampler) has a fixed number and
// at most one pending time. Equal times come out in the order of source numbers, so that the order of a run follows
// from the scenario alone and never from the order in which things were scheduled.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/assert.h"
#include "core/units.h"

namespace wirelab {

using SourceId = std::uint32_t;

/// A winner tree over a fixed number of sources. `set` arms, re-arms and cancels in O(log n) without allocation; its
/// loads do not depend on each other, which is what makes it faster than a heap.
class Scheduler {
 public:
  explicit Scheduler(std::size_t sources = 1) { resize(sources); }

  /// Forgets all pending times. Precondition: sources < 2^31.
  void resize(std::size_t sources) {
    leaves_ = 2;
    while (leaves_ < sources) leaves_ *= 2;
    time_.assign(leaves_, Time::never().ps());
    winner_.assign(leaves_, 0);
    for (std::size_t node = leaves_ - 1; node >= 1; --node) {
      winner_[node] = static_cast<SourceId>(2 * node >= leaves_ ? 2 * node - leaves_ : winner_[2 * node]);
    }
  }

  /// The source's next event is at `t`; `Time::never()` cancels. Replaces what was set before.
  void set(SourceId source, Time t) {
    WIRELAB_DEBUG_ASSERT(source < leaves_);
    time_[source] = t.ps();
    std::int64_t best_time = t.ps();
    SourceId best = source;
    // Matches are replayed upwards. A tie goes to the left child's winner, which has the lower number; so a player who
    // is on the right, at an odd place, loses to an equal one. (Compilers make branches of the choices. Without
    // them, by masks, random times take a third of the time, but those of real networks more: they are predictable.)
    SourceId other = source ^ 1;
    std::size_t place = leaves_ + source;
    while (true) {
      const std::int64_t other_time = time_[other];
      const bool other_wins = other_time - static_cast<std::int64_t>(place & 1) < best_time;
      best = other_wins ? other : best;
      best_time = other_wins ? other_time : best_time;
      place /= 2;
      winner_[place] = best;
      if (place == 1) return;
      other = winner_[place ^ 1];
    }
  }

  /// The source that is due first; meaningful only while `next_time()` is not `never()`.
  SourceId top() const { return winner_[1]; }
  Time next_time() const { return Time::from_ps(time_[winner_[1]]); }
  Time time_of(SourceId source) const { return Time::from_ps(time_[source]); }
  std::size_t capacity() const { return leaves_; }

 private:
  std::size_t leaves_ = 0;
  std::vector<std::int64_t> time_;  // by source, in picoseconds
  std::vector<SourceId> winner_;    // by inner node, root at 1
};

}  // namespace wirelab
