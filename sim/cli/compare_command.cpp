#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "cli/commands.h"
#include "cli/loading.h"
#include "cli/messages.h"
#include "cli/randomness.h"
#include "cli/run_one.h"
#include "cli/version.h"
#include "record/atomic_file.h"
#include "record/comparison.h"
#include "record/comparison_summary.h"
#include "record/output_dir.h"
#include "record/recorded_run.h"

namespace wirelab::cli {

namespace {

namespace fs = std::filesystem;

struct Planned {
  std::string value;
  fs::path folder;
  scenario::Loaded loaded;
  bool first_of_value = false;
};

std::string folder_name(const std::string& value) {
  std::string name = value;
  for (char& c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!plain) c = '_';
  }
  const bool dots = name.find_first_not_of('.') == std::string::npos;
  return dots ? "_" + name : name;
}

/// Loads every run before the first is started. Faults of one value are said once, with its `--set`.
bool plan(const CompareCommand& command, std::vector<Planned>& runs, fs::path& folder) {
  std::set<std::string> folders;
  for (const std::string& value : command.values) {
    std::vector<std::string> settings = command.settings;
    settings.push_back(command.key + "=" + value);
    if (!folders.insert(folder_name(value)).second) {
      say(fmt::format("compare: the value {} comes twice; give each once", value));
      return false;
    }
    auto first = load_or_complain(command.scenario, settings, command.seed);
    if (!first) return false;
    if (command.repeat > 1 && !depends_on_seed(first->scenario)) {
      say(
          fmt::format("compare: nothing in {} is random, so repetitions would be the same run; leave out --repeat, or "
                      "draw something, such as \"start\": {{\"uniform\": [\"0s\", \"1s\"]}}",
                      command.scenario));
      return false;
    }
    if (folder.empty())
      folder = fs::path("out") / (first->scenario.name + "-by-" + folder_name(short_key(command.key)));
    const std::uint64_t seed = first->scenario.seed;
    runs.push_back({value, folder / "runs" / folder_name(value), std::move(*first), true});
    for (unsigned k = 1; k < command.repeat; ++k) {
      auto again = load_or_complain(command.scenario, settings, seed + k);
      if (!again) return false;
      const std::string name = fmt::format("{}.{}", folder_name(value), k + 1);
      runs.push_back({value, folder / "runs" / name, std::move(*again), false});
    }
  }
  return true;
}

/// The folder of the comparison and those of its runs, before the first run. What an earlier comparison left in it
/// goes.
ExitStatus take_folder(const fs::path& folder, const std::vector<Planned>& runs, bool force) {
  auto refused = check_output_dir(folder, force);
  for (const Planned& run : runs) {
    if (!refused) refused = check_output_dir(run.folder, force);
  }
  if (!refused) refused = prepare_output_dir(folder);
  if (!refused) return ExitStatus::Done;
  say(refused->message);
  return static_cast<ExitStatus>(refused->exit_status);
}

/// Written after each run, so that the folder is known as ours however this ends.
bool write_summary(const fs::path& folder, const ComparisonSummary& summary) {
  const auto error = write_file(folder / "summary.json", to_json(summary));
  if (error) say(error->message());
  return !error;
}

ExitStatus write_results(const CompareCommand& command, const fs::path& folder, const ComparisonTable& table,
                         const std::vector<Planned>& runs, ComparisonSummary& summary) {
  ExitStatus status = ExitStatus::Done;
  if (const auto error = table.write(folder / "table.csv")) {
    say(error->message());
    return ExitStatus::NoResource;
  }
  summary.files.push_back("table.csv");
  if (command.plot.value_or(true) && !summary.interrupted) {
    const PlotReport report = draw_comparison(folder, summary.scenario, compared_runs(summary, folder),
                                              comparable(scenario::plot_specs(runs.front().loaded.scenario)));
    if (!tell_plots(report, command.plot.value_or(false))) status = ExitStatus::NoResource;
    for (const PlotResult& plot : report.plots) {
      summary.files.insert(summary.files.end(), plot.files.begin(), plot.files.end());
    }
  }
  if (!write_summary(folder, summary)) return ExitStatus::NoResource;
  if (!command.quiet) fmt::print("{}\nWritten: {}\n", table.text(), (folder / "table.csv").string());
  return status;
}

}  // namespace

ExitStatus compare(const CompareCommand& command) {
  std::vector<Planned> runs;
  fs::path folder = command.output;
  if (!plan(command, runs, folder)) return ExitStatus::BadInput;
  ExitStatus status = take_folder(folder, runs, command.force);
  if (status != ExitStatus::Done) return status;

  ComparisonTable table;
  ComparisonSummary summary;
  summary.scenario = runs.front().loaded.scenario.name;
  summary.version = version();
  summary.key = command.key;
  summary.values = command.values;
  summary.repeat = command.repeat;
  for (const Planned& planned : runs) {
    if (!write_summary(folder, summary)) return ExitStatus::NoResource;
    RunSettings settings;
    settings.folder = planned.folder;
    settings.force = command.force;
    settings.plot = command.plot.value_or(true) && planned.first_of_value;
    settings.quiet = command.quiet;
    const OneRun one = run_one(planned.loaded, settings);
    status = graver(status, one.status);
    if (one.outcome.failure) return status;
    const RunSummary& s = one.outcome.summary;
    const std::string name = (fs::path("runs") / planned.folder.filename()).generic_string();
    summary.add({planned.value, name, s.seed, s.result_hash}, s.files);
    // A run that was cut short is no observation of its value.
    if (s.interrupted) break;
    for (const ExpectResult& e : s.expect) {
      if (!e.held) say(fmt::format("{}={}: not as expected: {}", short_key(command.key), planned.value, e.explanation));
    }
    table.add(planned.value, metrics_of(one.outcome.summary_json));
    if (one.status == ExitStatus::Interrupted) break;
  }
  summary.interrupted = status == ExitStatus::Interrupted;
  return graver(status, write_results(command, folder, table, runs, summary));
}

}  // namespace wirelab::cli
