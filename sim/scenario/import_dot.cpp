#include "scenario/dot_reader.h"
#include "scenario/imports.h"
#include "scenario/reader.h"

namespace wirelab::scenario {

namespace {

/// What is drawn in several lines stands in one here.
std::string label_text(std::string text) {
  for (std::size_t at = 0; (at = text.find('\\', at)) != std::string::npos; ++at) {
    const char escaped = at + 1 < text.size() ? text[at + 1] : '\0';
    if (escaped == 'n' || escaped == 'l' || escaped == 'r') text.replace(at, 2, " ");
  }
  return text;
}

std::string attribute(const DotGraph::Attributes& all, std::string_view key) {
  const auto it = all.find(key);
  return it == all.end() ? std::string() : it->second;
}

}  // namespace

void import_dot(Documents& docs, const std::string& path, std::string text, TopologyTree& tree) {
  const std::uint32_t source = docs.add_text(path, std::move(text));
  DotGraph graph;
  const DotFault fault = read_dot(docs.text_of(source), 1'000'000, graph);
  if (!fault.text.empty()) return docs.error({source, fault.offset}, fault.text);

  ImportedGraph imported(docs, {source, 0}, graph.directed);
  for (const DotGraph::Node& node : graph.nodes) {
    const Origin at{source, node.offset};
    Value keys(Object{}, at);
    const std::string type = attribute(node.attributes, "type"), label = attribute(node.attributes, "label");
    if (type == "host" || type == "router") keys.set("type", Value(type, at), at);
    const bool telling = label != "\\N" && label != node.id;  // \N stands for the id
    imported.add_node(node.id, telling ? label_text(label) : std::string(), std::move(keys), at);
  }
  for (const DotGraph::Edge& edge : graph.edges) {
    const Origin at{source, edge.offset};
    Value keys(Object{}, at);
    for (const std::string_view key : {"rate", "delay", "queue", "mtu"}) {
      const std::string value = attribute(edge.attributes, key);
      if (!value.empty()) keys.set(key, imported_value(key, value, at), at);
    }
    imported.add_edge(edge.from, edge.to, std::move(keys), at);
  }
  imported.finish(tree);
}

}  // namespace wirelab::scenario
