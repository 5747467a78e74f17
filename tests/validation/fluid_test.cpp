// One flow over a bottleneck with a buffer of b bandwidth-delay products, against the fluid model of its sawtooth.
// Packets are not a fluid: at b = 0 a few places are needed for segments that leave in pairs and for the two that the
// growth of the window sends together, here 4 places at 417 packets of bandwidth-delay product (1 %); and the hosts of
// a formula take no time to wake up.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "run_text.h"

namespace wirelab::validation {
namespace {

constexpr double kBdpPackets = 50e6 * 0.1 / 8 / 1500;

/// Utilisation of the bottleneck after the first quarter.
double utilisation(double b, int least, const std::string& tcp) {
  const int seconds = kReduced ? 120 : 400;
  const int queue = std::max(static_cast<int>(std::lround(b * kBdpPackets)), least);
  const RunSummary s = run_text(fmt::format(R"({{
    "name": "fluid", "duration": "{}s", "measure": {{ "from": "{}s" }}, "record": "none",
    "topology": {{
      "nodes": [{{ "id": "a" }}, {{ "id": "r", "type": "router" }}, {{ "id": "b" }}],
      "links": [{{ "id": "access", "between": ["a", "r"], "rate": "100Gbit", "delay": "0s", "queue": "100000p" }},
                {{ "id": "bottleneck", "between": ["r", "b"], "rate": "50Mbit", "delay": "50ms", "queue": "{}p",
                  "backward": {{ "rate": "100Gbit", "queue": "100000p" }} }}]
    }},
    "apps": [{{ "id": "flow", "type": "bulk", "from": "a", "to": "b",
               "tcp": {{ "delayed_ack": "0s", "wakeup": "0s", "rcvbuf": "64MB", "sndbuf": "64MB", {} }} }}]
  }})",
                                            seconds, seconds / 4, queue, tcp));
  return link(s, "bottleneck").forward.utilization;
}

/// Windows of C(1+b)/2 to C(1+b) in packets a round trip; below C the link idles, above it the queue stretches the
/// round trip.
double reno_fluid(double b) {
  if (b >= 1) return 1;
  return 3.0 / 8 * (1 + b) * (1 + b) / ((1 - b) / 2 + ((1 + b) * (1 + b) - 1) / 2);
}

TEST(Utilisation, OfRenoIsThatOfTheFluidModel) {
  for (const double b : {0.0, 0.1, 0.25, 0.5, 0.75, 1.0}) {
    EXPECT_NEAR(utilisation(b, 4, R"("cc": "reno")") / reno_fluid(b), 1, 0.03) << b;
  }
}

TEST(Utilisation, OfRenoIsTheSameWithTheTextbooksRecovery) {
  for (const double b : {0.0, 0.25, 1.0}) {
    EXPECT_NEAR(utilisation(b, 4, R"("cc": "reno", "profile": "rfc")") / reno_fluid(b), 1, 0.03) << b;
  }
}

// The concave part of the curve from 0.7 to 1 has a mean of 0.7 + 0.3 * 3/4.
TEST(Utilisation, OfCubicWithoutABufferIsTheMeanOfItsConcavePart) {
  EXPECT_NEAR(utilisation(0, 8, R"("cc": { "name": "cubic", "fast_convergence": false }, "min_burst": 1)") / 0.925, 1,
              0.03);
}

// Fast convergence makes every second curve aim at 0.85 of the capacity: from 0.7 up to it in cbrt(0.15 C / 0.4) and
// convex, in the same time, on to 1. Its mean is 0.85 over twice cbrt(1/2) of the concave curve's time.
TEST(Utilisation, OfCubicWithFastConvergenceIsTheMeanOfBothCurves) {
  const double share = 2 * std::cbrt(0.5);
  const double fluid = (0.925 + share * 0.85) / (1 + share);
  EXPECT_NEAR(utilisation(0, 8, R"("cc": "cubic")") / fluid, 1, 0.03);
}

TEST(Utilisation, OfCubicIsFullFromABufferOfThreeSeventhsOn) {
  EXPECT_GT(utilisation(1 / 0.7 - 1 + 0.02, 8, R"("cc": { "name": "cubic", "fast_convergence": false })"), 0.97);
}

}  // namespace
}  // namespace wirelab::validation
