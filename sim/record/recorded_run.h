#pragma once
// What a finished run's folder says about itself: enough of summary.json to draw and to compare.

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wirelab {

struct RecordedApp {
  std::string id, type, from, to, cc;
  double flows = 1;      ///< how many connections it made
  double min_rtt_s = 0;  ///< 0: not known
  double start_s = 0;
};

struct RecordedRun {
  std::filesystem::path dir;
  std::string scenario;
  double sim_time_s = 0;
  std::vector<RecordedApp> apps;
  double shared_bytes = 0;         ///< with headers, by the busiest direction of a link that was half full or more
  std::vector<std::string> files;  ///< as listed in the summary

  /// The app of an instance: of "web.17" that is "web". Null if there is none.
  const RecordedApp* app(std::string_view instance) const;
};

/// Nothing and a reason if DIR has no readable summary.json.
std::optional<RecordedRun> read_recorded_run(const std::filesystem::path& dir, std::string& why_not);

/// The numbers of a summary as ("apps/reno/goodput_bps", value), in the order of the file: what a comparison tabulates.
/// Identity (seed, hashes), time of computing, lists and `null` are left out.
std::vector<std::pair<std::string, double>> metrics_of(const std::string& summary_json);

/// "web" of "web.17", the text itself if it ends otherwise.
std::string_view base_name(std::string_view instance);

}  // namespace wirelab
