#pragma once
// Waxman's random graph (B. M. Waxman, "Routing of multipoint connections", 1988).

#include "scenario/generator_base.h"

namespace wirelab::scenario {

/// Routers at random places of a square; each pair is linked with probability alpha exp(-distance / (beta diagonal)).
/// What is not connected is then joined by the shortest missing links. Delays follow the distance, in whole
/// microseconds.
void generate_waxman(Generation& g);

}  // namespace wirelab::scenario
