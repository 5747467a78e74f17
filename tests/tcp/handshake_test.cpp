// Opening a connection: RFC 9293 section 3.5, its losses, and what the SYNs agree on.

#include "bench.h"

namespace wirelab::tcp::test {
namespace {

using testing::ElementsAre;

// RFC 9293 figure 6.
TEST(Handshake, ActiveOpenIsThreeSegments) {
  TcpBench t;
  t.connect();
  t.expect_sent({syn().exactly()});
  EXPECT_EQ(t.state(), State::SynSent);
  t.after(20_ms).receive(syn_ack());
  t.expect_sent({ack_at(1, 1)});
  EXPECT_EQ(t.path(), "SYN-SENT ESTABLISHED");
  EXPECT_NE(t.readiness_seen & ready::Writable, 0);
  EXPECT_EQ(t.c->sender().rtt().srtt(), 20_ms);
}

TEST(Handshake, PassiveOpenAnswersAndIsAccepted) {
  TcpBench t;
  t.listen();
  t.receive(syn());
  t.expect_sent({syn_ack()});
  EXPECT_EQ(t.c, nullptr);
  t.receive(ack_at(1, 1));
  t.expect_silence();
  ASSERT_NE(t.c, nullptr);
  EXPECT_EQ(t.path(), "LISTEN SYN-RECEIVED ESTABLISHED");
}

// RFC 9293 figure 7: both call, both answer, both are established.
TEST(Handshake, SimultaneousOpen) {
  TcpBench t;
  t.connect();
  t.expect_sent({syn()});
  t.receive(syn());
  t.expect_sent({syn_ack()});
  EXPECT_EQ(t.state(), State::SynReceived);
  t.receive(syn_ack());
  t.expect_sent({ack(1)});
  EXPECT_EQ(t.path(), "SYN-SENT SYN-RECEIVED ESTABLISHED");
  t.app_write(500_B);
  t.expect_sent({data(1, 501)});
}

TEST(Handshake, SimultaneousOpenEndsWithAPlainAckToo) {
  TcpBench t;
  t.connect();
  t.receive(syn());
  t.expect_sent({syn(), syn_ack()});
  t.receive(ack_at(1, 1));
  t.expect_silence();
  EXPECT_EQ(t.state(), State::Established);
}

// Linux since 4.20, seen on 6.18: what has answered for an earlier connection is gone after our RST.
TEST(Handshake, LinuxSendsTheSynAgainSoonAfterAnAckOfSomethingElse) {
  TcpBench t;
  t.connect();
  t.after(200_ms).receive(flagged(tcp_flag::Ack, 7).ack(78));
  t.expect_sent({syn(), rst(78)});
  t.after(2 * 1_s / t.config.hz);
  t.expect_sent({syn()});
  t.receive(flagged(tcp_flag::Ack, 7).ack(78));  // once
  t.expect_sent({rst(78)});
  t.expect_silence_for(900_ms);
}

// ip-sysctl: tcp_syn_retries 6 with tcp_syn_linear_timeouts 4.
TEST(Handshake, LinuxSendsTheSynAgainAtFiveEqualSteps) {
  TcpBench t;
  t.connect();
  EXPECT_THAT(t.times_of_segments_until(130_s), ElementsAre(0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67));
  EXPECT_EQ(t.state(), State::SynSent);
  t.after(1_s);
  EXPECT_EQ(t.state(), State::Closed);
  EXPECT_EQ(t.c->take_error(), Error::TimedOut);
  EXPECT_EQ(t.states.back().now, Time::at(131_s));
}

// RFC 6298 with an initial RTO of 1 s, 6 retries.
TEST(Handshake, TextbookSynBacksOffFromTheStart) {
  TcpBench t({.profile = Profile::Rfc});
  t.connect();
  EXPECT_THAT(t.times_of_segments_until(126_s), ElementsAre(0, 1, 3, 7, 15, 31, 63));
  t.after(1_s);
  EXPECT_EQ(t.states.back().now, Time::at(127_s));
  EXPECT_EQ(t.c->error(), Error::TimedOut);
}

TEST(Handshake, SynAckIsSentAgainFiveTimes) {
  TcpBench t;
  t.listen();
  t.receive(syn());
  EXPECT_THAT(t.times_of_segments_until(62_s), ElementsAre(0, 1, 3, 7, 15, 31));
  EXPECT_EQ(t.layer->handshakes(), 1u);
  t.after(1_s);
  EXPECT_EQ(t.layer->handshakes(), 0u);
  EXPECT_EQ(t.states.back().now, Time::at(63_s));
  EXPECT_EQ(t.path(), "LISTEN SYN-RECEIVED CLOSED");
}

TEST(Handshake, ARepeatedSynGetsTheSynAckAgain) {
  TcpBench t;
  t.listen();
  t.receive(syn());
  t.after(100_ms).receive(syn());
  t.expect_sent({syn_ack(), syn_ack()});
  t.receive(ack_at(1, 1));
  EXPECT_EQ(t.state(), State::Established);
}

// The final ACK was lost: the first data segment carries the acknowledgement as well.
TEST(Handshake, DataMakesUpForALostFinalAck) {
  TcpBench t;
  t.listen();
  t.receive(syn());
  t.expect_sent({syn_ack()});
  t.receive(data(1, 501).ack(1));
  t.expect_sent({ack(501)});
  EXPECT_EQ(t.received_bytes, 500);
}

// Karn: a handshake whose SYN was sent twice gives no sample.
TEST(Handshake, NoSampleFromARepeatedSyn) {
  TcpBench t;
  t.connect();
  t.after(1500_ms).receive(syn_ack());
  EXPECT_EQ(t.c->sender().rtt().srtt(), Duration{});
}

TEST(Handshake, UserTimeoutBoundsTheSynToo) {
  TcpBench t;
  t.config.user_timeout = 3_s;
  t.connect();
  t.after(10_s);
  EXPECT_EQ(t.c->error(), Error::TimedOut);
  EXPECT_EQ(t.states.back().now, Time::at(3_s));
}

// ---- Refusals

TEST(Handshake, ResetInAnswerToTheSynRefuses) {
  TcpBench t;
  t.connect();
  t.expect_sent({syn()});
  t.receive(rst_ack(0).ack(1));
  t.expect_silence();
  EXPECT_EQ(t.c->take_error(), Error::ConnRefused);
  EXPECT_EQ(t.path(), "SYN-SENT CLOSED");
}

TEST(Handshake, ResetWithAWrongAckIsIgnored) {
  TcpBench t;
  t.connect();
  t.expect_sent({syn()});
  t.receive(rst_ack(0).ack(2));
  t.receive(rst(0));
  EXPECT_EQ(t.state(), State::SynSent);
}

// RFC 9293 section 3.5.2, case 2 of the half-open discussion: the peer acknowledges something never sent.
TEST(Handshake, AnAckOfSomethingNeverSentIsReset) {
  TcpBench t;
  t.connect();
  t.expect_sent({syn()});
  t.receive(syn_ack().ack(300));
  t.expect_sent({rst(300)});
  EXPECT_EQ(t.state(), State::SynSent);
}

TEST(Handshake, PortUnreachableRefuses) {
  TcpBench t;
  t.connect();
  t.icmp(3, 3, 0, 0);
  EXPECT_EQ(t.c->take_error(), Error::ConnRefused);
  EXPECT_EQ(t.states.back().cause, Cause::Icmp);
}

TEST(Handshake, AnIcmpErrorThatQuotesAnotherSequenceNumberIsIgnored) {
  TcpBench t;
  t.connect();
  t.icmp(3, 3, 0, 77777);
  EXPECT_EQ(t.state(), State::SynSent);
}

// ---- Agreements

TEST(Handshake, SynOffersEverythingInLinux) {
  TcpBench t({.sack = true, .timestamps = true, .window_scaling = true});
  t.connect();
  // 131072 bytes of buffer, half of it window, in whole segments: 44 x 1460. 32 MiB at most: a shift of 10.
  t.expect_sent({syn().mss(1460).win(64240).wscale(10).sackok()});
}

TEST(Handshake, MssFollowsTheMtuAndTheOption) {
  TcpBench small({.mtu = 576});
  small.connect();
  small.expect_sent({syn().mss(536)});
  TcpBench chosen;
  chosen.config.mss = 1200_B;
  chosen.connect();
  chosen.expect_sent({syn().mss(1200)});
}

// RFC 9293 section 3.7.1 (MUST-15): 536 if the peer names no MSS.
TEST(Handshake, WithoutAnMssOptionSegmentsAre536) {
  TcpBench t;
  t.connect();
  t.receive(syn_ack());
  t.expect_sent({syn(), ack(1)});
  t.app_write(1072_B);
  t.expect_sent({data(1, 537), data(537, 1073)});
}

TEST(Handshake, TimestampsTakeTwelveBytesOfEachSegment) {
  TcpBench t({.timestamps = true});
  t.connect();
  t.receive(syn_ack().mss(1012).ts(7, 0));
  t.expect_sent({syn(), ack(1)});
  t.app_write(1000_B);
  t.expect_sent({data(1, 1001)});
}

TEST(Handshake, WhatThePeerDoesNotOfferIsNotUsed) {
  TcpBench t({.sack = true, .timestamps = true, .window_scaling = true});
  t.connect();
  t.receive(syn_ack().mss(1000).no_ts());
  t.expect_sent({syn(), ack(1).no_ts()});
  EXPECT_FALSE(t.c->terms().sack);
  EXPECT_FALSE(t.c->terms().scaling);
  EXPECT_EQ(t.c->terms().rcv_wscale, 0);
}

// RFC 7323 section 2.2: the option in the SYN-ACK only if it was in the SYN.
TEST(Handshake, ListenerAnswersWithWhatTheSynOffers) {
  TcpBench t({.sack = true, .timestamps = true, .window_scaling = true});
  t.listen();
  t.receive(syn().mss(1000).no_ts().wscale(2));
  t.expect_sent({syn_ack().no_ts().sackok(false).wscale(10)});
}

// RFC 7323 section 2.2: the window of a SYN is never scaled; afterwards it is; shifts above 14 count as 14.
TEST(Handshake, WindowsAreScaledAfterTheSyn) {
  TcpBench t({.window_scaling = true});
  t.connect();
  t.receive(syn_ack().mss(1000).wscale(3).win(2000));
  EXPECT_EQ(t.c->sender().snd_wnd(), 2000u);
  t.receive(ack(1).win(2000));
  EXPECT_EQ(t.c->sender().snd_wnd(), 16000u);
}

// RFC 3168 section 6.1.1.
TEST(Handshake, EcnIsAskedForGrantedAndUsed) {
  TcpBench t;
  t.config.ecn = true;
  t.connect();
  t.expect_sent({syn().plus(tcp_flag::Ece | tcp_flag::Cwr)});
  t.receive(syn_ack().plus(tcp_flag::Ece).mss(1000));
  t.expect_sent({ack(1).ecn(0)});
  EXPECT_TRUE(t.c->terms().ecn);
  t.app_write(1000_B);
  t.expect_sent({data(1, 1001).ecn(2)});
}

TEST(Handshake, EcnIsNotUsedIfThePeerReflectsBothBits) {
  TcpBench t;
  t.config.ecn = true;
  t.connect();
  t.receive(syn_ack().plus(tcp_flag::Ece | tcp_flag::Cwr));
  EXPECT_FALSE(t.c->terms().ecn);
}

// RFC 3168 section 6.1.1.1: a SYN that asked for ECN and was lost is sent again without.
TEST(Handshake, TheSecondSynDoesNotAskForEcn) {
  TcpBench t;
  t.config.ecn = true;
  t.connect();
  t.after(1_s).expect_sent({syn().plus(tcp_flag::Ece | tcp_flag::Cwr), syn()});
}

TEST(Handshake, ListenerGrantsEcnOnlyIfItIsOn) {
  for (const bool on : {false, true}) {
    TcpBench t;
    t.config.ecn = on;
    t.listen();
    t.receive(syn().plus(tcp_flag::Ece | tcp_flag::Cwr));
    t.expect_sent({on ? syn_ack().plus(tcp_flag::Ece) : syn_ack()});
  }
}

}  // namespace
}  // namespace wirelab::tcp::test
