#include "tcp/rtt_estimator.h"

#include <gtest/gtest.h>

namespace wirelab::tcp {
namespace {

RttSettings rfc() {
  RttSettings s;
  s.min_on_variance = false;
  s.rto_min = Duration::s(1);
  s.tick = Duration::ms(1);
  return s;
}

// RFC 6298 rules 5.5 and 2.5.
TEST(Rfc6298, BackingOffEndsAtTheCapHoweverOftenItIsDone) {
  EXPECT_EQ(backed_off(1_s, 0, 120_s), 1_s);
  EXPECT_EQ(backed_off(1_s, 6, 120_s), 64_s);
  EXPECT_EQ(backed_off(1_s, 7, 120_s), 120_s);
  EXPECT_EQ(backed_off(3600_s, 1, 120_s), 120_s);
  for (std::uint32_t n = 20; n < 256; ++n) EXPECT_EQ(backed_off(119_s, n, 120_s), 120_s);
}

void take(RttEstimator& e, Duration rtt) { e.take(rtt, rtt, Seq(1), Seq(1)); }

// RFC 6298 section 2; the series of ns-3's rtt-test.
TEST(Rfc6298, FollowsThePublishedSeries) {
  RttEstimator e(rfc());
  EXPECT_EQ(e.rto(), 1_s);
  take(e, 1_s);
  EXPECT_EQ(e.srtt(), 1_s);
  EXPECT_EQ(e.rttvar(), 500_ms);
  EXPECT_EQ(e.rto(), 3_s);
  take(e, 1200_ms);
  EXPECT_EQ(e.srtt(), 1025_ms);
  EXPECT_EQ(e.rttvar(), 425_ms);
  EXPECT_EQ(e.rto(), 2725_ms);
  take(e, 900_ms);
  EXPECT_EQ(e.srtt(), 1009375_us);
  EXPECT_EQ(e.rttvar(), 350_ms);
  EXPECT_EQ(e.rto(), 2409375_us);
}

TEST(Rfc6298, TakesOtherGains) {
  RttEstimator e(rfc(), {1, 10, 1, 10});
  take(e, 1200_ms);
  take(e, 950_ms);
  EXPECT_EQ(e.srtt(), 1175_ms);
  EXPECT_EQ(e.rttvar(), 565_ms);
  take(e, 1400_ms);
  EXPECT_EQ(e.srtt(), 1197500_us);
  EXPECT_EQ(e.rttvar(), 531_ms);
}

// Rule 2.4: the floor acts on the RTO itself. A constant 100 ms gives 0.3, 0.25, 0.2125 ... before it.
TEST(Rfc6298, RaisesTheTimeoutToItsFloor) {
  RttSettings low = rfc();
  low.rto_min = Duration::ms(1);
  RttEstimator bare(low), floored(rfc());
  const Duration expected[] = {300_ms, 250_ms, 212500_us, 184375_us};
  for (const Duration rto : expected) {
    take(bare, 100_ms);
    take(floored, 100_ms);
    EXPECT_EQ(bare.rto(), rto);
    EXPECT_EQ(floored.rto(), 1_s);
  }
}

// Rule 2.3: RTO = SRTT + max(G, 4 RTTVAR).
TEST(Rfc6298, NeverAddsLessThanTheClockGranularity) {
  RttSettings s = rfc();
  s.rto_min = Duration::us(1);
  s.tick = Duration::ms(100);
  RttEstimator e(s);
  for (int i = 0; i < 60; ++i) take(e, 50_ms);
  EXPECT_EQ(e.rto(), 150_ms);
}

// Rules 5.5 and 2.5.
TEST(Rfc6298, DoublesUpToTheCapAndStartsAnewWithASample) {
  RttEstimator e(rfc());
  take(e, 1_s);
  e.back_off();
  EXPECT_EQ(e.rto(), 6_s);
  for (int i = 0; i < 10; ++i) e.back_off();
  EXPECT_EQ(e.rto(), 120_s);
  EXPECT_EQ(e.backoffs(), 11u);
  take(e, 1_s);
  EXPECT_EQ(e.rto(), 1_s + 4 * 375_ms);
  EXPECT_EQ(e.backoffs(), 0u);
}

// The traces of Linux 6.18 show an RTO of 244 ms at an RTT just above 40 ms and of 304 ms just above 100 ms.
TEST(LinuxRto, AddsTheFloorToSrttAndRoundsUpToAJiffy) {
  RttEstimator e((RttSettings()));
  take(e, 40105_us);
  EXPECT_EQ(e.srtt(), 40105_us);
  EXPECT_EQ(e.rto(), 244_ms);
  RttEstimator slow((RttSettings()));
  take(slow, 100_ms);
  EXPECT_EQ(slow.rto(), 300_ms);
  take(slow, 100900_us);
  EXPECT_EQ(slow.rto(), 304_ms);
  RttEstimator far((RttSettings()));  // beyond 100 ms half the RTT exceeds the floor
  take(far, 300_ms);
  EXPECT_EQ(far.rto(), 900_ms);
}

TEST(LinuxRto, KeepsTheLargestDeviationOfTheRoundAndDecaysOncePerRound) {
  RttEstimator e((RttSettings()));
  e.take(300_ms, 300_ms, Seq(1), Seq(1000));  // 4 rttvar = 600 ms, round ends above 1000
  e.take(300_ms, 300_ms, Seq(500), Seq(2000));
  EXPECT_EQ(e.rto(), 900_ms);  // within the round nothing shrinks
  e.take(300_ms, 300_ms, Seq(1001), Seq(3000));
  EXPECT_EQ(e.rto(), 900_ms);  // the first round's largest was the first sample itself
  e.take(300_ms, 300_ms, Seq(3001), Seq(4000));
  // mdev is down to 600 * (3/4)^3 = 253.125 ms in its fourth step; the largest since the round began counts:
  // 600 - (600 - 253.125) / 4 = 513.28 ms
  EXPECT_EQ(e.rto(), 816_ms);
}

TEST(LinuxRto, DoesNotRiseForASampleFarBelow) {
  RttEstimator e((RttSettings()));
  for (int i = 0; i < 100; ++i)
    e.take(500_ms, 500_ms, Seq(static_cast<std::uint32_t>(i) * 10 + 11), Seq(static_cast<std::uint32_t>(i) * 10 + 20));
  const Duration before = e.rto();
  e.take(100_ms, 100_ms, Seq(1011), Seq(1020));  // RFC 6298 would add 4 * 100 ms here
  EXPECT_LE(e.rto(), before);
}

TEST(RttEstimator, KeepsMinimumAndStatisticsOfEverySample) {
  RttEstimator e((RttSettings()));
  EXPECT_EQ(e.min_rtt(), Duration::max());
  e.take(30_ms, 20_ms, Seq(1), Seq(1));
  e.take(50_ms, 45_ms, Seq(1), Seq(1));
  EXPECT_EQ(e.min_rtt(), 20_ms);
  EXPECT_EQ(e.statistics().min, 30_ms);
  EXPECT_EQ(e.statistics().max, 50_ms);
  EXPECT_EQ(e.statistics().sum_us, 80'000);
  EXPECT_EQ(e.statistics().count, 2u);
}

// RFC 6298 rule 5.7.
TEST(RttEstimator, CanBeHeldAtThreeSecondsAfterALostSyn) {
  RttEstimator e(rfc());
  e.raise_rto(3_s);
  EXPECT_EQ(e.rto(), 3_s);
  take(e, 100_ms);
  EXPECT_EQ(e.rto(), 1_s);
}

}  // namespace
}  // namespace wirelab::tcp
