#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "cli/commands.h"
#include "cli/loading.h"
#include "cli/messages.h"
#include "core/near.h"
#include "record/comparison_summary.h"
#include "record/plot.h"
#include "record/recorded_files.h"
#include "scenario/run.h"

namespace wirelab::cli {

namespace {

namespace fs = std::filesystem;

bool kinds_are_known(const std::vector<std::string>& kinds) {
  std::vector<std::string_view> names;
  for (const PlotKind& kind : plot_kinds()) names.push_back(kind.name);
  bool known = true;
  for (const std::string& kind : kinds) {
    if (find_plot_kind(kind) != nullptr) continue;
    say(fmt::format("plot: there is no plot called \"{}\"{} (wirelab list plots)", kind,
                    suggestion(kind, names, "plots")));
    known = false;
  }
  return known;
}

/// The plots of the run's own scenario, or those of the kinds that are asked for; a kind that it does not name is drawn
/// of everything.
std::vector<PlotSpec> wanted(const std::vector<PlotSpec>& own, const std::vector<std::string>& kinds) {
  if (kinds.empty()) return own;
  std::vector<PlotSpec> specs;
  for (const std::string& kind : kinds) {
    const auto before = specs.size();
    std::copy_if(own.begin(), own.end(), std::back_inserter(specs), [&](const PlotSpec& s) { return s.kind == kind; });
    if (specs.size() == before) specs.push_back({kind, kind, {}, {}, {}, {}});
  }
  return specs;
}

PlotOptions formats_of(const PlotCommand& command) {
  const auto asked = [&](const char* format) {
    return command.formats.empty() ||
           std::find(command.formats.begin(), command.formats.end(), format) != command.formats.end();
  };
  PlotOptions options;
  options.png = asked("png");
  options.svg = asked("svg");
  return options;
}

/// The pictures of a run, or of a comparison of runs; `shown` is the run whose scenario says which.
std::optional<PlotReport> draw_folder(const fs::path& folder, const PlotCommand& command) {
  const auto comparison = read_comparison(folder);
  std::vector<ComparedRun> runs;
  if (comparison) runs = compared_runs(*comparison, folder);
  const fs::path shown = runs.empty() ? folder : runs.front().dir;
  std::error_code failed;
  if (!fs::is_regular_file(shown / "scenario.json", failed)) {
    say(fmt::format("plot: {} holds no run; name a folder that `wirelab run` or `wirelab compare` wrote",
                    folder.string()));
    return std::nullopt;
  }
  const auto loaded = load_or_complain((shown / "scenario.json").string(), {}, std::nullopt);
  if (!loaded) return std::nullopt;
  std::vector<PlotSpec> own = scenario::plot_specs(loaded->scenario);
  if (comparison) own = comparable(std::move(own));
  const std::vector<PlotSpec> specs = wanted(own, command.kinds);
  PlotReport report = comparison ? draw_comparison(folder, comparison->scenario, runs, specs, formats_of(command))
                                 : draw(folder, specs, formats_of(command));
  if (!report.error.empty()) {
    say("plot: " + report.error);
    return std::nullopt;
  }
  return report;
}

ExitStatus draw_again(const fs::path& folder, const PlotCommand& command) {
  const auto report = draw_folder(folder, command);
  if (!report) return ExitStatus::BadInput;
  std::vector<std::string> drawn;
  for (const PlotResult& plot : report->plots) drawn.insert(drawn.end(), plot.files.begin(), plot.files.end());
  if (const auto error = add_recorded_files(folder, drawn)) {
    say(error->message());
    return ExitStatus::NoResource;
  }
  for (const PlotResult& plot : report->plots) {
    for (const std::string& file : plot.files) {
      if (file.ends_with(".png") || file.ends_with(".svg")) fmt::print("{}\n", (folder / file).string());
    }
  }
  return tell_plots(*report, true) ? ExitStatus::Done : ExitStatus::NoResource;
}

}  // namespace

ExitStatus plot(const PlotCommand& command) {
  if (!kinds_are_known(command.kinds)) return ExitStatus::BadInput;
  ExitStatus status = ExitStatus::Done;
  for (const std::string& folder : command.folders) status = graver(status, draw_again(folder, command));
  return status;
}

}  // namespace wirelab::cli
