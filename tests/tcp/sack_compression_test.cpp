// Which ACKs behind a hole Linux holds back, and for how long (tcp_comp_sack_*; net/ipv4/tcp_input.c).

#include "bench.h"

namespace wirelab::tcp::test {
namespace {

/// A receiver with a hole at 1001 over a round trip of 40 ms, whose window does not grow and which is not in quick-ACK
/// mode: each of these would send an ACK at once.
void make_hole(TcpBench& t) {
  t.config.quickack = 0;
  t.config.rcvbuf = 58400_B;
  t.establish();
  t.after(40_ms).receive(data(1, 1001));
  t.expect_silence();
  t.receive(data(2001, 3001));
  t.expect_sent({ack(1001).sack({{2001, 3001}})});
  t.receive(data(3001, 4001));
  t.expect_sent({ack(1001).sack({{2001, 4001}})});
  t.receive(data(4001, 5001));
  t.expect_sent({ack(1001).sack({{2001, 5001}})});
}

const BenchSetup kSetup{.sack = true, .timestamps = true};

TEST(SackCompression, FromTheFourthOnOneSpeaksForAMillisecond) {
  TcpBench t(kSetup);
  make_hole(t);
  t.receive(data(5001, 6001));
  t.expect_silence();
  t.after(900_us).receive(data(6001, 7001));
  t.expect_silence_for(199_us);
  t.after(1_us).expect_sent({ack(1001).sack({{2001, 7001}})});  // 1 ms and the slack of 100 us
  t.expect_silence_for(1_s);
}

TEST(SackCompression, WaitsForATwentiethOfAShortRoundTrip) {
  EXPECT_EQ(SackCompression::delay(TcpConfig{}, 4_ms, 10_ms), 300_us);
  EXPECT_EQ(SackCompression::delay(TcpConfig{}, 10_ms, 4_ms), 300_us);
  EXPECT_EQ(SackCompression::delay(TcpConfig{}, 10_ms, Duration{}), 600_us);
  EXPECT_EQ(SackCompression::delay(TcpConfig{}, 400_ms, Duration{}), 1100_us);
}

TEST(SackCompression, AFilledHoleIsAcknowledgedAtOnce) {
  TcpBench t(kSetup);
  make_hole(t);
  t.receive(data(5001, 6001));
  t.expect_silence();
  t.receive(data(1001, 2001));
  t.expect_sent({ack(6001).no_sack()});
  t.expect_silence_for(1_s);
}

TEST(SackCompression, TheNextHoleGetsItsThreeAgain) {
  TcpBench t(kSetup);
  make_hole(t);
  t.receive(data(6001, 7001));
  t.expect_silence();
  t.receive(data(1001, 2001));  // now the hole is at 5001
  t.expect_sent({ack(5001).sack({{6001, 7001}})});
  for (std::uint32_t end = 8001; end < 10001; end += 1000) {
    t.receive(data(end - 1000, end));
    t.expect_sent({ack(5001).sack({{6001, end}})});
  }
  t.receive(data(9001, 10001));
  t.expect_silence();
}

TEST(SackCompression, AtMostSoManyAreHeldBack) {
  TcpBench t(kSetup);
  t.config.comp_sack_nr = 2;
  make_hole(t);
  t.receive(data(5001, 6001));
  t.receive(data(6001, 7001));
  t.expect_silence();
  t.receive(data(7001, 8001));
  t.expect_sent({ack(1001).sack({{2001, 8001}})});
}

// Two blocks fit into every ACK: before there is a third, what was held back is told.
TEST(SackCompression, NothingIsHeldBackWhenAThirdBlockOpens) {
  TcpBench t(kSetup);
  make_hole(t);
  t.receive(data(6001, 7001));
  t.expect_silence();
  t.receive(data(8001, 9001));
  t.expect_sent({ack(1001).sack({{6001, 7001}, {2001, 5001}})});
  t.after(1100_us).expect_sent({ack(1001).sack({{8001, 9001}, {6001, 7001}, {2001, 5001}})});
}

TEST(SackCompression, DataTakesTheSackAlong) {
  TcpBench t(kSetup);
  make_hole(t);
  t.receive(data(5001, 6001));
  t.app_write(100_B);
  t.expect_sent({data(1, 101).ack(1001).sack({{2001, 6001}})});
  t.expect_silence_for(10_ms);
}

TEST(SackCompression, IsNotTheTextbooks) {
  TcpBench t({.profile = Profile::Rfc, .sack = true});
  t.establish();
  for (std::uint32_t end = 2001; end < 12001; end += 1000) {
    t.receive(data(end - 1000, end));
    t.expect_sent({ack(1).sack({{1001, end}})});
  }
}

}  // namespace
}  // namespace wirelab::tcp::test
