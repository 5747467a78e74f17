// What happens when a stepped direction changes on the way: nothing that is queued is lost.

#include "bench.h"

namespace wirelab {
namespace {

TEST(LinkChanges, ANewRateHoldsFromTheNextTransmissionOn) {
  LinkBench t(ten_megabit(0_ms), LinkKind::Stepped);
  for (std::uint16_t id = 1; id <= 3; ++id) t.send(0_ms, id);
  t.run_until(600_us);
  t.link().set_rate(5_Mbps, Time::at(600_us));
  t.run_until(1_s);
  EXPECT_EQ(t.arrival_of(1), 1200_us);
  EXPECT_EQ(t.arrival_of(2), 3600_us);
  EXPECT_EQ(t.arrival_of(3), 6_ms);
  const LinkCounters c = t.link().counters(Time::at(6_ms));
  EXPECT_EQ(c.capacity_bit_ps,
            static_cast<Int128>((600_us).ps()) * 10'000'000 + static_cast<Int128>((5400_us).ps()) * 5'000'000);
  EXPECT_EQ(c.carried_bit_ps, static_cast<Int128>(3 * 12'000) * 1'000'000'000'000);
}

// What is on the wire keeps its delay; nothing overtakes it.
TEST(LinkChanges, AShorterDelayDoesNotReorder) {
  LinkBench t(ten_megabit(20_ms), LinkKind::Stepped);
  t.send(0_ms, 1);
  t.run_until(2_ms);
  t.link().set_delay(1_ms);
  t.send(2_ms, 2);
  t.send(30_ms, 3);
  t.run_until(1_s);
  EXPECT_EQ(t.arrival_of(1), 21200_us);
  EXPECT_EQ(t.arrival_of(2), 21200_us);
  EXPECT_EQ(t.order(), (std::vector<std::uint16_t>{1, 2, 3}));
  EXPECT_EQ(t.arrival_of(3), 32200_us);
}

// Down: what is being sent or in flight is dropped, the queue waits up to its limit; up: it goes on at once.
TEST(LinkChanges, WhatIsQueuedSurvivesAnOutage) {
  LinkConfig c = ten_megabit(5_ms);
  c.queue.packets = 3;
  LinkBench t(c, LinkKind::Stepped);
  for (std::uint16_t id = 1; id <= 4; ++id) t.send(0_ms, id);
  t.run_until(2_ms);  // 1 is on the wire, 2 is being sent, 3 and 4 wait
  t.link().set_up(false, Time::at(2_ms));
  EXPECT_EQ(t.dropped(DropReason::Down), 2u);
  EXPECT_TRUE(t.send(3_ms, 5).queued);
  EXPECT_FALSE(t.send(3_ms, 6).queued);
  t.run_until(50_ms);
  EXPECT_TRUE(t.arrivals().empty());
  t.link().set_up(true, Time::at(50_ms));
  t.run_until(1_s);
  EXPECT_EQ(t.order(), (std::vector<std::uint16_t>{3, 4, 5}));
  EXPECT_EQ(t.arrival_of(3), 56200_us);
  EXPECT_EQ(t.domain().account.in_flight(), 0u);
  EXPECT_EQ(t.link().counters(Time::at(1_s)).drops_down, 2u);
}

TEST(LinkChanges, ALowerQueueLimitRefusesWithoutDroppingWhatWaits) {
  LinkBench t(ten_megabit());
  for (std::uint16_t id = 1; id <= 10; ++id) t.send(0_ms, id);
  QueueLimit limit;
  limit.packets = 2;
  t.link().set_queue_limit(limit);
  EXPECT_FALSE(t.send(0_ms, 11).queued);
  t.run_until(1_s);
  EXPECT_EQ(t.arrivals().size(), 10u);
}

}  // namespace
}  // namespace wirelab
