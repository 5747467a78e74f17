#pragma once
// A scenario from the command line, loaded and checked; what is wrong with it is said on standard error.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "record/plot.h"
#include "scenario/load.h"

namespace wirelab::cli {

/// Nothing if the scenario is wrong; then all its faults have been said. `name_or_path`: data_files.h.
std::optional<scenario::Loaded> load_or_complain(const std::string& name_or_path,
                                                 const std::vector<std::string>& settings,
                                                 std::optional<std::uint64_t> seed);

/// Says which pictures were not drawn and why. `demanded`: the user asked for pictures, so that a missing gnuplot is a
/// failure; otherwise it is a remark.
bool tell_plots(const PlotReport& report, bool demanded);

}  // namespace wirelab::cli
