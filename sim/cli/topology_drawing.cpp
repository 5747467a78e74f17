#include "cli/topology_drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "cli/xml_text.h"
#include "record/json_printer.h"
#include "scenario/tables.h"

namespace wirelab::cli {

namespace {

using scenario::LinkEntry;
using scenario::NodeEntry;
using scenario::TopologyTree;
using scenario::Value;

constexpr double kSide = 900, kMargin = 70, kRadius = 9;
constexpr std::size_t kMostLabels = 120, kMostLinkLabels = 24;  // with more there is only ink

bool is_router(const NodeEntry& node) {
  const Value* const type = node.value.find("type");
  return type != nullptr && type->text() != nullptr && *type->text() == "router";
}

std::string on_paper(double unit) { return fmt::format("{:.1f}", kMargin + unit * (kSide - 2 * kMargin)); }
std::string middle(double a, double b) { return on_paper((a + b) / 2); }

std::string link_label(const TopologyTree& tree, const LinkEntry& link) {
  const std::string rate = link_text(tree, link, "rate"), delay = link_text(tree, link, "delay");
  return rate + (rate.empty() || delay.empty() ? "" : ", ") + delay;
}

}  // namespace

std::string link_text(const TopologyTree& tree, const LinkEntry& link, std::string_view key) {
  const Value* value = link.value.find(key);
  if (value == nullptr) value = tree.link_defaults.find(key);
  if (value != nullptr) return value->text() != nullptr ? *value->text() : value->dump();
  for (const scenario::Field& f : scenario::link_fields()) {
    if (f.name == key) return std::string(f.fallback);
  }
  return {};
}

std::string topology_svg(const TopologyTree& tree) {
  const std::vector<Place> places = lay_out(tree);
  std::map<std::string_view, std::size_t> number;
  for (const NodeEntry& node : tree.nodes) number.emplace(node.id, number.size());
  const bool labelled = tree.nodes.size() <= kMostLabels;

  double lowest = 0;
  for (const Place& p : places) lowest = std::max(lowest, p.y);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {:.0f}\" font-family=\"sans-serif\" "
      "font-size=\"15\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      kSide, 2 * kMargin + lowest * (kSide - 2 * kMargin));
  for (const LinkEntry& link : tree.links) {
    const auto a = number.find(link.a), b = number.find(link.b);
    if (a == number.end() || b == number.end()) continue;
    const Place from = places[a->second], to = places[b->second];
    out += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"#8a8a8a\" stroke-width=\"1.5\"/>\n",
                       on_paper(from.x), on_paper(from.y), on_paper(to.x), on_paper(to.y));
    if (tree.links.size() > kMostLinkLabels) continue;
    out += fmt::format("<text x=\"{}\" y=\"{}\" fill=\"#555\" font-size=\"11\" text-anchor=\"middle\">{}</text>\n",
                       middle(from.x, to.x), middle(from.y, to.y), xml_text(link_label(tree, link)));
  }
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const NodeEntry& node = tree.nodes[i];
    const std::string x = on_paper(places[i].x), y = on_paper(places[i].y);
    const char* const colour = is_router(node) ? "#0072b2" : "#e69f00";
    out += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>\n", x, y, kRadius, colour);
    if (!labelled) continue;
    out += fmt::format("<text x=\"{}\" y=\"{}\" dy=\"-13\" text-anchor=\"middle\">{}</text>\n", x, y,
                       xml_text(node.label.empty() ? node.id : node.label));
  }
  return out + "</svg>\n";
}

std::string topology_dot(const TopologyTree& tree, const std::string& name) {
  std::string out = fmt::format("graph \"{}\" {{\n", name);
  for (const NodeEntry& node : tree.nodes) {
    out += fmt::format("  \"{}\" [type={}, shape={}", node.id, is_router(node) ? "router" : "host",
                       is_router(node) ? "ellipse" : "box");
    if (!node.label.empty()) out += ", label=" + JsonPrinter::quoted(node.label);
    out += "];\n";
  }
  for (const LinkEntry& link : tree.links) {
    out += fmt::format("  \"{}\" -- \"{}\" [label=\"{}\"", link.a, link.b, link_label(tree, link));
    for (const char* key : {"rate", "delay", "mtu", "queue"}) {
      const std::string text = link_text(tree, link, key);
      const bool plain = text.find('{') == std::string::npos;  // a queue may be an object, which DOT cannot hold
      if (!text.empty() && plain) out += fmt::format(", {}=\"{}\"", key, text);
    }
    out += "];\n";
  }
  return out + "}\n";
}

}  // namespace wirelab::cli
