#include "scenario/build.h"

#include <algorithm>

#include "app/random_value.h"
#include "routing/static_route.h"

namespace wirelab::scenario {

namespace {

/// `processing` of a node as the IP layer asks for it.
class DrawnProcessing final : public ProcessingDelay {
 public:
  DrawnProcessing(Distribution d, RandomStream random) : distribution_(d), random_(random) {}
  Duration next() override { return draw_duration(distribution_, random_); }

 private:
  Distribution distribution_;
  RandomStream random_;
};

NodeConfig node_config(const Scenario& scenario, const Node& node) {
  NodeConfig config;
  config.id = node.id;
  config.router = node.type == Node::Type::Router;
  config.deny = node.deny;
  if (!(node.processing == Distribution{})) {
    config.processing = std::make_shared<DrawnProcessing>(
        node.processing, RandomStream(scenario.seed, Purpose::ThinkTime, component_of(node.id)));
  }
  return config;
}

/// A direction whose rate, delay or state an event changes, or that starts down, works step by step.
std::vector<std::array<LinkKind, 2>> kinds_of_links(const Scenario& scenario) {
  std::vector<std::array<LinkKind, 2>> kinds(scenario.links.size(), {LinkKind::Computed, LinkKind::Computed});
  for (std::size_t i = 0; i < scenario.links.size(); ++i) {
    for (std::size_t d : {kForward, kBackward}) {
      if (!scenario.links[i].directions[d].config.up) kinds[i][d] = LinkKind::Stepped;
    }
  }
  for (const Event& event : scenario.events) {
    const auto* change = std::get_if<LinkEvent>(&event.what);
    if (change == nullptr) continue;
    for (std::size_t d : {kForward, kBackward}) {
      const auto& set = change->set[d];
      if (set && (set->rate || set->delay || set->up)) kinds[change->link][d] = LinkKind::Stepped;
    }
  }
  return kinds;
}

std::vector<LinkPairConfig> link_configs(const Scenario& scenario) {
  const auto kinds = kinds_of_links(scenario);
  std::vector<LinkPairConfig> configs(scenario.links.size());
  for (std::size_t i = 0; i < configs.size(); ++i) {
    const Link& link = scenario.links[i];
    configs[i].id = link.id;
    for (std::size_t end : {kForward, kBackward}) {
      const LinkEnd& at = link.ends[end];
      configs[i].ends[end] = {at.node, at.address, Ipv4Prefix(at.address, at.prefix_length)};
      configs[i].directions[end] = link.directions[end].config;
      configs[i].kinds[end] = kinds[i][end];
    }
  }
  return configs;
}

RoutingGraph routing_graph(const Scenario& scenario, const Network& network) {
  RoutingGraph graph;
  for (const Node& node : scenario.nodes) graph.forwards.push_back(node.type == Node::Type::Router);
  for (LinkIndex i = 0; i < scenario.links.size(); ++i) {
    const Link& link = scenario.links[i];
    RoutingGraph::Link l;
    for (std::size_t end : {kForward, kBackward}) {
      const LinkEnd& at = link.ends[end];
      l.ends[end] = {at.node, network.interface_at(i, static_cast<int>(end)), at.address};
    }
    l.subnet = Ipv4Prefix(link.ends[0].address, link.ends[0].prefix_length);
    l.up = link.directions[kForward].config.up && link.directions[kBackward].config.up;
    graph.links.push_back(l);
  }
  return graph;
}

void add_static_routes(const Scenario& scenario, Network& network) {
  for (NodeIndex n = 0; n < scenario.nodes.size(); ++n) {
    Ip& ip = network.node(n).ip();
    for (const StaticRoute& r : scenario.nodes[n].routes) {
      const auto route = static_route(ip.interfaces(), r.to, r.via, r.metric);
      WIRELAB_ASSERT(route.has_value());  // the reader has checked that `via` is a neighbour
      ip.routes().add(*route);
    }
  }
}

/// The largest base round-trip time of the apps that cross each direction.
std::vector<std::array<Duration, 2>> largest_base_rtts(const Scenario& scenario, Built& built) {
  std::vector<std::array<Duration, 2>> largest(scenario.links.size());
  for (const App& app : scenario.apps) {
    const std::size_t pairs = std::max(app.from.size(), app.to.size());
    for (std::size_t k = 0; k < pairs; ++k) {
      const NodeIndex from = app.from[k % app.from.size()].node, to = app.to[k % app.to.size()].node;
      const Way there = find_way(scenario, built, from, to), back = find_way(scenario, built, to, from);
      if (!there.arrives || !back.arrives) continue;
      for (const Way* way : {&there, &back}) {
        for (const Way::Hop& hop : way->hops) {
          Duration& d = largest[hop.link][static_cast<std::size_t>(hop.direction)];
          d = std::max(d, there.delay + back.delay);
        }
      }
    }
  }
  return largest;
}

void set_bdp_limits(const Scenario& scenario, Built& built) {
  const auto in_bdp = [](const LinkDirection& d) { return d.queue.needs_bdp(); };
  const bool any = std::any_of(scenario.links.begin(), scenario.links.end(), [&](const Link& link) {
    return std::any_of(link.directions.begin(), link.directions.end(), in_bdp);
  });
  if (!any) return;
  const auto rtts = largest_base_rtts(scenario, built);
  for (LinkIndex i = 0; i < scenario.links.size(); ++i) {
    for (std::size_t d : {kForward, kBackward}) {
      const LinkDirection& direction = scenario.links[i].directions[d];
      if (!in_bdp(direction)) continue;
      const Bytes bdp = direction.config.rate.bytes_in(rtts[i][d]);
      const auto part = [&](std::int64_t millionths) {
        return Bytes(static_cast<std::int64_t>(static_cast<Int128>(bdp.count()) * millionths / 1'000'000));
      };
      QueueLimit limit = limit_of(direction.queue);
      if (direction.queue.unit == QueueSpec::Unit::Bdp) {
        // At least one full packet: a queue shorter than that could never hold any.
        limit.packets = std::numeric_limits<std::uint32_t>::max();
        limit.bytes = std::max(part(direction.queue.amount), Bytes(direction.config.mtu));
      }
      if (direction.queue.ecn_amount >= 0 && direction.queue.ecn_unit == QueueSpec::Unit::Bdp) {
        limit.ecn = EcnThreshold::bytes(part(direction.queue.ecn_amount).count());
      }
      built.network->direction(i, static_cast<int>(d)).set_queue_limit(limit);
    }
  }
}

}  // namespace

Built build_network(const Scenario& scenario) {
  std::vector<NodeConfig> nodes;
  nodes.reserve(scenario.nodes.size());
  for (const Node& node : scenario.nodes) nodes.push_back(node_config(scenario, node));
  Built built;
  built.network = std::make_unique<Network>(scenario.seed, nodes, link_configs(scenario));
  Network& network = *built.network;
  built.addresses.resize(scenario.nodes.size());
  built.interfaces.resize(scenario.nodes.size());
  for (LinkIndex i = 0; i < scenario.links.size(); ++i) {
    for (int end = 0; end < 2; ++end) {
      const LinkEnd& at = scenario.links[i].ends[static_cast<std::size_t>(end)];
      if (built.interfaces[at.node].empty()) built.addresses[at.node] = at.address;
      built.interfaces[at.node].push_back({i, end});  // in the order in which the network has added them
    }
  }
  if (scenario.routing.type == Routing::Type::ShortestPath) {
    built.routes = std::make_unique<ShortestPaths>(routing_graph(scenario, network), scenario.routing.ecmp);
    for (NodeIndex n = 0; n < scenario.nodes.size(); ++n) built.routes->serve(network.node(n).ip().routes(), n);
  }
  add_static_routes(scenario, network);
  set_bdp_limits(scenario, built);
  return built;
}

LineConfig line_config(const Scenario& scenario, const Built& built, const App& app) {
  std::vector<std::shared_ptr<const tcp::TcpConfig>> configs(scenario.tcp_configs.size());
  const auto ends = [&](const std::vector<Endpoint>& from) {
    std::vector<LineEndConfig> to;
    for (const Endpoint& e : from) {
      auto& config = configs[e.tcp];
      if (config == nullptr) config = std::make_shared<const tcp::TcpConfig>(scenario.tcp_configs[e.tcp]);
      to.push_back({&built.network->node(e.node), e.node, built.addresses[e.node], config});
    }
    return to;
  };
  LineConfig c;
  c.id = app.id;
  c.kind = app.kind;
  c.from = ends(app.from);
  c.to = ends(app.to);
  c.random_pairing = app.random_pairing;
  c.start = app.start;
  c.stop = app.stop;
  c.abort = app.abort;
  c.reverse = app.reverse;
  c.port = app.port;
  c.count = app.count;
  c.stagger = app.stagger;
  c.arrivals_per_second = app.arrivals_per_second;
  c.many = app.many;
  const bool is_udp = std::holds_alternative<CbrApp>(app.kind) || std::holds_alternative<OnOffApp>(app.kind);
  c.meets_copies =
      is_udp && std::any_of(scenario.links.begin(), scenario.links.end(), [](const Link& link) {
        return link.directions[kForward].config.duplicate > 0 || link.directions[kBackward].config.duplicate > 0;
      });
  return c;
}

Way find_way(const Scenario& scenario, Built& built, NodeIndex from, NodeIndex to) {
  const Ipv4Address destination = built.addresses[to];
  Way way;
  way.ends_at = from;
  while (way.hops.size() <= scenario.links.size()) {
    ForwardingTable& table = built.network->node(way.ends_at).ip().routes();
    const RouteDecision decision = table.find(destination);
    std::size_t interface = decision.index;
    int of = 1;
    switch (decision.kind) {
      case RouteDecision::Kind::Local: way.arrives = true; return way;
      case RouteDecision::Kind::Connected:
      case RouteDecision::Kind::Gateway: break;
      case RouteDecision::Kind::Multipath:
        interface = table.members(decision.index).front();
        of = static_cast<int>(table.members(decision.index).size());
        break;
      default: return way;
    }
    Way::Hop hop = built.interfaces[way.ends_at][interface];
    hop.of = of;
    const Link& link = scenario.links[hop.link];
    way.hops.push_back(hop);
    way.delay += link.directions[static_cast<std::size_t>(hop.direction)].config.delay;
    way.ends_at = link.ends[static_cast<std::size_t>(1 - hop.direction)].node;
  }
  return way;  // a loop
}

}  // namespace wirelab::scenario
