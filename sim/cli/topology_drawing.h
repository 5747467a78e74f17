#pragma once
// A topology as a picture and as a Graphviz file.

#include <string>
#include <vector>

#include "scenario/topology.h"

namespace wirelab::cli {

/// A stand-alone SVG: by the nodes' coordinates where all have them, else laid out so that distances on paper follow
/// distances in hops. The same topology always gives the same picture.
std::string topology_svg(const scenario::TopologyTree& tree);

/// An undirected Graphviz graph with the attributes that `import_dot` reads.
std::string topology_dot(const scenario::TopologyTree& tree, const std::string& name);

/// What a link has of a key: from its entry, the file's defaults, or the program's.
std::string link_text(const scenario::TopologyTree& tree, const scenario::LinkEntry& link, std::string_view key);

/// A place on the unit square for each node, in their order; y grows downwards.
struct Place {
  double x, y;
};
std::vector<Place> lay_out(const scenario::TopologyTree& tree);

}  // namespace wirelab::cli
