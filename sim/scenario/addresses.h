#pragma once
// Addresses of link ends: as written, or assigned.

#include <vector>

#include "scenario/network_reader.h"

namespace wirelab::scenario {

/// `written[i]` is the value of link i's `addresses`, or nullptr. A link without gets a subnet of its own: a /24 of
/// 10.0.0.0/8, or a /30 where there are more than 60,000 links; .1 for the first node, .2 for the second. What is
/// assigned never meets a written subnet, and depends on the order of the links alone.
void set_addresses(Documents& docs, Network& network, const std::vector<const Value*>& written);

}  // namespace wirelab::scenario
