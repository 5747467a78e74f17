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

TEST(Scheduler, IsEmptyAtFirst) {
  Scheduler s(5);
  EXPECT_TRUE(s.next_time().is_never());
}

TEST(Scheduler, TiesGoToTheLowerSourceWhateverTheOrderOfSetting) {
  for (const std::size_t sources : {7, 5000}) {
    for (const std::vector<SourceId>& order : {std::vector<SourceId>{0, 3, 6}, {6, 3, 0}, {3, 6, 0}}) {
      Scheduler s(sources);
      for (const SourceId source : order) s.set(source, at(10));
      std::vector<SourceId> fired;
      while (!s.next_time().is_never()) {
        fired.push_back(s.top());
        s.set(s.top(), Time::never());
      }
      EXPECT_EQ(fired, (std::vector<SourceId>{0, 3, 6}));
    }
  }
}

TEST(Scheduler, SettingAgainReplacesAndNeverCancels) {
  Scheduler s(4);
  s.set(2, at(10));
  s.set(1, at(20));
  s.set(2, at(30));
  EXPECT_EQ(s.top(), 1u);
  EXPECT_EQ(s.time_of(2), at(30));
  s.set(1, Time::never());
  EXPECT_EQ(s.top(), 2u);
  s.set(2, Time::never());
  EXPECT_TRUE(s.next_time().is_never());
}

TEST(Scheduler, ResizingForgetsWhatWasPending) {
  Scheduler s(2);
  s.set(1, at(1));
  s.resize(100, 0);
  EXPECT_TRUE(s.next_time().is_never());
  s.set(99, at(5));
  EXPECT_EQ(s.top(), 99u);
  EXPECT_EQ(s.next_time(), at(5));
}

TEST(Scheduler, OneSourceIsEnough) {
  Scheduler s(1);
  s.set(0, at(7));
  EXPECT_EQ(s.top(), 0u);
  EXPECT_EQ(s.next_time(), at(7));
}

TEST(Scheduler, BusySourcesAndTheOthersComeInOneOrder) {
  Scheduler s;
  s.resize(6, 3);
  for (const SourceId source : {5u, 1u, 3u, 2u}) s.set(source, at(source == 5 ? 9 : 10));
  std::vector<SourceId> fired;
  while (!s.next_time().is_never()) {
    fired.push_back(s.top());
    s.set(s.top(), Time::never());
  }
  EXPECT_EQ(fired, (std::vector<SourceId>{5, 1, 2, 3}));
}

TEST(Scheduler, ThousandsArmedAndCancelledLeaveTheOrderOfTheRest) {
  constexpr SourceId kMany = 5000;
  Scheduler s(kMany);
  for (SourceId source = 0; source < kMany; ++source) s.set(source, at(1 + (source * 7919) % kMany));
  for (SourceId source = 0; source < kMany; ++source) {
    if (source % 1000 != 1) s.set(source, Time::never());
  }
  std::vector<std::pair<Time, SourceId>> fired, expected;
  for (const SourceId source : {1u, 1001u, 2001u, 3001u, 4001u}) {
    expected.emplace_back(at(1 + (source * 7919) % kMany), source);
    EXPECT_EQ(s.time_of(source), expected.back().first);
  }
  std::sort(expected.begin(), expected.end());
  while (!s.next_time().is_never()) {
    fired.emplace_back(s.next_time(), s.top());
    s.set(s.top(), Time::never());
  }
  EXPECT_EQ(fired, expected);
}

// The oracle: an ordered set of (time, source). The tree grows and shrinks with the number of the armed.
RC_GTEST_PROP(Scheduler, AgreesWithAnOrderedSet, ()) {
  const bool many = *rc::gen::arbitrary<bool>();
  const auto sources = many ? *rc::gen::inRange<std::uint32_t>(1025, 4200) : *rc::gen::inRange<std::uint32_t>(1, 70);
  using Step = std::pair<std::uint32_t, std::int64_t>;
  const auto steps = *rc::gen::container<std::vector<Step>>(
      rc::gen::pair(rc::gen::inRange<std::uint32_t>(0, sources), rc::gen::inRange<std::int64_t>(-3, 12)));
  Scheduler s;
  s.resize(sources, *rc::gen::inRange<std::uint32_t>(0, sources + 1));
  std::set<std::pair<Time, SourceId>> oracle;
  for (const auto& [source, when] : steps) {
    oracle.erase({s.time_of(source), source});
    const Time t = when < 0 ? Time::never() : at(when);
    if (!t.is_never()) oracle.insert({t, source});
    s.set(source, t);
    RC_ASSERT(s.next_time().is_never() == oracle.empty());
    if (!oracle.empty()) RC_ASSERT(std::pair(s.next_time(), s.top()) == *oracle.begin());
  }
}

}  // namespace
}  // namespace wirelab
