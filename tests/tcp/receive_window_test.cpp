// What a receiver offers: RFC 9293 section 3.8.6 and Linux's auto-tuning.

#include "bench.h"

namespace wirelab::tcp::test {
namespace {

void send_full(TcpBench& t, int from, int count) {
  for (int i = from; i < from + count; ++i) {
    t.receive(data(static_cast<std::uint32_t>(1 + 1000 * i), static_cast<std::uint32_t>(1001 + 1000 * i)));
  }
}

/// So many segments of 1448 bytes from `next` on, which moves behind them.
void arrive(TcpBench& t, std::uint32_t& next, int segments) {
  for (int i = 0; i < segments; ++i, next += 1448) t.receive(data(next, next + 1448));
  t.count_sent();
}

/// What was read in the last round trip that was measured.
std::uint32_t last_space(const TcpBench& t) { return t.c->receiver().window.last_space(); }

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

// Linux measures what is read in a round trip with each sk_buff that it copies out. Where much waits to be read, the
// first of them, a segment, ends the round with the rest still unread; that counts for the next one.
TEST(ReceiveWindow, AReadOfMuchCountsForTheNextRound) {
  TcpBench t({.timestamps = true, .window_scaling = true, .reads_at_once = false});
  t.establish();
  t.after(100_ms);
  std::uint32_t next = 1;
  const std::uint32_t at_first = last_space(t);
  arrive(t, next, 2);
  t.app_read(1000000_B);
  arrive(t, next, 40);
  t.after(5_s);
  t.app_read(1000000_B);
  EXPECT_EQ(last_space(t), at_first);
  t.after(5_s);
  arrive(t, next, 1);
  t.app_read(1000000_B);
  EXPECT_EQ(last_space(t), (40 - 1 + 1) * 1448u);
}

// The segment that fills a gap is an sk_buff by itself, however few wait behind it: it ends the round alone, and all
// the others count for the next one.
TEST(ReceiveWindow, WhatAGapHeldUpCountsForTheNextRound) {
  TcpBench t({.timestamps = true, .window_scaling = true});
  t.establish();
  t.after(100_ms);
  std::uint32_t next = 1;
  const std::uint32_t at_first = last_space(t);
  arrive(t, next, 2);
  const std::uint32_t gap = next;
  next += 1448;
  arrive(t, next, 12);
  t.after(5_s).receive(data(gap, gap + 1448));
  EXPECT_EQ(last_space(t), at_first);
  t.after(5_s);
  arrive(t, next, 1);
  EXPECT_EQ(last_space(t), (12 + 1) * 1448u);
}

// Linux: ten segments that echo one timestamp measure one round trip, that of the first.
TEST(ReceiveWindow, AnEchoMeasuresTheRoundTripOnce) {
  ReceiveWindow window;
  EXPECT_FALSE(window.is_new_echo(0));
  EXPECT_TRUE(window.is_new_echo(7));
  EXPECT_FALSE(window.is_new_echo(7));
  EXPECT_TRUE(window.is_new_echo(8));
}

// Linux takes a longer round trip for true where nothing is left unread, and looks before it queues the segment: what
// closes a gap, and makes readable what waited behind it, measures as any other.
TEST(ReceiveWindow, ASegmentThatClosesAGapMeasuresTheRoundTrip) {
  TcpBench t({.timestamps = true, .window_scaling = true});
  t.establish();
  const std::uint32_t said = t.last_host_timestamp();
  const auto rtt = [&] { return t.c->receiver().window.rtt(); };
  t.after(100_ms).receive(data(1, 1001).ts(6000, said));
  ASSERT_EQ(rtt(), 100_ms);
  t.after(160_ms).receive(data(2001, 3001).ts(6100, said + 160));  // echoes what was said 100 ms ago
  ASSERT_EQ(rtt(), 100_ms);
  t.receive(data(1001, 2001).ts(6100, said + 80));  // and 180 ms ago: an eighth of the difference
  EXPECT_EQ(rtt(), 110_ms);
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

}  // namespace
}  // namespace wirelab::tcp::test
