// The windows and times that Linux 6.18 was recorded with on emulated paths (tests/validation/linux/), three times
// each: the means of those recordings stand here. Bulk transfers must come within 3 %, drops in an overshoot and
// HyStart's exit within 10 %, completion times within 1 % without a timer and within 32 ms, a granule of the kernel's
// timer wheel, with one. What waits for RACK and TLP is not compared: how the first overshoot of Reno is repaired, the
// probe of K6-tail30 and K6-tail28-30 (their times are, since the RTO comes as late), and K6-blackout and
// K6-blackout-short.

#include <cmath>
#include <optional>

#include "record/csv_reader.h"
#include "run_text.h"
#include "scratch.h"

namespace wirelab::validation {
namespace {

struct LossEvent {
  double at;
  double before, after;  ///< window and slow start threshold in segments
};
struct Recorded {
  RunSummary summary;
  std::vector<LossEvent> losses;
  /// Where the threshold was set first, and the window then.
  double slow_start_end = 0, slow_start_window = 0;
};

scenario::Loaded load_case(const std::string& name, const std::string& cc, const std::string& record) {
  scenario::LoadOptions options;
  options.sets = {"cc=" + cc, "record=" + record};
  const std::string path = std::string(WIRELAB_SOURCE_DIR) + "/tests/validation/linux/" + name + ".json";
  scenario::Loaded loaded = scenario::load_file(path, options);
  EXPECT_TRUE(loaded.ok()) << name;
  return loaded;
}

/// The sender's rows of tcp.csv.
void read_rows(const std::filesystem::path& file, Recorded& out) {
  CsvReader csv;
  ASSERT_TRUE(csv.open(file));
  const auto time = csv.column("time_s"), host = csv.column("host"), event = csv.column("event");
  const auto cwnd = csv.column("cwnd_bytes"), ssthresh = csv.column("ssthresh_bytes"), mss = csv.column("mss_bytes");
  double before = 0;
  while (csv.next()) {
    if (csv[host] != "a") continue;
    const double now = parse_number(csv[time]), window = parse_number(csv[cwnd]) / parse_number(csv[mss]);
    const bool loss = csv[event] == "fast_retransmit";
    if (out.slow_start_end == 0 && !csv[ssthresh].empty()) {
      out.slow_start_end = now;
      out.slow_start_window = loss ? before : window;
    }
    if (loss) out.losses.push_back({now, before, parse_number(csv[ssthresh]) / parse_number(csv[mss])});
    before = window;
  }
}

Recorded run_case(const std::string& name, const std::string& cc) {
  const scenario::Loaded loaded = load_case(name, cc, R"({ "tcp": "all", "tcp_sampling": "every", "queues": "none" })");
  const Scratch scratch;
  scenario::Simulation simulation(loaded.scenario);
  EXPECT_FALSE(simulation.record_to(scratch.dir, false));
  simulation.run();
  std::vector<HashedFile> files;
  EXPECT_FALSE(simulation.commit(files));
  Recorded r;
  r.summary = simulation.summary();
  read_rows(scratch.dir / "tcp.csv", r);
  return r;
}

/// Means of three recordings; goodput, window and what follows `loss_events` are those after 10 s.
struct Bulk {
  const char* name;
  const char* cc;
  double goodput, window;
  std::size_t loss_events;
  double interval, before, after;
  double slow_start_end, slow_start_window;
  double exit_tolerance;        ///< of that window: HyStart's strays more
  std::optional<double> drops;  ///< where they are those of an overshoot
};

void expect_like(const Bulk& linux_mean) {
  SCOPED_TRACE(std::string(linux_mean.name) + " " + linux_mean.cc);
  const Recorded r = run_case(linux_mean.name, linux_mean.cc);
  const AppSummary& flow = app(r.summary, "flow");
  EXPECT_EQ(flow.timeouts, 0u);
  EXPECT_NEAR(*flow.goodput_bps / linux_mean.goodput, 1, 0.03);
  EXPECT_NEAR(*flow.mean_cwnd_segments / linux_mean.window, 1, 0.03);
  EXPECT_EQ(r.losses.size(), linux_mean.loss_events);
  EXPECT_NEAR(r.slow_start_end / linux_mean.slow_start_end, 1, 0.03);
  EXPECT_NEAR(r.slow_start_window / linux_mean.slow_start_window, 1, linux_mean.exit_tolerance);
  double before = 0, after = 0, first = 0, last = 0;
  int late = 0;
  for (const LossEvent& e : r.losses) {
    if (e.at < 10) continue;
    if (late++ == 0) first = e.at;
    last = e.at;
    before += e.before;
    after += e.after;
  }
  ASSERT_GT(late, 1);
  EXPECT_NEAR((last - first) / (late - 1) / linux_mean.interval, 1, 0.03);
  EXPECT_NEAR(before / late / linux_mean.before, 1, 0.03);
  EXPECT_NEAR(after / late / linux_mean.after, 1, 0.03);
  if (linux_mean.drops) {
    EXPECT_NEAR(static_cast<double>(link(r.summary, "path").forward.drops_queue) / *linux_mean.drops, 1, 0.1);
  }
}

TEST(LinuxWindows, OfRenoAreThoseOfTheKernel) {
  expect_like({"K1", "reno", 9.6532e6, 105.0, 8, 8.526, 135.4, 67.4, 0.4425, 270, 0.03, 139});
  expect_like({"K2", "reno", 48.228e6, 259.0, 7, 10.266, 336, 168, 0.3694, 669, 0.03, 346});
}

TEST(LinuxWindows, OfCubicAreThoseOfTheKernel) {
  expect_like({"K1", "cubic", 9.6534e6, 116.7, 11, 5.56, 136.6, 95, 0.188, 59, 0.1, 32});
  expect_like({"K2", "cubic", 48.267e6, 290.0, 9, 7.40, 336.1, 234.6, 0.263, 247, 0.1, {}});
}

struct Transfer {
  const char* name;
  double reno, cubic;  ///< from the SYN to the last byte read, seconds
};

double completion(const char* name, const char* cc) {
  const scenario::Loaded loaded = load_case(name, cc, "none");
  scenario::Simulation simulation(loaded.scenario);
  simulation.run();
  const RunSummary s = simulation.summary();
  const auto& time = app(s, "flow").completion_time;
  return time ? time->seconds() : NAN;
}

TEST(LinuxTransfers, WithoutATimerEndWithinOnePerCentOfTheKernel) {
  for (const Transfer& t :
       {Transfer{"K5-10k", 0.0685, 0.0685}, Transfer{"K5-100k", 0.1896, 0.1896}, Transfer{"K5-1M", 0.9359, 0.9355},
        Transfer{"K6-drop20", 1.2832, 1.0730}, Transfer{"K6-drop20-22-25", 1.2892, 1.0811}}) {
    EXPECT_NEAR(completion(t.name, "reno") / t.reno, 1, 0.01) << t.name;
    EXPECT_NEAR(completion(t.name, "cubic") / t.cubic, 1, 0.01) << t.name;
  }
}

TEST(LinuxTransfers, WithATimerEndWithinAGranuleOfTheKernel) {
  for (const Transfer& t : {Transfer{"K6-syn", 1.2931, 1.2817}, Transfer{"K6-synack", 1.2834, 1.2806},
                            Transfer{"K6-tail30", 0.7618, 0.7477}, Transfer{"K6-tail28-30", 0.8612, 0.8543}}) {
    EXPECT_NEAR(completion(t.name, "reno"), t.reno, 0.032) << t.name;
    EXPECT_NEAR(completion(t.name, "cubic"), t.cubic, 0.032) << t.name;
  }
}

}  // namespace
}  // namespace wirelab::validation
