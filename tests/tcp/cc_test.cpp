// Congestion controls alone: events in, windows out.

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tcp/cc_registry.h"
#include "tcp/option_table.h"

namespace wirelab::tcp {
namespace {

struct Control {
  TcpConfig config;
  std::unique_ptr<CongestionControl> cc;
  AckEvent ack;
  Window w;

  explicit Control(const char* name, std::vector<std::pair<std::string, double>> parameters = {},
                   Profile profile = Profile::Linux) {
    config = defaults(profile);
    config.cc = {name, std::move(parameters)};
    cc = make_congestion_control(config);
    ack.now = Time::at(Duration::s(10));
    ack.cwnd_limited = true;
    ack.growth = ack.acked = ack.delivered = 1;
    ack.smss = 1448_B;
    ack.srtt = ack.rtt = 100_ms;
    CcStart start;
    start.now = ack.now;
    start.window = w;
    w = cc->start(start);
  }
  Window acks(Segments n) {
    for (Segments i = 0; i < n; ++i) {
      ack.snd_una += 1;
      w = cc->on_ack(ack, w);
    }
    return w;
  }
  Segments lose(Segments flight = 0) {
    w.ssthresh = cc->ssthresh({ack.now, CongestionEvent::Cause::Loss, w, flight});
    w.cwnd = w.ssthresh;
    w.cwnd_count = 0;
    return w.ssthresh;
  }
  /// A round trip: as many ACKs as the window, spread evenly.
  void round(Duration rtt) {
    const Segments n = w.cwnd;
    ack.has_rtt = true;
    ack.rtt = ack.srtt = rtt;
    ack.snd_nxt = ack.snd_una + n;
    for (Segments i = 0; i < n; ++i) {
      ack.now += rtt / n;
      acks(1);
    }
  }
};

TEST(Registry, KnowsEveryAlgorithmWithHelpAndPresetsInRange) {
  std::set<std::string_view> names;
  for (const CcInfo* info : congestion_controls()) {
    EXPECT_TRUE(names.insert(info->name).second);
    EXPECT_FALSE(info->help.empty());
    for (const CcParameter& p : info->parameters) {
      EXPECT_LE(p.minimum, p.preset) << p.name;
      EXPECT_GE(p.maximum, p.preset) << p.name;
      EXPECT_FALSE(p.help.empty());
    }
    EXPECT_EQ(find_congestion_control(info->name), info);
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"tahoe", "reno", "cubic", "vegas", "dctcp", "bbr"}));
  EXPECT_EQ(find_congestion_control("cubik"), nullptr);
}

// ---- RFC 5681

TEST(Reno, DoublesInSlowStartAndThenAddsOnePerWindow) {
  Control reno("reno");
  reno.w = {10, 0, 15};
  EXPECT_EQ(reno.acks(5).cwnd, 15u);
  EXPECT_EQ(reno.acks(14).cwnd, 15u);
  EXPECT_EQ(reno.acks(1).cwnd, 16u);
  EXPECT_EQ(reno.acks(16).cwnd, 17u);
}

TEST(Reno, WhatSlowStartLeavesOverCountsForCongestionAvoidance) {
  Control reno("reno");
  reno.w = {10, 0, 12};
  reno.ack.growth = 6;
  EXPECT_EQ(reno.acks(1), (Window{12, 4, 12}));
}

TEST(Reno, StandsStillWhenTheWindowIsNotUsed) {
  Control reno("reno");
  reno.ack.cwnd_limited = false;
  EXPECT_EQ(reno.acks(50).cwnd, 10u);
}

TEST(Reno, HalvesTheWindowAsLinuxOrTheFlightAsRfc5681) {
  EXPECT_EQ(Control("reno").lose(6), 5u);
  EXPECT_EQ(Control("reno", {}, Profile::Rfc).lose(6), 3u);
  Control small("reno");
  small.w.cwnd = 2;
  EXPECT_EQ(small.lose(), 2u);  // at least two
}

// ---- CUBIC, RFC 9438

/// CUBIC in congestion avoidance below a known maximum of 500: a loss at 500 leaves 350.
struct CubicAfterLoss : Control {
  explicit CubicAfterLoss(std::vector<std::pair<std::string, double>> parameters = {})
      : Control("cubic", std::move(parameters)) {
    w = {500, 0, 400};
    EXPECT_EQ(lose(), 350u);  // 717/1024
  }
};

