#include <fmt/format.h>

#include <string>
#include <string_view>

#include "cli/commands.h"
#include "cli/data_files.h"
#include "cli/messages.h"
#include "cli/topology_drawing.h"
#include "record/text_table.h"
#include "scenario/documents.h"
#include "scenario/network_reader.h"
#include "scenario/topology.h"

namespace wirelab::cli {

namespace {

using scenario::Array;
using scenario::LinkEntry;
using scenario::NodeEntry;
using scenario::Object;
using scenario::Origin;
using scenario::TopologyTree;
using scenario::Value;

std::string type_of(const NodeEntry& node) {
  const Value* const type = node.value.find("type");
  return type != nullptr && type->text() != nullptr ? *type->text() : "host";
}

std::string listing(const TopologyTree& tree, const std::string& name) {
  std::string out =
      fmt::format("{}: {}, {}\n\n", name, counted(tree.nodes.size(), "node"), counted(tree.links.size(), "link"));
  TextTable nodes({"node", "type", "name"});
  for (const NodeEntry& node : tree.nodes) nodes.add({node.id, type_of(node), node.label});
  TextTable links({"link", "from", "to", "rate", "delay", "mtu", "queue"});
  for (const LinkEntry& link : tree.links) {
    links.add({link.id, link.a, link.b, link_text(tree, link, "rate"), link_text(tree, link, "delay"),
               link_text(tree, link, "mtu"), link_text(tree, link, "queue")});
  }
  if (!nodes.empty()) out += nodes.text();
  if (!links.empty()) out += "\n" + links.text();
  return out;
}

/// As a topology file of ours, with everything that the original's format lacked filled in.
std::string as_json(const TopologyTree& tree, const std::string& name) {
  const Origin nowhere;
  Value root(Object{}, nowhere);
  root.set("name", Value(name, nowhere), nowhere);
  if (!tree.link_defaults.object()->empty()) {
    Value defaults(Object{}, nowhere);
    defaults.set("link", tree.link_defaults, nowhere);
    root.set("defaults", std::move(defaults), nowhere);
  }
  const auto merged = [&](const std::string& id, const std::string& label, const Value& keys) {
    Value entry(Object{}, nowhere);
    entry.set("id", Value(id, nowhere), nowhere);
    if (!label.empty()) entry.set("label", Value(label, nowhere), nowhere);
    for (const scenario::Member& m : *keys.object()) entry.set(m.key, m.value, nowhere);
    return entry;
  };
  Array nodes, links;
  for (const NodeEntry& node : tree.nodes) nodes.push_back(merged(node.id, node.label, node.value));
  for (const LinkEntry& link : tree.links) {
    Value entry = merged(link.id, link.label, link.value);
    entry.set("between", Value(Array{Value(link.a, nowhere), Value(link.b, nowhere)}, nowhere), nowhere);
    links.push_back(std::move(entry));
  }
  root.set("nodes", Value(std::move(nodes), nowhere), nowhere);
  root.set("links", Value(std::move(links), nowhere), nowhere);
  return root.pretty();
}

}  // namespace

ExitStatus topo(const TopoCommand& command) {
  const std::string path = resolve_topology_file(command.file);
  scenario::Documents docs;
  const TopologyTree tree = scenario::load_topology(docs, scenario::read_file, path);
  scenario::read_network(docs, tree, nullptr);  // for what is wrong with the values
  say_lines(docs.formatted_errors());
  if (docs.failed()) return ExitStatus::BadInput;
  for (const auto& warning : docs.warnings()) say_lines({docs.format(warning)});

  const std::string name = scenario::stem_of(path);
  std::string text;
  if (command.format == "svg") {
    text = topology_svg(tree);
  } else if (command.format == "dot") {
    text = topology_dot(tree, name);
  } else if (command.format == "json") {
    text = as_json(tree, name);
  } else {
    text = listing(tree, name);
  }
  fmt::print("{}", text);
  return ExitStatus::Done;
}

}  // namespace wirelab::cli
