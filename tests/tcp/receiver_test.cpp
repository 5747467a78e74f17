// What a receiver reports (RFC 2018, RFC 2883) and what it makes of text.

#include "bench.h"

namespace wirelab::tcp::test {
namespace {

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

}  // namespace
}  // namespace wirelab::tcp::test
