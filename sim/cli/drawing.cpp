#include "cli/drawing.h"

#include "cli/messages.h"

namespace wirelab::cli {

std::vector<PlotSpec> plot_specs(const scenario::Scenario& s) {
  std::vector<PlotSpec> specs;
  for (const scenario::Plot& plot : s.plots) {
    PlotSpec spec{plot.kind, plot.name, {}, {}, plot.from, plot.to};
    for (const scenario::AppPick& pick : plot.apps) {
      const scenario::App& app = s.apps[pick.app];
      spec.apps.push_back(pick.instance == 0 ? app.id : app.instance_id(pick.instance - 1));
    }
    for (const scenario::LinkIndex link : plot.links) spec.links.push_back(s.links[link].id);
    specs.push_back(std::move(spec));
  }
  return specs;
}

ExitStatus tell(const PlotReport& report, bool demanded) {
  if (!report.error.empty()) {
    say(report.error);
    return ExitStatus::BadInput;
  }
  ExitStatus status = ExitStatus::Done;
  for (const PlotResult& plot : report.plots) {
    if (!plot.warning.empty()) say("plot " + plot.name + ": " + plot.warning);
    if (!plot.error.empty()) {
      say("plot " + plot.name + ": " + plot.error);
      status = ExitStatus::NoResource;
    }
  }
  if (report.gnuplot_missing) {
    say(gnuplot_remedy());
    if (demanded) status = ExitStatus::NoResource;
  }
  return status;
}

}  // namespace wirelab::cli
