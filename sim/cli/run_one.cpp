#include "cli/run_one.h"

#include "cli/interrupt.h"
#include "cli/loading.h"
#include "cli/messages.h"
#include "cli/progress_line.h"
#include "cli/version.h"
#include "core/huge_pages.h"

namespace wirelab::cli {

namespace {

class Watcher final : public scenario::RunWatcher {
 public:
  explicit Watcher(ProgressLine& line) : line_(line) {}
  bool on_progress(Time now, Time end, std::uint64_t events) override {
    line_.show(now, end, events);
    return !InterruptGuard::interrupted();
  }

 private:
  ProgressLine& line_;
};

/// So many hosts and connections that no cache holds them; with few, large pages gain nothing.
bool is_large(const scenario::Scenario& s) {
  std::uint64_t parts = s.nodes.size();
  for (const scenario::App& app : s.apps) parts += app.count.value_or(0);
  return parts > 2000;
}

}  // namespace

OneRun run_one(const scenario::Loaded& loaded, const RunSettings& settings) {
  if (is_large(loaded.scenario)) prefer_huge_pages();
  const InterruptGuard guard;
  ProgressLine line(loaded.scenario.name, !settings.quiet);
  Watcher watcher(line);
  scenario::RunOptions options;
  options.dir = settings.folder;
  options.force = settings.force;
  options.capture_all = settings.capture_all;
  options.plot = settings.plot;
  options.version = version();
  options.resolved = loaded.resolved;
  options.scenario_hash = loaded.hash;
  options.watcher = &watcher;

  OneRun one;
  one.outcome = scenario::run(loaded.scenario, options);
  line.clear();
  if (one.outcome.failure) {
    say(one.outcome.failure->message);
    one.status = static_cast<ExitStatus>(one.outcome.failure->exit_status);
    return one;
  }
  if (!one.outcome.expectations_held()) one.status = ExitStatus::Failed;
  if (!tell_plots(one.outcome.plots, settings.plots_demanded)) one.status = ExitStatus::NoResource;
  // Also when all that was left was drawing.
  if (one.outcome.summary.interrupted || InterruptGuard::interrupted()) one.status = ExitStatus::Interrupted;
  return one;
}

}  // namespace wirelab::cli
