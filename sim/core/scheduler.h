#pragma once
// The pending-event set. Every source of events (a link direction, a node's timers, a sampler) has a fixed number and
// at most one pending time. Equal times come out in the order of source numbers, so that the order of a run follows
// from the scenario alone and never from the order in which things were scheduled.

#include <algorithm>
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

  /// Forgets all pending times. Precondition: sources < 2^28.
  void resize(std::size_t sources) {
    wide_ = sources > kFew;
    const std::size_t children = wide_ ? 4 : 2;
    leaves_ = children;
    while (leaves_ < sources) leaves_ *= children;
    time_.assign(2 * leaves_, Time::never().ps());
    winner_.assign(2 * leaves_, 0);
    for (std::size_t i = 0; i < leaves_; ++i) winner_[leaves_ + i] = static_cast<SourceId>(i);
    for (std::size_t width = leaves_ / children; width >= 1; width /= children) {
      for (std::size_t place = width; place < 2 * width; ++place) winner_[place] = winner_[children * place];
    }
  }

  /// The source's next event is at `t`; `Time::never()` cancels. Replaces what was set before.
  void set(SourceId source, Time t) {
    WIRELAB_DEBUG_ASSERT(source < leaves_);
    time_[leaves_ + source] = t.ps();
    if (wide_) return replay_by_four(leaves_ + source, t.ps());
    replay_by_two(leaves_ + source, t.ps(), source);
  }

  /// The source that is due first; meaningful only while `next_time()` is not `never()`.
  SourceId top() const { return winner_[1]; }
  Time next_time() const { return Time::from_ps(time_[1]); }
  Time time_of(SourceId source) const { return Time::from_ps(time_[leaves_ + source]); }
  std::size_t capacity() const { return leaves_; }

 private:
  static constexpr std::size_t kFew = 1024;

  // Matches are replayed upwards. A tie goes to the left, where the lower numbers are; so who stands on the right loses
  // to an equal one. Among few sources the processor foresees who wins, and the choices may be branches.
  void replay_by_two(std::size_t place, std::int64_t best, SourceId source) {
    std::int64_t* const time = time_.data();
    SourceId* const winner = winner_.data();
    do {
      const std::int64_t other = time[place ^ 1];
      if (other - static_cast<std::int64_t>(place & 1) < best) {
        best = other;
        source = winner[place ^ 1];
      }
      place /= 2;
      time[place] = best;
      winner[place] = source;
    } while (place != 1);
  }

  // Among many it does not, so the choices are arithmetic: of the player, its neighbour and the pair beside them.
  void replay_by_four(std::size_t place, std::int64_t best) {
    std::int64_t* const time = time_.data();
    SourceId* const winner = winner_.data();
    do {
      const std::size_t pair = (place ^ 2) & ~std::size_t{1};
      const std::size_t of_pair = pair + (time[pair + 1] < time[pair]);
      const std::int64_t pair_time = std::min(time[pair], time[pair + 1]);
      const std::int64_t neighbour_time = time[place ^ 1];
      const std::size_t neighbour_wins = neighbour_time - static_cast<std::int64_t>(place & 1) < best;
      std::size_t winning = place ^ neighbour_wins;
      best = std::min(neighbour_time, best);
      const std::size_t pair_wins = pair_time - static_cast<std::int64_t>(place >> 1 & 1) < best;
      winning ^= (winning ^ of_pair) & -pair_wins;
      best = std::min(pair_time, best);
      place /= 4;
      time[place] = best;
      winner[place] = winner[winning];
    } while (place != 1);
  }

  // By place: the root at 1, the children of p from 2 p or 4 p on, the leaves from leaves_ on. Times in picoseconds.
  std::size_t leaves_ = 0;
  bool wide_ = false;
  std::vector<std::int64_t> time_;
  std::vector<SourceId> winner_;
};

}  // namespace wirelab
