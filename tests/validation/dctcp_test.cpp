// One DCTCP flow at a queue that marks from K packets on, against the fluid model of Alizadeh et al. (SIGCOMM 2010,
// section 3.3): the window grows to W* = C RTT + K, all of the next round trip is marked, and the window falls once by
// alpha / 2. So alpha is about sqrt(2 / W*), and the queue swings between K + 1 and sqrt(W* / 2) below it. The model
// knows neither bursts nor delayed ACKs, which are off here.
//
// What it leaves out: Linux's window takes a round trip to fall (PRR), so that some packets are still marked after the
// first echo, and when they are echoed the window falls again. Two reductions of alpha W* / 2 take T = alpha W* round
// trips to grow back, of which one was marked: alpha = 1 / T = sqrt(1 / W*). So alpha lies between the two, and the
// queue falls up to twice as far.

#include <algorithm>
#include <cmath>

#include "model_trace.h"

namespace wirelab::validation {
namespace {

constexpr double kPipe = 100e6 * 0.010 / 8 / 1500;  // packets

const ModelTrace& trace(int k) {
  static std::map<int, ModelTrace> traces;
  const auto [at, is_new] = traces.try_emplace(k);
  if (is_new) {
    at->second = trace_model(
        fmt::format(R"("rate": "100Mbit", "delay": "5ms", "queue": {{ "limit": "1000p", "ecn_threshold": "{}p" }})", k),
        R"("cc": "dctcp", "min_burst": 1, "delayed_ack": "0s")", 6, 2);
  }
  return at->second;
}

/// Over time, after 2 s.
double mean_alpha(const ModelTrace& t) {
  double area = 0, since = 0, alpha = 0;
  for (const ModelRow& r : t.rows) {
    if (r.at > 2) {
      if (since != 0) area += alpha * (r.at - since);
      since = r.at;
    }
    alpha = r.variables.at("alpha");
  }
  return area / (since - 2);
}

TEST(Dctcp, FillsTheLinkAndLosesNothing) {
  for (const int k : {20, 65, 130}) {
    const LinkDirectionSummary& wire = link(trace(k).summary, "wire").forward;
    EXPECT_GT(wire.utilization, 0.999) << k;
    EXPECT_EQ(wire.drops_queue, 0u);
    EXPECT_GT(wire.ecn_marked, 0u);
    EXPECT_EQ(app(trace(k).summary, "flow").segments_retransmitted, 0u);
  }
}

TEST(Dctcp, HoldsTheQueueAroundTheThreshold) {
  for (const int k : {20, 65, 130}) {
    const double swing = std::sqrt((kPipe + k) / 2);
    double least = 1e9, most = 0;
    for (const QueueRow& q : trace(k).queue) {
      if (q.at < 2) continue;
      least = std::min(least, q.packets);
      most = std::max(most, q.packets);
    }
    EXPECT_GE(most, k + 1);
    EXPECT_LE(most, k + 2);
    EXPECT_GE(least, k - 2 * swing);
    const double mean = link(trace(k).summary, "wire").forward.mean_queue_packets;
    EXPECT_GT(mean, k - swing);
    EXPECT_LT(mean, k);
  }
}

TEST(Dctcp, AlphaIsTheRootOfOneToTwoOverTheWindow) {
  for (const int k : {20, 65, 130}) {
    const double window = kPipe + k;
    EXPECT_LE(mean_alpha(trace(k)), std::sqrt(2 / window)) << k;
    EXPECT_GE(mean_alpha(trace(k)), std::sqrt(1 / window)) << k;
  }
}

TEST(Dctcp, ReductionsComeInPairs) {
  for (const int k : {20, 65, 130}) {
    int all = 0, second = 0;
    double last = 0;
    for (const ModelRow& r : trace(k).rows) {
      if (r.event != "ecn" || r.at < 2) continue;
      ++all;
      const double round_trip = 0.010 + (k + 1) * 1500 * 8 / 100e6;
      if (r.at - last < 1.5 * round_trip) ++second;
      last = r.at;
    }
    EXPECT_GT(all, 20) << k;
    EXPECT_NEAR(2.0 * second / all, 1, 0.1) << k;
  }
}

}  // namespace
}  // namespace wirelab::validation
