// Segments that no sane peer would send, and calls in any order: nothing crashes, no invariant breaks, and everything
// that was made is given back.

#include <gtest/gtest.h>

#include <random>

#include "bench.h"

namespace wirelab::tcp::test {
namespace {

class Fuzz : public testing::TestWithParam<std::uint32_t> {};

/// What must hold whatever comes: RFC 9293 figures 3 and 4.
void check(const TcpBench& t) {
  if (t.c == nullptr || !is_synchronized(t.c->state()) || t.c->state() == State::TimeWait) return;
  const Connection& c = *t.c;
  ASSERT_LE(c.snd_una() - c.iss(), c.snd_nxt() - c.iss());
  ASSERT_GE(c.receiver().readable(), 0);
  ASSERT_LE(c.send_buffer().una(), c.send_buffer().end());
  const ReceiveWindow& window = c.receiver().window;
  ASSERT_LE(c.receiver().used(), window.buffer() + 65536u);
  if (!window.counts_memory()) { ASSERT_LE(c.receiver().rcv_nxt(), window.right_edge() + 1); }
}

TEST_P(Fuzz, RandomSegmentsAndCalls) {
  std::mt19937 random(GetParam());
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  for (int connection = 0; connection < 30; ++connection) {
    BenchSetup setup{.profile = below(2) == 0 ? Profile::Linux : Profile::Rfc,
                     .sack = below(2) == 0,
                     .timestamps = below(2) == 0,
                     .window_scaling = below(2) == 0,
                     .reads_at_once = below(2) == 0};
    TcpBench t(setup);
    t.config.keepalive = below(2) == 0;
    t.config.rcvbuf = Bytes(below(2) == 0 ? 0 : 2000 + below(100'000));
    t.config.exact_timers = below(2) == 0;
    t.peer_stream = 0;  // the peer's SYN may begin anywhere
    const std::uint32_t how = below(4);
    t.config.ecn = how < 2 && below(2) == 0;
    switch (how) {
      case 0: t.connect(); break;
      case 1:
        t.listen();
        t.receive(syn().mss(static_cast<std::uint16_t>(below(2000))).wscale(static_cast<int>(below(20)) - 1).sackok());
        break;
      case 2: t.establish(); break;
      default: t.establish_passively(); break;
    }
    for (int step = 0; step < 300; ++step) {
      const std::uint32_t what = below(20);
      if (what < 13) {
        // Numbers near the edges of what is expected, and sometimes anywhere.
        const bool alive = t.c != nullptr && t.c->state() != State::SynSent;
        const std::uint32_t nxt = alive ? static_cast<std::uint32_t>(t.c->receiver().rcv_nxt() - t.peer_iss) : 1;
        const std::uint32_t una = t.c != nullptr ? t.c->relative_una() : 1;
        const std::uint32_t sent = t.c != nullptr ? t.c->relative_nxt() : 1;
        std::uint32_t first = below(3) == 0 ? nxt : nxt + below(5000) - 2000;
        if (below(20) == 0) first = static_cast<std::uint32_t>(random());
        Seg s = data(first, first + (below(2) == 0 ? 0 : below(1460)));
        s.flags = below(4) == 0 ? static_cast<std::uint8_t>(random()) : tcp_flag::Ack;
        if (below(3) != 0) s.flags &= static_cast<std::uint8_t>(~(tcp_flag::Rst | tcp_flag::Syn | tcp_flag::Fin));
        s.ack_number = below(4) == 0 ? static_cast<std::uint32_t>(random()) : una + below(sent - una + 2);
        if (below(4) == 0) s.window = below(65536);
        if (below(5) == 0) s = s.ts(static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()));
        if (below(4) == 0) {
          std::vector<std::pair<std::uint32_t, std::uint32_t>> blocks;
          for (std::uint32_t i = 0; i < below(5); ++i) {
            const std::uint32_t left = una + below(sent - una + 1000);
            blocks.emplace_back(left, left + below(3000));
          }
          s.sack_blocks = blocks;
        }
        s.ecn_field = static_cast<std::uint8_t>(below(4));
        if ((s.flags & tcp_flag::Urg) != 0) s.urgent_offset = static_cast<std::uint16_t>(random());
        t.receive(s);
      } else if (what < 15) {
        t.after(Duration::us(below(400'000)));
      } else if (what == 15) {
        t.icmp(static_cast<std::uint8_t>(below(13)), static_cast<std::uint8_t>(below(16)),
               static_cast<std::uint16_t>(below(1600)));
      } else if (t.c != nullptr) {
        if (what == 16) t.app_write(Bytes(below(20'000)));
        if (what == 17) t.app_read(Bytes(below(20'000)));
        if (what == 18 && below(10) == 0) t.app_shutdown();
        if (what == 19 && below(40) == 0) {
          if (below(2) == 0) {
            t.app_close();
          } else {
            t.app_abort();
          }
        }
      }
      check(t);
      t.count_sent();
      if (testing::Test::HasFatalFailure()) return;
    }
    if (t.c != nullptr) t.app_abort();
    if (t.listener != nullptr) t.listener->close(t.now);
    t.after(1000_s);
    t.count_sent();
    EXPECT_EQ(t.layer->connections(), 0u);
    EXPECT_EQ(t.layer->time_waits(), 0u);
    EXPECT_EQ(t.domain.pool.live(), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Fuzz, testing::Range(1u, 41u));

}  // namespace
}  // namespace wirelab::tcp::test
