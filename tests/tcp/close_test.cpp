// Every order in which two ends can close, and what is left afterwards: RFC 9293 sections 3.6 and 3.10.4 to 3.10.5.

#include "bench.h"

namespace wirelab::tcp::test {
namespace {

// RFC 9293 figure 12.
TEST(Close, NormalCloseByTheActiveSide) {
  TcpBench t;
  t.establish();
  t.app_shutdown();
  t.expect_sent({fin(1).ack(1)});
  EXPECT_EQ(t.state(), State::FinWait1);
  t.receive(ack(2));
  EXPECT_EQ(t.state(), State::FinWait2);
  t.receive(fin(1));
  t.expect_sent({ack_at(2, 2)});
  EXPECT_EQ(t.path(), "FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT");
  EXPECT_TRUE(t.got_eof);
  EXPECT_EQ(t.layer->time_waits(), 1u);
  t.after(60_s);
  EXPECT_EQ(t.path(), "FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSED");
  EXPECT_EQ(t.layer->time_waits(), 0u);
}

TEST(Close, NormalCloseByThePassiveSide) {
  TcpBench t;
  t.establish();
  t.receive(fin(1));
  t.after(1_ms).expect_sent({ack(2)});
  EXPECT_TRUE(t.got_eof);
  EXPECT_EQ(t.state(), State::CloseWait);
  t.app_shutdown();
  t.expect_sent({fin(1).ack(2)});
  t.receive(ack(2));
  EXPECT_EQ(t.path(), "CLOSE-WAIT LAST-ACK CLOSED");
  t.expect_silence();
}

// RFC 9293 section 3.10.7.4: an unacceptable segment is answered; our ACK of the FIN may have been lost.
TEST(Close, AFinThatComesAgainIsAcknowledgedAgain) {
  for (const Profile profile : {Profile::Linux, Profile::Rfc}) {
    TcpBench t({.profile = profile});
    t.establish();
    t.receive(fin(1));
    t.after(1_s).count_sent();
    ASSERT_EQ(t.state(), State::CloseWait);
    t.receive(fin(1));
    t.expect_sent({ack(2)});
    t.receive(fin(1));
    t.after(1_s).expect_sent({ack(2)});
    t.app_shutdown();
    t.count_sent();
    ASSERT_EQ(t.state(), State::LastAck);
    t.receive(fin(1).ack(1));
    EXPECT_EQ(t.count_sent(), 1u);
  }
}

// RFC 9293 figure 13.
TEST(Close, SimultaneousClose) {
  TcpBench t;
  t.establish();
  t.app_shutdown();
  t.expect_sent({fin(1)});
  t.receive(fin(1).ack(1));
  t.expect_sent({ack_at(2, 2)});
  EXPECT_EQ(t.state(), State::Closing);
  t.receive(ack(2));
  EXPECT_EQ(t.path(), "FIN-WAIT-1 CLOSING TIME-WAIT");
}

TEST(Close, FinThatAcknowledgesOursPassesThroughFinWait2) {
  TcpBench t;
  t.establish();
  t.app_shutdown();
  t.receive(fin(1).ack(2));
  t.expect_sent({fin(1), ack(2)});
  EXPECT_EQ(t.path(), "FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT");
}

TEST(Close, HalfCloseStillReceives) {
  TcpBench t;
  t.establish();
  t.app_shutdown();
  t.receive(ack(2));
  t.count_sent();
  t.receive(data(1, 1001).ack(2));
  t.receive(data(1001, 2001).ack(2));
  EXPECT_EQ(t.received_bytes, 2000);
  EXPECT_EQ(t.c->send(10, t.now).error, Error::Pipe);
}

TEST(Close, HalfClosedPeerStillGetsData) {
  TcpBench t;
  t.establish();
  t.receive(fin(1));
  t.count_sent();
  t.app_write(1000_B);
  t.expect_sent({data(1, 1001).ack(2)});
}

// RFC 9293 section 3.10.4: "queue this until all preceding SENDs have been segmentized".
TEST(Close, FinRidesOnTheLastSegment) {
  TcpBench t;
  t.establish();
  t.app_write(2500_B);
  t.expect_sent({data(1, 1001), data(1001, 2001), data(2001, 2501)});
  t.app_write(100_B);  // waits for the small segment (Nagle)
  t.expect_silence();
  t.app_shutdown();
  Seg last = data(2501, 2601).plus(tcp_flag::Fin);
  t.expect_sent({last});
}

// Linux: the stream ends with the first FIN in order. What a peer has sent behind it is thrown away and no longer told.
TEST(Close, FinInOrderEndsTheStreamWhateverIsQueuedBehind) {
  TcpBench t({.sack = true});
  t.establish();
  t.receive(data(502, 1002));
  t.expect_sent({ack(1).sack({{502, 1002}})});
  t.receive(data(1, 101).plus(tcp_flag::Fin));
  t.expect_silence_for(39_ms);  // what is thrown away fills no gap: the ACK may ride on our FIN
  t.after(1_ms).expect_sent({ack(102).no_sack()});
  EXPECT_EQ(t.state(), State::CloseWait);
  EXPECT_EQ(t.received_bytes, 100);
  EXPECT_TRUE(t.got_eof);
  EXPECT_EQ(t.c->receiver().held(), 0u);
  t.receive(data(102, 502));  // fills what was the gap, had the stream gone on
  t.c->check(true);
  EXPECT_EQ(t.c->receiver().received(), 100u);
}

TEST(Close, FinThatWaitedEndsTheStreamWhateverIsQueuedBehind) {
  for (const std::uint32_t behind : {202u, 302u}) {  // right behind the FIN, and further away
    TcpBench t({.sack = true});
    t.establish();
    t.receive(data(101, 201).plus(tcp_flag::Fin));
    t.receive(data(behind, behind + 100));
    t.count_sent();
    EXPECT_EQ(t.state(), State::Established);
    t.receive(data(1, 101));
    t.expect_sent({ack(202).no_sack()});
    EXPECT_EQ(t.state(), State::CloseWait);
    EXPECT_EQ(t.received_bytes, 200);
  }
}

// Linux: by then the FIN lies before what is expected next, and is dropped as old.
TEST(Close, TextInThePlaceOfAQueuedFinMakesItVoid) {
  TcpBench t({.sack = true});
  t.establish();
  t.receive(fin(101));
  t.receive(data(1, 201));
  t.count_sent();
  EXPECT_EQ(t.state(), State::Established);
  EXPECT_EQ(t.received_bytes, 200);
  t.receive(fin(201));
  t.after(40_ms).expect_sent({ack(202)});
  EXPECT_EQ(t.state(), State::CloseWait);
}

TEST(Close, FinWaitsForTheWindow) {
  TcpBench t({.peer_window = 1000});
  t.establish();
  t.app_write(1000_B);
  t.app_shutdown();
  t.expect_sent({data(1, 501), data(501, 1001)});  // the FIN would be number 1001, beyond the window
  t.receive(ack(1001).win(1000));
  t.expect_sent({fin(1001)});
}

TEST(Close, LostFinIsSentAgain) {
  TcpBench t;
  t.establish();
  t.app_shutdown();
  t.expect_sent({fin(1)});
  t.after(200_ms);  // the smallest RTO: the handshake took no time
  t.expect_sent({fin(1).ack(1)});
  t.receive(ack(2));
  EXPECT_EQ(t.state(), State::FinWait2);
}

TEST(Close, CloseInSynSentJustEnds) {
  TcpBench t;
  t.connect();
  t.count_sent();
  t.app_close();
  t.expect_silence();
  EXPECT_EQ(t.path(), "SYN-SENT CLOSED");
  EXPECT_EQ(t.layer->connections(), 0u);
}

// RFC 2525 section 2.17, and Linux: data that nobody will read is answered with RST.
TEST(Close, CloseWithUnreadDataResets) {
  TcpBench t({.reads_at_once = false});
  t.establish();
  t.receive(data(1, 101));
  t.count_sent();
  t.app_close();
  t.expect_sent({rst_ack(1)});
  EXPECT_EQ(t.path(), "CLOSED");
}

TEST(Close, DataAfterCloseIsReset) {
  TcpBench t;
  t.establish();
  t.app_close();
  t.receive(ack(2));
  t.count_sent();
  t.receive(data(1, 101).ack(2));
  t.expect_sent({rst(2)});
  EXPECT_EQ(t.state(), State::Closed);
  EXPECT_EQ(t.layer->connections(), 0u);
}

TEST(Close, OrphanInFinWait2EndsAfterFinTimeout) {
  TcpBench t;
  t.config.fin_timeout = 60_s;
  t.establish();
  t.app_close();
  t.receive(ack(2));
  t.after(59_s);
  EXPECT_EQ(t.state(), State::FinWait2);
  t.after(1_s);
  EXPECT_EQ(t.state(), State::Closed);
}

// A held half-closed connection may wait for the peer for ever.
TEST(Close, HeldFinWait2DoesNotTimeOut) {
  TcpBench t;
  t.establish();
  t.app_shutdown();
  t.receive(ack(2));
  t.after(3600_s);
  EXPECT_EQ(t.state(), State::FinWait2);
}

TEST(Close, AbortSendsAReset) {
  TcpBench t;
  t.establish();
  t.app_write(500_B);
  t.count_sent();
  t.app_abort();
  t.expect_sent({rst_ack(501)});
  EXPECT_EQ(t.path(), "CLOSED");
  EXPECT_EQ(t.states.back().cause, Cause::Abort);
}

// RFC 9293 section 3.10.5: in CLOSING, LAST-ACK and TIME-WAIT an abort tells nothing.
TEST(Close, AbortInLastAckIsSilent) {
  TcpBench t;
  t.establish();
  t.receive(fin(1));
  t.app_shutdown();
  t.count_sent();
  t.app_abort();
  t.expect_silence();
}

// ---- TIME-WAIT

struct InTimeWait : testing::Test {
  TcpBench t{{.timestamps = true}};
  void reach() {
    t.establish();
    t.app_close();
    t.receive(ack(2));
    t.after(10_ms).receive(fin(1).ack(2));
    t.count_sent();
    ASSERT_EQ(t.state(), State::TimeWait);
  }
};

TEST_F(InTimeWait, ARepeatedFinIsAcknowledgedAndStartsTheWaitAgain) {
  reach();
  t.after(50_s).receive(fin(1).ack(2));
  t.expect_sent({ack_at(2, 2)});
  t.after(59_s);
  EXPECT_EQ(t.layer->time_waits(), 1u);
  t.after(1_s);
  EXPECT_EQ(t.layer->time_waits(), 0u);
}

TEST_F(InTimeWait, AResetEndsIt) {
  reach();
  t.receive(rst(2));
  EXPECT_EQ(t.path(), "FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSED");
}

// RFC 1337.
TEST_F(InTimeWait, OrDoesNotIfSoConfigured) {
  t.config.rfc1337 = true;
  reach();
  t.receive(rst(2));
  EXPECT_EQ(t.layer->time_waits(), 1u);
}

// RFC 6191: a SYN with a later timestamp may begin a new connection, here at a listener.
TEST_F(InTimeWait, ALaterSynTakesThePlace) {
  reach();
  const Seq old_iss = t.host_iss;
  ASSERT_EQ(
      t.layer->listen({{}, t.host_port}, std::make_shared<const TcpConfig>(t.config), nullptr, nullptr, 0, t.now).error,
      Error::None);
  t.after(1_s).receive(syn().mss(1000));
  EXPECT_EQ(t.layer->time_waits(), 0u);
  EXPECT_EQ(t.layer->handshakes(), 1u);
  EXPECT_EQ(t.count_sent(), 1u);
  EXPECT_EQ(old_iss, t.host_iss);
}

TEST_F(InTimeWait, AnOldSynDoesNot) {
  reach();
  t.after(1_s).receive(syn().ts(1, 0));
  t.expect_sent({ack_at(2, 2)});
  EXPECT_EQ(t.layer->time_waits(), 1u);
}

}  // namespace
}  // namespace wirelab::tcp::test