// W(t) = 0.4 (t - K)^3 + W_max with K = cbrt(150 / 0.4) = 7.21 s: flat at W_max, convex beyond.
TEST(Cubic, FollowsTheCurve) {
  CubicAfterLoss cubic;
  const Time begin = cubic.ack.now;
  double elapsed = 0;
  while (elapsed < 12) {
    cubic.round(100_ms);
    elapsed = (cubic.ack.now - begin).seconds();
    const double expected = 0.4 * (elapsed - 7.211) * (elapsed - 7.211) * (elapsed - 7.211) + 500;
    ASSERT_NEAR(cubic.w.cwnd, expected, 8) << elapsed;
  }
  EXPECT_GT(cubic.w.cwnd, 530u);
}

TEST(Cubic, TakesItsConstantsFromTheParameters) {
  CubicAfterLoss steep({{"c", 4.0}});  // K = 3.35 s
  const Time begin = steep.ack.now;
  while (steep.ack.now - begin < 3300_ms) steep.round(100_ms);
  EXPECT_NEAR(steep.w.cwnd, 500, 5);
  Control half("cubic", {{"beta", 0.5}});
  half.w.cwnd = 100;
  EXPECT_EQ(half.lose(), 50u);
}

// Section 4.7: a loss below the last maximum remembers W (1 + beta) / 2.
TEST(Cubic, FastConvergenceRemembersLess) {
  for (const bool fast : {true, false}) {
    CubicAfterLoss cubic({{"fast_convergence", fast ? 1.0 : 0.0}});
    cubic.w.cwnd = 400;  // lost again before it came back to 500
    EXPECT_EQ(cubic.lose(), 280u);
    // The plateau is at 340 with, at 400 without fast convergence: look at K = 5.3 and 6.7 s.
    const Time begin = cubic.ack.now;
    while (cubic.ack.now - begin < (fast ? 5313_ms : 6694_ms)) cubic.round(100_ms);
    EXPECT_NEAR(cubic.w.cwnd, fast ? 340 : 400, 5);
  }
}

// Section 4.3: with a short RTT Reno's window is larger; it grows by 3 (1 - beta) / (1 + beta) = 0.53 in a round trip.
TEST(Cubic, IsNeverSlowerThanReno) {
  CubicAfterLoss friendly;
  CubicAfterLoss bare({{"tcp_friendliness", 0}});
  for (int i = 0; i < 200; ++i) {
    friendly.round(5_ms);
    bare.round(5_ms);
  }
  EXPECT_NEAR(friendly.w.cwnd, 350 + 200 * 0.5333, 6);
  // The curve alone is at 500 - 0.4 (7.21 - 1)^3 after that second.
  EXPECT_NEAR(bare.w.cwnd, 404, 6);
}

TEST(Cubic, GrowsByHalfInARoundTripAtMost) {
  CubicAfterLoss cubic({{"c", 4.0}});
  cubic.ack.now += 60_s;
  for (int i = 0; i < 20; ++i) {
    const Segments before = cubic.w.cwnd;
    cubic.round(100_ms);
    ASSERT_LE(cubic.w.cwnd, before + before / 2 + 1);
  }
}

// Idle time does not count: the curve goes on where it stopped.
TEST(Cubic, TheCurveStandsStillWhileNothingIsSent) {
  CubicAfterLoss cubic;
  cubic.round(100_ms);
  const Segments before = cubic.w.cwnd;
  cubic.ack.now += 30_s;
  cubic.cc->on_idle_end(cubic.ack.now, 30_s, false, Seq(0));
  cubic.round(100_ms);
  EXPECT_LT(cubic.w.cwnd, before + 20);
}

TEST(Cubic, ForgetsEverythingAfterATimeout) {
  CubicAfterLoss cubic;
  cubic.cc->on_state(cubic.ack.now, CaState::Loss, Seq(0));
  cubic.w = {100, 0, 100};
  cubic.acks(1);
  // With no maximum known it takes 5 % in a round trip at least: one step for 20 ACKs at most.
  EXPECT_GE(cubic.acks(200).cwnd, 109u);
}

