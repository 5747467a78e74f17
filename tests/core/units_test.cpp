#include "core/units.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace wirelab {
namespace {

constexpr std::int64_t kPsPerSecond = 1'000'000'000'000;

// 1500 bytes at 10 Mbit/s are 1.2 ms; 64 bytes at 100 Gbit/s 5.12 ns, which needs picoseconds.
TEST(TimeToSend, IsExactWhereTheQuotientIs) {
  EXPECT_EQ((10_Mbps).time_to_send(1500_B), 1200_us);
  EXPECT_EQ((100_Gbps).time_to_send(64_B), 5120_ps);
  EXPECT_EQ((1_Gbps).time_to_send(1500_B), 12_us);
  EXPECT_EQ((12_Mbps).time_to_send(1500_B), 1_ms);  // one packet a millisecond
  EXPECT_EQ((10_Mbps).time_to_send(0_B), 0_ps);
}

TEST(TimeToSend, RoundsUpToTheNextPicosecond) {
  EXPECT_EQ(DataRate::bps(3).time_to_send(1_B), Duration::ps(2'666'666'666'667));
  EXPECT_EQ((7_Gbps).time_to_send(1500_B), Duration::ps(1'714'286));  // 1714285.71...
}

TEST(TimeToSend, HoldsForMoreBitsThan64BitsCanCount) {
  EXPECT_EQ((8_Mbps).time_to_send(Bytes(8'640'000'000)), Duration::s(8640));  // 6.9e22 bit-picoseconds
}

RC_GTEST_PROP(TimeToSend, IsTheSmallestTimeThatTheRateAllows, ()) {
  const auto rate = *rc::gen::inRange<std::int64_t>(1'000, 10'000'000'000'000);
  const auto bytes = *rc::gen::inRange<std::int64_t>(0, 10'000'000);
  const auto t = static_cast<Int128>(DataRate::bps(rate).time_to_send(Bytes(bytes)).ps());
  const Int128 work = static_cast<Int128>(bytes) * 8 * kPsPerSecond;
  RC_ASSERT(t * rate >= work);
  RC_ASSERT((t - 1) * rate < work);
}

RC_GTEST_PROP(BytesIn, IsWhatFitsIntoTheTime, ()) {
  const auto rate = *rc::gen::inRange<std::int64_t>(1, 1'000'000'000'000);
  const auto time = *rc::gen::inRange<std::int64_t>(0, 8'640'000 * (kPsPerSecond / 1000));
  const auto n = static_cast<Int128>(DataRate::bps(rate).bytes_in(Duration::ps(time)).count());
  const Int128 bit_ps = static_cast<Int128>(rate) * time;
  RC_ASSERT(n * 8 * kPsPerSecond <= bit_ps);
  RC_ASSERT((n + 1) * 8 * kPsPerSecond > bit_ps);
}

TEST(Duration, SecondsRoundToTheNearestPicosecond) {
  EXPECT_EQ(Duration::seconds(0.1), 100_ms);
  EXPECT_EQ(Duration::seconds(-0.1), -(100_ms));
  EXPECT_EQ(Duration::seconds(1e-12), 1_ps);
  EXPECT_EQ(Duration::seconds(0.4e-12), 0_ps);
  EXPECT_EQ((1500_ms).seconds(), 1.5);
}

TEST(Duration, MaxCanBeAddedToAnyTimeOfARun) {
  constexpr Duration kLongestRun = Duration::s(100 * 86'400);
  EXPECT_GT(Time::at(kLongestRun) + Duration::max(), Time::at(kLongestRun));
  EXPECT_LT(Time::at(kLongestRun) + Duration::max(), Time::never());
}

TEST(Time, NeverIsLast) {
  EXPECT_LT(Time::at(Duration::s(100 * 86'400)), Time::never());
  EXPECT_TRUE(Time::never().is_never());
  EXPECT_FALSE(Time::zero().is_never());
}

// 1460 of 1500 bytes: 97.33 % of a bare-IP link is goodput.
TEST(DataRate, GoodputCeilingOfABareIpLink) {
  const Duration second = 1_s;
  const std::int64_t packets = second / (10_Mbps).time_to_send(1500_B);
  EXPECT_EQ(packets, 833);
  EXPECT_NEAR(static_cast<double>(packets * 1460 * 8) / 10e6, 0.9733, 0.001);
}

}  // namespace
}  // namespace wirelab
