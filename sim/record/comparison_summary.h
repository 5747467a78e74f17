#pragma once
// summary.json of a comparison: what was compared, and every file below its folder, so that the next comparison (or
// run) may take the folder and removes just these.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "record/plot.h"
#include "record/summary.h"

namespace wirelab {

struct ComparisonSummary {
  struct Run {
    std::string value, folder;  ///< "runs/10p"
    std::uint64_t seed = 0;
    std::uint64_t result_hash = 0;
  };
  std::string scenario, version, key;
  std::vector<std::string> values;
  unsigned repeat = 1;
  bool interrupted = true;  ///< not all runs are there yet
  std::vector<Run> runs;    ///< that are complete
  std::vector<std::string> files;

  /// A run that has ended, with the files that its own summary lists.
  void add(Run run, const std::vector<std::string>& files_of_run);
};

/// The same for the same runs; `files` sorted, summary.json itself among them.
std::string to_json(const ComparisonSummary& c);

/// What stands in the summary.json of `dir`, without `files`; nothing if no comparison wrote it.
std::optional<ComparisonSummary> read_comparison(const std::filesystem::path& dir);

/// The last step of the key: what the values are values of.
std::string short_key(const std::string& key);

/// What the pictures compare: the first run of each value, as "cc=reno".
std::vector<ComparedRun> compared_runs(const ComparisonSummary& c, const std::filesystem::path& dir);

}  // namespace wirelab
