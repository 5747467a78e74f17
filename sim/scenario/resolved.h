#pragma once
// scenario.json: what ran, in strict JSON, with topology, parameters, overrides, addresses and ports filled in.

#include <string>

#include "scenario/network_reader.h"
#include "scenario/value.h"

namespace wirelab::scenario {

/// `tree` is the file after `--set` and parameters; `node_tcp` holds each node's own TCP options, nullptr for none.
/// Loading the text again gives the same scenario and the same text.
std::string resolved_text(const Scenario& scenario, const Value& tree, const std::vector<const Value*>& node_tcp);

}  // namespace wirelab::scenario
