// Segments and small windows of the peer: Linux's tcp_bound_to_half_wnd, seen on 6.18 (tcpi_snd_mss).

#include "bench.h"

namespace wirelab::tcp::test {
namespace {

TEST(SmallWindow, HoldsTwoSegments) {
  TcpBench t({.peer_window = 1000});
  t.establish();
  t.app_write(2000_B);
  t.expect_sent({data(1, 501), data(501, 1001)});
}

TEST(SmallWindow, SegmentsGrowWithTheLargestWindow) {
  TcpBench t({.peer_window = 1000});
  t.establish();
  t.app_write(1000_B);
  t.count_sent();
  t.receive(ack(1001).win(4000));
  EXPECT_EQ(t.c->sender().smss(), 1000u);
  t.receive(ack(1001).win(1000));  // a window that has shrunk was larger once
  EXPECT_EQ(t.c->sender().smss(), 1000u);
  t.app_write(1000_B);
  t.expect_sent({data(1001, 2001)});
}

// Windows up to 536 bytes are not cut: such a peer has no room for more than one segment.
TEST(SmallWindow, TinyOneIsOneSegment) {
  TcpBench t({.peer_window = 400});
  t.establish();
  t.app_write(1000_B);
  t.expect_sent({data(1, 401)});
}

}  // namespace
}  // namespace wirelab::tcp::test
