#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/graphviz.hpp>
#include <boost/property_map/dynamic_property_map.hpp>
#include <exception>

#include "scenario/imports.h"
#include "scenario/reader.h"
#include "scenario/tables.h"

namespace wirelab::scenario {

namespace {

struct DotNode {
  std::string id, label, type;
};
struct DotEdge {
  std::string rate, delay, mtu, queue;
};
using Directed = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, DotNode, DotEdge>;
using Undirected = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, DotNode, DotEdge>;

/// Boost's reader calls itself for each subgraph; what is deeper than this is no map of a network.
bool too_deep(std::string_view text) {
  int depth = 0;
  for (const char c : text) {
    depth += c == '{' ? 1 : c == '}' ? -1 : 0;
    if (depth > 32) return true;
  }
  return false;
}

template <class Graph>
bool read(Documents& docs, std::uint32_t source, bool directed, TopologyTree& tree) {
  Graph graph;
  boost::dynamic_properties properties(boost::ignore_other_properties);
  properties.property("node_id", boost::get(&DotNode::id, graph));
  properties.property("label", boost::get(&DotNode::label, graph));
  properties.property("type", boost::get(&DotNode::type, graph));
  properties.property("rate", boost::get(&DotEdge::rate, graph));
  properties.property("delay", boost::get(&DotEdge::delay, graph));
  properties.property("mtu", boost::get(&DotEdge::mtu, graph));
  properties.property("queue", boost::get(&DotEdge::queue, graph));
  const std::string& text = docs.text_of(source);
  if (!boost::read_graphviz(text.begin(), text.end(), graph, properties)) return false;

  const Origin whole{source, 0};
  ImportedGraph imported(docs, whole, directed);
  for (const auto v : boost::make_iterator_range(boost::vertices(graph))) {
    const DotNode& node = graph[v];
    Value keys(Object{}, whole);
    if (node.type == "host" || node.type == "router") keys.set("type", Value(node.type, whole), whole);
    const bool telling = node.label != "\\N" && node.label != node.id;  // \N stands for the id
    imported.add_node(node.id, telling ? node.label : std::string(), std::move(keys), whole);
  }
  for (const auto e : boost::make_iterator_range(boost::edges(graph))) {
    const DotEdge& edge = graph[e];
    Value keys(Object{}, whole);
    const auto take = [&](std::string_view key, const std::string& value) {
      if (!value.empty()) keys.set(key, Value(value, whole), whole);
    };
    take("rate", edge.rate);
    take("delay", edge.delay);
    take("queue", edge.queue);
    const bool number = std::all_of(edge.mtu.begin(), edge.mtu.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!edge.mtu.empty() && number && edge.mtu.size() < 10) {
      keys.set("mtu", Value(std::int64_t{std::stol(edge.mtu)}, whole), whole);
    } else {
      take("mtu", edge.mtu);
    }
    imported.add_edge(boost::source(e, graph), boost::target(e, graph), std::move(keys), whole);
  }
  imported.finish(tree);
  return true;
}

}  // namespace

void import_dot(Documents& docs, const std::string& path, std::string text, TopologyTree& tree) {
  const std::uint32_t source = docs.add_text(path, std::move(text));
  if (too_deep(docs.text_of(source))) {
    docs.error({source, 0}, "more than 32 braces deep; flatten the subgraphs");
    return;
  }
  try {
    try {
      read<Undirected>(docs, source, false, tree);
    } catch (const boost::undirected_graph_error&) {
      read<Directed>(docs, source, true, tree);
    } catch (const boost::directed_graph_error&) { read<Directed>(docs, source, true, tree); }
  } catch (const std::exception& e) {
    std::string what = e.what();
    std::replace(what.begin(), what.end(), '\n', ' ');
    docs.error({source, 0},
               "not valid DOT: " + what.substr(0, 300) + "; correct it or draw it with `dot` to find the place");
  }
}

}  // namespace wirelab::scenario
