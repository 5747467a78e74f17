#include "core/scheduler.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace wirelab {
namespace {

Time at(std::int64_t ps) { return Time::from_ps(ps); }

/// A scheduler with its sources, numbered from 0.
struct Sources {
  explicit Sources(SourceId count, SourceId busy = 0) : s(busy) {
    for (SourceId id = 0; id < count; ++id) all.emplace_back(id);
  }
  void set(SourceId id, Time t) { s.set(all[id], t); }
  Time time_of(SourceId id) const { return s.time_of(all[id]); }
  /// Fires all that is pending.
  std::vector<SourceId> drain() {
    std::vector<SourceId> fired;
    while (!s.next_time().is_never()) {
      fired.push_back(s.top());
      set(s.top(), Time::never());
    }
    return fired;
  }

  Scheduler s;
  std::vector<EventSource> all;
};

TEST(Scheduler, IsEmptyAtFirst) { EXPECT_TRUE(Scheduler().next_time().is_never()); }

TEST(Scheduler, TiesGoToTheLowerSourceWhateverTheOrderOfSetting) {
  for (const std::vector<SourceId>& order : {std::vector<SourceId>{0, 3, 6}, {6, 3, 0}, {3, 6, 0}}) {
    Sources t(7);
    for (const SourceId source : order) t.set(source, at(10));
    EXPECT_EQ(t.drain(), (std::vector<SourceId>{0, 3, 6}));
  }
}

TEST(Scheduler, SettingAgainReplacesAndNeverCancels) {
  Sources t(4);
  t.set(2, at(10));
  t.set(1, at(20));
  t.set(2, at(30));
  EXPECT_EQ(t.s.top(), 1u);
  EXPECT_EQ(t.time_of(2), at(30));
  t.set(1, Time::never());
  EXPECT_EQ(t.s.top(), 2u);
  t.set(2, Time::never());
  EXPECT_TRUE(t.s.next_time().is_never());
}

TEST(Scheduler, OneSourceIsEnough) {
  Sources t(1);
  t.set(0, at(7));
  EXPECT_EQ(t.s.top(), 0u);
  EXPECT_EQ(t.s.next_time(), at(7));
}

TEST(Scheduler, BusySourcesAndTheOthersComeInOneOrder) {
  Sources t(6, 3);
  for (const SourceId source : {5u, 1u, 3u, 2u}) t.set(source, at(source == 5 ? 9 : 10));
  EXPECT_EQ(t.drain(), (std::vector<SourceId>{5, 1, 2, 3}));
}

TEST(Scheduler, ThousandsArmedAndCancelledLeaveTheOrderOfTheRest) {
  constexpr SourceId kMany = 5000;
  Sources t(kMany);
  for (SourceId source = 0; source < kMany; ++source) t.set(source, at(1 + (source * 7919) % kMany));
  for (SourceId source = 0; source < kMany; ++source) {
    if (source % 1000 != 1) t.set(source, Time::never());
  }
  std::vector<std::pair<Time, SourceId>> expected;
  for (const SourceId source : {1u, 1001u, 2001u, 3001u, 4001u}) {
    expected.emplace_back(at(1 + (source * 7919) % kMany), source);
    EXPECT_EQ(t.time_of(source), expected.back().first);
  }
  std::sort(expected.begin(), expected.end());
  const std::vector<SourceId> fired = t.drain();
  ASSERT_EQ(fired.size(), expected.size());
  for (std::size_t i = 0; i < fired.size(); ++i) EXPECT_EQ(fired[i], expected[i].second);
}

// The oracle: an ordered set of (time, source). The tree grows and shrinks with the number of the armed.
RC_GTEST_PROP(Scheduler, AgreesWithAnOrderedSet, ()) {
  const bool many = *rc::gen::arbitrary<bool>();
  const auto sources = many ? *rc::gen::inRange<std::uint32_t>(1025, 4200) : *rc::gen::inRange<std::uint32_t>(1, 70);
  using Step = std::pair<std::uint32_t, std::int64_t>;
  const auto steps = *rc::gen::container<std::vector<Step>>(
      rc::gen::pair(rc::gen::inRange<std::uint32_t>(0, sources), rc::gen::inRange<std::int64_t>(-3, 12)));
  Sources t(sources, *rc::gen::inRange<std::uint32_t>(0, sources + 1));
  std::set<std::pair<Time, SourceId>> oracle;
  for (const auto& [source, when] : steps) {
    oracle.erase({t.time_of(source), source});
    const Time then = when < 0 ? Time::never() : at(when);
    if (!then.is_never()) oracle.insert({then, source});
    t.set(source, then);
    RC_ASSERT(t.s.next_time().is_never() == oracle.empty());
    if (!oracle.empty()) RC_ASSERT(std::pair(t.s.next_time(), t.s.top()) == *oracle.begin());
  }
}

}  // namespace
}  // namespace wirelab
