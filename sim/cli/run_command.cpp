#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/junit.h"
#include "cli/loading.h"
#include "cli/messages.h"
#include "cli/run_one.h"
#include "record/atomic_file.h"
#include "record/output_dir.h"
#include "record/summary_table.h"

namespace wirelab::cli {

namespace {

namespace fs = std::filesystem;

struct Planned {
  scenario::Loaded loaded;
  fs::path folder;
};

/// Loads all of them before any is run, so that every fault is said and nothing is half done.
bool plan(const RunCommand& command, std::vector<Planned>& runs) {
  bool good = true;
  std::set<fs::path> folders;
  for (const std::string& name : command.scenarios) {
    auto loaded = load_or_complain(name, command.settings, command.seed);
    if (!loaded) {
      good = false;
      continue;
    }
    const std::string& id = loaded->scenario.name;
    fs::path folder = fs::path("out") / id;
    if (!command.output.empty()) folder = command.output;
    if (!command.output.empty() && command.scenarios.size() > 1) folder /= id;
    if (!folders.insert(folder.lexically_normal()).second) {
      say(fmt::format("run: two scenarios would write into {}; give them different names", folder.string()));
      good = false;
    }
    runs.push_back({std::move(*loaded), std::move(folder)});
  }
  return good;
}

/// Where the results are, and which pictures.
void print_files(const fs::path& folder, const std::vector<std::string>& files) {
  std::string pictures;
  for (const std::string& file : files) {
    if (file.ends_with(".png")) pictures += "\n  " + (folder / file).string();
  }
  fmt::print("\nWritten: {}{}\n", (folder / "summary.json").string(), pictures);
}

void print_json(const std::vector<std::string>& summaries) {
  if (summaries.size() == 1) {
    fmt::print("{}", summaries.front());
    return;
  }
  std::string all;
  for (const std::string& one : summaries)
    all += (all.empty() ? "[\n" : ",\n") + one.substr(0, one.find_last_not_of('\n') + 1);
  fmt::print("{}\n]\n", all);
}

/// Before the first run, so that a folder that is refused leaves nothing half done.
ExitStatus may_write(const std::vector<Planned>& runs, bool force) {
  ExitStatus status = ExitStatus::Done;
  for (const Planned& planned : runs) {
    const auto refused = check_output_dir(planned.folder, force);
    if (!refused) continue;
    say(refused->message);
    status = graver(status, static_cast<ExitStatus>(refused->exit_status));
  }
  return status;
}

}  // namespace

ExitStatus run(const RunCommand& command) {
  std::vector<Planned> runs;
  if (!plan(command, runs)) return ExitStatus::BadInput;
  ExitStatus status = may_write(runs, command.force);
  if (status != ExitStatus::Done) return status;

  std::vector<RunSummary> summaries;
  std::vector<std::string> texts;
  for (const Planned& planned : runs) {
    RunSettings settings;
    settings.folder = planned.folder;
    settings.force = command.force;
    settings.capture_all = command.pcap;
    settings.plot = command.plot.value_or(true);
    settings.plots_demanded = command.plot.value_or(false);
    settings.quiet = command.quiet;
    const OneRun one = run_one(planned.loaded, settings);
    status = graver(status, one.status);
    if (one.outcome.failure) break;
    if (!command.quiet && !command.json) {
      if (!summaries.empty()) fmt::print("\n");
      fmt::print("{}", summary_table(one.outcome.summary));
      print_files(planned.folder, one.outcome.summary.files);
      std::fflush(stdout);
    }
    summaries.push_back(one.outcome.summary);
    texts.push_back(one.outcome.summary_json);
    if (one.status == ExitStatus::Interrupted) break;
  }
  if (command.json && !texts.empty()) print_json(texts);
  if (!command.junit.empty()) {
    if (const auto error = write_file(command.junit, junit_xml(summaries))) {
      say(error->message());
      status = graver(status, ExitStatus::NoResource);
    }
  }
  return status;
}

}  // namespace wirelab::cli
