// Pacing: the arithmetic of the Pacer, and when the segments of a connection leave. The rules are Linux's.

#include <gtest/gtest.h>

#include "bench.h"
#include "tcp/pacer.h"

namespace wirelab::tcp {
namespace {

Time ms(std::int64_t n) { return Time::at(Duration::ms(n)); }

/// A pacer that has used up its free segments: 1000 bytes take 10 ms.
Pacer paced() {
  Pacer p;
  p.set_rate(100'000);
  for (std::uint32_t i = 1; i < Pacer::kFreeSegments; ++i) p.on_sent(1000);
  p.end_burst(Time::zero());
  return p;
}

TEST(Pacer, TheFirstTenSegmentsAreFree) {
  Pacer p = paced();
  EXPECT_FALSE(p.waits(Time::zero()));
  p.on_sent(1000);
  p.end_burst(Time::zero());
  EXPECT_EQ(p.next(), ms(10));
}

TEST(Pacer, ABurstTakesItsLengthOverTheRate) {
  Pacer p = paced();
  p.on_sent(1000);
  p.on_sent(1000);
  p.on_sent(500);
  p.end_burst(Time::zero());
  EXPECT_EQ(p.next(), ms(25));
  EXPECT_TRUE(p.waits(ms(24)));
  EXPECT_FALSE(p.waits(ms(25)));
  p.end_burst(ms(25));  // nothing has left
  EXPECT_EQ(p.next(), ms(25));
}

// A burst that could have left earlier gives back what was lost, up to half of its own length: timers and windows are
// late by a little, and the rate is to be reached all the same.
TEST(Pacer, ALateBurstShortensTheNextWaitByHalfAtMost) {
  Pacer little = paced();
  little.on_sent(1000);
  little.end_burst(Time::zero());  // next at 10 ms
  little.on_sent(1000);
  little.end_burst(ms(13));
  EXPECT_EQ(little.next(), ms(13 + 10 - 3));

  Pacer much = paced();
  much.on_sent(1000);
  much.end_burst(Time::zero());
  much.on_sent(1000);
  much.end_burst(ms(500));
  EXPECT_EQ(much.next(), ms(505));
}

TEST(Pacer, TheBoundHoldsWhateverTheRate) {
  Pacer p = paced();
  p.set_max_rate(50'000);
  EXPECT_EQ(p.rate(), 50'000u);
  p.set_rate(1'000'000);
  EXPECT_EQ(p.rate(), 50'000u);
}

TEST(Pacer, WithoutARateNothingWaits) {
  Pacer p;
  for (int i = 0; i < 100; ++i) p.on_sent(1000);
  p.end_burst(ms(1));
  EXPECT_FALSE(p.waits(ms(1)));
}

using namespace test;

/// Established with an RTT of 100 ms: 10 segments of 1000 bytes at twice the window a round trip are 200 kB/s.
void establish_paced(TcpBench& t, bool pacing = true, Segments burst = 1) {
  t.config.pacing = pacing;
  t.config.min_burst = burst;
  t.config.early_retrans = 0;
  t.connect();
  t.after(100_ms);
  t.receive(syn_ack().win(65535).mss(1000));
  t.count_sent();
}

// The initial window leaves at once; the window that its ACK opens, spread at twice the window per round trip.
TEST(Pacing, TheInitialWindowIsFreeAndTheNextIsSpread) {
  TcpBench t;
  establish_paced(t);
  t.app_write(40000_B);
  EXPECT_EQ(t.count_sent(), 10u);
  t.after(100_ms);
  const Time begin = t.now;
  t.receive(ack(10001));  // the window doubles
  const std::vector<double> times = t.times_of_segments_until((begin + 99_ms).since_start());
  ASSERT_EQ(times.size(), 20u);
  // 20 segments in flight at 200 % of 20 segments a round trip of 100 ms: one every 2.5 ms; the first may come a half
  // early, as the pause before it was long.
  EXPECT_EQ(times[0], begin.seconds());
  EXPECT_NEAR(times[1] - times[0], 0.00125, 2e-6);
  for (std::size_t i = 2; i < times.size(); ++i) EXPECT_NEAR(times[i] - times[i - 1], 0.0025, 2e-6) << i;
}

TEST(Pacing, OffByDefault) {
  TcpBench t;
  establish_paced(t, false);
  t.app_write(40000_B);
  EXPECT_EQ(t.count_sent(), 10u);
  t.after(100_ms);
  t.receive(ack(10001));
  EXPECT_EQ(t.count_sent(), 20u);
}

// SO_MAX_PACING_RATE: 100 kB/s of payload whatever the window.
TEST(Pacing, ABoundSetLaterHolds) {
  TcpBench t;
  establish_paced(t, false);
  t.app_write(40000_B);
  EXPECT_EQ(t.count_sent(), 10u);
  t.c->set_max_pacing_rate(100'000, t.now);
  t.after(100_ms);
  const Time begin = t.now;
  t.receive(ack(10001));
  // The first a half early, as the pause before it was long.
  const std::vector<double> times = t.times_of_segments_until((begin + 95_ms).since_start());
  ASSERT_EQ(times.size(), 11u);
  EXPECT_EQ(times[0], begin.seconds());
  EXPECT_NEAR(times[1] - times[0], 0.005, 2e-6);
  for (std::size_t i = 2; i < times.size(); ++i) EXPECT_NEAR(times[i] - times[i - 1], 0.010, 2e-6) << i;
}

// 200 % of the window in a round trip until it is half of ssthresh, 120 % from there on.
TEST(Pacing, FromHalfOfTheThresholdOnTheRateIsLower) {
  TcpBench t;
  t.setup.peer_window = 65535;
  establish_paced(t);
  t.app_write(60000_B);
  EXPECT_EQ(t.c->pacing_rate(), 10u * 1000 * 2 * 10);
  t.after(2_s);  // timeouts set a threshold of 5
  t.receive(ack(10001));
  t.after(1_s);
  ASSERT_LT(t.ssthresh(), 10u);
  EXPECT_GE(t.cwnd(), t.ssthresh() / 2);
  const auto srtt = static_cast<std::uint64_t>(t.c->sender().rtt().srtt().us());
  const Segments segments = std::max(t.cwnd(), t.c->sender().scoreboard().packets_out());
  EXPECT_LE(t.c->pacing_rate(), std::uint64_t{segments} * 1000 * 12 * 100'000 / srtt);
}

// A burst is what leaves at once; with GSO that is what a millisecond at the pacing rate holds, two at least.
TEST(Pacing, BurstsGrowWithTheRate) {
  TcpBench t;
  establish_paced(t, true, 2);
  t.app_write(40000_B);
  EXPECT_EQ(t.count_sent(), 10u);
  t.after(100_ms);
  const Time begin = t.now;
  t.receive(ack(10001));
  const std::vector<double> times = t.times_of_segments_until((begin + 50_ms).since_start());
  ASSERT_GE(times.size(), 8u);
  for (std::size_t i = 0; i + 1 < times.size(); i += 2) EXPECT_EQ(times[i], times[i + 1]) << i;  // in pairs
  EXPECT_NEAR(times[4] - times[2], 0.005, 4e-6);  // two segments at 40 segments in 100 ms
}

}  // namespace
}  // namespace wirelab::tcp
