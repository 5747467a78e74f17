#include "routing/shortest_paths.h"

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <limits>
#include <map>
#include <span>
#include <tuple>
#include <utility>

#include "core/assert.h"

namespace wirelab {

namespace {

using Cost = std::uint32_t;
constexpr Cost kUnreached = std::numeric_limits<Cost>::max();
constexpr std::uint32_t kNoVertex = 0xffffffff;

struct Edge {
  Cost cost;
  InterfaceId interface;  // of the node it leaves
  std::uint32_t far_end;  // its address, as the gateway
};

using Graph = boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, Edge, boost::no_property,
                                                 std::uint32_t, std::uint32_t>;

}  // namespace

/// Vertices: a router is one; a host with several links is two, one that paths end in and one that they begin in, so
/// that none leads through it. What has no more than one link and does not forward is none.
struct ShortestPaths::Core {
  Graph graph;
  std::vector<std::uint32_t> entry, exit;  // by node, or kNoVertex
};

/// What one node knows: by vertex the distance and the set of first hops. Set 0 is empty.
struct ShortestPaths::Tree {
  std::vector<Cost> distance;
  std::vector<std::uint16_t> first_hops;
  std::vector<std::vector<NextHop>> sets{1};

  std::uint16_t set_number(std::vector<NextHop> hops) {
    const auto at = std::find(sets.begin(), sets.end(), hops);
    if (at != sets.end()) return static_cast<std::uint16_t>(at - sets.begin());
    WIRELAB_ASSERT(sets.size() < 0xffff);
    sets.push_back(std::move(hops));
    return static_cast<std::uint16_t>(sets.size() - 1);
  }

  /// Of two ways that cost the same: both, or the one that leaves by the lower interface.
  std::uint16_t join(std::uint16_t a, std::uint16_t b, bool ecmp) {
    if (a == b || b == 0) return a;
    if (a == 0) return b;
    if (!ecmp) return sets[a][0].interface <= sets[b][0].interface ? a : b;
    const auto known = joined.find(std::minmax(a, b));
    if (known != joined.end()) return known->second;
    std::vector<NextHop> both = sets[a];
    for (const NextHop& hop : sets[b]) {
      if (std::find(both.begin(), both.end(), hop) == both.end()) both.push_back(hop);
    }
    std::sort(both.begin(), both.end(), [](const NextHop& x, const NextHop& y) { return x.interface < y.interface; });
    const std::uint16_t number = set_number(std::move(both));
    joined.emplace(std::minmax(a, b), number);
    return number;
  }

  std::map<std::pair<std::uint16_t, std::uint16_t>, std::uint16_t> joined;
};

namespace {

/// Carries first hops along while Dijkstra's algorithm goes outwards: when a vertex is examined, all that are nearer
/// have been, so its own set is final (costs are at least 1).
template <class Tree>
struct FirstHops : boost::default_dijkstra_visitor {
  FirstHops(Tree& t, std::uint32_t s, bool e) : tree(&t), source(s), ecmp(e) {}

  template <class Descriptor>
  void examine_edge(Descriptor e, const Graph& g) {
    const std::uint32_t u = boost::source(e, g), v = boost::target(e, g);
    const Cost cost = tree->distance[u] + g[e].cost;
    if (cost > tree->distance[v] || v == source) return;
    const std::uint16_t hops =
        u == source ? tree->set_number({NextHop{g[e].interface, Ipv4Address(g[e].far_end)}}) : tree->first_hops[u];
    std::uint16_t& set = tree->first_hops[v];
    set = cost < tree->distance[v] ? hops : tree->join(set, hops, ecmp);
  }

