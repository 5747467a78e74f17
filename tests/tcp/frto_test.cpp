// F-RTO with SACK: RFC 5682 section 3, as Linux has it.

#include <gtest/gtest.h>

#include "tcp/sender_bench.h"

namespace wirelab::tcp {
namespace {

using testing::SenderBench;
using testing::with;

// Step 2b: the first new ACK brings new data, not retransmissions.
TEST(Frto, TheFirstAckAfterATimeoutBringsNewData) {
  SenderBench t(with(Profile::Linux), true, 10);
  t.output();
  EXPECT_EQ(t.timeout(), "R0");
  t.after(100_ms);
  EXPECT_EQ(t.ack(1), "N10 N11");
  EXPECT_EQ(t.state(), CaState::Loss);
}

// Step 3b: what was never sent again is acknowledged, so nothing was lost.
TEST(Frto, AnAckOfWhatWasSentOnceTakesTheTimeoutBack) {
  SenderBench t(with(Profile::Linux), true, 10);
  t.output();
  t.timeout();
  t.after(100_ms);
  t.ack(1);
  t.after(10_ms);
  t.ack(2);
  EXPECT_TRUE(t.last.changes & change::Undo);
  EXPECT_EQ(t.state(), CaState::Open);
  EXPECT_GE(t.cwnd(), 10u);
  EXPECT_EQ(t.ssthresh(), infinite_ssthresh);
  EXPECT_EQ(t.sender.scoreboard().lost_out(), 0u);
  EXPECT_EQ(t.sender.counters().segments_retransmitted, 1u);
}

TEST(Frto, ALeapOfTheAckOverWhatWasSentOnceIsEnough) {
  SenderBench t(with(Profile::Linux), true, 10);
  t.output();
  t.timeout();
  t.after(100_ms);
  t.ack(6);  // the ACKs had been lost, not the data
  EXPECT_TRUE(t.last.changes & change::Undo);
  EXPECT_GE(t.cwnd(), 10u);
}

// Step 3a: a duplicate ACK or the SACK of the new data: the loss is real.
TEST(Frto, ASackOfTheNewDataMeansThatTheRestIsLost) {
  SenderBench t(with(Profile::Linux), true, 10);
  t.output();
  t.timeout();
  t.after(100_ms);
  t.ack(1);
  t.after(100_ms);
  EXPECT_EQ(t.ack(1, {{10, 11}}), "R1");  // cwnd 2, and 11 is out
  EXPECT_FALSE(t.last.changes & change::Undo);
  EXPECT_EQ(t.ssthresh(), 5u);
}

TEST(Frto, WithoutNewDataTheLostAreSentAtOnce) {
  SenderBench t(with(Profile::Linux), true, 10);
  t.to_send = 10;
  t.output();
  t.timeout();
  t.after(100_ms);
  EXPECT_EQ(t.ack(1), "R1 R2");
}

TEST(Frto, IsNotForTheTextbook) {
  SenderBench t(with(Profile::Rfc), true, 10);
  t.output();
  t.timeout();
  t.after(100_ms);
  EXPECT_EQ(t.ack(1).substr(0, 2), "R1");
}

}  // namespace
}  // namespace wirelab::tcp
