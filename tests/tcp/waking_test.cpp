// A host that has rested is slower with its first segment.

#include "tcp/waking.h"

#include <gtest/gtest.h>

namespace wirelab::tcp {
namespace {

constexpr Duration kWakeup = Duration::us(16);

Time at(Duration d) { return Time::at(d); }

TEST(Waking, AHostThatIsBusyIsQuick) {
  Waking host;
  host.leaves(at(1_s), kWakeup);
  EXPECT_EQ(host.leaves(at(1_s + 100_us), kWakeup), at(1_s + 100_us));
  EXPECT_EQ(host.leaves(at(1_s + 1_ms), kWakeup), at(1_s + 1_ms));
}

TEST(Waking, TheLongerTheRestTheLaterTheFirstSegment) {
  Waking host;
  Time now = at(1_s);
  host.leaves(now, kWakeup);
  const std::pair<Duration, Duration> measured[] = {{1500_us, 8_us}, {2400_us, 12_us}, {5_ms, 14_us}, {10_ms, 15_us}};
  for (const auto& [rest, late] : measured) {
    now = now + rest;
    EXPECT_EQ(host.leaves(now, kWakeup) - now, late) << rest.us();
  }
  now = now + 10_s;
  EXPECT_GT(host.leaves(now, kWakeup) - now, 15_us);
  EXPECT_LE(host.leaves(now, kWakeup) - now, kWakeup);
}

TEST(Waking, SegmentsKeepTheirOrder) {
  Waking host;
  const Time first = host.leaves(at(1_s), kWakeup);
  EXPECT_GT(first, at(1_s + 5_us));
  EXPECT_EQ(host.leaves(at(1_s + 5_us), kWakeup), first);
}

// So an ACK clock's later bursts come early by its own measure, and find a queue as long as before the departure that
// they were let go by.
TEST(Waking, WhatFollowsTheFirstSegmentOfARoundComesEarly) {
  Waking host;
  const Time first = host.leaves(at(1_s), kWakeup);
  const Time second = host.leaves(at(1_s + 2400_us), kWakeup);
  EXPECT_LT(second - first, 2400_us);
}

TEST(Waking, WithoutItTheHostIsAlwaysQuick) {
  Waking host;
  EXPECT_EQ(host.leaves(at(1_s), Duration()), at(1_s));
  EXPECT_EQ(host.leaves(at(100_s), Duration()), at(100_s));
}

}  // namespace
}  // namespace wirelab::tcp
