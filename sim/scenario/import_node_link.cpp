#include "scenario/imports.h"
#include "scenario/reader.h"
#include "scenario/tables.h"

namespace wirelab::scenario {

namespace {

/// NetworkX allows any hashable as a node; numbers and strings are what files hold.
std::optional<std::string> original_id(const Value* v) {
  if (v == nullptr) return std::nullopt;
  if (const std::string* text = v->text()) return *text;
  if (v->is_number()) return v->dump();
  return std::nullopt;
}

std::optional<double> number_in(const Value& object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const Value* v = object.find(key); v != nullptr && v->is_number()) return v->number();
  }
  return std::nullopt;
}

/// Those members that are keys of ours; programs put anything into a graph's attributes.
Value known_keys(const Value& object, Fields fields) {
  Value kept(Object{}, object.origin());
  for (const Member& m : *object.object()) {
    for (const Field& f : fields) {
      if (f.name == m.key && m.key != "id" && m.key != "label") kept.set(m.key, m.value, m.origin);
    }
  }
  return kept;
}

void add_nodes(Documents& docs, const Value& nodes, ImportedGraph& graph) {
  for (const Value& node : *nodes.array()) {
    const auto id = original_id(node.find("id"));
    if (!id) {
      docs.error(node.origin(), "a node of a node-link file needs an \"id\" (a string or a number)");
      continue;
    }
    const Value* label = node.find("label");
    const auto latitude = number_in(node, {"Latitude", "latitude", "lat"});
    const auto longitude = number_in(node, {"Longitude", "longitude", "lon", "lng"});
    std::optional<std::pair<double, double>> place;
    if (latitude && longitude) place = std::pair(*latitude, *longitude);
    graph.add_node(*id, label != nullptr && label->text() != nullptr ? *label->text() : std::string(),
                   known_keys(node, node_fields()), node.origin(), place);
    if (graph.full()) return;
  }
}

void add_edges(Documents& docs, const Value& edges, ImportedGraph& graph) {
  for (const Value& edge : *edges.array()) {
    std::optional<std::size_t> ends[2];
    for (const int i : {0, 1}) {
      const std::string_view key = i == 0 ? "source" : "target";
      const Value* v = edge.find(key);
      const auto id = original_id(v);
      if (!id) {
        docs.error(edge.origin(), "a link of a node-link file needs a \"" + std::string(key) + "\", the id of a node");
        continue;
      }
      ends[i] = graph.find(*id);
      if (!ends[i])
        docs.error(v->origin(), "no node has the id " + in_quotes(id->substr(0, 80)) + "; add it to \"nodes\"");
    }
    if (ends[0] && ends[1]) graph.add_edge(*ends[0], *ends[1], known_keys(edge, link_fields()), edge.origin());
    if (graph.full()) return;
  }
}

}  // namespace

void import_node_link(Documents& docs, const Value& root, TopologyTree& tree) {
  const Value* directed = root.find("directed");
  const Value* nodes = root.find("nodes");
  const Value* edges = root.find("links") != nullptr ? root.find("links") : root.find("edges");
  if (nodes == nullptr || !nodes->is_array() || edges == nullptr || !edges->is_array()) {
    docs.error(root.origin(),
               "a node-link file has \"nodes\" and \"links\" (or \"edges\"), both lists; one is missing");
    return;
  }
  ImportedGraph graph(docs, root.origin(),
                      directed != nullptr && directed->boolean() != nullptr && *directed->boolean());
  add_nodes(docs, *nodes, graph);
  add_edges(docs, *edges, graph);
  graph.finish(tree);
}

}  // namespace wirelab::scenario
