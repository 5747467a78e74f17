// Tail loss probes: RFC 8985 section 7, with Linux's timeout.

#include <gtest/gtest.h>

#include "tcp/sender_bench.h"

namespace wirelab::tcp {
namespace {

using testing::SenderBench;
using testing::with;
using Kind = Sender::TimerKind;

TcpConfig probing() {
  TcpConfig config = with(Profile::Linux);
  config.early_retrans = 3;
  return config;
}

// Section 7.2: two round trips, and with a lone segment the time that its ACK may be delayed; never beyond the RTO.
TEST(TailLossProbe, IsDueAfterTwoRoundTrips) {
  SenderBench t(probing(), true, 10);  // SRTT 100 ms, RTO 300 ms
  t.output();
  EXPECT_EQ(t.sender.timer_kind(), Kind::Probe);
  EXPECT_EQ(t.sender.rto_deadline() - t.now, 204_ms);
  SenderBench lone(probing(), true, 10);
  lone.to_send = 1;
  lone.output();
  EXPECT_EQ(lone.sender.rto_deadline() - lone.now, 300_ms);  // 400 ms, but the RTO is due first
}

TEST(TailLossProbe, NeedsSackAndTheOption) {
  TcpConfig off = probing();
  off.early_retrans = 2;
  SenderBench without(off, true, 10), no_sack(probing(), false, 10), rfc(with(Profile::Rfc), true, 10);
  for (SenderBench* t : {&without, &no_sack, &rfc}) {
    t->output();
    EXPECT_EQ(t->sender.timer_kind(), Kind::Retransmit);
  }
}

// Section 7.3: new data if there is, beyond cwnd; else the last segment. Then the RTO counts from the probe, and there
// is no second one.
TEST(TailLossProbe, SendsNewDataOrTheLastSegment) {
  SenderBench t(probing(), true, 10);
  t.output();
  EXPECT_EQ(t.timer(), "N10");
  EXPECT_EQ(t.changes, change::Tlp);
  EXPECT_EQ(t.sender.in_flight(), 11u);
  EXPECT_EQ(t.sender.timer_kind(), Kind::Retransmit);
  EXPECT_EQ(t.sender.rto_deadline() - t.now, 300_ms);

  SenderBench u(probing(), true, 10);
  u.to_send = 10;
  u.output();
  EXPECT_EQ(u.timer(), "P9");
  EXPECT_EQ(u.sender.in_flight(), 10u);  // no loss is believed yet
  EXPECT_EQ(u.sender.timer_kind(), Kind::Retransmit);
  EXPECT_EQ(u.cwnd(), 10u);
}

// Section 7.4.2, the case that a probe was made for: the last segments are lost, its SACK tells of those before it.
TEST(TailLossProbe, ItsSackFindsTheOtherLosses) {
  SenderBench t(probing(), true, 10);
  t.to_send = 10;
  t.output();
  t.after(100_ms);
  t.ack(7);
  EXPECT_EQ(t.timer(), "P9");
  t.after(100_ms);
  EXPECT_EQ(t.ack(7, {{9, 10}}).substr(0, 2), "R7");
  EXPECT_EQ(t.state(), CaState::Recovery);
  EXPECT_EQ(t.sender.counters().timeouts, 0u);
}

// If the probe itself repaired the only loss, nobody would know but for the missing D-SACK: the window is reduced.
TEST(TailLossProbe, ALossThatTheProbeRepairedReducesTheWindowOnce) {
  SenderBench t(probing(), true, 10);
  t.to_send = 10;
  t.output();
  t.after(100_ms);
  t.ack(9);
  EXPECT_EQ(t.timer(), "P9");
  t.after(100_ms);
  t.to_send = 12;
  t.ack(10);
  const Segments before = t.cwnd();
  EXPECT_EQ(t.ssthresh(), infinite_ssthresh);  // it may still be that both copies arrive
  t.after(100_ms);
  t.ack(11);
  EXPECT_EQ(t.ssthresh(), before / 2);
  EXPECT_EQ(t.cwnd(), before / 2);
  EXPECT_EQ(t.state(), CaState::Open);
}

TEST(TailLossProbe, ADSackOfTheProbeSaysThatNothingWasLost) {
  SenderBench t(probing(), true, 10);
  t.to_send = 10;
  t.output();
  t.after(100_ms);
  t.ack(9);
  EXPECT_EQ(t.timer(), "P9");
  t.after(10_ms);
  t.ack(10);             // the original was late
  t.ack(10, {{9, 10}});  // and so was the probe needless
  t.to_send = 14;
  t.output();
  t.after(100_ms);
  t.ack(12);
  EXPECT_EQ(t.ssthresh(), infinite_ssthresh);
  EXPECT_TRUE(t.sender.may_probe());
}

TEST(TailLossProbe, AnUnansweredProbeIsFollowedByTheTimeout) {
  SenderBench t(probing(), true, 10);
  t.to_send = 10;
  t.output();
  t.timer();
  const Time probe = t.now;
  EXPECT_EQ(t.timer(), "R0");
  EXPECT_EQ(t.now - probe, 300_ms);
  EXPECT_EQ(t.state(), CaState::Loss);
  EXPECT_EQ(t.cwnd(), 1u);
}

}  // namespace
}  // namespace wirelab::tcp
