#pragma once
// Graphviz's DOT language as far as a network needs it: nodes and edges with their attributes, defaults in the scope of
// a subgraph, subgraphs as ends of an edge. Source: https://graphviz.org/doc/info/lang.html.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wirelab::scenario {

struct DotGraph {
  using Attributes = std::map<std::string, std::string, std::less<>>;
  struct Node {
    std::string id;
    std::uint32_t offset = 0;  ///< of its first mention in the text
    Attributes attributes;
  };
  struct Edge {
    std::size_t from = 0, to = 0;  ///< positions in `nodes`
    std::uint32_t offset = 0;      ///< of the edge operator
    Attributes attributes;
  };
  bool directed = false;
  std::vector<Node> nodes;  ///< in the order of their first mention
  std::vector<Edge> edges;
};

struct DotFault {
  std::uint32_t offset = 0;
  std::string text;  ///< the fault and the remedy; empty: none
};

/// Reads a whole file. With a fault `graph` holds what came before it. Numbers of nodes and edges above `most` and more
/// than 32 levels of braces are faults. HTML-like values stand as empty texts.
DotFault read_dot(std::string_view text, std::size_t most, DotGraph& graph);

}  // namespace wirelab::scenario
