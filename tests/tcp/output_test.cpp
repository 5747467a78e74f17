// When data leaves: Nagle, silly windows, bursts, persist. RFC 9293 sections 3.7.4 and 3.8.6.

#include "bench.h"

namespace wirelab::tcp::test {
namespace {

using testing::ElementsAre;

/// A connection whose handshake has measured this round trip.
void establish_over(TcpBench& t, Duration rtt) {
  t.connect();
  t.expect_sent({syn()});
  t.after(rtt).receive(syn_ack().win(t.setup.peer_window).mss(static_cast<std::uint16_t>(t.setup.smss.count())));
  t.expect_sent({ack(1)});
}

TEST(Output, FullSegmentsThenTheRestWithPush) {
  TcpBench t;
  t.establish();
  t.app_write(2500_B);
  t.expect_sent({data(1, 1001).exactly(), data(1001, 2001).exactly(), data(2001, 2501).plus(tcp_flag::Psh).exactly()});
}

// RFC 896 and RFC 9293 section 3.7.4: while anything is in flight, a short segment waits.
TEST(Output, TextbookNagleWaitsForEverythingInFlight) {
  TcpBench t;
  t.config.nagle_minshall = false;
  t.establish();
  t.app_write(1000_B);
  t.app_write(100_B);
  t.app_write(100_B);
  t.expect_sent({data(1, 1001)});
  t.receive(ack(1001));
  t.expect_sent({data(1001, 1201)});
}

// Minshall's variant, Linux's: only behind another short segment.
TEST(Output, MinshallNagleWaitsBehindASmallSegmentOnly) {
  TcpBench t;
  t.establish();
  t.app_write(1000_B);
  t.app_write(100_B);
  t.app_write(100_B);
  t.expect_sent({data(1, 1001), data(1001, 1101)});
  t.receive(ack(1001));
  t.expect_silence();
  t.receive(ack(1101));
  t.expect_sent({data(1101, 1201)});
}

TEST(Output, NodelaySendsEachWrite) {
  TcpBench t;
  t.config.nodelay = true;
  t.establish();
  for (int i = 0; i < 3; ++i) t.app_write(100_B);
  t.expect_sent({data(1, 101), data(101, 201), data(201, 301)});
}

TEST(Output, NodelaySetLaterReleasesWhatWaits) {
  TcpBench t;
  t.establish();
  t.app_write(100_B);
  t.app_write(100_B);
  t.expect_sent({data(1, 101)});
  t.c->set_nodelay(true, t.now);
  t.expect_sent({data(101, 201)});
}

TEST(Output, CorkSendsFullSegmentsOnly) {
  TcpBench t;
  t.establish();
  t.c->set_cork(true, t.now);
  t.app_write(1500_B);
  t.expect_sent({data(1, 1001)});
  t.c->set_cork(false, t.now);
  t.expect_sent({data(1001, 1501)});
}

TEST(Output, WindowsOfTheFirstFlight) {
  TcpBench t({.initial_window = 10});
  t.establish();
  t.app_write(50000_B);
  EXPECT_EQ(t.count_sent(), 10u);
  t.receive(ack(10001));
  EXPECT_EQ(t.count_sent(), 20u);  // slow start
}

// RFC 5681: min(4 x SMSS, max(2 x SMSS, 4380)): 4 of 1000, 3 of 1460.
TEST(Output, TextbookFirstFlight) {
  TcpBench t({.profile = Profile::Rfc, .initial_window = 0});
  t.establish();
  t.app_write(50000_B);
  EXPECT_EQ(t.count_sent(), 4u);
  TcpBench big({.profile = Profile::Rfc, .smss = 1460_B, .initial_window = 0});
  big.establish();
  big.app_write(50000_B);
  EXPECT_EQ(big.count_sent(), 3u);
}

TEST(Output, WhatIsSentStaysLeftOfTheWindow) {
  TcpBench t({.peer_window = 2500});
  t.establish();
  t.app_write(10000_B);
  t.expect_sent({data(1, 1001), data(1001, 2001)});  // 500 bytes of window are not worth a segment
  t.receive(ack(1001).win(2500));
  t.expect_sent({data(2001, 3001)});
}

// RFC 9293 section 3.8.6.2.1: half of the largest window ever offered is.
TEST(Output, HalfOfTheLargestWindowIsWorthSending) {
  TcpBench t({.peer_window = 800});
  t.establish();
  t.app_write(10000_B);
  t.expect_sent({data(1, 401), data(401, 801)});
  t.receive(ack(801).win(399));
  t.expect_silence();
  t.receive(ack(801).win(400));
  t.expect_sent({data(801, 1201)});
}

// RFC 9293 section 3.8.6.1: the first probe after an RTO, then at doubling intervals up to the cap.
TEST(Output, ZeroWindowIsProbedWithBackOff) {
  TcpBench t;
  t.establish();
  t.app_write(2000_B);
  t.count_sent();
  t.receive(ack(2001).win(0));
  t.app_write(1000_B);
  t.expect_silence();
  EXPECT_THAT(t.times_of_segments_until(26_s), ElementsAre(0.2, 0.6, 1.4, 3.0, 6.2, 12.6, 25.4));
}

TEST(Output, TheProbeIsOneNumberBelowTheWindow) {
  TcpBench t;
  t.establish();
  t.app_write(2000_B);
  t.count_sent();
  t.receive(ack(2001).win(0));
  t.app_write(1000_B);
  t.after(200_ms).expect_sent({ack_at(2000, 1)});
  t.receive(ack(2001).win(0));
  t.after(400_ms).expect_sent({ack_at(2000, 1)});
  t.receive(ack(2001).win(5000));
  t.expect_sent({data(2001, 3001)});
}

// RFC 6298 rule 2.5: the cap holds after any number of probes, on the longest of paths too.
TEST(Output, ProbesStayAtTheCapHoweverLongTheWindowIsClosed) {
  TcpBench t;
  t.config.rto_min = 100_s;
  t.establish();
  t.app_write(2000_B);
  t.receive(ack(2001).win(0));
  t.app_write(1000_B);
  t.count_sent();
  while (t.count_sent() == 0) t.after(1_s);
  t.receive(ack(2001).win(0));
  for (int i = 0; i < 40; ++i) {
    t.after(119_s).expect_silence();
    t.after(1_s);
    ASSERT_EQ(t.count_sent(), 1u);
    t.receive(ack(2001).win(0));
  }
}

// RFC 1122 section 4.2.2.17: a peer that answers probes keeps the connection for ever.
TEST(Output, AnsweredProbesNeverEndTheConnection) {
  TcpBench t;
  t.establish();
  t.app_write(2000_B);
  t.receive(ack(2001).win(0));
  t.app_write(1000_B);
  t.count_sent();
  for (int i = 0; i < 100; ++i) {
    while (t.count_sent() == 0) t.after(1_s);
    t.receive(ack(2001).win(0));
  }
  EXPECT_EQ(t.state(), State::Established);
}

TEST(Output, UnansweredProbesDo) {
  TcpBench t;
  t.config.retries2 = 5;
  t.establish();
  t.app_write(2000_B);
  t.receive(ack(2001).win(0));
  t.app_write(1000_B);
  t.after(600_s);
  EXPECT_EQ(t.state(), State::Closed);
  EXPECT_EQ(t.c->error(), Error::TimedOut);
}

// Silly-window avoidance holds it back with nothing in flight: the override timeout.
TEST(Output, OverrideTimeoutSendsWhatSillyWindowAvoidanceHolds) {
  TcpBench t;
  t.establish();
  t.app_write(1000_B);
  t.count_sent();
  t.receive(ack(1001).win(300));
  t.app_write(5000_B);
  t.expect_silence();
  t.after(200_ms);
  t.expect_sent({data(1001, 1301)});
}

TEST(Output, SendBufferTakesWhatFitsAndTellsWhenAThirdIsFree) {
  TcpBench t({.peer_window = 2000});
  t.config.sndbuf = 9000_B;
  t.establish();
  EXPECT_EQ(t.app_write(20000_B), 9000);
  EXPECT_EQ(t.c->send(1, t.now).error, Error::Again);
  t.readiness_seen = 0;
  t.receive(ack(2001).win(2000));
  EXPECT_EQ(t.readiness_seen & ready::Writable, 0);
  t.receive(ack(3001).win(2000));
  EXPECT_NE(t.readiness_seen & ready::Writable, 0);
  EXPECT_EQ(t.app_write(20000_B), 3000);
}

// Linux's tcp_new_space: more room would not let anything leave sooner while the window is full. Asked after each burst
// and each ACK; two windows of segments with 2304 bytes each.
TEST(Output, ABufferThatAWriterWaitsForGrowsUnlessTheWindowIsFull) {
  TcpBench t;
  t.config.min_burst = 2;
  t.config.wmem_default = 20000_B;
  establish_over(t, 40_ms);
  EXPECT_EQ(t.app_write(100000_B), 20000);
  EXPECT_EQ(t.count_sent(), 10u);  // after each burst but the last there is room in the window
  EXPECT_EQ(t.app_write(100000_B), 2 * 10 * 2304 - 20000);
  t.after(40_ms).receive(ack(1001));
  EXPECT_EQ(t.count_sent(), 2u);  // one burst fills the window
  EXPECT_EQ(t.app_write(100000_B), 1000);
  t.receive(ack(3001));
  EXPECT_EQ(t.count_sent(), 4u);
  EXPECT_EQ(t.app_write(100000_B), 2 * 13 * 2304 - (2 * 10 * 2304 - 2000));
}

/// Eleven segments in flight, and room for three more as the first three are acknowledged.
void fly_and_leave_room_for_three(TcpBench& t) {
  t.config.min_burst = 2;
  establish_over(t, 40_ms);
  t.app_write(80000_B);
  EXPECT_EQ(t.count_sent(), 11u);  // the first ACK is far away: nothing waits for it
  t.after(40_ms).receive(ack(3001).win(11000));
}

// Linux: room for one more segment is left until the next ACK makes it a pair, in a window of four or more.
TEST(Output, DataLeavesInPairs) {
  TcpBench t({.initial_window = 11});
  fly_and_leave_room_for_three(t);
  EXPECT_EQ(t.count_sent(), 2u);
  t.receive(ack(4001).win(11000));
  EXPECT_EQ(t.count_sent(), 2u);
}

// Linux: but not once the last segment left a millisecond ago.
TEST(Output, RoomForOneIsUsedWhenNoPairIsUnderWay) {
  TcpBench t({.initial_window = 11});
  fly_and_leave_room_for_three(t);
  EXPECT_EQ(t.count_sent(), 2u);
  t.after(900_us).receive(ack(3001).win(11001));
  EXPECT_EQ(t.count_sent(), 0u);
  t.after(200_us).receive(ack(3001).win(11002));
  EXPECT_EQ(t.count_sent(), 1u);
}

// Linux: a burst is what the pacing rate sends in 1/1024 s; in slow start twice the window each round trip, so with
// 208 of 300 bytes and 40 ms 3046 bytes, ten segments. Less than that waits, but for a piece of what the
// application has written (here 109 segments: half of the peer's window) that this much would end.
TEST(Output, BurstsAreAMillisecondsWorthOfThePacingRate) {
  TcpBench t({.smss = 300_B, .initial_window = 200});
  t.config.min_burst = 2;
  t.config.rto_min = 1_s;  // no probe while this goes on
  t.config.wmem_default = 87040_B;
  establish_over(t, 40_ms);
  t.app_write(80000_B);
  EXPECT_EQ(t.count_sent(), 200u);
  t.after(40_ms).receive(ack(601));  // slow start: room for four, and nothing has left for a while
  EXPECT_EQ(t.count_sent(), 4u);
  t.receive(ack(1201));
  EXPECT_EQ(t.count_sent(), 0u);
  t.receive(ack(1801));
  EXPECT_EQ(t.count_sent(), 0u);
  t.receive(ack(2401));  // room for twelve
  EXPECT_EQ(t.count_sent(), 10u);
  t.receive(ack(3001));  // room for six; four end the second piece
  EXPECT_EQ(t.count_sent(), 6u);
}

TEST(Output, TheFirstFlightIsWhole) {
  TcpBench t({.initial_window = 10});
  t.config.min_burst = 2;
  t.establish();
  t.app_write(80000_B);
  EXPECT_EQ(t.count_sent(), 10u);
}

// ---- Giving up

TEST(Output, RetransmissionTimeoutsEndTheConnection) {
  TcpBench t;  // retries2 15 at an RTO of 200 ms: 924.6 s
  t.establish();
  t.app_write(1000_B);
  t.after(924_s);
  EXPECT_EQ(t.state(), State::Established);
  t.after(1_s);
  EXPECT_EQ(t.state(), State::Closed);
  EXPECT_EQ(t.c->error(), Error::TimedOut);
  EXPECT_EQ(t.states.back().now, Time::at(924600_ms));
  EXPECT_EQ(t.count_sent(), 16u);
}

struct R2Case {
  std::uint32_t retries2;
  Duration ends;
};
class R2 : public testing::TestWithParam<R2Case> {};

// Linux's ip-sysctl: 8 is 102.2 s; 3 and 5 by the same sum.
TEST_P(R2, EndsAfterTheSumOfTheTimeouts) {
  TcpBench t;
  t.config.retries2 = GetParam().retries2;
  t.establish();
  t.app_write(1000_B);
  t.after(1000_s);
  EXPECT_EQ(t.states.back().now, Time::at(GetParam().ends));
}
INSTANTIATE_TEST_SUITE_P(Table, R2, testing::Values(R2Case{3, 3_s}, R2Case{5, 12600_ms}, R2Case{8, 102200_ms}));

TEST(Output, UserTimeoutEndsTheConnectionEarlier) {
  TcpBench t;
  t.config.user_timeout = 5_s;
  t.establish();
  t.app_write(1000_B);
  t.after(100_s);
  EXPECT_EQ(t.states.back().now, Time::at(5_s));
  EXPECT_EQ(t.c->error(), Error::TimedOut);
}

TEST(Output, AnIcmpErrorExplainsTheTimeout) {
  TcpBench t;
  t.config.retries2 = 3;
  t.establish();
  t.app_write(1000_B);
  t.icmp(3, 1);
  t.after(100_s);
  EXPECT_EQ(t.c->error(), Error::HostUnreach);
}

// ---- Keep-alive: RFC 1122 section 4.2.3.6

TEST(Output, KeepAliveProbesAfterTwoHoursAndGivesUpAfter7875Seconds) {
  TcpBench t;
  t.config.keepalive = true;
  t.establish();
  t.after(7199_s);
  t.expect_silence();
  t.after(1_s);
  t.expect_sent({ack_at(0, 1)});
  EXPECT_EQ(t.times_of_segments_until(7874_s).size(), 8u);
  EXPECT_EQ(t.state(), State::Established);
  t.after(1_s);
  t.expect_sent({rst_ack(1)});
  EXPECT_EQ(t.states.back().now, Time::at(7875_s));
  EXPECT_EQ(t.c->error(), Error::TimedOut);
}

TEST(Output, AnAnsweredKeepAliveStartsAnew) {
  TcpBench t;
  t.config.keepalive = true;
  t.establish();
  t.after(7200_s);
  t.expect_sent({ack_at(0, 1)});
  t.receive(ack(1));
  t.after(7199_s);
  t.expect_silence();
  t.after(1_s);
  t.expect_sent({ack_at(0, 1)});
}

TEST(Output, WithoutKeepAliveSilenceIsKept) {
  TcpBench t;
  t.establish();
  t.expect_silence_for(30000_s);
}

}  // namespace
}  // namespace wirelab::tcp::test
