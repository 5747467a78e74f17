// The receiving half: when it acknowledges, what it offers, what it reports. RFC 5681 section 4.2, RFC 9293 section
// 3.8.6, RFC 2018, RFC 2883; and Linux's counts.

#include "bench.h"
#include "tcp/timer_wheel.h"

namespace wirelab::tcp::test {
namespace {

void send_full(TcpBench& t, int from, int count) {
  for (int i = from; i < from + count; ++i) {
    t.receive(data(static_cast<std::uint32_t>(1 + 1000 * i), static_cast<std::uint32_t>(1001 + 1000 * i)));
  }
}

// ---- When

TEST(AckPolicy, TextbookAcknowledgesEverySecondFullSegment) {
  TcpBench t({.profile = Profile::Rfc});
  t.establish();
  send_full(t, 0, 1);
  t.expect_silence();
  send_full(t, 1, 1);
  t.expect_sent({ack(2001)});
  send_full(t, 2, 6);
  t.expect_sent({ack(4001), ack(6001), ack(8001)});
}

TEST(AckPolicy, TextbookWaitsTwoHundredMilliseconds) {
  TcpBench t({.profile = Profile::Rfc});
  t.establish();
  send_full(t, 0, 1);
  t.after(199_ms).expect_silence();
  t.after(1_ms).expect_sent({ack(1001)});
}

TEST(AckPolicy, NoDelayMeansEachSegment) {
  TcpBench t({.profile = Profile::Rfc});
  t.config.delayed_ack = 0_s;
  t.establish();
  send_full(t, 0, 3);
  t.expect_sent({ack(1001), ack(2001), ack(3001)});
}

// Linux: 16 quick ACKs at the start; the window cannot grow here, so then one for two.
TEST(AckPolicy, LinuxBeginsWithSixteenQuickAcks) {
  TcpBench t;
  t.config.rcvbuf = 60000_B;
  t.establish();
  send_full(t, 0, 16);
  EXPECT_EQ(t.count_sent(), 16u);
  send_full(t, 16, 10);
  EXPECT_EQ(t.count_sent(), 5u);
  send_full(t, 26, 1);
  t.after(39_ms).expect_silence();
  t.after(1_ms).expect_sent({ack(27001)});
}

TEST(AckPolicy, DataCarriesThePendingAck) {
  TcpBench t({.profile = Profile::Rfc});
  t.establish();
  send_full(t, 0, 1);
  t.app_write(500_B);
  t.expect_sent({data(1, 501).ack(1001)});
  t.expect_silence_for(1_s - 900_ms);
}

// RFC 5681 section 4.2: out of order at once, and at once when the gap is filled.
TEST(AckPolicy, GapsAreAcknowledgedAtOnce) {
  TcpBench t({.profile = Profile::Rfc});
  t.establish();
  t.receive(data(1001, 2001));
  t.expect_sent({ack(1)});
  t.receive(data(2001, 3001));
  t.expect_sent({ack(1)});
  t.receive(data(1, 1001));
  t.expect_sent({ack(3001)});
}

// Linux: PSH on a full segment says that the peer may be waiting; read and acknowledged.
TEST(AckPolicy, AFullSegmentWithPushIsAcknowledgedWhenItIsRead) {
  TcpBench t;
  t.config.rcvbuf = 58400_B;  // a window that does not grow, which would send an ACK too
  t.establish();
  for (int i = 0; i < 20; ++i) t.receive(data(1 + 1000u * i, 1001 + 1000u * i));
  t.count_sent();  // 16 at once and two pairs
  t.receive(data(20001, 21001));
  t.expect_silence();
  t.receive(data(21001, 22001));
  t.expect_sent({ack(22001)});
  t.receive(data(22001, 23001).plus(tcp_flag::Psh));
  t.expect_sent({ack(23001)});
}

// Linux: the first segment of a peer with a small MSS looks like the end of something; the second shows that it is
// full.
TEST(AckPolicy, TwoOfOneSizeAreFullSegments) {
  AckPolicy acks;
  const TcpConfig config;
  acks.start(config, 1460, 65535);
  EXPECT_EQ(acks.rcv_mss(), 536u);
  for (const auto& [length, rcv_mss] : {std::pair{1000u, 1000u}, {600u, 1000u}, {600u, 600u}}) {
    acks.on_data(config, length, false, 65535, 200_ms, Time::zero());
    EXPECT_EQ(acks.rcv_mss(), rcv_mss);
  }
}

TEST(AckPolicy, FinIsAcknowledgedAtOnce) {
  TcpBench t({.profile = Profile::Rfc});
  t.establish();
  Seg s = data(1, 101).plus(tcp_flag::Fin);
  t.receive(s);
  t.expect_sent({ack(102)});
}

// ---- What is offered

// Linux: SO_RCVBUF bounds the window at once, and raises it when the share of memory that segments fill is known: here
// 1460 bytes in one sk_buff of 256 bytes with a buffer of 2048.
TEST(ReceiveWindow, ABufferSetLateShrinksAtOnceAndGrowsWithTheFirstFullSegment) {
  const TcpConfig config = defaults(Profile::Linux);
  ReceiveWindow shrunk, grown;
  for (ReceiveWindow* const w : {&shrunk, &grown}) w->start(config, initial_window(config, 1460), 10, 1460, Seq(1), {});
  ASSERT_EQ(grown.capacity(), 65536u - 1460u);  // a segment's worth is kept back
  shrunk.set_buffer(20000);
  EXPECT_EQ(shrunk.capacity(), 10000u);
  grown.set_buffer(400000);
  EXPECT_EQ(grown.capacity(), 65536u - 1460u);
  grown.on_full_segment(1460, 2304);
  EXPECT_EQ(grown.capacity(), 400000u * (256 * 1460 / 2304) / 256);
  // No more auto-tuning.
  grown.on_gap(10'000'000);
  EXPECT_EQ(grown.capacity(), 400000u * (256 * 1460 / 2304) / 256);
}

TEST(ReceiveWindow, FirstWindowsAsLinuxChoosesThem) {
  const TcpConfig config = defaults(Profile::Linux);
  EXPECT_EQ(initial_window(config, 1460).rcv_wnd, 64240u);  // 44 segments of 65536
  EXPECT_EQ(initial_window(config, 1460).wscale, 10);       // 32 MiB
  TcpConfig six_megabytes = config;
  six_megabytes.rmem_max = 6291456_B;
  EXPECT_EQ(initial_window(six_megabytes, 1460).wscale, 7);
}

TEST(ReceiveWindow, TextbookOffersItsBufferOf65535) {
  const InitialWindow w = initial_window(defaults(Profile::Rfc), 1460);
  EXPECT_EQ(w.rcv_wnd, 65535u);
  EXPECT_EQ(w.wscale, 0);
}

TEST(ReceiveWindow, AGivenBufferIsTheLargestWindow) {
  TcpConfig config = defaults(Profile::Rfc);
  config.rcvbuf = Bytes(1'000'000);
  EXPECT_EQ(initial_window(config, 1460).wscale, 4);  // 1,000,000 < 65536 x 16
  EXPECT_EQ(initial_window(config, 1460).rcv_wnd, 65535u);
}

TEST(ReceiveWindow, ASlowReaderClosesIt) {
  TcpBench t({.reads_at_once = false});
  t.config.rcvbuf = 4000_B;
  t.config.rcvbuf_skbs = false;
  t.establish();
  for (int i = 0; i < 4; ++i) {
    send_full(t, i, 1);
    t.after(50_ms);
  }
  EXPECT_EQ(t.c->receiver().rcv_wnd(), 0u);
  t.count_sent();
  t.receive(data(4001, 5001));
  t.expect_sent({ack(4001).win(0)});
}

// RFC 9293 section 3.8.6.2.2: the window opens by half the buffer or one segment, not byte by byte.
TEST(ReceiveWindow, ASlowReaderOpensItInOneStep) {
  for (const Profile profile : {Profile::Rfc, Profile::Linux}) {
    TcpBench t({.profile = profile, .reads_at_once = false});
    t.config.rcvbuf = 8000_B;
    t.establish();
    send_full(t, 0, 8);
    t.after(1_s);
    t.count_sent();
    t.app_read(100_B);
    t.expect_silence();
    t.app_read(500_B);
    t.expect_silence();
    t.app_read(1000_B);  // 1600 in all: more than the 1460 that our SYN announced
    EXPECT_EQ(t.count_sent(), 1u);
    EXPECT_GE(t.c->receiver().rcv_wnd(), 1000u);
  }
}

TEST(ReceiveWindow, NeverShrinks) {
  TcpBench t({.reads_at_once = false});
  t.config.rcvbuf = 8000_B;
  t.establish();
  Seq edge = t.c->receiver().window.right_edge();
  for (const std::uint32_t at : {1u, 1001u, 2001u, 3001u, 5001u, 6001u, 4001u}) {
    t.receive(data(at, at + 1000));
    EXPECT_GE(t.c->receiver().window.right_edge(), edge);
    edge = t.c->receiver().window.right_edge();
  }
}

// Recorded from Linux 6.18 (131,072 bytes of buffer memory, window scale 10): 1448 bytes of payload in 2304 of memory
// make more of the buffer window than the half it starts from, so that each of the first six segments widens it.
// RFC 7323 section 2.4: a scaled field cannot say every edge. Rounded up, each ACK of a few bytes moves the edge on;
// the memory behind the window bounds that.
TEST(ReceiveWindow, SmallSegmentsDoNotMoveItsEdgeOnForEver) {
  TcpConfig config = defaults(Profile::Linux);
  config.rcvbuf_skbs = false;
  ReceiveWindow window;
  window.start(config, initial_window(config, 1460), 10, 1460, Seq(1), Time{});
  std::uint32_t held = 0;
  while (held < 10 * window.capacity() && window.remaining(Seq(1) + held) > 0) {
    ++held;  // one byte comes, nobody reads, an ACK leaves
    const Seq edge = window.right_edge();
    bool tight = false;
    window.offer(Seq(1) + held, held, 536, &tight);
    ASSERT_GE(window.right_edge(), edge);
  }
  EXPECT_GE(held, window.capacity());
  EXPECT_LE(held, 2 * window.capacity());
}

TEST(ReceiveWindow, OpensAsFullSegmentsShowHowWellTheyFillTheirMemory) {
  const TcpConfig config;
  ReceiveWindow window;
  const InitialWindow offered = initial_window(config, 1448);
  window.start(config, offered, 10, 1448, Seq(1), Time::zero());
  window.on_full_segment(1448, 2304);
  EXPECT_EQ(window.capacity(), 81920u);
  std::uint32_t next = 1;
  for (const int field : {67, 70, 73, 75, 78, 79, 79}) {
    window.grow(1448, 1500, 2304, 1448);
    next += 1448;
    EXPECT_EQ(window.offer(Seq(next), 0, 1448, nullptr), field) << next;
  }
}

// Linux grows what it offers by two segments for each full one, up to the buffer; the buffer by what is read.
TEST(ReceiveWindow, GrowsWithTheDataAndThenWithTheReader) {
  TcpBench t({.timestamps = true, .window_scaling = true});
  t.establish();
  const std::uint32_t at_first = t.c->receiver().window.capacity();
  std::uint32_t next = 1;
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 20 << std::min(round, 5); ++i, next += 1000) t.receive(data(next, next + 1000));
    t.count_sent();
    t.after(20_ms);
  }
  EXPECT_GT(t.c->receiver().window.capacity(), 4 * at_first);
  EXPECT_GT(t.c->receiver().rcv_wnd(), 2 * at_first);
}

