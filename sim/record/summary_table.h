#pragma once
// The table that a run prints at its end.

#include <string>

#include "record/summary.h"

namespace wirelab {

/// Apps, bottlenecks, fairness, speed and expectations that did not hold: text of at most some 110 columns, with units,
/// ending with a line end.
std::string summary_table(const RunSummary& summary);

}  // namespace wirelab
