#include "cli/loading.h"

#include <filesystem>
#include <system_error>

#include "cli/data_files.h"
#include "cli/messages.h"
#include "core/near.h"
#include "scenario/paths.h"

namespace wirelab::cli {

namespace {

/// A bare word that names neither a file here nor a scenario of ours.
bool names_nothing(const std::string& name) {
  std::error_code failed;
  const std::filesystem::path given = name;
  if (name == "-" || given.has_parent_path() || given.has_extension()) return false;
  if (std::filesystem::exists(given, failed) || resolve_scenario(name) != name) return false;
  const std::vector<std::string> ours = scenario_names();
  say("there is no file \"" + name + "\", and no scenario of that name" +
      suggestion(name, {ours.begin(), ours.end()}, "scenarios") + " (wirelab list scenarios)");
  return true;
}

/// Standard input can be read once, but a comparison loads its scenario once for each run.
scenario::FileText read_once(const std::string& path) {
  if (path != "-") return scenario::read_file(path);
  static const scenario::FileText input = scenario::read_file("-");
  return input;
}

}  // namespace

std::optional<scenario::Loaded> load_or_complain(const std::string& name_or_path,
                                                 const std::vector<std::string>& settings,
                                                 std::optional<std::uint64_t> seed) {
  if (names_nothing(name_or_path)) return std::nullopt;
  scenario::LoadOptions options;
  options.files = read_once;
  options.sets = settings;
  options.seed = seed;
  scenario::Loaded loaded = scenario::load_file(resolve_scenario(name_or_path), options);
  if (loaded.ok()) scenario::check_paths(loaded);
  say_lines(loaded.docs.formatted_errors());
  if (!loaded.ok()) return std::nullopt;
  for (const auto& warning : loaded.docs.warnings()) say_lines({loaded.docs.format(warning)});
  return loaded;
}

bool tell_plots(const PlotReport& report, bool demanded) {
  if (!report.error.empty()) say(report.error);
  bool good = report.error.empty();
  for (const PlotResult& plot : report.plots) {
    if (!plot.warning.empty()) say("plot " + plot.name + ": " + plot.warning);
    if (!plot.error.empty()) say("plot " + plot.name + ": " + plot.error);
    good = good && plot.error.empty();
  }
  if (report.gnuplot_missing) say(gnuplot_remedy());
  return good && !(report.gnuplot_missing && demanded);
}

}  // namespace wirelab::cli
