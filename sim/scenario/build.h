#pragma once
// From a typed scenario to the network that it describes: nodes, links and routes. Apps and events come on top
// (run.h), since `check` looks at the network alone.

#include <memory>
#include <optional>
#include <vector>

#include "app/line.h"
#include "node/network.h"
#include "routing/shortest_paths.h"
#include "scenario/model.h"

namespace wirelab::scenario {

/// The way that a packet takes from node to node.
struct Way {
  struct Hop {
    LinkIndex link = 0;
    int direction = 0;  ///< kForward or kBackward
    int of = 1;         ///< ways of equal cost, of which this is the first; a hash of the flow picks one
  };
  std::vector<Hop> hops;
  bool arrives = false;   ///< false: no route, or a loop
  NodeIndex ends_at = 0;  ///< where it stops if it does not arrive
  Duration delay;         ///< propagation, both ends' processing apart
};
struct Built {
  std::unique_ptr<ShortestPaths> routes;  ///< none with static routing; outlives the network's tables
  std::unique_ptr<Network> network;
  std::vector<Ipv4Address> addresses;             ///< by node: by which others call it, its first interface's
  std::vector<std::vector<Way::Hop>> interfaces;  ///< by node and interface: the direction that leaves by it
};

/// Queue limits in bandwidth-delay products are worked out here, from the routes at the start; those that no app
/// crosses keep one packet (check_paths reports them).
Built build_network(const Scenario& scenario);

/// One line of apps as the app layer takes it.
LineConfig line_config(const Scenario& scenario, const Built& built, const App& app);

/// By the forwarding tables as they are now. A multipath hop takes its first member.
Way find_way(const Scenario& scenario, Built& built, NodeIndex from, NodeIndex to);

}  // namespace wirelab::scenario
