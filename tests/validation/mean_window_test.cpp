// Mean windows while one packet in 1/p is lost, against sqrt(3/2) / sqrt(p) (Mathis et al. 1997) and the tables of
// RFC 9438 section 5.1: every data packet acknowledged, no queue, no timeout, the mean over time after the first
// quarter of the run.

#include <fmt/format.h>

#include <cmath>
#include <random>

#include "run_text.h"
#include "sawtooth.h"

namespace wirelab::validation {
namespace {

struct Path {
  const char* cc;
  const char* profile;
  int every;  ///< one packet in so many is lost
  int rtt_ms;
  int seconds;  ///< of which the first quarter does not count
  int losses;   ///< at least so many, or the run was too short
  bool sack = true;
};

std::string loss_every(int n) { return fmt::format(R"({{ "model": "every", "n": {} }})", n); }

/// One loss in every n packets, each up to a tenth of n away from its place.
std::string loss_about_every(int n, int losses, unsigned seed) {
  std::mt19937 draw(seed);
  std::string packets;
  for (int k = 1; k <= losses; ++k) {
    const int shift = static_cast<int>(draw() % 2001u) - 1000;  // ten-thousandths
    packets += fmt::format("{}{}", k == 1 ? "" : ", ", std::int64_t{k} * n + std::int64_t{n} * shift / 10'000);
  }
  return fmt::format(R"({{ "model": "list", "packets": [{}] }})", packets);
}

std::string scenario(const Path& p, const std::string& loss, int seconds, double from) {
  return fmt::format(R"({{
    "name": "mean-window", "duration": "{}s", "measure": {{ "from": "{}s" }}, "record": "none",
    "topology": {{
      "nodes": [{{ "id": "a" }}, {{ "id": "b" }}],
      "links": [{{ "id": "wire", "between": ["a", "b"], "rate": "100Gbit", "delay": "{}us", "queue": "1000000p",
                  "forward": {{ "loss": {} }} }}]
    }},
    "apps": [{{ "id": "flow", "type": "bulk", "from": "a", "to": "b",
               "tcp": {{ "cc": "{}", "profile": "{}", "sack": {}, "delayed_ack": "0s", "rcvbuf": "64MB", "sndbuf": "64MB" }} }}]
  }})",
                     seconds, from, p.rtt_ms * 500, loss, p.cc, p.profile, p.sack);
}

double mean_window(const Path& p, const std::string& loss) {
  // Only the runs of millions of packets are cut; the first half then does not count, as the start takes its time.
  const bool cut = kReduced && p.every == 100000;
  const int seconds = cut ? p.seconds / 2 : p.seconds;
  const RunSummary s = run_text(scenario(p, loss, seconds, cut ? seconds / 2.0 : seconds / 4.0));
  const AppSummary& flow = app(s, "flow");
  const LinkDirectionSummary& wire = link(s, "wire").forward;
  EXPECT_GE(wire.drops_loss, static_cast<std::uint64_t>(p.losses / (cut ? 2 : 1)));
  EXPECT_EQ(wire.drops_queue, 0u);
  EXPECT_EQ(flow.timeouts, 0u);
  // Nothing but the window limits: what arrives in a round trip is the window, but for what recovery holds back.
  const double per_round = *flow.goodput_bps / 8 / 1448 * (p.rtt_ms / 1000.0);
  EXPECT_GT(per_round, 0.88 * *flow.mean_cwnd_segments);
  return *flow.mean_cwnd_segments;
}

double mean_window(const Path& p) { return mean_window(p, loss_every(p.every)); }

double formula(int every) { return std::sqrt(1.5 * every); }
constexpr Path kReno100{"reno", "linux", 100, 100, 500, 400};
constexpr Path kReno1000{"reno", "linux", 1000, 100, 1100, 400};
constexpr Path kReno10000{"reno", "linux", 10000, 100, 350, 40};
Path with_profile(Path p, const char* profile) {
  p.profile = profile;
  return p;
}

TEST(Sawtooth, OfFractionsRepairedAtOnceIsTheFormula) {
  for (const int every : {100, 1000, 10000}) {
    EXPECT_NEAR(Sawtooth(every, {true, true, true}).mean(400) / formula(every), 1, 0.005) << every;
  }
}

TEST(RenoWindow, IsTheFormulaWhereARoundOfRecoveryIsShort) {
  EXPECT_NEAR(mean_window(kReno10000) / formula(10000), 1, 0.03);
  EXPECT_NEAR(mean_window(with_profile(kReno10000, "rfc")) / formula(10000), 1, 0.03);
}

