#pragma once
// From the flat list of a topology to typed nodes and links with addresses and written routes.

#include <string>
#include <vector>

#include "scenario/model.h"
#include "scenario/names.h"
#include "scenario/reader.h"
#include "scenario/topology.h"

namespace wirelab::scenario {

struct Network {
  std::vector<Node> nodes;
  std::vector<Link> links;
  Names node_names{"node", "nodes"}, link_names{"link", "links"};
  std::vector<std::vector<LinkIndex>> links_of;  ///< by node, ascending
  std::vector<const Value*> node_tcp;            ///< `tcp` of each node, nullptr for none; lives in the tree
};

/// `link_defaults`: the scenario's `defaults.link`, nullptr for none; it outranks the topology's own.
Network read_network(Documents& docs, const TopologyTree& tree, const Value* link_defaults);

/// Routes of node `at`: `to` a prefix, a node or "default"; `via` a neighbour's address or id.
std::vector<StaticRoute> read_routes(Documents& docs, const Value& v, const Network& network, NodeIndex at);

}  // namespace wirelab::scenario
