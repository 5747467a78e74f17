#pragma once
// A whole run with its folder: what `wirelab run` does for one scenario. The folder appears complete or not at all:
// every file is written beside its name and renamed, summary.json last.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/units.h"
#include "record/plot.h"
#include "record/summary.h"
#include "scenario/model.h"

namespace wirelab::scenario {

/// Asked now and then while a run goes on.
class RunWatcher {
 public:
  /// `end` is never() where the run's length is not known. False ends the run here: it is then "interrupted".
  virtual bool on_progress(Time now, Time end, std::uint64_t events) = 0;

 protected:
  ~RunWatcher() = default;
};

struct RunOptions {
  std::filesystem::path dir;
  bool force = false;
  bool capture_all = false;  ///< pcap at every port
  bool plot = true;
  std::string version;
  std::string resolved;             ///< content of scenario.json
  std::uint64_t scenario_hash = 0;  ///< of that
  RunWatcher* watcher = nullptr;
};

/// What went wrong before or after the run; the run's folder is as it was before, but for `exit_status` 3.
struct RunFailure {
  int exit_status = 2;
  std::string message;
};

struct RunOutcome {
  std::optional<RunFailure> failure;
  RunSummary summary;
  std::string summary_json;
  PlotReport plots;
  double simulated_per_second = 0;

  bool expectations_held() const;
};

RunOutcome run(const Scenario& scenario, const RunOptions& options);

/// The plots of a scenario as the plotting program takes them.
std::vector<PlotSpec> plot_specs(const Scenario& scenario);

}  // namespace wirelab::scenario
