// What received segments cost: Linux's skb->truesize, coalescing, and what goes when memory is short (tcp_collapse,
// tcp_prune_ofo_queue). The costs are measured on Linux 6.18 behind a TUN device (SO_MEMINFO).

#include "tcp/receive_queue.h"

#include <gtest/gtest.h>

namespace wirelab::tcp::test {
namespace {

constexpr std::uint32_t kHeaders = 40;

std::uint32_t truesize(std::uint32_t payload) { return SkBuff::of_packet(payload + kHeaders).truesize; }
SkBuff skb(std::uint32_t payload) { return SkBuff::of_packet(payload + kHeaders); }

/// [left, left + payload) comes.
bool add(ReceiveQueue& q, std::uint32_t left, std::uint32_t payload) {
  return q.insert(Seq(left), Seq(left + payload), skb(payload));
}

TEST(SkBuff, CostsWhatTheAllocatorHasForIt) {
  EXPECT_EQ(truesize(1), 832u);
  EXPECT_EQ(truesize(152), 832u);
  EXPECT_EQ(truesize(153), 1280u);
  EXPECT_EQ(truesize(600), 1280u);
  EXPECT_EQ(truesize(601), 2304u);
  EXPECT_EQ(truesize(1460), 2304u);
  EXPECT_EQ(truesize(1624), 2304u);
  EXPECT_EQ(truesize(2000), 4352u);
  EXPECT_EQ(truesize(3672), 4352u);
  EXPECT_EQ(truesize(3712), 8448u);
  EXPECT_EQ(truesize(5000), 8448u);
  EXPECT_EQ(truesize(8000), 12544u);
  EXPECT_EQ(truesize(20000), 20736u);
  EXPECT_EQ(truesize(60000), 61696u);
}

TEST(SkBuff, OfOnePageOrLessTakesWhatFitsBehindItsPayload) {
  EXPECT_EQ(skb(1).room, 151u);
  EXPECT_EQ(skb(1000).room, 624u);
  EXPECT_EQ(skb(10000).room, 0u);
}

TEST(ReceiveQueue, CopiesWhatFitsBehindTheLast) {
  ReceiveQueue q;
  EXPECT_FALSE(add(q, 0, 1000));
  EXPECT_TRUE(add(q, 1000, 600));
  EXPECT_FALSE(add(q, 1600, 100));  // 24 bytes of room are left
  EXPECT_EQ(q.memory(), 2304u + 832u);
  EXPECT_FALSE(add(q, 2000, 10));  // not contiguous
  EXPECT_EQ(q.memory(), 2304u + 2 * 832u);
  q.check();
}

TEST(ReceiveQueue, FreesAnSkBuffOnceItIsReadToItsEnd) {
  ReceiveQueue q;
  for (std::uint32_t i = 0; i < 10; ++i) add(q, 1000 * i, 1000);
  q.release(Seq(999));
  EXPECT_EQ(q.memory(), 10 * 2304u);
  q.release(Seq(4500));
  EXPECT_EQ(q.memory(), 6 * 2304u);
  q.release(Seq(10000));
  EXPECT_TRUE(q.empty());
  EXPECT_EQ(q.memory(), 0u);
}

TEST(ReceiveQueue, KeepsOneOfTwoThatCoverEachOther) {
  ReceiveQueue q;
  for (std::uint32_t i = 0; i < 5; ++i) add(q, 1000 * i, 700);
  add(q, 1100, 300);  // inside the second
  EXPECT_EQ(q.memory(), 5 * 2304u);
  add(q, 900, 2000);  // covers the second and the third
  EXPECT_EQ(q.memory(), 3 * 2304u + 4352u);
  add(q, 3000, 1460);  // begins where the fourth does and is longer
  EXPECT_EQ(q.memory(), 3 * 2304u + 4352u);
  q.check();
  EXPECT_EQ(q.right_edge(), Seq(4700));
}

TEST(ReceiveQueue, MovesOnWhatIsInOrderNow) {
  ReceiveQueue behind, in_order;
  add(in_order, 0, 1000);
  add(behind, 1000, 1000);
  add(behind, 2000, 1000);
  add(behind, 4000, 1000);
  behind.move_ready(Seq(1000), Seq(9000), in_order);
  EXPECT_EQ(in_order.memory(), 3 * 2304u);
  EXPECT_EQ(in_order.right_edge(), Seq(3000));
  EXPECT_EQ(behind.memory(), 2304u);
  // All of it came another way.
  behind.move_ready(Seq(5000), Seq(9000), in_order);
  EXPECT_TRUE(behind.empty());
  EXPECT_EQ(in_order.memory(), 3 * 2304u);
}

// 14 segments of 100 bytes in 14 sk_buffs become one of 1400: measured as 2304.
TEST(ReceiveQueue, CollapsesSmallOnesIntoFew) {
  ReceiveQueue q;
  for (std::uint32_t i = 0; i < 14; ++i) add(q, 100 * i, 100);
  ASSERT_EQ(q.memory(), 14 * 832u);
  EXPECT_EQ(q.collapse(Seq(0), 128), 14u);
  EXPECT_EQ(q.memory(), 2304u);
  EXPECT_TRUE(add(q, 1400, 328));  // 2048 less what is shared less 1400
  q.check();
}

TEST(ReceiveQueue, CollapsesIntoPages) {
  ReceiveQueue q;
  for (std::uint32_t i = 0; i < 10; ++i) add(q, 1000 * i, 1000);
  EXPECT_EQ(q.collapse(Seq(0), 128), 10u);
  EXPECT_EQ(q.memory(), 3 * 4352u);  // 3776 + 3776 + 2448
  q.check();
}

TEST(ReceiveQueue, LeavesWellFilledOnesAlone) {
  ReceiveQueue q;
  for (std::uint32_t i = 0; i < 4; ++i) add(q, 1460 * i, 1460);
  EXPECT_EQ(q.collapse(Seq(0), 128), 0u);
  EXPECT_EQ(q.memory(), 4 * 2304u);
  EXPECT_EQ(q.collapse(Seq(700), 128), 4u);  // a part of the first has been read
  EXPECT_EQ(q.memory(), 4352u + 2304u);      // 3776 and 1364
}

TEST(ReceiveQueue, CollapsesEachRangeByItself) {
  ReceiveQueue q;
  for (std::uint32_t i = 0; i < 10; ++i) add(q, 100 * i, 100);
  for (std::uint32_t i = 0; i < 10; ++i) add(q, 5000 + 100 * i, 100);
  add(q, 9000, 100);
  EXPECT_EQ(q.collapse_ranges(128, 100'000), 20u);
  EXPECT_EQ(q.memory(), 2 * 2304u + 832u);
  q.check();
}

// tcp_collapse_ofo_queue gives up where single small ones take an eighth of the buffer.
TEST(ReceiveQueue, LeavesTheRestToBeDroppedWhereManyRangesAreTiny) {
  ReceiveQueue q;
  for (std::uint32_t i = 0; i < 10; ++i) add(q, 1000 * i, 100);
  for (std::uint32_t i = 0; i < 10; ++i) add(q, 20000 + 100 * i, 100);
  EXPECT_EQ(q.collapse_ranges(128, 8 * 5000), 0u);
  EXPECT_EQ(q.collapse_ranges(128, 8 * 9000), 10u);
}

TEST(ReceiveQueue, DropsFromItsEndDownToASegment) {
  ReceiveQueue q;
  for (std::uint32_t i = 0; i < 3; ++i) add(q, 2000 * i, 1000);
  EXPECT_EQ(q.drop_last(Seq(1500)), 2304u);
  EXPECT_EQ(q.drop_last(Seq(1500)), 2304u);
  EXPECT_EQ(q.drop_last(Seq(1500)), 0u);
  EXPECT_EQ(q.right_edge(), Seq(1000));
}

}  // namespace
}  // namespace wirelab::tcp::test
