// Paths L1 to L8 of tests/validation/linux/: what a Linux 6.18 did on others than the first ones, to see that causes
// are simulated and not cases. Means of three recordings, of which the figures repeat within 0.5 % unless said.

#include <vector>

#include "linux_case.h"

namespace wirelab::validation {
namespace {

/// Goodput, window and what `interval` to `after` tell are those after 10 s.
struct Path {
  const char* name;
  const char* cc;
  double goodput, window, loss_events;
  double interval, before, after;
  double slow_start_end, slow_start_window;
  double exit_tolerance;  ///< of that window: HyStart's strays more
  double resent;          ///< segments
};

void expect_like(const Path& linux_mean) {
  SCOPED_TRACE(std::string(linux_mean.name) + " " + linux_mean.cc);
  const Recorded r = run_case(linux_mean.name, linux_mean.cc);
  const AppSummary& flow = app(r.summary, "flow");
  EXPECT_EQ(flow.timeouts, 0u);
  EXPECT_NEAR(*flow.goodput_bps / linux_mean.goodput, 1, 0.03);
  EXPECT_NEAR(*flow.mean_cwnd_segments / linux_mean.window, 1, 0.03);
  EXPECT_NEAR(static_cast<double>(r.losses.size()) / linux_mean.loss_events, 1, 0.03);
  EXPECT_NEAR(r.slow_start_end / linux_mean.slow_start_end, 1, 0.03);
  EXPECT_NEAR(r.slow_start_window / linux_mean.slow_start_window, 1, linux_mean.exit_tolerance);
  const LossMeans late = means_from(r.losses, 10);
  EXPECT_NEAR(late.interval / linux_mean.interval, 1, 0.03);
  EXPECT_NEAR(late.before / linux_mean.before, 1, 0.03);
  EXPECT_NEAR(late.after / linux_mean.after, 1, 0.03);
  EXPECT_NEAR(static_cast<double>(flow.segments_retransmitted) / linux_mean.resent, 1, 0.1);
}

TEST(LinuxPaths, ASlowLinkWithAShortQueue) {
  expect_like({"L1", "reno", 1.9306e6, 27.20, 20, 3.176, 36, 18, 0.5647, 70, 0.03, 73.7});
  expect_like({"L1", "cubic", 1.9306e6, 30.56, 30, 2.016, 35, 24, 0.4267, 48, 0.1, 46});
}

// The very same packets are lost.
TEST(LinuxPaths, OnePercentOfThePacketsLost) {
  expect_like({"L2", "reno", 3.3453e6, 12.66, 92, 0.4297, 15.45, 7.45, 0.163, 38.3, 0.03, 109});
  expect_like({"L2", "cubic", 3.0977e6, 11.77, 85, 0.4685, 13.44, 8.98, 0.163, 38, 0.03, 101});
}

// Half of the ACKs gone, bursts are twice as long.
TEST(LinuxPaths, EverySecondAckLost) {
  expect_like({"L3", "reno", 9.6532e6, 103.4, 6, 8.523, 136, 68, 0.448, 272.3, 0.03, 147});
  expect_like({"L3", "cubic", 9.6532e6, 116.1, 8, 5.541, 136.4, 95, 0.331, 170.3, 0.1, 58.3});
}

TEST(LinuxPaths, ARoundTripThatGrowsFiveTimes) {
  expect_like({"L4", "reno", 9.5380e6, 101.35, 8, 11.01, 123.3, 61.4, 0.2296, 157, 0.03, 92.3});
  expect_like({"L4", "cubic", 9.5694e6, 107.67, 9, 6.037, 133.7, 93.1, 0.0759, 30, 0.1, 23});
}

// Which of the losses that follow are real is a matter of luck: Linux's three runs have 10 to 13 loss events with Reno,
// 9 to 11 with CUBIC, and means of the window that differ by 16 %. What counts is that reordering is learnt, and that
// it does not end every round trip in a recovery.
TEST(LinuxPaths, TwoPercentOfThePacketsLate) {
  for (const auto& [cc, window] : {std::pair{"reno", 100.1}, std::pair{"cubic", 94.0}}) {
    SCOPED_TRACE(cc);
    const Recorded r = run_case("L5", cc);
    const AppSummary& flow = app(r.summary, "flow");
    EXPECT_NEAR(*flow.goodput_bps / 9.64e6, 1, 0.03);
    EXPECT_NEAR(*flow.mean_cwnd_segments / window, 1, 0.15);
    EXPECT_GE(r.losses.size(), 6u);
    EXPECT_LE(r.losses.size(), 15u);
    EXPECT_NEAR(r.losses.front().at, 0.1299, 0.0039);
  }
}

// No loss: the window stops where the peer's does, which sk_buffs fill.
TEST(LinuxPaths, ASmallReceiveBuffer) {
  for (const auto& [cc, window] : {std::pair{"reno", 112.0}, std::pair{"cubic", 96.0}}) {
    SCOPED_TRACE(cc);
    const Recorded r = run_case("L6", cc);
    const AppSummary& flow = app(r.summary, "flow");
    EXPECT_NEAR(*flow.goodput_bps / 9.65e6, 1, 0.03);
    EXPECT_NEAR(*flow.mean_cwnd_segments / window, 1, 0.03);
    EXPECT_TRUE(r.losses.empty());
  }
}

// The FIN waits for the window, leaves with the first ACK, and its SACK tells of the loss: no timer is waited for.
TEST(LinuxPaths, AFinBehindALossAtTheEnd) {
  for (const char* cc : {"reno", "cubic"}) {
    EXPECT_NEAR(completion("L7", cc) / 0.2128, 1, 0.01) << cc;
    EXPECT_NEAR(completion("L8", cc) / 0.2754, 1, 0.01) << cc;
  }
}

}  // namespace
}  // namespace wirelab::validation
