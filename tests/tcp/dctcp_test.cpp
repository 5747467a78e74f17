// DCTCP: RFC 8257 for the rules, Linux for the integers.

#include <gtest/gtest.h>

#include <cmath>

#include "bench.h"
#include "sender_bench.h"
#include "tcp/cc_registry.h"
#include "tcp/segment.h"

namespace wirelab::tcp {
namespace {

/// DCTCP alone. Sequence numbers count segments; every window has kWindow of them, all in flight at once.
struct Dctcp {
  static constexpr Segments kWindow = 40;
  TcpConfig config;
  std::unique_ptr<CongestionControl> cc;
  std::uint32_t next = 1;

  explicit Dctcp(bool ecn = true, double alpha = 1024) {
    config = defaults(Profile::Linux);
    config.cc = {"dctcp", {{"alpha_on_init", alpha}}};
    cc = make_congestion_control(config);
    CcStart start;
    start.snd_nxt = Seq(1);
    start.ecn = ecn;
    cc->start(start);
    cc->on_delivered(0, false, Seq(next), Seq(next + kWindow));  // the handshake ends a window without any
  }
  /// One window, of which the first `marked` segments are echoed as marked.
  void window(Segments marked) {
    for (Segments i = 1; i <= kWindow; ++i) deliver(i <= marked);
  }
  void deliver(bool ece) {
    ++next;
    cc->on_delivered(1, ece, Seq(next), Seq(next + kWindow));
  }
  double alpha() const {
    std::array<CcVariable, kMostCcVariables> v{};
    cc->variables(v);
    EXPECT_EQ(v[0].name, "alpha");
    return v[0].value;
  }
  Segments after(Segments cwnd, CongestionEvent::Cause cause) const {
    return cc->ssthresh({Time::zero(), cause, {cwnd, 0, infinite_ssthresh}, cwnd});
  }
};

// RFC 8257 section 3.3: DCTCP.Alpha = DCTCP.Alpha * (1 - g) + g * M, here against the formula in real numbers. Integers
// lose at most one unit of 1/1024 a window, which the decay forgets after 1/g windows.
TEST(Dctcp, AlphaFollowsTheFormulaOfTheRfc) {
  for (const double start : {0.0, 1024.0}) {
    Dctcp t(true, start);
    double alpha = t.alpha();  // the constructor's empty window has decayed it once
    for (int i = 0; i < 200; ++i) {
      const Segments marked = static_cast<Segments>(i * 7 % 41);
      t.window(marked);
      alpha = alpha * (1 - 1.0 / 16) + static_cast<double>(marked) / Dctcp::kWindow / 16;
      EXPECT_NEAR(t.alpha(), alpha, 32.0 / 1024) << i;
    }
  }
}

// In units of 1/1024, by hand: 1024 - 1024/16 = 960; of 40 segments 20 marked: + 20 * 64 / 40 = 32.
TEST(Dctcp, OneWindowIsExact) {
  Dctcp t;
  EXPECT_EQ(t.alpha(), 960.0 / 1024);
  t.window(20);
  EXPECT_EQ(t.alpha(), (960 - 60 + 32) / 1024.0);
}

// Without marks the estimate reaches 0, though a shift alone would leave it at 15/1024 for ever.
TEST(Dctcp, AlphaReachesZeroWithoutMarks) {
  Dctcp t;
  for (int i = 0; i < 120; ++i) t.window(0);
  EXPECT_EQ(t.alpha(), 0);
}

// The estimate changes once a window, whenever the marks came in it.
TEST(Dctcp, AlphaStandsStillWithinAWindow) {
  Dctcp t;
  const double before = t.alpha();
  for (Segments i = 1; i < Dctcp::kWindow; ++i) {
    t.deliver(true);
    EXPECT_EQ(t.alpha(), before);
  }
  t.deliver(true);
  EXPECT_NE(t.alpha(), before);
}

// RFC 8257 section 3.3: cwnd = cwnd * (1 - alpha / 2); at alpha = 1 as Reno, without marks not at all.
TEST(Dctcp, AnEcnReductionIsInProportion) {
  EXPECT_EQ(Dctcp(true, 1024).after(100, CongestionEvent::Cause::Ecn), 100u - 100 * 960 / 2048);
  EXPECT_EQ(Dctcp(true, 0).after(100, CongestionEvent::Cause::Ecn), 100u);
  EXPECT_EQ(Dctcp(true, 1024).after(2, CongestionEvent::Cause::Ecn), 2u);
}

// RFC 8257 section 3.4: a loss is answered as by any other TCP.
TEST(Dctcp, ALossHalves) {
  EXPECT_EQ(Dctcp(true, 0).after(100, CongestionEvent::Cause::Loss), 50u);
  EXPECT_EQ(Dctcp(true, 0).after(100, CongestionEvent::Cause::Timeout), 50u);
}

// Linux: without ECN on the connection it is Reno.
TEST(Dctcp, WithoutEcnItIsReno) { EXPECT_EQ(Dctcp(false, 0).after(100, CongestionEvent::Cause::Ecn), 50u); }

// RFC 8257 section 3.4 with the window already shrinking for marks: the loss still halves it.
TEST(Dctcp, ALossWhileShrinkingForMarksReducesOnceMore) {
  TcpConfig config = testing::with(Profile::Linux, "dctcp");
  config.cc.parameters = {{"alpha_on_init", 0}};
  testing::SenderBench t(config, true, 20);
  t.to_send = 60;
  t.output();
  t.after(100_ms);
  t.ack(1, {}, true);  // alpha is 0: nothing to reduce, but the state is CWR
  EXPECT_EQ(t.sender.ca_state(), CaState::Cwr);
  const Segments before = t.ssthresh();
  EXPECT_GE(before, 20u);
  t.ack(1, {{2, 3}}, true);
  t.ack(1, {{2, 4}}, true);
  t.ack(1, {{2, 6}}, true);
  while (t.sender.ca_state() != CaState::Recovery) t.timer();
  EXPECT_LE(t.ssthresh(), before / 2 + 1);
}

// ---- On the wire

using namespace test;

constexpr std::uint8_t kEce = tcp_flag::Ece, kCwr = tcp_flag::Cwr;

// ECN is asked for without the option `ecn`, on a SYN that is ECN-capable itself (Linux).
TEST(DctcpOnTheWire, TheSynAsksForEcnAndIsEcnCapable) {
  TcpBench t({.cc = "dctcp"});
  t.connect();
  t.expect_sent({syn().plus(kEce | kCwr).ecn(kEct0)});
}

TEST(DctcpOnTheWire, AListenerGrantsEcnToAnEcnCapableSyn) {
  TcpBench t({.cc = "dctcp"});
  t.listen();
  t.receive(syn().plus(kEce | kCwr).ecn(kEct0));
  t.expect_sent({syn_ack().plus(kEce).ecn(kEct0)});
}

// Linux's tcp_ecn_create_request: an ECN-capable SYN is a data centre's, and one that does not do DCTCP declines.
TEST(DctcpOnTheWire, AnotherListenerDoesNotGrantEcnToAnEcnCapableSyn) {
  TcpBench t({.cc = "reno"});
  t.config.ecn = true;
  t.listen();
  t.receive(syn().plus(kEce | kCwr).ecn(kEct0));
  t.expect_sent({syn_ack()});
}

class DctcpReceiver : public ::testing::Test {
 protected:
  DctcpReceiver() : t({.cc = "dctcp"}) {
    t.config.quickack = 0;
    t.listen();
    t.receive(syn().plus(kEce | kCwr).ecn(kEct0));
    t.expect_sent({syn_ack().plus(kEce)});
    t.receive(ack(1));
  }
  TcpBench t;
};

// RFC 8257 section 3.2: the ACK that was owed leaves with the old echo before the mark is echoed, both at once.
TEST_F(DctcpReceiver, AChangeOfTheMarkIsAcknowledgedAtOnceAndSeparately) {
  t.receive(data(1, 1001).ecn(kEct0));
  t.expect_silence();
  t.receive(data(1001, 2001).ecn(kCe));
  t.expect_sent({ack(1001).ecn(kEct0), ack(2001).plus(kEce).ecn(kEct0)});
  t.receive(data(2001, 3001).ecn(kCe));
  t.expect_silence();
  t.receive(data(3001, 4001).ecn(kEct0));
  t.expect_sent({ack(3001).plus(kEce), ack(4001)});
}

// As long as nothing changes, ACKs are delayed as ever, and CWR does not stop the echo.
TEST_F(DctcpReceiver, WithoutAChangeAcksAreDelayed) {
  t.receive(data(1, 1001).ecn(kCe));
  t.expect_sent({ack(1001).plus(kEce)});
  t.receive(data(1001, 2001).ecn(kCe));
  t.receive(data(2001, 3001).ecn(kCe));
  t.expect_sent({ack(3001).plus(kEce)});
  t.receive(data(3001, 4001).plus(kCwr).ecn(kCe));
  t.expect_sent({ack(4001).plus(kEce)});
}

// Linux: ECN-capable on pure ACKs and retransmissions as well as on data.
TEST(DctcpOnTheWire, RetransmissionsAreEcnCapable) {
  TcpBench t({.cc = "dctcp"});
  t.connect();
  t.expect_sent({syn().plus(kEce | kCwr)});
  t.receive(syn_ack().plus(kEce).win(65535).mss(1000));
  t.expect_sent({ack(1).ecn(kEct0)});
  t.app_write(1000_B);
  t.expect_sent({data(1, 1001).ecn(kEct0)});
  t.config.early_retrans = 0;
  t.after(250_ms);
  t.expect_sent({data(1, 1001).ecn(kEct0)});
}

}  // namespace
}  // namespace wirelab::tcp
