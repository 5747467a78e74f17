// Segment arrival: the steps of RFC 9293 section 3.10.7 with RFC 5961 and RFC 7323, state by state.

#include "bench.h"

namespace wirelab::tcp::test {
namespace {

// ---- Section 3.10.7.1: no connection

TEST(Arrival, UnknownAckIsResetAtItsAckNumber) {
  TcpBench t;
  t.host_port = 4242;
  t.receive(data(5, 105).ack(777));
  Seg answer = rst(0);
  answer.seq_matters = false;
  t.expect_sent({answer});
  EXPECT_EQ(t.layer->counters().no_listener, 1u);
}

TEST(Arrival, UnknownSynIsResetWithAnAckOfIt) {
  TcpBench t;
  t.host_port = 4242;
  t.receive(syn());
  t.expect_sent({rst_ack(0).ack(1)});
}

TEST(Arrival, UnknownResetIsIgnored) {
  TcpBench t;
  t.host_port = 4242;
  t.receive(rst(1));
  t.receive(rst_ack(1));
  t.expect_silence();
}

// ---- Section 3.10.7.2: LISTEN

TEST(Arrival, ListenerIgnoresResetAndResetsAnAck) {
  TcpBench t;
  t.listen();
  t.receive(rst(0));
  t.expect_silence();
  t.receive(ack_at(1, 300));
  t.expect_sent({[] {
    Seg s = rst(0);
    s.seq_matters = false;
    return s;
  }()});
  EXPECT_EQ(t.layer->handshakes(), 0u);
}

// ---- Section 3.10.7.4, SYN-RECEIVED

TEST(Arrival, ResetInSynReceivedReturnsToListening) {
  TcpBench t;
  t.listen();
  t.receive(syn());
  t.receive(rst(1));
  t.expect_sent({syn_ack()});
  EXPECT_EQ(t.path(), "LISTEN SYN-RECEIVED CLOSED");
  t.receive(syn());
  t.expect_sent({syn_ack()});
}

TEST(Arrival, WrongAckInSynReceivedIsReset) {
  TcpBench t;
  t.listen();
  t.receive(syn());
  t.count_sent();
  t.receive(ack_at(1, 5));
  t.expect_sent({rst(5)});
}

// ---- RST in the synchronized states: RFC 5961 section 3.2

struct ResetCase {
  State state;
  Error error;
};
class ResetIn : public testing::TestWithParam<ResetCase> {};

void reach(TcpBench& t, State s) {
  t.establish();
  const bool we_close = s == State::FinWait1 || s == State::FinWait2 || s == State::Closing;
  if (we_close) t.app_shutdown();
  if (s == State::FinWait2) t.receive(ack(2));
  if (s == State::Closing || s == State::CloseWait || s == State::LastAck) t.receive(fin(1).ack(1));
  if (s == State::LastAck) t.app_shutdown();
  t.after(1_ms).count_sent();  // the ACK of a FIN alone may wait for the next tick
  ASSERT_EQ(t.state(), s);
}

TEST_P(ResetIn, ExactSequenceNumberEndsIt) {
  TcpBench t;
  reach(t, GetParam().state);
  const std::uint32_t rcv_nxt = t.c->receiver().rcv_nxt() - t.peer_iss;
  t.receive(rst(rcv_nxt));
  t.expect_silence();
  EXPECT_EQ(t.state(), State::Closed);
  EXPECT_EQ(t.c->error(), GetParam().error);
  EXPECT_EQ(t.states.back().cause, Cause::Rst);
}

TEST_P(ResetIn, AnotherNumberInTheWindowIsChallenged) {
  TcpBench t;
  reach(t, GetParam().state);
  const std::uint32_t rcv_nxt = t.c->receiver().rcv_nxt() - t.peer_iss;
  t.receive(rst(rcv_nxt + 1));
  t.expect_sent({ack(rcv_nxt)});
  EXPECT_EQ(t.state(), GetParam().state);
}

TEST_P(ResetIn, OutOfTheWindowIsDropped) {
  TcpBench t;
  reach(t, GetParam().state);
  t.receive(rst(2'000'000));
  t.receive(rst(0));
  t.expect_silence();
  EXPECT_EQ(t.state(), GetParam().state);
}

// RFC 5961 section 4.2.
TEST_P(ResetIn, SynIsChallenged) {
  TcpBench t;
  reach(t, GetParam().state);
  const std::uint32_t rcv_nxt = t.c->receiver().rcv_nxt() - t.peer_iss;
  t.receive(flagged(tcp_flag::Syn, rcv_nxt + 5));
  t.expect_sent({ack(rcv_nxt)});
  EXPECT_EQ(t.state(), GetParam().state);
}

INSTANTIATE_TEST_SUITE_P(
    All, ResetIn,
    testing::Values(ResetCase{State::Established, Error::ConnReset}, ResetCase{State::FinWait1, Error::ConnReset},
                    ResetCase{State::FinWait2, Error::ConnReset}, ResetCase{State::CloseWait, Error::Pipe},
                    ResetCase{State::Closing, Error::ConnReset}, ResetCase{State::LastAck, Error::ConnReset}),
    [](const auto& one) {
      std::string s(name_of(one.param.state));
      std::erase(s, '-');
      return s;
    });

// RFC 5961 section 7: no more than the limit, here one for each connection in half a second.
TEST(Arrival, ChallengeAcksAreRateLimited) {
  TcpBench t;
  t.establish();
  for (int i = 0; i < 10; ++i) t.receive(rst(100));
  EXPECT_EQ(t.count_sent(), 1u);
  t.after(500_ms).receive(rst(100));
  EXPECT_EQ(t.count_sent(), 1u);
}

TEST(Arrival, ChallengeAcksOfAHostAreLimitedPerSecond) {
  TcpBench t;
  t.config.invalid_ratelimit = 0_s;
  t.config.challenge_ack_limit = 3;
  t.establish();
  for (int i = 0; i < 10; ++i) t.receive(rst(100));
  EXPECT_EQ(t.count_sent(), 3u);
  t.after(1_s).receive(rst(100));
  EXPECT_EQ(t.count_sent(), 1u);
}

// ---- ACK: RFC 5961 section 5.2

TEST(Arrival, AckFromTheFutureIsChallenged) {
  TcpBench t;
  t.establish();
  t.app_write(1000_B);
  t.count_sent();
  t.receive(ack(1002));
  t.expect_sent({ack_at(1001, 1)});
  EXPECT_EQ(t.c->relative_una(), 1u);
}

TEST(Arrival, SegmentWithoutAckIsDropped) {
  TcpBench t;
  t.establish();
  Seg s = data(1, 101);
  s.flags = 0;
  t.receive(s);
  t.expect_silence();
  EXPECT_EQ(t.received_bytes, 0);
}

// ---- Sequence: the four cases of table 6

TEST(Arrival, AcceptabilityTest) {
  constexpr Seq n(1000);
  // length 0, window 0: only rcv_nxt.
  EXPECT_TRUE(is_acceptable(n, 0, n, 0));
  EXPECT_FALSE(is_acceptable(n + 1, 0, n, 0));
  EXPECT_FALSE(is_acceptable(n - 1, 0, n, 0));
  // length 0, window > 0: in the window.
  EXPECT_TRUE(is_acceptable(n, 0, n, 10));
  EXPECT_TRUE(is_acceptable(n + 9, 0, n, 10));
  EXPECT_FALSE(is_acceptable(n + 10, 0, n, 10));
  EXPECT_FALSE(is_acceptable(n - 1, 0, n, 10));
  // length > 0, window 0: never.
  EXPECT_FALSE(is_acceptable(n, 1, n, 0));
  // length > 0, window > 0: first or last byte inside.
  EXPECT_TRUE(is_acceptable(n - 5, 6, n, 10));
  EXPECT_FALSE(is_acceptable(n - 5, 5, n, 10));
  EXPECT_TRUE(is_acceptable(n + 9, 100, n, 10));
  EXPECT_FALSE(is_acceptable(n + 10, 1, n, 10));
  // Across the wrap.
  EXPECT_TRUE(is_acceptable(Seq(3), 1, Seq(0xfffffffe), 10));
}

TEST(Arrival, OldDataIsAcknowledgedAtOnce) {
  TcpBench t;
  t.establish();
  t.receive(data(1, 1001));
  t.count_sent();
  t.receive(data(1, 1001));
  t.expect_sent({ack(1001)});
  EXPECT_EQ(t.received_bytes, 1000);
}

// RFC 9293 knows only rcv_nxt; Linux takes what lies behind the last ACK that it has sent.
TEST(Arrival, AckThatUnacknowledgedDataHasOvertakenCounts) {
  TcpBench t;
  t.config.quickack = 0;
  t.establish();
  t.app_write(1000_B);
  t.receive(data(1, 501).ack(1));  // its ACK is delayed
  t.count_sent();
  t.receive(ack_at(1, 1001));
  EXPECT_EQ(t.c->relative_una(), 1001u);
  EXPECT_EQ(t.layer->counters().unacceptable, 0u);
  t.expect_silence();

  t.after(1_s).count_sent();  // now it has left
  t.app_write(1000_B);
  t.count_sent();
  t.receive(ack_at(1, 2001));
  EXPECT_EQ(t.c->relative_una(), 1001u);
  EXPECT_EQ(t.layer->counters().unacceptable, 1u);
}

TEST(Arrival, OverlappingDataIsTrimmed) {
  TcpBench t;
  t.establish();
  t.receive(data(1, 1001));
  t.receive(data(501, 1501));
  EXPECT_EQ(t.received_bytes, 1500);
}

TEST(Arrival, DataBeyondTheWindowIsCut) {
  TcpBench t({.reads_at_once = false});
  t.config.rcvbuf = 1500_B;
  t.establish();
  t.receive(data(1, 1001));
  t.receive(data(1001, 2001));
  EXPECT_LE(t.c->receiver().readable(), 1500);
}

// ---- Timestamps and PAWS: RFC 7323

TEST(Arrival, EchoesTheTimestampOfTheSegmentThatAdvancedTheWindow) {
  TcpBench t({.timestamps = true});
  t.establish();
  t.receive(data(1, 1001).ts(6000, 1));
  t.expect_sent({ack(1001).ts(t.last_host_timestamp(), 6000)});
}

// RFC 7323 section 4.3: a segment behind a hole does not change what is echoed.
TEST(Arrival, OutOfOrderSegmentDoesNotChangeTheEcho) {
  TcpBench t({.timestamps = true});
  t.establish();
  t.receive(data(1, 1001).ts(6000, 1));
  t.count_sent();
  t.receive(data(2001, 3001).ts(6010, 1));
  t.expect_sent({ack(1001).ts(t.last_host_timestamp(), 6000)});
}

TEST(Arrival, OldTimestampIsDroppedAndAnswered) {
  TcpBench t({.timestamps = true});
  t.establish();
  t.receive(data(1, 1001).ts(6000, 1));
  t.count_sent();
  t.receive(data(1001, 2001).ts(5998, 1));
  t.expect_sent({ack(1001)});
  EXPECT_EQ(t.received_bytes, 1000);
  EXPECT_EQ(t.layer->counters().paws_drops, 1u);
}

// Linux's TCP_PAWS_WINDOW: two segments that leave in neighbouring milliseconds may change places on the way.
TEST(Arrival, TimestampOlderByOneTickIsTakenButNotEchoed) {
  TcpBench t({.timestamps = true});
  t.establish();
  t.receive(data(1, 1001).ts(6000, 1));
  t.count_sent();
  t.receive(data(1001, 2001).ts(5999, 1));
  t.expect_sent({ack(2001).ts(t.last_host_timestamp(), 6000)});
  EXPECT_EQ(t.received_bytes, 2000);
}

// Linux since 6.14: the ACK says nothing that is missed, and an answer to each would be as many as there are.
TEST(Arrival, OldTimestampOfAnAckThatDataHasOvertakenIsNotAnswered) {
  TcpBench t({.timestamps = true});
  t.establish();
  t.receive(data(1, 1001).ts(6000, 1));
  t.count_sent();
  t.receive(ack_at(1, 1).ts(5990, 1));
  t.expect_silence();
  EXPECT_EQ(t.layer->counters().paws_drops, 0u);
}

// Linux's tcp_disordered_ack: an overtaken duplicate ACK counts, for 1.2 RTOs.
TEST(Arrival, OldTimestampOfADuplicateAckCountsForAWhile) {
  TcpBench t({.timestamps = true});
  t.establish();
  t.app_write(5000_B);
  t.receive(data(1, 1001).ack(1).ts(6000, 1));
  t.receive(ack(1).ts(6000, 1));
  const auto replay = static_cast<std::uint32_t>(t.c->sender().rtt().rto() * 12 / 10 / 1_ms);
  t.changes = 0;
  t.receive(ack(1).ts(6000 - replay, 1));
  EXPECT_NE(t.changes & change::DupAck, 0u);
  EXPECT_EQ(t.layer->counters().paws_drops, 0u);
  t.receive(ack(1).ts(6000 - replay - 1, 1));
  EXPECT_EQ(t.layer->counters().paws_drops, 1u);
}

// RFC 5961 section 4.2 comes before PAWS has its say.
TEST(Arrival, SynWithAnOldTimestampIsChallenged) {
  TcpBench t({.timestamps = true});
  t.establish();
  t.receive(data(1, 1001).ts(6000, 1));
  t.count_sent();
  t.receive(flagged(tcp_flag::Syn, 5001).ts(100, 0));
  t.expect_sent({ack(1001)});
  EXPECT_EQ(t.received_bytes, 1000);
}

// RFC 7323 section 5.5.
TEST(Arrival, AfterTwentyFourDaysAnyTimestampWillDo) {
  TcpBench t({.timestamps = true});
  t.establish();
  t.receive(data(1, 1001).ts(6000, 1));
  t.after(25 * 86400 * 1_s);
  t.receive(data(1001, 2001).ts(100, 1));
  EXPECT_EQ(t.received_bytes, 2000);
}

// ---- ECN: RFC 3168 section 6.1.3

TEST(Arrival, CongestionMarkIsEchoedUntilTheSenderAnswers) {
  TcpBench t;
  t.config.ecn = true;
  t.connect();
  t.receive(syn_ack().plus(tcp_flag::Ece).mss(1000));
  t.count_sent();
  t.receive(data(1, 1001).ecn(3));
  t.expect_sent({ack(1001).plus(tcp_flag::Ece)});
  t.receive(data(1001, 2001).ecn(2));
  t.expect_sent({ack(2001).plus(tcp_flag::Ece)});
  t.receive(data(2001, 3001).ecn(2).plus(tcp_flag::Cwr));
  t.expect_sent({ack(3001)});
}

// ---- Urgent: RFC 9293 section 3.8.5

TEST(Arrival, UrgentPointerIsKept) {
  TcpBench t;
  t.establish();
  t.receive(data(1, 101).urgent(50));
  EXPECT_EQ(t.c->rcv_up(), t.peer_iss + 51);
}

TEST(Arrival, UrgentPointerIsCarried) {
  TcpBench t;
  t.establish();
  t.c->send(100, t.now, {.urgent = true});
  t.expect_sent({data(1, 101).urgent(100)});
}

// ---- ICMP: RFC 1122 section 4.2.3.9, RFC 1191, RFC 5927

TEST(Arrival, UnreachableDoesNotEndAnEstablishedConnection) {
  TcpBench t;
  t.establish();
  t.app_write(1000_B);
  t.icmp(3, 1);
  t.icmp(3, 3);
  EXPECT_EQ(t.state(), State::Established);
}

TEST(Arrival, FragmentationNeededShrinksSegmentsAndSendsAgain) {
  TcpBench t;
  t.establish();
  t.app_write(2000_B);
  t.expect_sent({data(1, 1001), data(1001, 2001)});
  t.icmp(3, 4, 640, 1);
  t.expect_sent({data(1, 601), data(601, 1001), data(1001, 1601), data(1601, 2001)});
  EXPECT_EQ(t.c->smss(), 600_B);
}

TEST(Arrival, FragmentationNeededMustQuoteWhatIsInFlight) {
  TcpBench t;
  t.establish();
  t.app_write(1000_B);
  t.count_sent();
  t.icmp(3, 4, 640, 5001);
  t.expect_silence();
  EXPECT_EQ(t.c->smss(), 1000_B);
}

}  // namespace
}  // namespace wirelab::tcp::test
