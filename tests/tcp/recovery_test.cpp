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
      t.after(100_ms);
      EXPECT_EQ(t.ack(0, {{1, 2}}), "");
      EXPECT_EQ(t.ack(0, {{1, 3}}), "");
      EXPECT_EQ(t.ack(0, {{1, 4}}), "R0");
    }
  }
}

// Linux: a segment that arrives late without having been sent again raises the threshold to the distance.
TEST(Reordering, RaisesTheThresholdInLinuxAndNotInTheTextbook) {
  for (const Profile profile : {Profile::Linux, Profile::Rfc}) {
    TcpConfig config = with(profile);
    config.rack = 0;  // which goes by time
    SenderBench t(config, true, 20);
    t.to_send = 20;
    t.output();
    t.ack(1, {{2, 3}});
    t.ack(1, {{2, 3}, {7, 8}});
    t.ack(8);  // 1 and 3 to 6 came late: a stretch of 7, with the highest SACKed
    EXPECT_EQ(t.state(), CaState::Open);
    EXPECT_EQ(t.ack(8, {{9, 15}}), profile == Profile::Linux ? "" : "R8");
    if (profile == Profile::Linux) { EXPECT_EQ(t.ack(8, {{9, 16}}), "R8"); }
  }
}

// With much lost, PRR holds cwnd below ssthresh, which is slow start to CUBIC: ACKs that follow each other closely for
// half a round trip then end it, as in Linux, whose HyStart looks at every ACK.
TEST(Recovery, HyStartLowersTheThresholdWhileCwndIsBelowIt) {
  SenderBench t(with(Profile::Linux, "cubic"), true, 64);
  t.output();
  t.after(Duration::ms(100));
  t.ack(1);
  std::uint32_t sacked = 32;
  for (; sacked < 35; ++sacked) {
    t.after(Duration::us(1900));
    t.ack(1, {{31, sacked}});
  }
  ASSERT_EQ(t.state(), CaState::Recovery);
  EXPECT_EQ(t.ssthresh(), 45u);  // 0.7 * 65
  Segments before = 0;
  for (; t.ssthresh() == 45 && sacked < 64; ++sacked) {
    t.after(Duration::us(1900));
    before = t.cwnd();
    t.ack(1, {{31, sacked}});
  }
  EXPECT_EQ(t.state(), CaState::Recovery);
  EXPECT_LT(t.ssthresh(), 45u);
  EXPECT_EQ(t.ssthresh(), before);
  EXPECT_GT(t.now - (Time::at(Duration::s(1)) + Duration::ms(100)), Duration::ms(50));
}

}  // namespace
}  // namespace wirelab::tcp
