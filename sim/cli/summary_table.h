#pragma once
// What a run came to, for people: the table that `wirelab run` prints.

#include <string>

#include "record/summary.h"

namespace wirelab::cli {

/// Apps, the links that mattered, fairness, speed, and every expectation that did not hold. Long lists are cut; the
/// whole is in summary.json.
std::string summary_table(const RunSummary& summary);

}  // namespace wirelab::cli
