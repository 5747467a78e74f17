#pragma once
// One run as `run` and `compare` do it: with progress, Ctrl-C, and everything said that went wrong.

#include <filesystem>

#include "cli/exit_status.h"
#include "scenario/load.h"
#include "scenario/run.h"

namespace wirelab::cli {

struct RunSettings {
  std::filesystem::path folder;
  bool force = false;
  bool capture_all = false;
  bool plot = true;
  bool plots_demanded = false;  ///< without gnuplot: a failure, not a remark
  bool quiet = false;           ///< no progress line
};

struct OneRun {
  scenario::RunOutcome outcome;
  ExitStatus status = ExitStatus::Done;
};

OneRun run_one(const scenario::Loaded& loaded, const RunSettings& settings);

}  // namespace wirelab::cli
