#pragma once
// The earliest of many sources of which few are armed: ten thousand flows keep some sixteen links busy at a time. So
// the tree stands over the armed sources only and stays in the nearest cache, however large the network is.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/assert.h"
#include "core/units.h"

namespace wirelab {

using SourceId = std::uint32_t;

/// Events come by time, equal times by the number of the source.
struct Due {
  Time time = Time::never();
  SourceId source = ~SourceId{0};
};

/// What a source of events keeps: its number, and where it stands while it is armed. It lies beside what an event of
/// the source touches anyway, so that a network's size costs no look-up. It must not move while it is armed.
class EventSource {
 public:
  explicit EventSource(SourceId id = 0) : id_(id) {}
  SourceId id() const { return id_; }

 private:
  friend class ArmedTree;
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  SourceId id_;
  std::uint32_t slot_ = kNone;
};

/// A winner tree whose leaves are slots: a source takes one when it is armed and gives it back when it is cancelled.
class ArmedTree {
 public:
  ArmedTree() { build(kFewest); }

  /// The source is due at `t`, 0 or later; `Time::never()` cancels. Replaces what was set before.
  [[gnu::hot]] void set(EventSource& source, Time t) {
    WIRELAB_DEBUG_ASSERT(t.ps() >= 0);
    if (t.is_never()) return cancel(source);
    if (source.slot_ == EventSource::kNone) take_slot(source);
    play(slots_ + source.slot_, {t, source.id_});
  }

  Time time_of(const EventSource& source) const {
    return source.slot_ == EventSource::kNone ? Time::never() : players_[slots_ + source.slot_].time;
  }

  /// The earliest, `Time::never()` if there is none.
  const Due& next() const { return players_[1]; }

 private:
  static constexpr std::size_t kFewest = 8;
  static constexpr std::size_t kFew = 16;

  [[gnu::hot]] void play(std::size_t place, Due due) {
    players_[place] = due;
    if (slots_ <= kFew) {
      play_foreseen(players_.data(), place, due);
    } else {
      play_unforeseen(players_.data(), place, due);
    }
  }

  // Among few the processor foresees who wins, and is at the next event before the matches are played.
  static void play_foreseen(Due* players, std::size_t place, Due best) {
    do {
      const Due& other = players[place ^ 1];
      if (other.time <= best.time) [[unlikely]] {
        if (other.time < best.time || other.source < best.source) best = other;
      }
      place /= 2;
      players[place] = best;
    } while (place != 1);
  }

  // Among many it does not, so the choice is arithmetic, on one number for both.
  static void play_unforeseen(Due* players, std::size_t place, Due due) {
    Uint128 best = order(due);
    do {
      const Uint128 other = order(players[place ^ 1]);
      best = other < best ? other : best;
      place /= 2;
      players[place] = {Time::from_ps(static_cast<std::int64_t>(best >> 64)), static_cast<SourceId>(best)};
    } while (place != 1);
  }
  static Uint128 order(const Due& due) { return static_cast<Uint128>(due.time.ps()) << 64 | due.source; }

  void take_slot(EventSource& source);
  void cancel(EventSource& source);
  void build(std::size_t slots);

  std::size_t slots_ = 0;
  std::vector<Due> players_;  // the winner at 1, who met for place p at 2 p and 2 p + 1, the slots from slots_ on
  std::vector<EventSource*> holders_;  // by slot; what stands at a free one means nothing
  std::vector<std::uint32_t> free_;
  std::vector<std::pair<EventSource*, Due>> moving_;  // to another number of slots
};

}  // namespace wirelab