// What the formula leaves out: a round trip of recovery, and windows of whole segments, of which half of an odd number
// is rounded down (RFC 5681 halves what is in flight, which is whole segments too). Both together are 12 % at p = 1e-2
// and 4 % at 1e-3, so that the formula's 3 % cannot hold there for any Reno that repairs its losses.
TEST(RenoWindow, IsTheSawtoothOfWholeSegmentsWithARoundOfRecovery) {
  for (const Path& p : {kReno100, kReno1000, kReno10000}) {
    EXPECT_NEAR(mean_window(p) / Sawtooth(p.every, {}).mean(400), 1, 0.02) << p.every;
  }
}

TEST(RenoWindow, LacksWhatTheRoundOfRecoveryAndWholeSegmentsCost) {
  EXPECT_NEAR(mean_window(kReno100) / formula(100), 1 - 0.12, 0.01);
  EXPECT_NEAR(mean_window(kReno1000) / formula(1000), 1 - 0.044, 0.01);
}

TEST(RenoWindow, OfTheTextbookIsTheSawtoothThatHalvesAtOnce) {
  for (const Path& p : {kReno100, kReno1000, kReno10000}) {
    EXPECT_NEAR(mean_window(with_profile(p, "rfc")) / Sawtooth(p.every, {false, false, true}).mean(400), 1, 0.005)
        << p.every;
  }
}

// Without SACK the textbook's window is inflated by a segment for each duplicate ACK of the round trip of recovery
// (RFC 6582 section 3.2) and so stays about where it was before the loss; the mean counts that, where SACK's window is
// halved at once. One round trip more of sqrt(1.5 / p) in about 1 / W of them weighs little below p = 1e-2.
TEST(RenoWindow, OfTheTextbookWithoutSackIsTheFormula) {
  for (Path p : {kReno1000, kReno10000}) {
    p.profile = "rfc";
    p.sack = false;
    EXPECT_NEAR(mean_window(p) / formula(p.every), 1, 0.03) << p.every;
  }
}

// RFC 9438 table 1 at C = 0.4: 1054 and 120 (here 1.2247 / sqrt(p), which its 1.2 rounds).
TEST(CubicWindow, FollowsTheTablesOfRfc9438) {
  for (const char* profile : {"linux", "rfc"}) {
    EXPECT_NEAR(mean_window({"cubic", profile, 100000, 100, 400, 40}) / 1054, 1, 0.08) << profile;
    EXPECT_NEAR(mean_window({"cubic", profile, 10000, 10, 35, 40}) / 120, 1, 0.08) << profile;
  }
}

// At p = 1e-4 and 100 ms the table says 187. In whole segments, Linux's as ours, the curve is flat for
// |t - K| < cbrt(1 / 0.4) = 1.36 s, and a loss anywhere in there comes back to the same maximum: with cycles of T ~ 1/W
// and K ~ W^(1/3) the fixed point widens by 1.36 / (4/3 K), 19 %; from slow start the window settles at its upper end.
TEST(CubicWindow, SettlesInTheFlatPartOfItsCurveWhereThatIsWide) {
  const double k = std::cbrt(187 / 0.925 * 0.3 / 0.4);
  const double width = 1.36 / (4.0 / 3 * k);
  for (const char* profile : {"linux", "rfc"}) {
    const double mean = mean_window({"cubic", profile, 10000, 100, 250, 40});
    EXPECT_GT(mean, 187 * (1 - 0.08)) << profile;
    EXPECT_LT(mean, 187 * (1 + width)) << profile;
  }
}

// To the packet, one loss in 1/p comes back to one place of the flat part: 219 here, and so after 450 losses; after an
// extra loss somewhere in the first 1/p packets anything from 166 to 229, 213 in the mean of 18 such starts, all of
// them fixed points, so that no ensemble of starts comes within 8 %. Losses that fall up to a tenth away from their
// place are not held there, and their runs lie about the table's value: 189 to 211 each, 193 (linux) and 200 (rfc) in
// the mean.
TEST(CubicWindow, IsInTheMeanThatOfTheTableWhereLossesAreNotLockedToOnePlace) {
  const Path path = {"cubic", "linux", 10000, 100, kReduced ? 500 : 1000, kReduced ? 75 : 150};
  constexpr unsigned kRuns = 4;  // two lie too far apart to be a mean
  for (const char* profile : {"linux", "rfc"}) {
    double sum = 0;
    for (unsigned seed = 1; seed <= kRuns; ++seed) {
      sum += mean_window(with_profile(path, profile), loss_about_every(10000, 300, seed));
    }
    EXPECT_NEAR(sum / kRuns / 187, 1, 0.08) << profile;
  }
}

}  // namespace
}  // namespace wirelab::validation
