#pragma once
// Routes to every link's subnet by the least sum of costs, as a link-state protocol that has converged would have them
// (OSPF: RFC 2328 section 16.1). A cost of 1 for each link, the default, counts hops. Equal costs: the first hop with
// the lowest interface number, which is the order of links; with ECMP all of them.
//
// A node's tree is worked out when its first packet asks, so that large networks cost what they use: for each router in
// use six bytes by router. A host with one link has a default route and no tree.
//
// It does not speak a protocol and knows no time: what it says changes when recompute() is called, which the scenario
// does the `reconverge` delay after a link has gone down or up.

#include <cstdint>
#include <memory>
#include <vector>

#include "ip/forwarding_table.h"
#include "routing/graph.h"

namespace wirelab {

class ShortestPaths final : public RouteSource {
 public:
  ShortestPaths(RoutingGraph graph, bool ecmp);
  ~ShortestPaths();
  ShortestPaths(const ShortestPaths&) = delete;
  ShortestPaths& operator=(const ShortestPaths&) = delete;

  /// `table` asks this from now on, as node number `node` of the graph. Must outlive this.
  void serve(ForwardingTable& table, std::uint32_t node);

  /// Noted now, taken over by the next recompute().
  void set_link_up(std::uint32_t link, bool up);
  /// Routes follow the links as they are now; every table served forgets what it had learnt.
  void recompute();

  Found find(std::uint32_t node, Ipv4Address destination) override;
  /// The sum of costs from `node` to the link of `destination`, that link included; nothing if it is not reached.
  std::optional<std::uint64_t> cost_to(std::uint32_t node, Ipv4Address destination);
  /// All routes of a node, written out: a default route, or one (with ECMP: some) for each subnet that it reaches and
  /// is not on, by address.
  std::vector<Route> routes_of(std::uint32_t node);

 private:
  struct Tree;
  struct Core;  // the routers and their links as a Boost graph
  struct Way {
    std::uint64_t cost;
    std::uint16_t set;  // in the tree's sets
  };

  std::optional<std::uint32_t> link_of(Ipv4Address destination) const;
  bool has_default(std::uint32_t node) const;
  Tree& tree_of(std::uint32_t node);
  std::optional<Way> way_to(std::uint32_t node, std::uint32_t link);
  Found default_of(std::uint32_t node);

  RoutingGraph graph_;
  bool ecmp_;
  std::vector<bool> up_;                        // by link, as of the last recompute()
  std::vector<std::uint32_t> first_link_of_;    // links_of_ of node n: [first_link_of_[n], first_link_of_[n + 1])
  std::vector<std::uint32_t> links_of_;         // by node, then by interface
  std::vector<std::uint32_t> subnets_;          // links, by prefix length (longest first), then address
  std::vector<std::uint32_t> first_of_length_;  // 34 bounds into subnets_
  std::unique_ptr<Core> core_;
  std::vector<std::unique_ptr<Tree>> trees_;  // by node
  std::vector<ForwardingTable*> tables_;
  std::vector<NextHop> answer_;
};

}  // namespace wirelab
