#pragma once
// Topologies in other programs' formats. Nodes without a type become routers where they have two or more links, since
// traffic must get through, else hosts. Characters that a name may not hold become `_`, and the original stays as
// label. What the format does not say comes from `defaults.link`, with one warning that counts it.

#include <string>
#include <string_view>

#include "core/units.h"
#include "scenario/topology.h"

namespace wirelab::scenario {

bool is_graphml(const std::string& path);  ///< .graphml or .xml
bool is_dot(const std::string& path);      ///< .dot or .gv
bool is_node_link(const Value& root);      ///< NetworkX: links or edges with `source` and `target`

/// NetworkX's node-link JSON. Of a directed graph two opposite edges are one link.
void import_node_link(Documents& docs, const Value& root, TopologyTree& tree);
/// GraphML with the keys of the Internet Topology Zoo: Latitude and Longitude give a link's delay at 200 km/ms along
/// the great circle, rounded to 1 us; LinkSpeedRaw its rate in bit/s.
void import_graphml(Documents& docs, const std::string& path, std::string text, TopologyTree& tree);
/// Graphviz; of an edge the attributes `rate`, `delay`, `mtu` and `queue` are taken, of a node `label` and `type`.
void import_dot(Documents& docs, const std::string& path, std::string text, TopologyTree& tree);

/// The value of a key of ours in a format that has texts only: an MTU is a number.
Value imported_value(std::string_view key, const std::string& text, Origin at);

/// Great-circle propagation time between two places given in degrees.
Duration propagation_delay(std::pair<double, double> a, std::pair<double, double> b);

/// What an importer collects before it becomes nodes and links of a tree.
class ImportedGraph {
 public:
  ImportedGraph(Documents& docs, Origin whole, bool directed) : docs_(docs), whole_(whole), directed_(directed) {}

  /// Nodes are numbered in the order of their coming. `original` is the id in the file, `keys` an object.
  std::size_t add_node(const std::string& original, const std::string& label, Value keys, Origin at,
                       std::optional<std::pair<double, double>> coordinates = std::nullopt);
  /// The number of the node of that id in the file.
  std::optional<std::size_t> find(const std::string& original) const;
  void add_edge(std::size_t a, std::size_t b, Value keys, Origin at);
  bool full() const { return nodes_.size() > 1'000'000 || edges_.size() > 2'000'000; }

  void finish(TopologyTree& tree);

 private:
  struct Edge {
    std::size_t a, b;
    Value keys;
    Origin at;
  };
  std::string unused_name(const std::string& wanted);
  void pair_up();
  void warn_of_missing();

  Documents& docs_;
  Origin whole_;
  bool directed_;
  std::vector<NodeEntry> nodes_;
  std::vector<std::size_t> degree_;
  std::map<std::string, std::size_t> by_original_;
  std::map<std::string, std::size_t> names_;
  std::vector<Edge> edges_;
};

}  // namespace wirelab::scenario
