#pragma once
// Whether a scenario holds anything random, so that repeating it with other seeds makes sense.

#include "scenario/model.h"

namespace wirelab::cli {

/// Random values, arrivals, pairings, random losses and impairments count. What only shifts by fractions of a timer
/// tick with the seed (timer phases, initial sequence numbers, ports) does not.
bool depends_on_seed(const scenario::Scenario& s);

}  // namespace wirelab::cli
