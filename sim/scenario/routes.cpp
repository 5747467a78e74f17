#include <algorithm>

#include "scenario/network_reader.h"

namespace wirelab::scenario {

namespace {

/// The neighbour of `at` that `text` means: an address on one of its links, or a node.
struct Neighbour {
  Ipv4Address address;
  LinkIndex link = 0;
};

std::optional<Neighbour> find_neighbour(const Network& network, NodeIndex at, const std::string& text) {
  const auto address = Ipv4Address::parse(text);
  const auto node = network.node_names.find(text);
  for (const LinkIndex i : network.links_of[at]) {
    const Link& link = network.links[i];
    const LinkEnd& far = link.ends[link.ends[0].node == at ? 1 : 0];
    if ((address && far.address == *address) || (!address && node && far.node == *node))
      return Neighbour{far.address, i};
  }
  return std::nullopt;
}

std::string no_neighbour(const Network& network, NodeIndex at, const std::string& text) {
  std::string ids;
  std::size_t listed = 0;
  for (const LinkIndex i : network.links_of[at]) {
    const Link& link = network.links[i];
    if (++listed > 12) break;
    ids += (ids.empty() ? "" : ", ") + network.nodes[link.ends[link.ends[0].node == at ? 1 : 0].node].id;
  }
  const std::string& id = network.nodes[at].id;
  return in_quotes(text.substr(0, 80)) + " is no neighbour of \"" + id + "\"; " +
         (ids.empty() ? "it has no links" : "its neighbours are " + ids);
}

/// The prefixes that a route's `to` means; empty after an error.
std::vector<Ipv4Prefix> destinations(Documents& docs, const Value& v, const std::string& text, const Network& network) {
  if (text == "default") return {Ipv4Prefix()};
  if (const auto prefix = Ipv4Prefix::parse(text)) return {*prefix};
  if (const auto node = network.node_names.find(text)) {
    std::vector<Ipv4Prefix> all;
    for (const LinkIndex i : network.links_of[*node]) {
      const Link& link = network.links[i];
      all.emplace_back(link.ends[link.ends[0].node == *node ? 0 : 1].address, 32);
    }
    if (all.empty()) docs.error(v.origin(), "the node \"" + text + "\" has no links and so no address");
    return all;
  }
  const auto slash = text.find('/');
  const bool address = slash != std::string::npos && Ipv4Address::parse(text.substr(0, slash)).has_value();
  docs.error(v.origin(),
             address ? in_quotes(text.substr(0, 80)) +
                           " is not a prefix; its length is 0 to 32 and the bits beyond are 0, as in \"10.0.3.0/24\""
                     : network.node_names.unknown(text) +
                           "; a destination is a prefix such as \"10.0.3.0/24\", a node, or \"default\"");
  return {};
}

}  // namespace

std::vector<StaticRoute> read_routes(Documents& docs, const Value& v, const Network& network, NodeIndex at) {
  std::vector<StaticRoute> routes;
  if (!v.is_array()) {
    docs.error(v.origin(), "expected a list of routes, found " + std::string(v.kind()) +
                               "; write [ {\"to\": \"default\", \"via\": \"r1\"} ]");
    return routes;
  }
  for (const Value& item : *v.array()) {
    const ObjectReader r(docs, item, route_fields(), "a route");
    if (!r.is_object()) continue;
    const auto to = r.text("to"), via = r.text("via");
    const auto metric = r.count("metric", 0, 4'294'967'295).value_or(0);
    if (!to || !via) continue;
    const auto neighbour = find_neighbour(network, at, *via);
    if (!neighbour) docs.error(r.origin_of("via"), no_neighbour(network, at, *via));
    for (const Ipv4Prefix& prefix : destinations(docs, *r.get("to"), *to, network)) {
      if (neighbour)
        routes.push_back({prefix, neighbour->address, neighbour->link, static_cast<std::uint32_t>(metric)});
    }
  }
  return routes;
}

}  // namespace wirelab::scenario
