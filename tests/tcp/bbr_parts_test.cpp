// What BBR is made of, each part alone: the filter, delivery rates, aggregation, policers.

#include "tcp/cc/bbr_parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "tcp/cc/windowed_max.h"
#include "tcp/rate_sample.h"
#include "tcp/sender.h"

namespace wirelab::tcp {
namespace {

// ---- The filter

TEST(WindowedMax, KeepsTheLargestForItsWindowAndNoLonger) {
  cc::WindowedMax max;
  max.reset(0, 0);
  max.take(10, 1, 100);
  for (std::uint32_t at = 2; at <= 11; ++at) {
    max.take(10, at, 50);
    EXPECT_EQ(max.get(), 100u) << at;
  }
  max.take(10, 12, 50);
  EXPECT_EQ(max.get(), 50u);
}

// A brute force over the window bounds it: never above the true maximum of the last 10, and never below that of the
// values since the best of the window came.
TEST(WindowedMax, LiesBetweenTheLatestAndTheTrueMaximum) {
  cc::WindowedMax max;
  max.reset(0, 0);
  std::deque<std::uint64_t> last;
  std::uint64_t x = 12345;
  for (std::uint32_t at = 1; at < 3000; ++at) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    const std::uint64_t value = x >> 40;
    max.take(10, at, value);
    last.push_back(value);
    if (last.size() > 11) last.pop_front();
    EXPECT_LE(max.get(), *std::max_element(last.begin(), last.end()));
    EXPECT_GE(max.get(), value);
  }
}

TEST(WindowedMax, CountsRoundsModulo32Bits) {
  cc::WindowedMax max;
  max.reset(0xfffffffe, 7);
  max.take(10, 3, 5);
  EXPECT_EQ(max.get(), 7u);
  max.take(10, 20, 5);
  EXPECT_EQ(max.get(), 5u);
}

// ---- Delivery rate

SegmentRecord record(Time sent, std::uint32_t number, std::uint32_t delivered) {
  return {sent, Seq(number * 1000), Seq(number * 1000 + 1000), delivered, 0, 1};
}

struct RateBench {
  DeliveryRate rate;
  RateSample ack(Time now, std::initializer_list<SegmentRecord> segments, std::uint32_t before,
                 Segments in_flight = 5) {
    rate.begin();
    for (const SegmentRecord& r : segments) {
      rate.on_arrived(0, r);
      rate.pop();
    }
    RateContext c;
    c.now = now;
    c.min_rtt = 10_ms;
    c.delivered_before = before;
    c.delivered = before + static_cast<std::uint32_t>(segments.size());
    c.in_flight = in_flight;
    return rate.end(c);
  }
};

// Ten segments at once, their ACKs one every 2 ms: the ACK phase is the longer.
TEST(DeliveryRate, IsWhatWasDeliveredSinceTheSegmentLeft) {
  RateBench t;
  const Time start = Time::at(1_s);
  for (int i = 0; i < 10; ++i) t.rate.on_sent(start, i == 0);
  t.ack(start + 20_ms, {record(start, 1, 0)}, 0);
  const RateSample second = t.ack(start + 22_ms, {record(start, 2, 0)}, 1);
  ASSERT_TRUE(second.is_valid());
  EXPECT_EQ(second.delivered, 2u);
  EXPECT_EQ(second.interval_us, 22'000);
}

// The same segments sent over 50 ms, whose ACKs come in one bunch: the send phase is the longer.
TEST(DeliveryRate, IsNotFasterThanTheSending) {
  RateBench t;
  const Time start = Time::at(1_s);
  t.rate.on_sent(start, true);
  t.ack(start + 20_ms, {record(start, 1, 0)}, 0, 0);
  std::initializer_list<SegmentRecord> later = {record(start + 30_ms, 2, 1), record(start + 80_ms, 3, 1)};
  t.rate.on_sent(start + 30_ms, true);
  t.rate.on_sent(start + 80_ms, false);
  const RateSample s = t.ack(start + 90_ms, later, 1);
  ASSERT_TRUE(s.is_valid());
  EXPECT_EQ(s.delivered, 2u);
  EXPECT_EQ(s.interval_us, 60'000);  // from 30 ms, when the flight began, to 90 ms; sending took 50 ms
}

// Less than the smallest round trip is no measurement.
TEST(DeliveryRate, FasterThanAnyRoundTripIsNotBelieved) {
  RateBench t;
  t.rate.on_sent(Time::at(1_s), true);
  const RateSample s = t.ack(Time::at(1_s) + 9_ms, {record(Time::at(1_s), 1, 0)}, 0);
  EXPECT_TRUE(s.has_delivered);
  EXPECT_FALSE(s.is_valid());
}

// Marked until what was in flight when the data ran out has arrived.
TEST(DeliveryRate, SamplesOfALackOfDataAreMarked) {
  RateBench t;
  const Time start = Time::at(1_s);
  t.rate.set_app_limited(0, 2);
  t.rate.on_sent(start, true);
  t.rate.on_sent(start, false);
  t.rate.on_sent(start, false);
  EXPECT_TRUE(t.ack(start + 20_ms, {record(start, 1, 0)}, 0).app_limited);
  EXPECT_TRUE(t.rate.is_app_limited());
  t.ack(start + 20_ms, {record(start, 2, 0)}, 1);
  t.ack(start + 20_ms, {record(start, 3, 0)}, 2);
  EXPECT_FALSE(t.rate.is_app_limited());
}

// ---- Aggregation and policers

// 1 segment per ms expected, 8 come at once: 7 more than the bandwidth explains of the first instant, all 8 of a fresh
// epoch.
TEST(AckAggregation, CountsWhatComesBeyondTheBandwidth) {
  cc::bbr::AckAggregation a;
  a.restart(Time::zero());
  RateSample s;
  s.delivered_at = Time::at(100_ms);
  const cc::bbr::Bandwidth per_ms = cc::bbr::kBandwidthOne / 1000;
  a.take(s, 8, false, per_ms, 100);
  EXPECT_EQ(a.extra(), 8u);
  a.take(s, 8, false, per_ms, 12);
  EXPECT_EQ(a.extra(), 12u);  // 16, but no more than the window
}

// Two intervals of four rounds, each ending with a loss, with 40 % lost at the same rate; then 48 rounds at that rate.
TEST(PolicerDetector, FindsAPolicerByTwoConsistentIntervals) {
  cc::bbr::PolicerDetector p;
  RateSample s;
  s.delivered_at = Time::at(1_s);
  p.reset(s);
  const auto rounds = [&](int n, Segments losses) {
    for (int i = 0; i < n; ++i) {
      s.delivered_at = s.delivered_at + 100_ms;
      s.total_delivered += 60;
      s.total_lost += losses;
      p.take(s, losses, true, true, 1448);
    }
  };
  rounds(4, 24);
  EXPECT_FALSE(p.in_force());
  rounds(4, 24);
  ASSERT_TRUE(p.in_force());
  // 60 segments in 100 ms.
  EXPECT_NEAR(static_cast<double>(p.bandwidth()), 0.0006 * static_cast<double>(cc::bbr::kBandwidthOne), 2);
  rounds(47, 0);
  EXPECT_TRUE(p.in_force());
  rounds(1, 0);
  EXPECT_FALSE(p.in_force());
}

TEST(PolicerDetector, FewLossesAreNoPolicer) {
  cc::bbr::PolicerDetector p;
  RateSample s;
  p.reset(s);
  for (int i = 0; i < 100; ++i) {
    s.delivered_at = s.delivered_at + 100_ms;
    s.total_delivered += 60;
    s.total_lost += 5;
    p.take(s, 5, true, true, 1448);
    ASSERT_FALSE(p.in_force());
  }
}

}  // namespace
}  // namespace wirelab::tcp