// Linux measures what is read in a round trip with each sk_buff that it copies out. Where a gap has held up much, the
// first of them, of 18 segments at most, ends the round with the rest still unread; that counts for the next one.
TEST(ReceiveWindow, AReadOfMuchCountsForTheNextRound) {
  TcpBench t({.timestamps = true, .window_scaling = true, .reads_at_once = false});
  t.establish();
  t.after(100_ms);
  std::uint32_t next = 1;
  const auto arrive = [&](int segments) {
    for (int i = 0; i < segments; ++i, next += 1448) t.receive(data(next, next + 1448));
    t.count_sent();
  };
  const auto space = [&] { return t.c->receiver().window.last_space(); };
  const std::uint32_t at_first = space();
  arrive(2);
  t.app_read(1000000_B);
  arrive(40);
  t.after(5_s);
  t.app_read(1000000_B);
  EXPECT_EQ(space(), at_first);
  t.after(5_s);
  arrive(2);
  t.app_read(1000000_B);
  EXPECT_EQ(space(), (40 - 18 + 2) * 1448u);
}

// Linux: ten segments that echo one timestamp measure one round trip, that of the first.
TEST(ReceiveWindow, AnEchoMeasuresTheRoundTripOnce) {
  ReceiveWindow window;
  EXPECT_FALSE(window.is_new_echo(0));
  EXPECT_TRUE(window.is_new_echo(7));
  EXPECT_FALSE(window.is_new_echo(7));
  EXPECT_TRUE(window.is_new_echo(8));
}

