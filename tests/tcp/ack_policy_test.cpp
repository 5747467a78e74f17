// When a receiver acknowledges: RFC 5681 section 4.2 and Linux's counts.

#include "bench.h"

namespace wirelab::tcp::test {
namespace {

void send_full(TcpBench& t, int from, int count) {
  for (int i = from; i < from + count; ++i) {
    t.receive(data(static_cast<std::uint32_t>(1 + 1000 * i), static_cast<std::uint32_t>(1001 + 1000 * i)));
  }
}

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

}  // namespace
}  // namespace wirelab::tcp::test
