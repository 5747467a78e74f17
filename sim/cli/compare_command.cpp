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
#include "record/comparison.h"
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

/// The last step of the key: what the values are values of.
std::string short_key(const std::string& key) { return key.substr(key.find_last_of('/') + 1); }

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

/// A folder that is not empty must hold an earlier comparison; each run's own folder is checked like any other.
bool may_write(const fs::path& folder, const std::vector<Planned>& runs, bool force) {
  std::error_code failed;
  const bool there = fs::exists(folder, failed);
  if (there && !fs::is_directory(folder, failed)) {
    say(folder.string() + " is not a folder; name another with -o");
    return false;
  }
  const bool ours = fs::exists(folder / "table.csv", failed) || fs::is_directory(folder / "runs", failed);
  if (there && !force && !ours && !fs::is_empty(folder, failed)) {
    say(folder.string() + " is not empty and holds no comparison; name another with -o, or give --force");
    return false;
  }
  for (const Planned& run : runs) {
    if (const auto refused = check_output_dir(run.folder, force)) {
      say(refused->message);
      return false;
    }
  }
  return true;
}

ExitStatus write_results(const CompareCommand& command, const fs::path& folder, const ComparisonTable& table,
                         const std::vector<Planned>& runs) {
  ExitStatus status = ExitStatus::Done;
  if (const auto error = table.write(folder / "table.csv")) {
    say(error->message());
    return ExitStatus::NoResource;
  }
  if (command.plot.value_or(true)) {
    std::vector<ComparedRun> compared;
    for (const Planned& run : runs) {
      if (run.first_of_value) compared.push_back({short_key(command.key) + "=" + run.value, run.folder});
    }
    std::vector<PlotSpec> specs;
    for (const PlotSpec& spec : scenario::plot_specs(runs.front().loaded.scenario)) {
      const PlotKind* const kind = find_plot_kind(spec.kind);
      if (kind != nullptr && kind->can_compare) specs.push_back(spec);
    }
    const PlotReport report = draw_comparison(folder, runs.front().loaded.scenario.name, compared, specs);
    if (!tell_plots(report, command.plot.value_or(false))) status = ExitStatus::NoResource;
  }
  if (!command.quiet) fmt::print("{}\nWritten: {}\n", table.text(), (folder / "table.csv").string());
  return status;
}

}  // namespace

ExitStatus compare(const CompareCommand& command) {
  std::vector<Planned> runs;
  fs::path folder = command.output;
  if (!plan(command, runs, folder)) return ExitStatus::BadInput;
  if (!may_write(folder, runs, command.force)) return ExitStatus::BadInput;

  ExitStatus status = ExitStatus::Done;
  ComparisonTable table;
  for (const Planned& planned : runs) {
    RunSettings settings;
    settings.folder = planned.folder;
    settings.force = command.force;
    settings.plot = command.plot.value_or(true) && planned.first_of_value;
    settings.quiet = command.quiet;
    const OneRun one = run_one(planned.loaded, settings);
    status = graver(status, one.status);
    if (one.outcome.failure || one.outcome.summary.interrupted) return status;
    table.add(planned.value, metrics_of(one.outcome.summary_json));
  }
  return graver(status, write_results(command, folder, table, runs));
}

}  // namespace wirelab::cli
