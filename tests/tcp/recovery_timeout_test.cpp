// Timeouts, taking reductions back, and ECN.

#include <gtest/gtest.h>

#include "tcp/sender_bench.h"

namespace wirelab::tcp {
namespace {

using testing::SenderBench;
using testing::with;

// ---- Timeouts

// RFC 5681 section 3.1 and RFC 6298 section 5.
TEST(Timeout, SendsEverythingAgainInSlowStart) {
  SenderBench t(with(Profile::Linux), true, 8);
  t.to_send = 8;
  t.output();
  EXPECT_EQ(t.sender.rto_deadline(), t.now + t.sender.rtt().rto());
  EXPECT_EQ(t.timeout(), "R0");
  EXPECT_EQ(t.ssthresh(), 4u);
  EXPECT_EQ(t.cwnd(), 1u);
  EXPECT_EQ(t.ack(1), "R1 R2");
  EXPECT_EQ(t.ack(3), "R3 R4 R5 R6");
  EXPECT_EQ(t.cwnd(), 4u);
  EXPECT_EQ(t.ack(7), "R7");
  t.ack(8);
  EXPECT_EQ(t.state(), CaState::Open);
  EXPECT_EQ(t.sender.rto_deadline(), Time::never());
}

TEST(Timeout, DoublesTheTimerAndReducesOnlyOnce) {
  SenderBench t(with(Profile::Linux), true, 8);
  t.to_send = 8;
  t.output();
  EXPECT_EQ(t.sender.rtt().rto(), 300_ms);  // 100 ms + 200 ms
  Time sent = t.now;
  for (const Duration gap : {300_ms, 600_ms, 1200_ms, 2400_ms}) {
    EXPECT_EQ(t.timeout(), "R0");
    EXPECT_EQ(t.now - sent, gap);
    sent = t.now;
    EXPECT_EQ(t.ssthresh(), 4u);
  }
  EXPECT_EQ(t.sender.timeouts_in_a_row(), 4u);
  t.ack(1);
  EXPECT_EQ(t.sender.timeouts_in_a_row(), 0u);
  // Karn: no sample, so the back-off stays; the next new segment is timed again.
  EXPECT_EQ(t.sender.rtt().rto(), 4800_ms);
}

TEST(Timeout, WithTimestampsARetransmissionIsTimed) {
  SenderBench t(with(Profile::Linux), true, 8, true);
  t.to_send = 8;
  t.ts_now = 1000;
  t.output();
  t.ts_now = 1300;
  t.timeout();
  t.after(90_ms);
  t.ts_now = 1390;
  t.ts_ecr = 1300;
  t.ack(1);
  EXPECT_EQ(t.sender.rtt().statistics().count, 2u);  // the handshake's and this
  EXPECT_EQ(t.sender.rtt().statistics().min, 90_ms);
  EXPECT_LT(t.sender.rtt().rto(), 310_ms);
}

// RFC 3522 within recovery: a partial ACK that echoes an original means the segments were only late.
TEST(Undo, APartialAckOfAnOriginalEndsRecovery) {
  SenderBench t(with(Profile::Linux), true, 10, true);
  t.to_send = 10;
  t.ts_now = 1000;
  t.output();
  t.after(Duration::ms(100));
  t.ts_now = t.ts_ecr = 1100;
  EXPECT_EQ(t.ack(0, {{3, 6}}), "R0");
  t.ts_now = 1110;
  t.ts_ecr = 1000;
  t.ack(1, {{3, 6}});
  EXPECT_TRUE(t.last.changes & change::Undo);
  EXPECT_EQ(t.state(), CaState::Disorder);
  EXPECT_GE(t.cwnd(), 10u);
  // What came late was the first of the six up to the highest SACKed (Linux: TCPTSReorder).
  EXPECT_EQ(t.sender.reorderings(), 1u);
  EXPECT_EQ(t.sender.reordering(), 6u);
}

// RFC 3522: the ACK echoes the first transmission, so the timeout was spurious.
TEST(Undo, ASpuriousTimeoutIsTakenBackByTimestamps) {
  SenderBench t(with(Profile::Linux), true, 8, true);
  t.to_send = 8;
  t.ts_now = 1000;
  t.output();
  t.ts_now = 1300;
  t.timeout();
  EXPECT_EQ(t.cwnd(), 1u);
  t.ts_now = 1350;
  t.ts_ecr = 1000;
  EXPECT_EQ(t.ack(2), "");
  EXPECT_TRUE(t.last.changes & change::Undo);
  EXPECT_GE(t.cwnd(), 8u);
  EXPECT_EQ(t.ssthresh(), infinite_ssthresh);
  EXPECT_EQ(t.sender.scoreboard().lost_out(), 0u);
}

// RFC 3708: the peer had everything; each retransmission is reported as a duplicate.
TEST(Undo, ARecoveryIsTakenBackWhenEveryRetransmissionWasADuplicate) {
  SenderBench t(with(Profile::Linux), true, 10);
  t.output();
  t.to_send = t.next;
  t.after(100_ms);
  t.ack(0, {{1, 4}});
  EXPECT_EQ(t.state(), CaState::Recovery);
  EXPECT_EQ(t.ssthresh(), 5u);
  t.ack(5, {});                // reordered: 0 arrived late
  t.ack(5, {{0, 1}, {6, 7}});  // and then again
  EXPECT_TRUE(t.last.changes & change::Undo);
  EXPECT_GE(t.cwnd(), 10u);
  EXPECT_EQ(t.ssthresh(), infinite_ssthresh);
  EXPECT_EQ(t.sender.counters().undos, 1u);
}

TEST(Undo, NothingIsTakenBackInTheTextbook) {
  SenderBench t(with(Profile::Rfc), true, 8, true);
  t.to_send = 8;
  t.ts_now = 1000;
  t.output();
  t.ts_now = 1300;
  t.timeout();
  t.ts_now = 1350;
  t.ts_ecr = 1000;
  t.ack(2);
  EXPECT_EQ(t.ssthresh(), 4u);
  EXPECT_LT(t.cwnd(), 8u);
}

// packetdrill's cubic-rto-ss-ca-cwnd-bump: timeout at cwnd 10, ssthresh 7, slow start to 7, then one more after
// about 16.
TEST(Timeout, CubicSlowStartsToSevenTenthsAndThenGrowsGently) {
  TcpConfig config = with(Profile::Linux, "cubic");
  config.frto = false;  // everything was lost indeed
  SenderBench t(config);
  t.output();
  t.timeout();
  EXPECT_EQ(t.ssthresh(), 7u);
  std::uint32_t acked = 0;
  for (Segments expected = 2; expected <= 7; ++expected) {
    t.after(10_ms);
    t.ack(++acked);
    EXPECT_EQ(t.cwnd(), expected);
  }
  int acks = 0;
  while (t.cwnd() == 7 && acks < 100) {
    t.after(10_ms);
    t.ack(++acked);
    ++acks;
  }
  EXPECT_EQ(t.cwnd(), 8u);
  EXPECT_NEAR(acks, 16, 4);
}

// ---- ECN (RFC 3168 section 6.1.2)

TEST(Ecn, ReducesOncePerWindowAndAsksForCwr) {
  SenderBench t(with(Profile::Linux), true, 10);
  t.output();
  t.ack(1, {}, true);
  EXPECT_EQ(t.state(), CaState::Cwr);
  EXPECT_EQ(t.ssthresh(), 5u);
  EXPECT_TRUE(t.last.changes & change::Ecn);
  EXPECT_EQ(t.sender.counters().ecn_reductions, 1u);
  for (std::uint32_t i = 2; i <= 10; ++i) t.ack(i, {}, true);
  EXPECT_EQ(t.ssthresh(), 5u);
  EXPECT_EQ(t.cwnd(), 5u);
  EXPECT_EQ(t.sender.counters().segments_retransmitted, 0u);
  while (t.state() == CaState::Cwr) t.ack(static_cast<std::uint32_t>(t.sender.snd_una() - Seq(1)) / 1000 + 1);
  EXPECT_EQ(t.cwnd(), 5u);
  EXPECT_EQ(t.sender.counters().ecn_reductions, 1u);
}

TEST(Ecn, TheNextNewSegmentTakesTheCwrFlag) {
  SenderBench t(with(Profile::Rfc), true, 10);
  t.output();
  EXPECT_FALSE(t.sender.wants_cwr_flag());
  t.ack(1, {}, true);
  EXPECT_TRUE(t.sender.wants_cwr_flag());
  EXPECT_EQ(t.cwnd(), 4u);  // half of the 9 in flight, at once: no PRR
  EXPECT_EQ(t.ack(7), "N10");
  EXPECT_FALSE(t.sender.wants_cwr_flag());
}

}  // namespace
}  // namespace wirelab::tcp
