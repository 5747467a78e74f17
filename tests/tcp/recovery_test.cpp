#include <gtest/gtest.h>

#include "tcp/sender_bench.h"

namespace wirelab::tcp {
namespace {

using testing::SenderBench;
using testing::with;

// ---- SACK with PRR, as Linux

// packetdrill's prr-ss-10pkt-lost-1 (CUBIC): 10 in flight, the first lost; recovery on the third SACK with ssthresh 7;
// it leaves with cwnd 7.
TEST(SackRecovery, OneLossOfTenIsRepairedWithinARoundTrip) {
  SenderBench t(with(Profile::Linux, "cubic"));
  t.to_send = 10;
  EXPECT_EQ(t.output(), "N0 N1 N2 N3 N4 N5 N6 N7 N8 N9");
  t.to_send = 100;
  t.after(100_ms);
  EXPECT_EQ(t.ack(0, {{1, 2}}), "N10");  // limited transmit
  EXPECT_EQ(t.state(), CaState::Disorder);
  EXPECT_EQ(t.ack(0, {{1, 3}}), "N11");
  EXPECT_EQ(t.ack(0, {{1, 4}}), "R0");
  EXPECT_EQ(t.state(), CaState::Recovery);
  EXPECT_EQ(t.ssthresh(), 7u);
  EXPECT_TRUE(t.last.changes & change::FastRetransmit);
  for (std::uint32_t i = 5; i <= 10; ++i) t.ack(0, {{1, i}});
  EXPECT_EQ(t.sender.in_flight(), 7u);
  t.after(100_ms);
  t.ack(12, {});
  EXPECT_EQ(t.state(), CaState::Open);
  EXPECT_TRUE(t.last.changes & change::RecoveryExit);
  EXPECT_EQ(t.cwnd(), 7u);
  EXPECT_EQ(t.sender.counters().fast_recoveries, 1u);
  EXPECT_EQ(t.sender.counters().segments_retransmitted, 1u);
}

TEST(SackRecovery, SeveralHolesAreRepairedInOneRecovery) {
  SenderBench t(with(Profile::Linux), true, 20);
  t.to_send = 20;
  t.output();
  t.after(100_ms);
  EXPECT_EQ(t.ack(0, {{1, 2}}), "");
  EXPECT_EQ(t.ack(0, {{3, 4}, {1, 2}}), "");
  EXPECT_EQ(t.ack(0, {{3, 5}, {1, 2}}), "R0");  // 0 has three above
  EXPECT_EQ(t.ack(0, {{3, 6}, {1, 2}}), "");    // now 2 has, and PRR lets one leave for two delivered
  EXPECT_EQ(t.ack(0, {{3, 7}, {1, 2}}), "R2");
  EXPECT_EQ(t.ack(0, {{3, 20}, {1, 2}}), "");
  EXPECT_EQ(t.ack(2, {{3, 20}}), "");
  t.ack(20, {});
  EXPECT_EQ(t.state(), CaState::Open);
  EXPECT_EQ(t.cwnd(), 10u);
  EXPECT_EQ(t.sender.counters().fast_recoveries, 1u);
  EXPECT_EQ(t.sender.counters().timeouts, 0u);
}

// ---- RFC 6675 without PRR: cwnd = ssthresh at entry, silence until pipe is below it (validation table, section 10).
TEST(Rfc6675, IsSilentForHalfAWindowAndThenFollowsTheAcks) {
  SenderBench t(with(Profile::Rfc), true, 20);
  t.output();
  t.after(100_ms);
  std::string kinds;
  for (std::uint32_t ack = 1; ack <= 19; ++ack) {
    const std::string sent = t.ack(0, {{1, 1 + ack}});
    kinds += sent.empty() ? '.' : sent[0];
    if (ack == 3) {
      EXPECT_EQ(sent, "R0");
      EXPECT_EQ(t.ssthresh(), 10u);  // half of FlightSize without the two of limited transmit
      EXPECT_EQ(t.cwnd(), 10u);
    }
  }
  EXPECT_EQ(kinds, "NNR.........NNNNNNN");
  EXPECT_EQ(t.sender.in_flight(), 10u);
}

// RFC 6675 section 5 with NextSeg() rules 3 and 4 when there is nothing new to send.
TEST(Rfc6675, SendsWhatMayBeLostAndTheLastSegmentWhenNothingElseMayLeave) {
  SenderBench t(with(Profile::Rfc), true, 12);
  t.to_send = 12;
  t.output();
  t.ack(0, {{1, 3}});
  EXPECT_EQ(t.ack(0, {{9, 10}, {1, 3}}), "R0");
  EXPECT_EQ(t.ssthresh(), 6u);
  EXPECT_EQ(t.ack(7, {{9, 10}}), "R7 R8");  // rule 3: below the highest SACK, as far as pipe allows
  EXPECT_EQ(t.ack(10), "R11");              // rule 4, once
  EXPECT_EQ(t.ack(10), "");
}

// ---- NewReno (RFC 6582), Linux's way: duplicate ACKs stand for SACKs

TEST(NewReno, PartialAcksResendOneHoleEach) {
  SenderBench t(with(Profile::Linux), false, 10);
  t.to_send = 10;
  t.output();
  t.after(100_ms);
  EXPECT_EQ(t.ack(0), "");
  EXPECT_EQ(t.ack(0), "");
  EXPECT_EQ(t.ack(0), "R0");  // 0, 3 and 6 were lost
  EXPECT_EQ(t.ssthresh(), 5u);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(t.ack(0), "");
  t.after(100_ms);
  EXPECT_EQ(t.ack(3), "R3");
  t.after(100_ms);
  EXPECT_EQ(t.ack(6), "R6");
  t.after(100_ms);
  t.to_send = 12;
  t.ack(10);
  EXPECT_EQ(t.sender.counters().fast_recoveries, 1u);
  EXPECT_EQ(t.sender.counters().timeouts, 0u);
  t.ack(12);
  EXPECT_EQ(t.state(), CaState::Open);
  EXPECT_GE(t.cwnd(), 5u);
  EXPECT_LE(t.cwnd(), 6u);
}

// RFC 5681 section 3.2 and RFC 6582 section 3.2 by the letter: inflation, deflation by partial ACKs.
TEST(NewReno, TextbookInflatesAndDeflates) {
  SenderBench t(with(Profile::Rfc), false, 10);
  EXPECT_EQ(t.output(), "N0 N1 N2 N3 N4 N5 N6 N7 N8 N9");
  t.after(100_ms);
  EXPECT_EQ(t.ack(0), "N10");  // RFC 3042
  EXPECT_EQ(t.ack(0), "N11");
  EXPECT_EQ(t.ack(0), "R0");
  EXPECT_EQ(t.ssthresh(), 5u);
  EXPECT_EQ(t.cwnd(), 8u);  // ssthresh + 3
  for (Segments inflated = 9; inflated <= 12; ++inflated) {
    EXPECT_EQ(t.ack(0), "");
    EXPECT_EQ(t.cwnd(), inflated);
  }
  EXPECT_EQ(t.ack(0), "N12");
  t.after(100_ms);
  EXPECT_EQ(t.ack(4), "R4 N13");  // 13 - 4 + 1 = 10 against 9 outstanding
  EXPECT_EQ(t.cwnd(), 10u);
  t.after(100_ms);
  t.ack(12);
  EXPECT_EQ(t.state(), CaState::Open);
  EXPECT_EQ(t.last.changes & change::RecoveryExit, change::RecoveryExit);
  EXPECT_LE(t.cwnd(), 5u);
}

// RFC 6582 section 3.2 step 1: duplicates of retransmissions that were not needed start nothing.
TEST(NewReno, DuplicatesBelowTheRecoveryPointStartNoSecondRecovery) {
  SenderBench t(with(Profile::Rfc), false, 10);
  t.to_send = 10;
  t.output();
  for (int i = 0; i < 3; ++i) t.ack(0);
  t.ack(10);
  t.to_send = 14;
  t.output();
  for (int i = 0; i < 4; ++i) t.ack(10);
  EXPECT_EQ(t.sender.counters().fast_recoveries, 1u);
  t.ack(11);
  for (int i = 0; i < 3; ++i) t.ack(11);
  EXPECT_EQ(t.sender.counters().fast_recoveries, 2u);
}

// Reno (RFC 2581): the first partial ACK ends recovery, so two losses halve twice (Fall and Floyd 1996).
TEST(Reno, HalvesTwiceForTwoLossesInAWindow) {
  TcpConfig config = with(Profile::Rfc);
  config.recovery = Recovery::Reno;
  config.flight_ssthresh = false;
  SenderBench t(config, false, 16);
  t.output();
  for (int i = 0; i < 12; ++i) t.ack(0);
  t.ack(4);
  EXPECT_EQ(t.state(), CaState::Open);
  EXPECT_EQ(t.ssthresh(), 8u);
  for (int i = 0; i < 3; ++i) t.ack(4);
  EXPECT_EQ(t.sender.counters().fast_recoveries, 2u);
  EXPECT_EQ(t.ssthresh(), 4u);
}

TEST(Tahoe, StartsAgainFromOneSegment) {
  SenderBench t(with(Profile::Linux, "tahoe"), false, 10);
  t.output();
  t.ack(0);
  t.ack(0);
  EXPECT_EQ(t.ack(0), "R0");
  EXPECT_EQ(t.cwnd(), 1u);
  EXPECT_EQ(t.ssthresh(), 5u);
  EXPECT_EQ(t.state(), CaState::Loss);
  EXPECT_EQ(t.ack(1), "R1 R2");  // slow start
}

TEST(NoRecovery, LeavesLossesToTheTimer) {
  TcpConfig config = with(Profile::Rfc);
  config.recovery = Recovery::None;
  config.limited_transmit = false;
  SenderBench t(config, true, 10);
  t.output();
  for (int i = 0; i < 6; ++i) EXPECT_EQ(t.ack(0, {{1, 2}}), "");
  EXPECT_EQ(t.timeout(), "R0");
}

// RFC 3042: two new segments for the first two duplicates, none if it is off.
TEST(LimitedTransmit, CanBeTurnedOff) {
  for (const Profile profile : {Profile::Linux, Profile::Rfc}) {
    for (const bool sack : {true, false}) {
      TcpConfig config = with(profile);
      config.limited_transmit = false;
      SenderBench t(config, sack, 10);
      t.output();
      EXPECT_EQ(t.ack(0, {{1, 2}}), "");
      EXPECT_EQ(t.ack(0, {{1, 3}}), "");
      EXPECT_EQ(t.ack(0, {{1, 4}}), "R0");
    }
  }
}

// Linux: a segment that arrives late without having been sent again raises the threshold to the distance.
TEST(Reordering, RaisesTheThresholdInLinuxAndNotInTheTextbook) {
  for (const Profile profile : {Profile::Linux, Profile::Rfc}) {
    SenderBench t(with(profile), true, 20);
    t.to_send = 20;
    t.output();
    t.ack(1, {{2, 3}});
    t.ack(1, {{2, 3}, {7, 8}});
    t.ack(8);  // 1 and 3 to 6 came late: 6 places below the highest SACK
    EXPECT_EQ(t.state(), CaState::Open);
    EXPECT_EQ(t.ack(8, {{9, 14}}), profile == Profile::Linux ? "" : "R8");
    EXPECT_EQ(t.ack(8, {{9, 15}}), profile == Profile::Linux ? "R8" : "");
  }
}

// RFC 3522 within recovery: a partial ACK that echoes an original means the segments were only late.
TEST(Undo, APartialAckOfAnOriginalEndsRecovery) {
  SenderBench t(with(Profile::Linux), true, 10, true);
  t.to_send = 10;
  t.ts_now = 1000;
  t.output();
  t.ts_now = t.ts_ecr = 1100;
  EXPECT_EQ(t.ack(0, {{3, 6}}), "R0");
  t.ts_now = 1110;
  t.ts_ecr = 1000;
  t.ack(1, {{3, 6}});
  EXPECT_TRUE(t.last.changes & change::Undo);
  EXPECT_EQ(t.state(), CaState::Disorder);
  EXPECT_GE(t.cwnd(), 10u);
}

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
  SenderBench t(with(Profile::Linux, "cubic"));
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
