#include "scenario/network_reader.h"

#include <algorithm>

#include "scenario/addresses.h"
#include "scenario/link_reader.h"

namespace wirelab::scenario {

namespace {

void read_nodes(Documents& docs, const TopologyTree& tree, Network& network) {
  for (const NodeEntry& entry : tree.nodes) {
    const ObjectReader r(docs, entry.value, node_fields(), "a node");
    Node node;
    node.id = entry.id;
    node.label = r.text("label").value_or(entry.label);
    if (r.choice("type", {"host", "router"}, "a type of node") == std::optional<std::size_t>(1)) {
      node.type = Node::Type::Router;
    }
    node.processing = r.distribution("processing", Dimension::Time).value_or(Distribution{});
    if (const Value* deny = r.get("deny")) node.deny = read_match_list(docs, *deny);
    node.coordinates = entry.coordinates;
    const auto index = static_cast<NodeIndex>(network.nodes.size());
    network.node_names.add(node.id, index);
    network.node_tcp.push_back(entry.value.find("tcp"));
    network.nodes.push_back(std::move(node));
  }
  for (NodeIndex i = 0; i < network.nodes.size(); ++i) {
    std::string alias = network.nodes[i].label;
    for (char& c : alias) c = is_name(std::string_view(&c, 1)) ? c : '_';
    if (!alias.empty()) network.node_names.add_alias(alias, i);
  }
  network.links_of.resize(network.nodes.size());
}

/// The node that a link's `between` names; what is wrong is reported where it is written.
std::optional<NodeIndex> end_of(Documents& docs, const Network& network, const LinkEntry& entry, std::size_t side) {
  const std::string& id = side == 0 ? entry.a : entry.b;
  const auto index = network.node_names.find(id);
  if (index || network.node_names.is_broken(id)) return index;
  const Value* between = entry.value.find("between");
  const bool written = between != nullptr && between->is_array() && between->array()->size() == 2;
  docs.error(written ? between->array()->at(side).origin() : entry.value.origin(), network.node_names.unknown(id));
  return std::nullopt;
}

/// Keys of the link over the defaults; without defaults the entry itself.
const Value& with_defaults(const LinkEntry& entry, const Value& defaults, Value& storage) {
  if (defaults.object()->empty()) return entry.value;
  storage = defaults;
  merge_patch(storage, entry.value);
  storage.set_origin(entry.value.origin());
  return storage;
}

void read_links(Documents& docs, const TopologyTree& tree, const Value& defaults, Network& network,
                std::vector<const Value*>& written_addresses) {
  for (const LinkEntry& entry : tree.links) {
    Value storage;
    const ObjectReader r(docs, with_defaults(entry, defaults, storage), link_fields(), "a link", true);
    Link link;
    link.id = entry.id;
    link.label = r.has("label") ? r.text("label").value_or("") : entry.label;
    link.directions = read_directions(docs, r);
    const auto a = end_of(docs, network, entry, 0), b = end_of(docs, network, entry, 1);
    if (!a || !b) {
      network.link_names.add_broken(entry.id);
      continue;
    }
    if (*a == *b) {
      const Value* between = entry.value.find("between");
      docs.error(between ? between->origin() : entry.value.origin(),
                 "the link joins \"" + entry.a + "\" with itself; name two nodes");
      network.link_names.add_broken(entry.id);
      continue;
    }
    link.ends[0].node = *a;
    link.ends[1].node = *b;
    const auto index = static_cast<LinkIndex>(network.links.size());
    network.link_names.add(link.id, index);
    network.links_of[*a].push_back(index);
    network.links_of[*b].push_back(index);
    network.links.push_back(std::move(link));
    written_addresses.push_back(entry.value.find("addresses"));
  }
}

}  // namespace

Network read_network(Documents& docs, const TopologyTree& tree, const Value* link_defaults) {
  Network network;
  Value defaults = tree.link_defaults;
  if (link_defaults != nullptr && link_defaults->is_object()) merge_patch(defaults, *link_defaults);
  for (const Field& f : link_fields()) {  // `defaults.link` holds keys of a direction; others were reported
    const Fields direction = direction_fields();
    const auto known = [&](const Field& d) { return d.name == f.name; };
    if (std::none_of(direction.begin(), direction.end(), known)) defaults.erase(f.name);
  }
  read_nodes(docs, tree, network);
  if (tree.incomplete) {
    network.node_names.add_broken("*");
    network.link_names.add_broken("*");
  }
  // A fault that a real link has too is told once: it is the same words at the same place.
  for (const Value& link : tree.spare_links) read_direction(ObjectReader(docs, link, direction_fields(), "a link"), {});
  std::vector<const Value*> addresses;
  read_links(docs, tree, defaults, network, addresses);
  set_addresses(docs, network, addresses);
  for (NodeIndex i = 0; i < network.nodes.size(); ++i) {
    if (const Value* routes = tree.nodes[i].value.find("routes")) {
      network.nodes[i].routes = read_routes(docs, *routes, network, i);
    }
  }
  return network;
}

}  // namespace wirelab::scenario