// packetdrill's cubic-hystart-delay-rtt-jumps-upward: RTT from 200 to 240 ms; the ninth sample of the round ends it.
TEST(HyStart, EndsSlowStartWhenTheDelayOfARoundHasGrown) {
  Control cubic("cubic");
  cubic.ack.snd_nxt = Seq(100);
  cubic.round(200_ms);
  cubic.ack.has_rtt = true;
  cubic.ack.rtt = 240_ms;
  cubic.ack.snd_una = Seq(200);
  cubic.ack.snd_nxt = Seq(400);
  ASSERT_EQ(cubic.w.cwnd, 20u);
  Segments samples = 0;
  while (cubic.w.ssthresh == infinite_ssthresh && samples < 20) {
    cubic.ack.now += 10_ms;  // spaced widely: no train
    cubic.acks(1);
    ++samples;
  }
  EXPECT_EQ(samples, 9u);
  EXPECT_EQ(cubic.w.ssthresh, 28u);  // cwnd before the ninth
}

// ACKs less than 2 ms apart for more than half the least RTT: the window fills the path.
TEST(HyStart, EndsSlowStartWhenATrainOfAcksSpansHalfTheRtt) {
  for (const Duration spacing : {1_ms, 3_ms}) {
    Control cubic("cubic");
    cubic.w.cwnd = 40;
    cubic.ack.has_rtt = true;
    cubic.ack.rtt = cubic.ack.srtt = 40_ms;
    cubic.ack.snd_nxt = Seq(1000);
    cubic.ack.snd_una = Seq(10);
    cubic.acks(1);  // the round begins here
    Duration span;
    while (cubic.w.ssthresh == infinite_ssthresh && span < 40_ms) {
      cubic.ack.now += spacing;
      span += spacing;
      cubic.acks(1);
    }
    if (spacing == 1_ms) {
      EXPECT_EQ(span, 21_ms);  // above (40 ms + 1 ms for a burst) / 2
    } else {
      EXPECT_EQ(cubic.w.ssthresh, infinite_ssthresh);
    }
  }
}

TEST(HyStart, LeavesSmallWindowsAndSwitchedOffOnesAlone) {
  for (const bool on : {true, false}) {
    Control cubic("cubic", {{"hystart", on ? 1.0 : 0.0}});
    cubic.ack.has_rtt = true;
    cubic.w.cwnd = on ? 5 : 100;
    for (int i = 0; i < 10; ++i) {
      cubic.ack.rtt = Duration::ms(20 + 50 * i);
      cubic.ack.now += 100_ms;
      cubic.acks(1);
    }
    EXPECT_EQ(cubic.w.ssthresh, infinite_ssthresh);
  }
}

// ---- Vegas (Brakmo, Peterson 1995): between alpha = 2 and beta = 4 segments waiting.

struct VegasOnALine : Control {
  VegasOnALine() : Control("vegas") { w = {50, 0, 20}; }
  Segments one_round(Duration rtt) {
    round(rtt);
    return w.cwnd;
  }
};

TEST(Vegas, KeepsTwoToFourSegmentsInTheQueue) {
  VegasOnALine vegas;
  vegas.one_round(100_ms);  // base RTT
  Segments before = vegas.w.cwnd;
  EXPECT_EQ(vegas.one_round(100_ms), before + 1);  // none waiting: grow
  vegas.one_round(106_ms);                         // the round that ends now still saw 100 ms
  before = vegas.w.cwnd;
  EXPECT_EQ(vegas.one_round(106_ms), before);  // 50 * 6 % = 3 waiting: stay
  vegas.one_round(120_ms);
  before = vegas.w.cwnd;
  EXPECT_EQ(vegas.one_round(120_ms), before - 1);  // 10 waiting: shrink
}

TEST(Vegas, LeavesSlowStartBeforeALoss) {
  Control vegas("vegas");
  vegas.round(100_ms);
  vegas.round(100_ms);
  EXPECT_EQ(vegas.w.ssthresh, infinite_ssthresh);
  const Segments before = vegas.w.cwnd;
  vegas.round(150_ms);
  vegas.round(150_ms);
  EXPECT_LT(vegas.w.ssthresh, infinite_ssthresh);
  EXPECT_LE(vegas.w.cwnd, 4 * before);
}

}  // namespace
}  // namespace wirelab::tcp
