#pragma once
// Topologies by rule, with the node names that `wirelab list topologies` promises. A generator emits only what its
// parameters say; all else comes from `defaults.link`. Sizes are checked before anything is made.

#include "scenario/reader.h"
#include "scenario/tables.h"
#include "scenario/topology.h"

namespace wirelab::scenario {

/// Adds the generator's nodes and links to `tree`. `params` is an object; `named_at` is where the generator was named,
/// to which everything that no parameter decides is ascribed.
void generate(Documents& docs, const Entry& generator, const Value& params, Origin named_at, TopologyTree& tree);

}  // namespace wirelab::scenario
