#pragma once
// From a file, a generator or a written list to one flat list of nodes and links, still as values: what overrides can
// be applied to. Typed reading comes afterwards (network_reader.h).

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scenario/documents.h"

namespace wirelab::scenario {

struct NodeEntry {
  std::string id, label;
  Value value;  ///< keys of node_fields(), or some of them
  std::optional<std::pair<double, double>> coordinates;
};
struct LinkEntry {
  std::string id, label;
  std::string a, b;
  Value value;  ///< keys of link_fields(), or some of them
};

/// Nodes and links in the order in which they were first named.
class TopologyTree {
 public:
  std::vector<NodeEntry> nodes;
  std::vector<LinkEntry> links;
  bool incomplete = false;                  ///< something could not be read; names may be missing
  Value routing;                            ///< as written nearest to the scenario; null: not written
  std::vector<Value> spare_links;           ///< a generator's parameters as links: to be read, used or not
  Value link_defaults{Object{}, Origin{}};  ///< `defaults.link` of topology files

  NodeEntry* node(const std::string& id);
  LinkEntry* link(const std::string& id);
  /// Precondition: there is none of that id.
  void add(NodeEntry entry);
  void add(LinkEntry entry);

 private:
  std::map<std::string, std::size_t> node_index_, link_index_;
};

/// What `topology` of a scenario means. `directory`: of the file that holds it, for relative paths. Faults are among
/// the errors of `docs`.
TopologyTree resolve_topology(Documents& docs, const FileReader& files, const Value& topology,
                              const std::string& directory);

/// A topology file by itself, with its own defaults (`wirelab topo`).
TopologyTree load_topology(Documents& docs, const FileReader& files, const std::string& path);

/// The folder of a path, "" for the current one.
std::string directory_of(const std::string& path);
/// The last part of a path without its extension, with what no name may hold replaced by `_`.
std::string stem_of(const std::string& path);

}  // namespace wirelab::scenario
