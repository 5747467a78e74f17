#include "routing/shortest_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>

namespace wirelab {
namespace {

using ::testing::ElementsAre;

/// Nodes by number, links with subnets 10.x.y.0/30 in the order of adding; .1 is the first end, .2 the second.
struct Net {
  RoutingGraph graph;
  std::vector<InterfaceId> interfaces;

  std::uint32_t node(bool forwards) {
    graph.forwards.push_back(forwards);
    interfaces.push_back(0);
    return static_cast<std::uint32_t>(graph.forwards.size() - 1);
  }
  std::uint32_t router() { return node(true); }
  std::uint32_t host() { return node(false); }
  std::uint32_t link(std::uint32_t a, std::uint32_t b, std::uint32_t cost = 1) {
    const auto n = static_cast<std::uint32_t>(graph.links.size());
    const std::uint32_t base = 0x0a000000u + n * 4;
    RoutingGraph::Link l;
    l.ends[0] = {a, interfaces[a]++, Ipv4Address(base + 1)};
    l.ends[1] = {b, interfaces[b]++, Ipv4Address(base + 2)};
    l.subnet = Ipv4Prefix(Ipv4Address(base), 30);
    l.cost = {cost, cost};
    graph.links.push_back(l);
    return n;
  }
  Ipv4Address address(std::uint32_t link, std::size_t end) const { return graph.links[link].ends[end].address; }
};

/// The interfaces by which `node` sends to `destination`.
std::vector<InterfaceId> ways(ShortestPaths& paths, std::uint32_t node, Ipv4Address destination) {
  std::vector<InterfaceId> out;
  for (const NextHop& hop : paths.find(node, destination).hops) out.push_back(hop.interface);
  return out;
}

TEST(ShortestPaths, ARouterReachesEveryLinkByTheFewestHops) {
  Net n;  // a triangle with a tail: r0-r1, r1-r2, r0-r2, r2-r3
  for (int i = 0; i < 4; ++i) n.router();
  n.link(0, 1);
  const auto l12 = n.link(1, 2);
  n.link(0, 2);
  const auto l23 = n.link(2, 3);
  ShortestPaths paths(n.graph, false);
  EXPECT_THAT(ways(paths, 0, n.address(l23, 1)), ElementsAre(1));
  EXPECT_EQ(paths.cost_to(0, n.address(l23, 1)), 2u);
  EXPECT_THAT(ways(paths, 1, n.address(l23, 0)), ElementsAre(1));
  const auto found = paths.find(0, n.address(l23, 1));
  EXPECT_EQ(found.to, n.graph.links[l23].subnet);
  EXPECT_EQ(found.hops[0].gateway, n.address(2, 1)) << "the neighbour's address on the link";
  EXPECT_THAT(ways(paths, 0, n.address(l12, 0)), ElementsAre(0)) << "equally near by both ends: the first link";
  EXPECT_TRUE(paths.find(0, n.address(0, 1)).hops.empty()) << "its own link is a connected route";
  EXPECT_TRUE(paths.find(0, Ipv4Address(99, 0, 0, 1)).hops.empty());
}

TEST(ShortestPaths, CostsDecideBeforeHops) {
  Net n;
  for (int i = 0; i < 3; ++i) n.router();
  const auto host = n.host();
  n.link(0, 2, 10);
  n.link(0, 1, 3);
  n.link(1, 2, 3);
  const auto stub = n.link(2, host);
  ShortestPaths paths(n.graph, false);
  EXPECT_THAT(ways(paths, 0, n.address(stub, 1)), ElementsAre(1));
  EXPECT_EQ(paths.cost_to(0, n.address(stub, 1)), 7u);
}

TEST(ShortestPaths, CostsMayDifferByDirection) {
  Net n;
  for (int i = 0; i < 3; ++i) n.router();
  const auto host = n.host();
  const auto direct = n.link(0, 2);
  n.link(0, 1);
  n.link(1, 2);
  const auto stub = n.link(2, host);
  n.graph.links[direct].cost = {9, 1};
  ShortestPaths paths(n.graph, false);
  EXPECT_THAT(ways(paths, 0, n.address(stub, 1)), ElementsAre(1));
  EXPECT_EQ(paths.cost_to(2, n.address(1, 0)), 2u);
}

TEST(ShortestPaths, TiesGoToTheFirstLinkOrWithEcmpToAll) {
  Net n;  // a diamond: r0 to r3 by r1 or r2, and a parallel link r0-r1
  for (int i = 0; i < 4; ++i) n.router();
  const auto host = n.host();
  n.link(0, 2);
  n.link(0, 1);
  n.link(1, 3);
  n.link(2, 3);
  n.link(0, 1);
  const auto stub = n.link(3, host);
  ShortestPaths one(n.graph, false), all(n.graph, true);
  EXPECT_THAT(ways(one, 0, n.address(stub, 1)), ElementsAre(0));
  EXPECT_THAT(ways(all, 0, n.address(stub, 1)), ElementsAre(0, 1, 2));
  EXPECT_THAT(ways(all, 2, n.address(stub, 1)), ElementsAre(1));
}

TEST(ShortestPaths, PathsNeverLeadThroughAHost) {
  Net n;  // r0 - h - r1, and the long way r0 - r2 - r3 - r1
  const auto r0 = n.router(), r1 = n.router(), r2 = n.router(), r3 = n.router(), h = n.host(), end = n.host();
  n.link(r0, h);
  const auto to_h = n.link(h, r1);
  n.link(r0, r2);
  n.link(r2, r3);
  n.link(r3, r1);
  const auto stub = n.link(r1, end);
  ShortestPaths paths(n.graph, false);
  EXPECT_THAT(ways(paths, r0, n.address(stub, 1)), ElementsAre(1));
  EXPECT_EQ(paths.cost_to(r0, n.address(stub, 1)), 4u);
  EXPECT_THAT(ways(paths, r0, n.address(to_h, 0)), ElementsAre(1)) << "a host does not forward to its other link";
  EXPECT_THAT(ways(paths, h, n.address(stub, 1)), ElementsAre(1)) << "a host with two links chooses";
}

TEST(ShortestPaths, AHostWithOneLinkHasADefaultRoute) {
  Net n;
  const auto r = n.router(), h = n.host();
  const auto l = n.link(r, h);
  ShortestPaths paths(n.graph, false);
  const auto found = paths.find(h, Ipv4Address(99, 0, 0, 1));
  EXPECT_EQ(found.to, Ipv4Prefix(Ipv4Address{}, 0));
  ASSERT_EQ(found.hops.size(), 1u);
  EXPECT_EQ(found.hops[0].gateway, n.address(l, 0));
  EXPECT_THAT(paths.routes_of(h),
              ElementsAre(Route{Ipv4Prefix(Ipv4Address{}, 0), found.hops[0], 0, RouteOrigin::Computed}));
}

TEST(ShortestPaths, TwoHostsAloneHaveOnlyTheirLink) {
  Net n;
  const auto a = n.host(), b = n.host();
  n.link(a, b);
  ShortestPaths paths(n.graph, false);
  EXPECT_TRUE(paths.find(a, Ipv4Address(99, 0, 0, 1)).hops.empty());
  EXPECT_TRUE(paths.routes_of(b).empty());
}

TEST(ShortestPaths, ALinkThatGoesDownCountsFromTheNextRecompute) {
  Net n;
  for (int i = 0; i < 3; ++i) n.router();
  const auto host = n.host();
  const auto direct = n.link(0, 2);
  n.link(0, 1);
  n.link(1, 2);
  const auto stub = n.link(2, host);
  ShortestPaths paths(n.graph, false);
  ForwardingTable table;
  paths.serve(table, 0);
  const Ipv4Address destination = n.address(stub, 1);
  EXPECT_EQ(table.find(destination).index, 0);
  paths.set_link_up(direct, false);
  EXPECT_EQ(table.find(destination).index, 0);
  paths.recompute();
  EXPECT_EQ(table.find(destination).index, 1);
  paths.set_link_up(direct, true);
  paths.recompute();
  EXPECT_EQ(table.find(destination).index, 0);
  paths.set_link_up(stub, false);
  paths.recompute();
  EXPECT_EQ(table.find(destination).kind, RouteDecision::Kind::NoRoute);
  EXPECT_TRUE(paths.find(host, destination).hops.empty()) << "a host whose link is down has no default either";
}

TEST(ShortestPaths, RoutesWrittenOutAreThoseThatAreFollowed) {
  Net n;
  for (int i = 0; i < 4; ++i) n.router();
  n.link(0, 1);
  n.link(1, 2);
  n.link(2, 3);
  n.link(3, 0);
  ShortestPaths paths(n.graph, true);
  const auto routes = paths.routes_of(0);
  // Links 1 and 2 are not its own; each is two away by one side and one by the other.
  ASSERT_EQ(routes.size(), 2u);
  EXPECT_EQ(routes[0].to, n.graph.links[1].subnet);
  EXPECT_EQ(routes[0].via.interface, 0);
  EXPECT_EQ(routes[0].metric, 2u);
  EXPECT_EQ(routes[1].to, n.graph.links[2].subnet);
  EXPECT_EQ(routes[1].via.interface, 1);
}

// Following next hops from anywhere reaches the destination at exactly the cost of the shortest path, worked out here
// by relaxing all edges until nothing changes (Bellman, Ford), with every member of an equal-cost set.
TEST(ShortestPaths, AgreeWithBellmanFordOnRandomNetworks) {
  std::mt19937 random(3);
  for (int round = 0; round < 30; ++round) {
    Net n;
    constexpr std::uint32_t kNodes = 14;
    for (std::uint32_t i = 0; i < kNodes; ++i) n.node(i < 11);
    for (int i = 0; i < 26; ++i) {
      const auto a = static_cast<std::uint32_t>(random() % kNodes);
      const auto b = static_cast<std::uint32_t>(random() % kNodes);
      const auto cost = static_cast<std::uint32_t>(1 + random() % 3);
      if (a != b) n.link(a, b, cost);
    }
    if (round % 2 == 1) n.graph.links[random() % n.graph.links.size()].up = false;
    ShortestPaths paths(n.graph, true);
    const auto& links = n.graph.links;
    for (std::uint32_t target = 0; target < links.size(); ++target) {
      constexpr std::uint64_t kFar = 1'000'000;
      std::vector<std::uint64_t> cost(kNodes, kFar);
      if (links[target].up) {
        for (std::size_t e = 0; e < 2; ++e) {
          auto& c = cost[links[target].ends[e].node];
          c = std::min<std::uint64_t>(c, links[target].cost[e]);
        }
      }
      for (std::uint32_t pass = 0; pass < kNodes; ++pass) {
        for (const auto& l : links) {
          for (std::size_t e = 0; e < 2 && l.up; ++e) {
            const std::uint32_t here = l.ends[e].node, next = l.ends[1 - e].node;
            if (n.graph.forwards[next]) cost[here] = std::min(cost[here], cost[next] + l.cost[e]);
          }
        }
      }
      for (std::uint32_t node = 0; node < kNodes; ++node) {
        const Ipv4Address destination = n.address(target, 0);
        const bool on_link = links[target].ends[0].node == node || links[target].ends[1].node == node;
        if (on_link) continue;
        const auto found = paths.find(node, destination);
        if (!n.graph.forwards[node] && n.interfaces[node] <= 1) continue;  // a default route promises nothing
        ASSERT_EQ(found.hops.empty(), cost[node] >= kFar);
        if (found.hops.empty()) continue;
        EXPECT_EQ(paths.cost_to(node, destination), cost[node]);
        std::set<InterfaceId> expected, got;
        for (const auto& l : links) {
          for (std::size_t e = 0; e < 2 && l.up; ++e) {
            const std::uint32_t next = l.ends[1 - e].node;
            if (l.ends[e].node == node && n.graph.forwards[next] && cost[next] + l.cost[e] == cost[node]) {
              expected.insert(l.ends[e].interface);
            }
          }
        }
        for (const NextHop& hop : found.hops) got.insert(hop.interface);
        EXPECT_EQ(got, expected);
      }
    }
  }
}

}  // namespace
}  // namespace wirelab