// Linux: what waits behind a gap is to fit beside twice what is read in a round trip.
TEST(ReceiveWindow, ABufferGrowsForWhatWaitsBehindAGap) {
  TcpConfig config;
  ReceiveWindow window;
  window.start(config, initial_window(config, 1448), 10, 1448, Seq(1), Time::zero());
  window.on_gap(30'000);
  EXPECT_EQ(window.capacity(), 65536u - 1448u);  // 2 x 14480 + 30000 is less
  window.on_gap(100'000);
  EXPECT_EQ(window.capacity(), 128'960u);
  config.rcvbuf = 65535_B;  // fixed
  window.start(config, initial_window(config, 1448), 10, 1448, Seq(1), Time::zero());
  window.on_gap(100'000);
  EXPECT_EQ(window.capacity(), 65535u);
}

// ---- What is reported

// RFC 2018 section 4, case 2: the first of eight segments is lost; each ACK reports one growing block.
TEST(SackBlocks, OneGrowingBlock) {
  TcpBench t({.sack = true});
  t.config.comp_sack_nr = 0;
  t.establish();
  for (std::uint32_t i = 1; i < 8; ++i) {
    t.receive(data(1 + 1000 * i, 1001 + 1000 * i));
    t.expect_sent({ack(1).sack({{1001, 1001 + 1000 * i}})});
  }
}

// RFC 2018 section 4, case 3: the second, fourth, sixth and eighth are lost.
TEST(SackBlocks, MostRecentFirst) {
  TcpBench t({.sack = true});
  t.establish();
  t.receive(data(1, 1001));
  t.expect_sent({ack(1001).no_sack()});
  t.receive(data(2001, 3001));
  t.expect_sent({ack(1001).sack({{2001, 3001}})});
  t.receive(data(4001, 5001));
  t.expect_sent({ack(1001).sack({{4001, 5001}, {2001, 3001}})});
  t.receive(data(6001, 7001));
  t.expect_sent({ack(1001).sack({{6001, 7001}, {4001, 5001}, {2001, 3001}})});
  // The fourth arrives late, then the second.
  t.receive(data(3001, 4001));
  t.expect_sent({ack(1001).sack({{2001, 5001}, {6001, 7001}})});
  t.receive(data(1001, 2001));
  t.expect_sent({ack(5001).sack({{6001, 7001}})});
}

TEST(SackBlocks, ThreeFitBesideTimestamps) {
  TcpBench t({.sack = true, .timestamps = true});
  t.config.comp_sack_nr = 0;
  t.establish();
  for (std::uint32_t i = 1; i < 5; ++i) t.receive(data(1 + 2000 * i, 1001 + 2000 * i));
  t.after(0_s).count_sent();
  t.receive(data(10001, 11001));
  t.expect_sent({ack(1).sack({{10001, 11001}, {8001, 9001}, {6001, 7001}})});
}

// RFC 2883 section 4.1.1: a duplicate below the cumulative ACK.
TEST(SackBlocks, DuplicateBelowTheAckIsReportedOnce) {
  TcpBench t({.sack = true});
  t.establish();
  t.receive(data(1, 1001));
  t.count_sent();
  t.receive(data(1, 1001));
  t.expect_sent({ack(1001).sack({{1, 1001}})});
  t.receive(data(2001, 3001));
  t.expect_sent({ack(1001).sack({{2001, 3001}})});
}

// RFC 2883 section 4.1.2 and 4.2.1: a duplicate of what waits behind a gap names its block second.
TEST(SackBlocks, DuplicateAboveTheAckIsFollowedByItsBlock) {
  TcpBench t({.sack = true});
  t.establish();
  t.receive(data(1001, 2001));
  t.receive(data(2001, 3001));
  t.count_sent();
  t.receive(data(1001, 2001));
  t.expect_sent({ack(1).sack({{1001, 2001}, {1001, 3001}})});
}

TEST(SackBlocks, NoneIfDsackIsOff) {
  TcpBench t({.sack = true});
  t.config.dsack = false;
  t.establish();
  t.receive(data(1, 1001));
  t.count_sent();
  t.receive(data(1, 1001));
  t.expect_sent({ack(1001).no_sack()});
}

TEST(Reassembly, KeepsDisjointSortedRanges) {
  Reassembly r;
  EXPECT_EQ(r.insert(Seq(10), Seq(20)).new_bytes, 10u);
  EXPECT_EQ(r.insert(Seq(30), Seq(40)).new_bytes, 10u);
  EXPECT_EQ(r.ranges(), 2u);
  const auto overlap = r.insert(Seq(15), Seq(35));
  EXPECT_EQ(overlap.new_bytes, 10u);
  EXPECT_TRUE(overlap.is_duplicate);
  EXPECT_EQ(overlap.duplicate, (SackBlock{Seq(15), Seq(20)}));
  EXPECT_EQ(r.ranges(), 1u);
  EXPECT_EQ(r.bytes(), 30u);
  EXPECT_EQ(r.advance(Seq(5)), Seq(5));
  EXPECT_EQ(r.advance(Seq(10)), Seq(40));
  EXPECT_TRUE(r.empty());
  EXPECT_EQ(r.bytes(), 0u);
}

// Linux (tcp_data_queue): text at a closed window with nothing to be read is dropped and counted; a bare FIN is taken.
TEST(Receiver, CountsTextThatComesAtAClosedWindow) {
  const TcpConfig config = defaults(Profile::Linux);
  ReceiveCounters counters;
  Receiver r;
  r.start(config, initial_window(config, 1000), 0, 1000, Seq(0), Time{});
  r.window.close_for_want_of_memory();
  EXPECT_EQ(r.window.offer(r.rcv_nxt(), r.used(), 536, nullptr), 0u);
  Packet p{};
  p.seq = Seq(1);
  p.payload = 100;
  p.size = 140;
  p.flags = tcp_flag::Ack;
  EXPECT_TRUE(r.take(p, config, counters).nothing_new);
  EXPECT_EQ(counters.zero_window_drops, 1u);
  EXPECT_EQ(r.rcv_nxt(), Seq(1));
  p.payload = 0;
  p.size = 40;
  p.flags = tcp_flag::Ack | tcp_flag::Fin;
  EXPECT_TRUE(r.take(p, config, counters).fin);
  EXPECT_EQ(counters.zero_window_drops, 1u);
}

// ---- The content check

TEST(ReceiverDeathTest, WrongContentEndsTheRun) {
  Receiver r;
  const TcpConfig config = defaults(Profile::Rfc);
  ReceiveCounters counters;
  r.start(config, initial_window(config, 1000), 0, 1000, Seq(0), Time{});
  Packet p{};
  p.seq = Seq(1);
  p.payload = 100;
  p.payload_stream = 7;
  p.payload_offset = 0;
  r.take(p, config, counters);
  p.seq = Seq(101);
  p.payload_offset = 101;  // one byte is missing
  EXPECT_DEATH(r.take(p, config, counters), "payload_offset");
  p.payload_offset = 100;
  p.payload_stream = 8;  // another stream's
  EXPECT_DEATH(r.take(p, config, counters), "payload_stream");
}

// ---- The timer wheel

// kernel/time/timer.c: levels of 1, 8, 64 ticks begin at 0, 63, 504 ticks; never early.
TEST(TimerWheel, IsLateByUpToOneGranule) {
  constexpr Duration tick = 4_ms;
  for (const auto& [timeout, granule] : {std::pair{200_ms, 4_ms},
                                         {248_ms, 4_ms},
                                         {252_ms, 32_ms},
                                         {304_ms, 32_ms},
                                         {2016_ms, 256_ms},
                                         {3000_ms, 256_ms}}) {
    for (std::int64_t us = 0; us < 300'000; us += 777) {
      const Time armed = Time::at(Duration::us(us));
      const Time expiry = wheel_expiry(armed, armed + timeout, tick, 1_ms);
      EXPECT_GT(expiry, armed + timeout - 1_ps);
      EXPECT_LE(expiry - (armed + timeout), granule + tick);
      EXPECT_EQ((expiry + 1_ms).ps() % granule.ps(), 0);
    }
  }
}

}  // namespace
}  // namespace wirelab::tcp::test