  Tree* tree;
  std::uint32_t source;
  bool ecmp;
};

}  // namespace

ShortestPaths::ShortestPaths(RoutingGraph graph, bool ecmp) : graph_(std::move(graph)), ecmp_(ecmp) {
  const std::size_t nodes = graph_.forwards.size();
  first_link_of_.assign(nodes + 1, 0);
  for (const RoutingGraph::Link& link : graph_.links) {
    for (const RoutingGraph::End& end : link.ends) {
      WIRELAB_ASSERT(end.node < nodes);
      ++first_link_of_[end.node + 1];
    }
    for (const Cost cost : link.cost) WIRELAB_ASSERT(cost >= 1 && cost <= 0xffff);
  }
  for (std::size_t n = 0; n < nodes; ++n) first_link_of_[n + 1] += first_link_of_[n];
  links_of_.resize(first_link_of_[nodes]);
  std::vector<std::uint32_t> next(first_link_of_.begin(), first_link_of_.end() - 1);
  for (std::uint32_t l = 0; l < graph_.links.size(); ++l) {
    for (const RoutingGraph::End& end : graph_.links[l].ends) links_of_[next[end.node]++] = l;
  }

  subnets_.resize(graph_.links.size());
  for (std::uint32_t l = 0; l < subnets_.size(); ++l) subnets_[l] = l;
  const auto order = [this](std::uint32_t l) {
    const Ipv4Prefix& p = graph_.links[l].subnet;
    return std::tuple(-p.length(), p.address(), l);
  };
  std::sort(subnets_.begin(), subnets_.end(), [&](std::uint32_t a, std::uint32_t b) { return order(a) < order(b); });
  first_of_length_.assign(34, static_cast<std::uint32_t>(subnets_.size()));
  for (std::uint32_t i = static_cast<std::uint32_t>(subnets_.size()); i-- > 0;) {
    first_of_length_[static_cast<std::size_t>(32 - graph_.links[subnets_[i]].subnet.length())] = i;
  }
  for (std::size_t i = 33; i-- > 0;) first_of_length_[i] = std::min(first_of_length_[i], first_of_length_[i + 1]);
  recompute();
}

ShortestPaths::~ShortestPaths() = default;

void ShortestPaths::serve(ForwardingTable& table, std::uint32_t node) {
  table.set_source(this, node);
  tables_.push_back(&table);
}

void ShortestPaths::set_link_up(std::uint32_t link, bool up) { graph_.links[link].up = up; }

void ShortestPaths::recompute() {
  const std::size_t nodes = graph_.forwards.size();
  up_.resize(graph_.links.size());
  for (std::size_t l = 0; l < up_.size(); ++l) up_[l] = graph_.links[l].up;

  auto core = std::make_unique<Core>();
  core->entry.assign(nodes, kNoVertex);
  core->exit.assign(nodes, kNoVertex);
  std::uint32_t vertices = 0;
  for (std::size_t n = 0; n < nodes; ++n) {
    const bool several = first_link_of_[n + 1] - first_link_of_[n] > 1;
    if (!graph_.forwards[n] && !several) continue;
    core->entry[n] = vertices++;
    core->exit[n] = graph_.forwards[n] ? core->entry[n] : vertices++;
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  std::vector<Edge> properties;
  for (std::size_t l = 0; l < up_.size(); ++l) {
    if (!up_[l]) continue;
    const RoutingGraph::Link& link = graph_.links[l];
    for (std::size_t from = 0; from < 2; ++from) {
      const RoutingGraph::End &near = link.ends[from], &far = link.ends[1 - from];
      if (core->exit[near.node] == kNoVertex || core->entry[far.node] == kNoVertex) continue;
      edges.emplace_back(core->exit[near.node], core->entry[far.node]);
      properties.push_back(Edge{link.cost[from], near.interface, far.address.bits()});
    }
  }
  core->graph = Graph(boost::edges_are_unsorted_multi_pass, edges.begin(), edges.end(), properties.begin(), vertices);
  core_ = std::move(core);
  trees_.clear();
  trees_.resize(nodes);
  for (ForwardingTable* const table : tables_) table->invalidate();
}

ShortestPaths::Tree& ShortestPaths::tree_of(std::uint32_t node) {
  if (trees_[node] != nullptr) return *trees_[node];
  trees_[node] = std::make_unique<Tree>();
  Tree& tree = *trees_[node];
  const std::uint32_t source = core_->exit[node];
  const std::size_t vertices = boost::num_vertices(core_->graph);
  tree.distance.assign(vertices, kUnreached);
  tree.first_hops.assign(vertices, 0);
  boost::dijkstra_shortest_paths(core_->graph, source,
                                 boost::weight_map(boost::get(&Edge::cost, core_->graph))
                                     .distance_map(boost::make_iterator_property_map(
                                         tree.distance.begin(), boost::get(boost::vertex_index, core_->graph)))
                                     .distance_inf(kUnreached)
                                     .visitor(FirstHops<Tree>(tree, source, ecmp_)));
  tree.joined.clear();
  return tree;
}

std::optional<std::uint32_t> ShortestPaths::link_of(Ipv4Address destination) const {
  for (int length = 32; length >= 0; --length) {
    const auto at = static_cast<std::size_t>(32 - length);
    const auto first = subnets_.begin() + first_of_length_[at], last = subnets_.begin() + first_of_length_[at + 1];
    const Ipv4Address network = Ipv4Prefix(destination, length).address();
    for (auto i =
             std::lower_bound(first, last, network,
                              [this](std::uint32_t l, Ipv4Address a) { return graph_.links[l].subnet.address() < a; });
         i != last && graph_.links[*i].subnet.address() == network; ++i) {
      if (up_[*i]) return *i;
    }
  }
  return std::nullopt;
}

bool ShortestPaths::has_default(std::uint32_t node) const { return core_->exit[node] == kNoVertex; }

RouteSource::Found ShortestPaths::default_of(std::uint32_t node) {
  if (first_link_of_[node] == first_link_of_[node + 1]) return {};
  const std::uint32_t l = links_of_[first_link_of_[node]];
  const RoutingGraph::Link& link = graph_.links[l];
  const std::size_t here = link.ends[0].node == node ? 0 : 1;
  if (!up_[l] || !graph_.forwards[link.ends[1 - here].node]) return {};
  answer_.assign(1, NextHop{link.ends[here].interface, link.ends[1 - here].address});
  return {Ipv4Prefix(Ipv4Address{}, 0), answer_};
}

/// The nearer end of the link decides; of two ends equally near both, joined like any other equal costs. No hops: the
/// node is on the link itself.
std::optional<ShortestPaths::Way> ShortestPaths::way_to(std::uint32_t node, std::uint32_t link) {
  Tree& tree = tree_of(node);
  std::optional<Way> best;
  for (std::size_t i = 0; i < 2; ++i) {
    const RoutingGraph::End& end = graph_.links[link].ends[i];
    const std::uint64_t last = graph_.links[link].cost[i];
    if (end.node == node) return Way{last, 0};
    const std::uint32_t vertex = core_->entry[end.node];
    if (!graph_.forwards[end.node] || tree.distance[vertex] == kUnreached) continue;
    const Way way{tree.distance[vertex] + last, tree.first_hops[vertex]};
    if (!best || way.cost < best->cost) {
      best = way;
    } else if (way.cost == best->cost) {
      best->set = tree.join(best->set, way.set, ecmp_);
    }
  }
  return best;
}

RouteSource::Found ShortestPaths::find(std::uint32_t node, Ipv4Address destination) {
  if (has_default(node)) return default_of(node);
  const auto link = link_of(destination);
  if (!link) return {};
  const auto way = way_to(node, *link);
  if (!way) return {};
  return {graph_.links[*link].subnet, tree_of(node).sets[way->set]};
}

std::optional<std::uint64_t> ShortestPaths::cost_to(std::uint32_t node, Ipv4Address destination) {
  const auto link = link_of(destination);
  if (!link) return std::nullopt;
  if (!has_default(node)) {
    const auto way = way_to(node, *link);
    return way ? std::optional(way->cost) : std::nullopt;
  }
  if (first_link_of_[node] == first_link_of_[node + 1]) return std::nullopt;
  const std::uint32_t own = links_of_[first_link_of_[node]];
  const RoutingGraph::Link& first = graph_.links[own];
  const std::size_t here = first.ends[0].node == node ? 0 : 1;
  if (!up_[own]) return std::nullopt;
  if (own == *link) return first.cost[here];
  const std::uint32_t router = first.ends[1 - here].node;
  if (!graph_.forwards[router]) return std::nullopt;
  const auto way = way_to(router, *link);
  return way ? std::optional(way->cost + first.cost[here]) : std::nullopt;
}

std::vector<Route> ShortestPaths::routes_of(std::uint32_t node) {
  std::vector<Route> routes;
  if (has_default(node)) {
    const Found found = default_of(node);
    for (const NextHop& hop : found.hops) routes.push_back({found.to, hop, 0, RouteOrigin::Computed});
    return routes;
  }
  for (const std::uint32_t l : subnets_) {
    if (!up_[l]) continue;
    const auto way = way_to(node, l);
    if (!way) continue;
    const auto metric = static_cast<std::uint32_t>(std::min<std::uint64_t>(way->cost, 0xffffffff));
    for (const NextHop& hop : tree_of(node).sets[way->set]) {
      routes.push_back({graph_.links[l].subnet, hop, metric, RouteOrigin::Computed});
    }
  }
  std::stable_sort(routes.begin(), routes.end(), [](const Route& a, const Route& b) { return a.to < b.to; });
  return routes;
}

}  // namespace wirelab
