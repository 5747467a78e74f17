#include "cli/loading.h"

#include "cli/data_files.h"
#include "cli/messages.h"
#include "scenario/paths.h"

namespace wirelab::cli {

std::optional<scenario::Loaded> load_or_complain(const std::string& name_or_path,
                                                 const std::vector<std::string>& settings,
                                                 std::optional<std::uint64_t> seed) {
  scenario::LoadOptions options;
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
