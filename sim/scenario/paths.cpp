#include "scenario/paths.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "scenario/simulation.h"

namespace wirelab::scenario {

namespace {

constexpr std::size_t kMostPairs = 10'000;  // of one app, that are looked at
constexpr double kAckShare = 0.5;           // an ACK for every second segment

void find_bottleneck(const Scenario& s, const Way& way, AppPath& path) {
  for (const Way::Hop& hop : way.hops) {
    const LinkConfig& c = s.links[hop.link].directions[static_cast<std::size_t>(hop.direction)].config;
    path.mtu = std::min(path.mtu, c.mtu);
    if (path.bottleneck && path.bottleneck_rate <= c.rate) continue;
    path.bottleneck = hop;
    path.bottleneck_rate = c.rate;
  }
  const double bytes = static_cast<double>(path.bottleneck_rate.bps()) / 8 * path.base_rtt.seconds();
  path.bdp_packets = bytes / path.mtu;
}

double mean_of(const Distribution& d) {
  switch (d.kind) {
    case Distribution::Kind::Constant: return static_cast<double>(d.low);
    case Distribution::Kind::Uniform: return (static_cast<double>(d.low) + static_cast<double>(d.high)) / 2;
    default: return static_cast<double>(d.mean);
  }
}

/// Packets of one instance in its main direction; nothing if it goes on for an unknown time.
struct PacketsOf {
  double seconds;       // that the instance has
  bool bounded;         // whether the run has an end
  double fair_packets;  // that its share of the bottleneck carries in a second

