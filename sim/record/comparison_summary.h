#pragma once
// summary.json of a comparison: what was compared, and every file below its folder, so that the next comparison (or
// run) may take the folder and removes just these.

#include <cstdint>
#include <string>
#include <vector>

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

}  // namespace wirelab
