// When packets arrive: transmission and propagation in exact arithmetic, in both kinds of direction.

#include "bench.h"

namespace wirelab {
namespace {

class BothKinds : public testing::TestWithParam<LinkKind> {};
INSTANTIATE_TEST_SUITE_P(Link, BothKinds, testing::Values(LinkKind::Computed, LinkKind::Stepped),
                         [](const auto& kind) { return kind.param == LinkKind::Computed ? "Computed" : "Stepped"; });

// 1500 bytes at 10 Mbit/s take 1.2 ms.
TEST_P(BothKinds, APacketArrivesAfterTransmissionAndPropagation) {
  LinkBench t(ten_megabit(), GetParam());
  const SendOutcome sent = t.send(5_ms, 1);
  EXPECT_TRUE(sent.queued);
  EXPECT_EQ(sent.leaves, Time::at(6200_us));
  t.run_until(1_s);
  EXPECT_EQ(t.arrival_of(1), 26200_us);
}

TEST_P(BothKinds, PacketsFollowOneAnotherAtTheRate) {
  LinkBench t(ten_megabit(), GetParam());
  for (std::uint16_t id = 1; id <= 3; ++id) t.send(0_ms, id);
  t.send(10_ms, 4, 125);
  t.run_until(1_s);
  EXPECT_EQ(t.arrival_of(1), 21200_us);
  EXPECT_EQ(t.arrival_of(2), 22400_us);
  EXPECT_EQ(t.arrival_of(3), 23600_us);
  EXPECT_EQ(t.arrival_of(4), 30100_us);
}

// A rate that does not divide evenly rounds each transmission up by less than a picosecond.
TEST_P(BothKinds, AnUnevenRateIsNeverExceeded) {
  LinkConfig c = ten_megabit(0_ms);
  c.rate = DataRate::bps(3'000'000);
  c.queue.packets = 1000;
  LinkBench t(c, GetParam());
  for (std::uint16_t id = 1; id <= 3; ++id) t.send(0_ms, id, 1001);
  t.run_until(1_s);
  const auto one = Duration::ps(2'669'333'334);  // 8008 / 3e6 s = 2669.3333 us
  EXPECT_EQ(t.arrival_of(1), one);
  EXPECT_EQ(t.arrival_of(3), one * 3);
}

// A queue limit counts what waits and not what is being sent: of limit + 2 packets at once, one is refused.
TEST_P(BothKinds, TheQueueHoldsItsLimitBesideThePacketBeingSent) {
  LinkConfig c = ten_megabit();
  c.queue.packets = 3;
  LinkBench t(c, GetParam());
  for (std::uint16_t id = 1; id <= 4; ++id) EXPECT_TRUE(t.send(0_ms, id).queued);
  EXPECT_FALSE(t.send(0_ms, 5).queued);
  EXPECT_EQ(t.link().waiting_packets(Time::zero()), 3u);
  EXPECT_EQ(t.dropped(DropReason::Queue), 1u);
  EXPECT_EQ(t.link().counters(Time::zero()).max_queue_packets, 3u);
}

// At the moment at which a transmission ends, the next packet has left the queue and its place is free.
TEST_P(BothKinds, APlaceIsFreeWhenTheNextTransmissionStarts) {
  LinkConfig c = ten_megabit();
  c.queue.packets = 1;
  LinkBench t(c, GetParam());
  t.send(0_ms, 1);
  t.send(0_ms, 2);
  EXPECT_FALSE(t.send(1199_us, 3).queued);
  EXPECT_TRUE(t.send(1200_us, 4).queued);
}

TEST_P(BothKinds, ALimitInBytesCountsWaitingBytes) {
  LinkConfig c = ten_megabit();
  c.queue.packets = 1000;
  c.queue.bytes = 3000_B;
  LinkBench t(c, GetParam());
  t.send(0_ms, 1);
  EXPECT_TRUE(t.send(0_ms, 2).queued);
  EXPECT_TRUE(t.send(0_ms, 3, 1400).queued);
  EXPECT_FALSE(t.send(0_ms, 4, 101).queued);
  EXPECT_TRUE(t.send(0_ms, 5, 100).queued);
  EXPECT_EQ(t.link().waiting_bytes(Time::zero()), 3000_B);
}

// Three packets at once at 1.2 ms each: one waits 1.2 ms, one 2.4 ms, so the area is 3.6 packet-milliseconds.
TEST_P(BothKinds, AreasAndBusyTimeAreExactAtAnyMoment) {
  LinkBench t(ten_megabit(), GetParam());
  for (std::uint16_t id = 1; id <= 3; ++id) t.send(0_ms, id);
  t.run_until(1800_us);
  const LinkCounters half_way = t.link().counters(Time::at(1800_us));
  EXPECT_EQ(half_way.packets, 2u);
  EXPECT_EQ(half_way.bytes, 3000u);
  EXPECT_EQ(half_way.busy_ps, (1800_us).ps());
  EXPECT_EQ(half_way.queue_area_packet_ps, (1200_us).ps() + (1800_us).ps());
  t.run_until(10_ms);
  const LinkCounters after = t.link().counters(Time::at(10_ms));
  EXPECT_EQ(after.packets, 3u);
  EXPECT_EQ(after.busy_ps, (3600_us).ps());
  EXPECT_EQ(after.queue_area_packet_ps, (3600_us).ps());
  EXPECT_EQ(after.carried_bit_ps, static_cast<Int128>((3600_us).ps()) * 10'000'000);
  EXPECT_EQ(after.capacity_bit_ps, static_cast<Int128>((10_ms).ps()) * 10'000'000);
}

// A busy link with random sizes, gaps and impairments: the two kinds deliver the same packets at the same times.
TEST(Link, TheTwoKindsDeliverTheSamePacketsAtTheSameTimes) {
  LinkConfig c = ten_megabit(3_ms);
  c.queue.packets = 7;
  c.loss = {BernoulliLoss{0.1, Match::Any}};
  c.duplicate = 0.05;
  c.corrupt = 0.1;
  c.jitter = JitterConfig{2_ms, JitterConfig::Distribution::Normal, false};
  LinkBench computed(c, LinkKind::Computed), stepped(c, LinkKind::Stepped);
  RandomStream random(7, Purpose::Topology, 0);
  Duration at;
  for (std::uint16_t id = 1; id <= 5000; ++id) {
    at += Duration::us(static_cast<std::int64_t>(random.uniform() * 1250));
    const auto size = static_cast<std::uint16_t>(100 + random.uniform() * 1400);
    EXPECT_EQ(computed.send(at, id, size).queued, stepped.send(at, id, size).queued);
    ASSERT_EQ(computed.link().waiting_packets(Time::at(at)), stepped.link().waiting_packets(Time::at(at)));
  }
  computed.run_until(at + 1_s);
  stepped.run_until(at + 1_s);
  EXPECT_GT(computed.arrivals().size(), 3000u);
  EXPECT_EQ(computed.arrivals(), stepped.arrivals());
  EXPECT_GT(computed.dropped(DropReason::Queue), 100u);
  EXPECT_EQ(computed.domain().account.dropped, stepped.domain().account.dropped);
  EXPECT_EQ(computed.domain().account.in_flight(), 0u);
}

}  // namespace
}  // namespace wirelab
