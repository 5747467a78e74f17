#pragma once
// Whether a scenario holds anything random, so that repeating it with other seeds makes sense.

#include "scenario/model.h"

namespace wirelab::cli {

/// Random values, arrivals, pairings, random losses and impairments count, ECMP, and the phase of each host's timer
/// ticks (`exact_timers` off), which full queues amplify to other losses. What no result shows does not: initial
/// sequence numbers and ports.
bool depends_on_seed(const scenario::Scenario& s);

}  // namespace wirelab::cli