  using Count = std::optional<double>;
  Count operator()(const BulkApp& a) const {
    const Count most = bounded ? Count(fair_packets * seconds) : Count();
    if (!a.size) return most;
    const double needed = mean_of(*a.size) / 1448;
    return most ? std::min(*most, needed) : needed;
  }
  Count operator()(const CbrApp& a) const {
    if (!bounded) return {};
    if (a.rate) return static_cast<double>(a.rate->bps()) / 8 / mean_of(a.packet) * seconds;
    return seconds / (mean_of(*a.interval) * 1e-12);
  }
  Count operator()(const OnOffApp& a) const {
    if (!bounded) return {};
    const double share = mean_of(a.on) / std::max(mean_of(a.on) + mean_of(a.off), 1.0);
    return static_cast<double>(a.rate.bps()) / 8 / mean_of(a.packet) * seconds * share;
  }
  Count operator()(const PingApp& a) const {
    const Count most = bounded ? Count(seconds / (mean_of(a.interval) * 1e-12)) : Count();
    if (!a.count) return most;
    return most ? std::min(*most, static_cast<double>(*a.count)) : static_cast<double>(*a.count);
  }
  Count operator()(const RequestResponseApp& a) const {
    return mean_of(a.requests) * (mean_of(a.request) + mean_of(a.response)) / 1448 + 6;
  }
  Count operator()(const DialogApp& a) const {
    double bytes = 0;
    for (const auto* side : {&a.client, &a.server}) {
      for (const DialogStep& step : *side) {
        if (step.kind == DialogStep::Kind::Send) bytes += mean_of(step.amount);
      }
    }
    return bytes / 1448 + 6;
  }
};

std::string id_of(const Scenario& s, NodeIndex node) { return s.nodes[node].id; }

/// Whether an event may make a way that is not there at the start.
bool events_change_ways(const Scenario& s) {
  return std::any_of(s.events.begin(), s.events.end(), [](const Event& e) {
    if (std::holds_alternative<RouteEvent>(e.what)) return true;
    const auto* const link = std::get_if<LinkEvent>(&e.what);
    if (link == nullptr) return false;
    return std::any_of(link->set.begin(), link->set.end(), [](const auto& c) { return c && c->up; });
  });
}

/// A packet that goes round in a circle ends by its TTL, which a scenario may well want to show.
bool is_loop(const Scenario& s, const Way& way) { return !way.arrives && way.hops.size() > s.links.size(); }

/// A host in the middle of the shortest way there would be if all nodes forwarded; nothing if there is none, or if
/// links are not what is missing.
std::optional<NodeIndex> host_on_the_way(const Scenario& s, NodeIndex from, NodeIndex to) {
  if (s.routing.type == Routing::Type::Static) return {};
  std::vector<std::vector<NodeIndex>> neighbours(s.nodes.size());
  for (const Link& link : s.links) {
    neighbours[link.ends[0].node].push_back(link.ends[1].node);
    neighbours[link.ends[1].node].push_back(link.ends[0].node);
  }
  std::vector<std::optional<NodeIndex>> next(s.nodes.size());  // on the way to `to`
  std::vector<NodeIndex> reached{to};
  next[to] = to;
  for (std::size_t i = 0; i < reached.size() && !next[from]; ++i) {
    for (const NodeIndex n : neighbours[reached[i]]) {
      if (next[n]) continue;
      next[n] = reached[i];
      reached.push_back(n);
    }
  }
  if (!next[from]) return {};
  for (NodeIndex n = *next[from]; n != to; n = *next[n]) {
    if (s.nodes[n].type == Node::Type::Host) return n;
  }
  return {};
}

/// Says what is wrong with one way; true if there was something.
bool report_way(Loaded& loaded, const std::string& pointer, NodeIndex from, NodeIndex to, const Way& way,
                bool may_change) {
  if (way.arrives) return false;
  const Scenario& s = loaded.scenario;
  const std::string whence = "from " + id_of(s, from) + " to " + id_of(s, to);
  if (is_loop(s, way)) {
    loaded.warning_at(pointer, "packets " + whence + " go round in a circle; correct the routes unless that is meant");
  } else {
    std::string text = "there is no way " + whence + ": ";
    if (const auto host = host_on_the_way(s, from, to)) {
      text +=
          id_of(s, *host) + " stands between them and is a host, which does not forward; give it \"type\": \"router\"";
    } else {
      text += id_of(s, way.ends_at) + " has no route; add a link or a route, or name another host";
    }
    if (may_change) {
      loaded.warning_at(pointer, text + " (at the start of the run)");
    } else {
      loaded.error_at(pointer, text);
    }
  }
  return true;
}

void check_bdp_queues(Loaded& loaded, const std::set<std::pair<LinkIndex, int>>& crossed) {
  const Scenario& s = loaded.scenario;
  for (LinkIndex i = 0; i < s.links.size(); ++i) {
    const Link& link = s.links[i];
    std::array<bool, 2> wanting{};
    for (const std::size_t d : {kForward, kBackward}) {
      wanting[d] = link.directions[d].queue.needs_bdp() && !crossed.contains({i, static_cast<int>(d)});
    }
    // Crossed in one direction only, the other's queue is never used.
    if (!wanting[kForward] || !wanting[kBackward]) continue;
    loaded.error_at("/topology", "the queue of link \"" + link.id +
                                     "\" is given in bandwidth-delay products, but no app crosses it, so there is no "
                                     "round-trip time; write packets, such as \"100p\", or a size");
  }
}

}  // namespace

std::vector<AppPath> paths_of(const Scenario& s, Built& built, AppIndex index, std::size_t limit) {
  const App& app = s.apps[index];
  std::vector<AppPath> paths;
  std::set<std::pair<NodeIndex, NodeIndex>> seen;
  const std::size_t pairs = std::max(app.from.size(), app.to.size());
  for (std::size_t k = 0; k < pairs && paths.size() < limit; ++k) {
    AppPath path;
    path.app = index;
    path.from = app.from[k % app.from.size()].node;
    path.to = app.to[k % app.to.size()].node;
    if (!seen.insert({path.from, path.to}).second) continue;
    path.there = find_way(s, built, path.from, path.to);
    path.back = find_way(s, built, path.to, path.from);
    path.base_rtt = path.there.delay + path.back.delay;
    find_bottleneck(s, path.data_way(app), path);
    paths.push_back(std::move(path));
  }
  return paths;
}

std::vector<std::optional<double>> expected_events(const Scenario& s, Built& built) {
  // Bulk flows share their bottleneck evenly.
  std::vector<std::optional<AppPath>> firsts(s.apps.size());
  std::map<std::pair<LinkIndex, int>, double> flows;
  for (AppIndex a = 0; a < s.apps.size(); ++a) {
    auto paths = paths_of(s, built, a, 1);
    if (paths.empty()) continue;
    firsts[a] = std::move(paths.front());
    if (!firsts[a]->bottleneck || !std::holds_alternative<BulkApp>(s.apps[a].kind)) continue;
    flows[{firsts[a]->bottleneck->link, firsts[a]->bottleneck->direction}] += expected_instances(s.apps[a], s.duration);
  }
  std::vector<std::optional<double>> expected(s.apps.size());
  for (AppIndex a = 0; a < s.apps.size(); ++a) {
    const App& app = s.apps[a];
    if (!firsts[a] || !firsts[a]->bottleneck) continue;
    const AppPath& path = *firsts[a];
    const double sharing = std::max(flows[{path.bottleneck->link, path.bottleneck->direction}], 1.0);
    PacketsOf packets{};
    packets.bounded = s.duration.has_value() || app.stop.has_value();
    const double end = app.stop ? mean_of(*app.stop) * 1e-12 : s.duration.value_or(Duration()).seconds();
    packets.seconds = std::max(end - mean_of(app.start) * 1e-12, 0.0);
    packets.fair_packets = static_cast<double>(path.bottleneck_rate.bps()) / 8 / path.mtu / sharing;
    const std::optional<double> one = std::visit(packets, app.kind);
    if (!one) continue;
    const bool echoed = std::holds_alternative<PingApp>(app.kind);
    const bool datagrams = std::holds_alternative<CbrApp>(app.kind) || std::holds_alternative<OnOffApp>(app.kind);
    const double replies = echoed ? 1 : datagrams ? 0 : kAckShare;
    const auto hops = static_cast<double>(path.data_way(app).hops.size());
    expected[a] = *one * hops * (1 + replies) * std::max(expected_instances(app, s.duration), 1.0);
  }
  return expected;
}

void check_paths(Loaded& loaded) {
  const Scenario& s = loaded.scenario;
  Built built = build_network(s);
  const bool may_change = events_change_ways(s);
  std::set<std::pair<LinkIndex, int>> crossed;
  for (AppIndex a = 0; a < s.apps.size(); ++a) {
    for (const AppPath& path : paths_of(s, built, a, kMostPairs)) {
      const std::string pointer = "/apps/" + std::to_string(a) + "/to";
      if (report_way(loaded, pointer, path.from, path.to, path.there, may_change)) break;
      if (report_way(loaded, pointer, path.to, path.from, path.back, may_change)) break;
      for (const Way* way : {&path.there, &path.back}) {
        for (const Way::Hop& hop : way->hops) crossed.insert({hop.link, hop.direction});
      }
    }
  }
  check_bdp_queues(loaded, crossed);
}

}  // namespace wirelab::scenario
