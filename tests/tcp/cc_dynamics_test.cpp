// Windows over many rounds, against published formulas and against recordings of Linux 6.18.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tcp/cc_registry.h"
#include "tcp/sender_bench.h"
#include "tcp/sender_path.h"

namespace wirelab::tcp {
namespace {

using testing::PathSettings;
using testing::SenderPath;
using testing::with;

/// Mean window while one packet in `every` is lost, after the first quarter of `losses`. The first loss comes at
/// packet `first`, so that slow start does not run far beyond.
double mean_window(const TcpConfig& config, Duration rtt, std::uint64_t every, std::uint64_t losses,
                   std::uint64_t first) {
  PathSettings settings;
  settings.rtt = rtt;
  SenderPath path(config, settings);
  path.drops = [&](std::uint64_t n) { return n >= first && (n - first) % every == 0; };
  path.run_while([&] { return path.dropped < losses / 4; });
  const Time from = path.now;
  const Uint128 area = path.sender.cwnd_area(from);
  path.run_while([&] { return path.dropped < losses; });
  EXPECT_EQ(path.sender.counters().timeouts, 0u);
  return static_cast<double>(path.sender.cwnd_area(path.now) - area) / static_cast<double>((path.now - from).ps());
}

/// The same for the algorithm alone, as the formulas assume: a lost packet is repaired in no time, one ACK for each
/// packet, spread evenly over the round trip. Begins with `window` in congestion avoidance.
double ideal_mean_window(const char* name, Duration rtt, std::uint64_t every, std::uint64_t losses, Segments window) {
  const TcpConfig config = with(Profile::Linux, name);
  const auto cc = make_congestion_control(config);
  Window w{window, 0, window};
  AckEvent ack;
  ack.now = Time::at(1_s);
  CcStart start;
  start.now = ack.now;
  start.window = w;
  cc->start(start);
  ack.acked = ack.delivered = ack.growth = 1;
  ack.cwnd_limited = ack.has_rtt = true;
  ack.rtt = ack.srtt = ack.min_rtt = rtt;
  Time from = ack.now;
  Uint128 area = 0;
  for (std::uint64_t n = 1; n <= every * losses; ++n) {
    const Duration gap = rtt / w.cwnd;
    ack.now += gap;
    area += static_cast<Uint128>(gap.ps()) * w.cwnd;
    w = cc->on_ack(ack, w);
    if (n % every != 0) continue;
    const Segments half = cc->ssthresh({ack.now, CongestionEvent::Cause::Loss, w, w.cwnd});
    w = {half, 0, half};
    if (n / every == losses / 4) {
      area = 0;
      from = ack.now;
    }
  }
  return static_cast<double>(area) / static_cast<double>((ack.now - from).ps());
}

/// Sawtooth between W/2 and W with N packets in a cycle, of which the round trip of recovery carries W/2 and does not
/// grow: 3/8 W^2 + W/2 = N. Without that round trip it is the sqrt(3/2 N) of Mathis et al. 1997.
double reno_mean(double packets) {
  const double w = (-0.5 + std::sqrt(0.25 + 1.5 * packets)) / 0.75;
  return packets / (w / 2 + 1);
}

// Mathis et al. 1997: sqrt(3/2) / sqrt(p). An odd window halves downwards, which is 4 % of a window of 12.
TEST(RenoWindow, AloneIsWhatTheFormulaSays) {
  EXPECT_NEAR(ideal_mean_window("reno", 100_ms, 100, 400, 10) / 12.25, 1, 0.045);
  EXPECT_NEAR(ideal_mean_window("reno", 100_ms, 1000, 400, 10) / 38.73, 1, 0.03);
  EXPECT_NEAR(ideal_mean_window("reno", 100_ms, 10000, 40, 10) / 122.5, 1, 0.03);
}

// RFC 9438 table 1: 1054 and 187. In whole segments the curve is flat for |t - K| < cbrt(1 / 0.4) = 1.36 s, and a loss
// at any time in there returns to the same maximum: with T ~ 1/W and K ~ W^(1/3) the fixed point widens to +-1.36 /
// (4/3 K).
TEST(CubicWindow, AloneIsWithinTheFlatPartAroundTheTable) {
  for (const Segments begin : {100u, 200u, 400u}) {
    EXPECT_NEAR(ideal_mean_window("cubic", 100_ms, 100000, 40, 4 * begin) / 1054, 1, 1.36 / (4.0 / 3 * 9.49) + 0.02);
    EXPECT_NEAR(ideal_mean_window("cubic", 100_ms, 10000, 200, begin) / 187, 1, 1.36 / (4.0 / 3 * 5.33) + 0.04);
    EXPECT_NEAR(ideal_mean_window("cubic", 10_ms, 10000, 100, begin) / 122.5, 1, 0.08);
  }
}

TEST(RenoWindow, FollowsTheSquareRootOfTheLossRate) {
  const TcpConfig reno = with(Profile::Linux);
  EXPECT_NEAR(mean_window(reno, 100_ms, 10000, 24, 300) / std::sqrt(1.5 * 10000), 1, 0.03);
  EXPECT_NEAR(mean_window(reno, 100_ms, 1000, 100, 300) / reno_mean(1000), 1, 0.03);
  // Halving an odd window rounds down, which shows where windows are small: half a segment of 12.
  EXPECT_NEAR(mean_window(reno, 100_ms, 100, 400, 50) / reno_mean(100), 1, 0.07);
}

TEST(RenoWindow, IsTheSameWithTheTextbooksRecovery) {
  EXPECT_NEAR(mean_window(with(Profile::Rfc), 100_ms, 1000, 100, 300) / reno_mean(1000), 1, 0.03);
}

// RFC 9438 tables 1 and 2: 1.054 (RTT/p)^0.75, and not below Reno. Around K the integer window stands still for almost
// three seconds; where K is five (p = 1e-4), any loss in that time returns to the same maximum, and which of these
// cycles holds depends on the first loss: so two beginnings are averaged there.
TEST(CubicWindow, FollowsTheTablesOfRfc9438) {
  const TcpConfig cubic = with(Profile::Linux, "cubic");
  EXPECT_NEAR(mean_window(cubic, 100_ms, 100000, 40, 3000), 1054, 0.08 * 1054);
  const double early = mean_window(cubic, 100_ms, 10000, 100, 100), later = mean_window(cubic, 100_ms, 10000, 100, 300);
  EXPECT_NEAR((early + later) / 2, 187, 0.08 * 187);
  EXPECT_NEAR(mean_window(cubic, 10_ms, 10000, 60, 300), 122.5, 0.08 * 122.5);
}

struct Loss {
  double at;
  Segments before, after;
};

/// A bottleneck of 50 Mbit/s with 167 packets of queue and an RTT of 40 ms, as the recording K2 has it; t = 0 is the
/// SYN.
std::vector<Loss> losses_on_k2(const char* cc) {
  PathSettings settings;
  settings.rtt = 40_ms;
  settings.serialisation = 240_us;
  settings.queue = 167;
  settings.segments_per_ack = 2;
  settings.smss = 1448;
  SenderPath path(with(Profile::Linux, cc), settings);
  std::vector<Loss> found;
  Segments before = 0;
  path.on_change = [&](Time now, const Sender& s, ChangeKinds kinds) {
    if (kinds & change::FastRetransmit) found.push_back({now.seconds() - 0.96, before, s.window().ssthresh});
    before = s.window().cwnd;
  };
  path.run(Time::at(Duration::s(61)));
  return found;
}

void expect_like(const std::vector<Loss>& found, const std::vector<Loss>& recorded) {
  ASSERT_EQ(found.size(), recorded.size());
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    EXPECT_NEAR(found[i].at, recorded[i].at, 0.02 * recorded[i].at) << i;
    EXPECT_NEAR(found[i].before, recorded[i].before, 3) << i;
    EXPECT_NEAR(found[i].after, recorded[i].after, 2) << i;
  }
}

TEST(LinuxRecording, CubicLosesWhenAndWhereLinuxDoes) {
  expect_like(losses_on_k2("cubic"), {{0.768, 351, 245},
                                      {3.970, 336, 235},
                                      {14.230, 337, 235},
                                      {18.803, 335, 234},
                                      {29.028, 337, 235},
                                      {33.599, 335, 234},
                                      {43.825, 337, 235},
                                      {48.386, 335, 234},
                                      {58.611, 337, 235}});
}

TEST(LinuxRecording, RenoLosesWhenAndWhereLinuxDoes) {
  expect_like(losses_on_k2("reno"), {{0.369, 669, 334},
                                     {0.691, 336, 168},
                                     {10.954, 336, 168},
                                     {21.180, 336, 168},
                                     {31.454, 336, 168},
                                     {41.735, 336, 168},
                                     {52.016, 336, 168}});
}

}  // namespace
}  // namespace wirelab::tcp
