#include <charconv>
#include <cstring>
#include <pugixml.hpp>

#include "scenario/imports.h"
#include "scenario/quantity.h"
#include "scenario/reader.h"
#include "scenario/tables.h"

namespace wirelab::scenario {

namespace {

std::optional<double> number_of(std::string_view text) {
  double x = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (fault != std::errc() || end != text.data() + text.size() || !(x > -1e18 && x < 1e18)) return std::nullopt;
  return x;
}

/// One file under way.
class GraphmlImport {
 public:
  GraphmlImport(Documents& docs, std::uint32_t source) : docs_(docs), source_(source) {}

  void run(TopologyTree& tree) {
    const std::string& text = docs_.text_of(source_);
    const auto parsed = document_.load_buffer(text.data(), text.size());
    if (!parsed) {
      docs_.error({source_, static_cast<std::uint32_t>(parsed.offset)},
                  std::string("not valid XML: ") + parsed.description() + "; correct it here");
      return;
    }
    const pugi::xml_node root = document_.child("graphml");
    const pugi::xml_node graph = root.child("graph");
    if (!graph) {
      docs_.error({source_, 0}, "no <graph> inside <graphml>; is this a GraphML file?");
      return;
    }
    for (const pugi::xml_node key : root.children("key")) {
      key_names_[key.attribute("id").value()] = key.attribute("attr.name").value();
    }
    ImportedGraph imported(docs_, at(graph), std::strcmp(graph.attribute("edgedefault").value(), "directed") == 0);
    for (const pugi::xml_node node : graph.children("node")) add_node(node, imported);
    for (const pugi::xml_node edge : graph.children("edge")) add_edge(edge, imported);
    imported.finish(tree);
  }

 private:
  Origin at(pugi::xml_node node) const {
    const auto offset = node.offset_debug();
    return {source_, offset > 0 ? static_cast<std::uint32_t>(offset - 1) : 0};
  }

  std::string data(pugi::xml_node element, std::string_view name) const {
    for (const pugi::xml_node d : element.children("data")) {
      const auto key = key_names_.find(d.attribute("key").value());
      if (key != key_names_.end() && key->second == name) return d.child_value();
    }
    return {};
  }

  /// Keys of ours that stand in the file under their own names.
  Value own_keys(pugi::xml_node element, Fields fields) const {
    Value keys(Object{}, at(element));
    for (const Field& f : fields) {
      if (f.name == "id" || f.name == "label" || f.name == "between") continue;
      if (const std::string text = data(element, f.name); !text.empty())
        keys.set(f.name, imported_value(f.name, text, at(element)), at(element));
    }
    return keys;
  }

  void add_node(pugi::xml_node node, ImportedGraph& graph) {
    const std::string id = node.attribute("id").value();
    if (id.empty()) return docs_.error(at(node), "a <node> needs an id");
    const auto latitude = number_of(data(node, "Latitude")), longitude = number_of(data(node, "Longitude"));
    std::optional<std::pair<double, double>> place;
    if (latitude && longitude) place = std::pair(*latitude, *longitude);
    Value keys(Object{}, at(node));
    if (const std::string type = data(node, "type"); type == "host" || type == "router") {
      keys.set("type", Value(type, at(node)), at(node));  // the Zoo has other types, such as "Large Circle"
    }
    graph.add_node(id, data(node, "label"), std::move(keys), at(node), place);
  }

  void add_edge(pugi::xml_node edge, ImportedGraph& graph) {
    std::optional<std::size_t> ends[2];
    for (const int i : {0, 1}) {
      const std::string id = edge.attribute(i == 0 ? "source" : "target").value();
      ends[i] = graph.find(id);
      if (!ends[i])
        docs_.error(at(edge), "no <node> has the id " + in_quotes(id.substr(0, 80)) + "; add it or correct the edge");
    }
    if (!ends[0] || !ends[1]) return;
    Value keys = own_keys(edge, direction_fields());
    const auto speed = number_of(data(edge, "LinkSpeedRaw"));
    if (speed && *speed >= 1 && *speed < 1e18 && keys.find("rate") == nullptr) {
      keys.set("rate", Value(to_text(DataRate::bps(static_cast<std::int64_t>(*speed + 0.5))), at(edge)), at(edge));
    }
    graph.add_edge(*ends[0], *ends[1], std::move(keys), at(edge));
  }

  Documents& docs_;
  std::uint32_t source_;
  pugi::xml_document document_;
  std::map<std::string, std::string> key_names_;
};

}  // namespace

void import_graphml(Documents& docs, const std::string& path, std::string text, TopologyTree& tree) {
  const std::uint32_t source = docs.add_text(path, std::move(text));
  GraphmlImport(docs, source).run(tree);
}

}  // namespace wirelab::scenario
