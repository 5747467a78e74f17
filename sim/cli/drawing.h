#pragma once
// Pictures as the commands ask for them: which are wanted, and what is said of those that could not be drawn.

#include <string>
#include <vector>

#include "cli/exit_status.h"
#include "record/plot.h"
#include "scenario/model.h"

namespace wirelab::cli {

/// The scenario's plots, its indices turned back into the ids that a run's files hold.
std::vector<PlotSpec> plot_specs(const scenario::Scenario& s);

/// Says what was not drawn and why. `demanded`: the user asked for pictures by name of an option or command, so that a
/// missing gnuplot is a failure; otherwise it is a remark.
ExitStatus tell(const PlotReport& report, bool demanded);

}  // namespace wirelab::cli
