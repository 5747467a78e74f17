// One BBR flow on a path of its own, 10 Mbit/s and 40 ms with room for three bandwidth-delay products, against what
// Cardwell et al. (ACM Queue 14(5), 2016) promise and Linux's constants say.

#include <algorithm>

#include "model_trace.h"

namespace wirelab::validation {
namespace {

constexpr double kBdp = 10e6 * 0.040 / 8 / 1500;           // packets
constexpr double kPayloadRate = 10e6 * 1448 / 1500;        // bit/s
constexpr double kStartup = 0, kDrain = 1, kProbeRtt = 3;  // `mode`

const ModelTrace& trace() {
  static const ModelTrace t =
      trace_model(R"("rate": "10Mbit", "delay": "20ms", "queue": "100p")", R"("cc": "bbr")", 36, 2);
  return t;
}

struct Stay {
  double from = 0, to = 0;
};
/// When it was in `mode`, but for a stay that the end of the run cut.
std::vector<Stay> stays_in(double mode) {
  std::vector<Stay> stays;
  bool inside = false;
  for (const ModelRow& r : trace().rows) {
    const bool is_in = r.variables.at("mode") == mode;
    if (is_in && !inside) stays.push_back({r.at, 0});
    if (!is_in && inside) stays.back().to = r.at;
    inside = is_in;
  }
  if (inside) stays.pop_back();
  return stays;
}

TEST(BbrPath, IsFullAndItsQueueIsNot) {
  const LinkDirectionSummary& wire = link(trace().summary, "wire").forward;
  EXPECT_GT(wire.utilization, 0.95);
  EXPECT_EQ(wire.drops_queue, 0u);
  // Twice the pipe may be in flight: the queue stays below one.
  EXPECT_LT(wire.mean_queue_packets, kBdp);
  EXPECT_EQ(app(trace().summary, "flow").timeouts, 0u);
}

TEST(BbrPath, TheModelIsThePath) {
  const ModelRow& last = trace().rows.back();
  EXPECT_NEAR(last.variables.at("bw_bps") / kPayloadRate, 1, 0.02);
  // A full packet takes 1.2 ms to send, the ACK next to nothing.
  EXPECT_NEAR(last.variables.at("min_rtt_s"), 0.0412, 0.003);
}

// A round trip is over when something is acknowledged that left after it began. The flow leaves STARTUP with the third
// in a row that brought less than a quarter more than the best so far.
TEST(BbrPath, StartupEndsAfterThreeRoundsWithoutAQuarterMore) {
  double full = 0, round_ends_above = 0;
  int without = 0, rounds = 0;
  const ModelRow* before = nullptr;
  for (const ModelRow& r : trace().rows) {
    const bool acked = before != nullptr && r.snd_una > before->snd_una && r.variables.at("bw_bps") > 0;
    if (acked && r.snd_una > round_ends_above) {
      round_ends_above = before->snd_nxt;
      ++rounds;
      const double bw = r.variables.at("bw_bps");
      without = bw >= 1.25 * full ? 0 : without + 1;
      full = std::max(full, bw >= 1.25 * full ? bw : full);
    }
    before = &r;
    if (without == 3) break;
    ASSERT_EQ(r.variables.at("mode"), kStartup) << r.at;
  }
  ASSERT_EQ(without, 3);
  EXPECT_EQ(before->variables.at("mode"), kDrain);
  // From 10 segments to twice the pipe's 33 it takes three doublings, and three rounds to see that it is full.
  EXPECT_GE(rounds, 5);
  EXPECT_LE(rounds, 9);
}

TEST(BbrPath, DrainTakesOutWhatStartupPutIn) {
  const auto drains = stays_in(kDrain);
  ASSERT_EQ(drains.size(), 1u);
  double most = 0, at_end = 0;
  for (const QueueRow& q : trace().queue) {
    if (q.at <= drains[0].to) {
      most = std::max(most, q.packets);
      at_end = q.packets;
    }
  }
  EXPECT_GT(most, kBdp);
  // It ends where the pipe and three bursts of two are in flight; a burst more may leave, and numbers are rounded up.
  EXPECT_LE(at_end, 3 * 2 + 2 + 2);
}

// 10 s after the smallest RTT was seen; four segments for 200 ms and the rest of a round trip.
TEST(BbrPath, ProbesTheRttWithFourSegmentsEveryTenSeconds) {
  const auto stays = stays_in(kProbeRtt);
  ASSERT_EQ(stays.size(), 3u);
  EXPECT_NEAR(stays[0].from, 10, 0.3);
  for (std::size_t i = 0; i < stays.size(); ++i) {
    if (i > 0) { EXPECT_NEAR(stays[i].from - stays[i - 1].to, 10, 0.1); }
    const double length = stays[i].to - stays[i].from;
    EXPECT_GE(length, 0.2);
    EXPECT_LE(length, 0.2 + 2 * 0.045);  // a round trip until no more than four are in flight, and one to end a round
    double first = 0, last = 0, most = 0;
    for (const ModelRow& r : trace().rows) {
      if (r.at < stays[i].from || r.at >= stays[i].to) continue;
      EXPECT_LE(r.cwnd, 4);
      if (r.in_flight > 4) continue;
      if (first == 0) first = r.at;
      last = r.at;
      most = std::max(most, r.in_flight);
    }
    EXPECT_EQ(most, 4);
    EXPECT_NEAR(last - first, 0.2, 0.045);
    for (const QueueRow& q : trace().queue) {  // and then the queue is empty
      if (q.at > stays[i].from + 0.1 && q.at < stays[i].to) { EXPECT_LE(q.packets, 3) << q.at; }
    }
  }
}

}  // namespace
}  // namespace wirelab::validation
