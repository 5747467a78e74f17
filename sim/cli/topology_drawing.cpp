#include "cli/topology_drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "cli/label_places.h"
#include "cli/xml_text.h"
#include "record/json_printer.h"
#include "scenario/tables.h"

namespace wirelab::cli {

namespace {

using scenario::LinkEntry;
using scenario::NodeEntry;
using scenario::TopologyTree;
using scenario::Value;

constexpr double kSide = 900, kMargin = 70, kRadius = 9, kNodeFont = 15, kLinkFont = 11;
constexpr std::size_t kMostLabels = 120, kMostLinkLabels = 24;  // with more there is only ink

bool is_router(const NodeEntry& node) {
  const Value* const type = node.value.find("type");
  return type != nullptr && type->text() != nullptr && *type->text() == "router";
}

double on_paper(double unit) { return kMargin + unit * (kSide - 2 * kMargin); }

/// Of a sans-serif text, roughly.
double width_of(std::string_view text, double font) { return 0.56 * font * static_cast<double>(text.size()); }

std::string link_label(const TopologyTree& tree, const LinkEntry& link) {
  const std::string rate = link_text(tree, link, "rate"), delay = link_text(tree, link, "delay");
  return rate + (rate.empty() || delay.empty() ? "" : ", ") + delay;
}

struct Line {
  double x1, y1, x2, y2;
  std::string label;
};

std::vector<Line> lines_of(const TopologyTree& tree, const std::vector<Place>& places) {
  std::map<std::string_view, std::size_t> number;
  for (const NodeEntry& node : tree.nodes) number.emplace(node.id, number.size());
  std::vector<Line> lines;
  for (const LinkEntry& link : tree.links) {
    const auto a = number.find(link.a), b = number.find(link.b);
    if (a == number.end() || b == number.end()) continue;
    const Place from = places[a->second], to = places[b->second];
    lines.push_back({on_paper(from.x), on_paper(from.y), on_paper(to.x), on_paper(to.y), link_label(tree, link)});
  }
  return lines;
}

/// Above, below, right or left of a node.
std::array<Box, 4> beside_node(Place node, double width) {
  const double x = on_paper(node.x), y = on_paper(node.y), up = kRadius + kNodeFont / 2 + 1;
  const double aside = kRadius + width / 2 + 3;
  return {{{x, y - up, width, kNodeFont},
           {x, y + up, width, kNodeFont},
           {x + aside, y, width, kNodeFont},
           {x - aside, y, width, kNodeFont}}};
}

/// In the middle of a line, or as near to it as possible: where links cross, their middles often meet.
std::vector<Box> along_line(const Line& l, double width) {
  std::vector<Box> boxes;
  for (const double t : {0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82}) {
    boxes.push_back({l.x1 + t * (l.x2 - l.x1), l.y1 + t * (l.y2 - l.y1), width, kLinkFont});
  }
  return boxes;
}

/// On white, so that no line runs through it.
void write_text(std::string& out, std::string_view text, double font, std::string_view colour, const Box& at) {
  out += fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"white\" fill-opacity=\"0.8\"/>\n",
      at.x - at.width / 2, at.y - at.height / 2, at.width, at.height);
  out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{}\" fill=\"{}\" text-anchor=\"middle\">{}</text>\n",
                     at.x, at.y + 0.36 * font, font, colour, xml_text(text));
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
  double lowest = 0;
  for (const Place& p : places) lowest = std::max(lowest, p.y);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {:.0f}\" font-family=\"sans-serif\" "
      "font-size=\"{}\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      kSide, 2 * kMargin + lowest * (kSide - 2 * kMargin), kNodeFont);
  const std::vector<Line> lines = lines_of(tree, places);
  for (const Line& l : lines) {
    out += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#8a8a8a\" stroke-width=\"1.5\"/>\n",
        l.x1, l.y1, l.x2, l.y2);
  }
  LabelPlaces free;
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const double x = on_paper(places[i].x), y = on_paper(places[i].y);
    free.block({x, y, 2 * kRadius, 2 * kRadius});
    out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"{}\"/>\n", x, y, kRadius,
                       is_router(tree.nodes[i]) ? "#0072b2" : "#e69f00");
  }
  if (tree.nodes.size() <= kMostLabels) {
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
      const std::string& name = tree.nodes[i].label.empty() ? tree.nodes[i].id : tree.nodes[i].label;
      write_text(out, name, kNodeFont, "#000", free.take(beside_node(places[i], width_of(name, kNodeFont))));
    }
  }
  if (lines.size() <= kMostLinkLabels) {
    for (const Line& l : lines) {
      write_text(out, l.label, kLinkFont, "#555", free.take(along_line(l, width_of(l.label, kLinkFont))));
    }
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
