#pragma once
// A path that Linux was recorded on (tests/validation/linux/), simulated, and what the sender's rows tell of it.

#include <cmath>
#include <string>
#include <vector>

#include "record/csv_reader.h"
#include "run_recorded.h"

namespace wirelab::validation {

struct LossEvent {
  double at;
  double before, after;  ///< window and slow start threshold in segments
  double repaired = 0;   ///< when the recovery ended
};
struct Recorded {
  RunSummary summary;
  std::vector<LossEvent> losses;
  std::vector<double> timeouts, probes;
  std::vector<double> undone;  ///< windows that a needless reduction gave back
  /// Where the threshold was set first, and the window then.
  double slow_start_end = 0, slow_start_window = 0;
};

/// Of the loss events from some time on.
struct LossMeans {
  double interval = NAN, before = NAN, after = NAN;
};

inline LossMeans means_from(const std::vector<LossEvent>& losses, double from) {
  double before = 0, after = 0, first = 0, last = 0;
  int count = 0;
  for (const LossEvent& e : losses) {
    if (e.at < from) continue;
    if (count++ == 0) first = e.at;
    last = e.at;
    before += e.before;
    after += e.after;
  }
  if (count < 2) return {};
  return {(last - first) / (count - 1), before / count, after / count};
}

/// `set`: one parameter more, as `--set` takes it.
inline scenario::Loaded load_case(const std::string& name, const std::string& cc, const std::string& record,
                                  const std::string& set = {}) {
  scenario::LoadOptions options;
  options.sets = {"cc=" + cc, "record=" + record};
  if (!set.empty()) options.sets.push_back(set);
  const std::string path = std::string(WIRELAB_SOURCE_DIR) + "/tests/validation/linux/" + name + ".json";
  scenario::Loaded loaded = scenario::load_file(path, options);
  EXPECT_TRUE(loaded.ok()) << name;
  return loaded;
}

/// The sender's rows of tcp.csv.
inline void read_rows(const std::filesystem::path& file, Recorded& out) {
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
    if (csv[event] == "recovery_exit" && !out.losses.empty()) out.losses.back().repaired = now;
    if (csv[event] == "timeout") out.timeouts.push_back(now);
    if (csv[event] == "tlp") out.probes.push_back(now);
    if (csv[event] == "undo") out.undone.push_back(window);
    before = window;
  }
}

inline Recorded run_case(const std::string& name, const std::string& cc, const std::string& set = {}) {
  const scenario::Loaded loaded =
      load_case(name, cc, R"({ "tcp": "all", "tcp_sampling": "every", "queues": "none" })", set);
  const Scratch scratch;
  Recorded r;
  r.summary = run_recorded(loaded, scratch);
  read_rows(scratch.dir / "tcp.csv", r);
  return r;
}

/// What Linux did with a bulk transfer over a path: means of three recordings; goodput, window and what `interval` to
/// `after` tell are those after 10 s.
struct LinuxWindows {
  const char* name;
  const char* cc;
  double goodput, window;
  double interval, before, after;
  double slow_start_end, slow_start_window;
  double exit_tolerance;  ///< of that window: HyStart's strays more
};

/// Runs the same; all within 3 %, and no timeout.
inline Recorded expect_windows(const LinuxWindows& linux_mean, const std::string& set = {}) {
  Recorded r = run_case(linux_mean.name, linux_mean.cc, set);
  const AppSummary& flow = app(r.summary, "flow");
  EXPECT_EQ(flow.timeouts, 0u);
  EXPECT_NEAR(*flow.goodput_bps / linux_mean.goodput, 1, 0.03);
  EXPECT_NEAR(*flow.mean_cwnd_segments / linux_mean.window, 1, 0.03);
  EXPECT_NEAR(r.slow_start_end / linux_mean.slow_start_end, 1, 0.03);
  EXPECT_NEAR(r.slow_start_window / linux_mean.slow_start_window, 1, linux_mean.exit_tolerance);
  const LossMeans late = means_from(r.losses, 10);
  EXPECT_NEAR(late.interval / linux_mean.interval, 1, 0.03);
  EXPECT_NEAR(late.before / linux_mean.before, 1, 0.03);
  EXPECT_NEAR(late.after / linux_mean.after, 1, 0.03);
  return r;
}

/// From the SYN to the last byte read, seconds.
inline double completion(const char* name, const char* cc) {
  const scenario::Loaded loaded = load_case(name, cc, "none");
  scenario::Simulation simulation(loaded.scenario);
  simulation.run();
  const RunSummary s = simulation.summary();
  const auto& time = app(s, "flow").completion_time;
  return time ? time->seconds() : NAN;
}

}  // namespace wirelab::validation
