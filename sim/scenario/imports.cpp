#include "scenario/imports.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <numbers>

#include "scenario/quantity.h"
#include "scenario/reader.h"

namespace wirelab::scenario {

bool is_graphml(const std::string& path) {
  const auto extension = std::filesystem::path(path).extension();
  return extension == ".graphml" || extension == ".xml";
}
bool is_dot(const std::string& path) {
  const auto extension = std::filesystem::path(path).extension();
  return extension == ".dot" || extension == ".gv";
}

bool is_node_link(const Value& root) {
  if (root.find("edges") != nullptr) return true;
  if (root.find("directed") != nullptr || root.find("multigraph") != nullptr) return true;
  const Value* links = root.find("links");
  if (links == nullptr || !links->is_array() || links->array()->empty()) return false;
  const Value& first = links->array()->front();
  return first.find("source") != nullptr || first.find("target") != nullptr;
}

Duration propagation_delay(std::pair<double, double> a, std::pair<double, double> b) {
  constexpr double earth_radius_km = 6371.0088;  // mean radius (IUGG)
  constexpr double km_per_us = 0.2;              // light in fibre
  constexpr double radian = std::numbers::pi / 180;
  const double dlat = (b.first - a.first) * radian, dlon = (b.second - a.second) * radian;
  const double sin_lat = std::sin(dlat / 2), sin_lon = std::sin(dlon / 2);
  const double h = sin_lat * sin_lat + std::cos(a.first * radian) * std::cos(b.first * radian) * sin_lon * sin_lon;
  const double km = 2 * earth_radius_km * std::asin(std::sqrt(std::clamp(h, 0.0, 1.0)));
  // Whole microseconds hide the last bits, in which C libraries differ.
  return Duration::us(std::llround(km / km_per_us));
}

Value imported_value(std::string_view key, const std::string& text, Origin at) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, number);
  if (key == "mtu" && fault == std::errc() && rest == end) return Value(number, at);
  return Value(text, at);
}

std::string ImportedGraph::unused_name(const std::string& wanted) {
  std::string name;
  for (const char c : wanted) {
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80) continue;  // the rest of a character of UTF-8
    if (name.size() < 58) name += is_name(std::string_view(&c, 1)) ? c : '_';
  }
  if (name.empty()) name = "node";
  if (names_.emplace(name, 1).second) return name;
  for (std::size_t& n = names_[name];;) {
    const std::string candidate = name + "_" + std::to_string(++n);
    if (names_.emplace(candidate, 1).second) return candidate;
  }
}

std::size_t ImportedGraph::add_node(const std::string& original, const std::string& label, Value keys, Origin at,
                                    std::optional<std::pair<double, double>> coordinates) {
  const auto [it, fresh] = by_original_.emplace(original, nodes_.size());
  if (!fresh) {
    docs_.error(at, "the node " + in_quotes(original.substr(0, 80)) + " is written twice; remove one");
    return it->second;
  }
  const std::string name = unused_name(original);
  std::string shown = !label.empty() ? label : name != original ? original : std::string();
  for (char& c : shown) c = static_cast<unsigned char>(c) < ' ' ? ' ' : c;  // a label stands in one line
  if (!keys.is_object()) keys = Value(Object{}, at);
  nodes_.push_back({name, std::move(shown), std::move(keys), coordinates});
  degree_.push_back(0);
  return nodes_.size() - 1;
}

std::optional<std::size_t> ImportedGraph::find(const std::string& original) const {
  const auto it = by_original_.find(original);
  return it == by_original_.end() ? std::nullopt : std::optional(it->second);
}

void ImportedGraph::add_edge(std::size_t a, std::size_t b, Value keys, Origin at) {
  if (a == b) {
    docs_.warning(at, "a link from a node to itself is left out");
    return;
  }
  if (!keys.is_object()) keys = Value(Object{}, at);
  const auto& from = nodes_[a].coordinates;
  const auto& to = nodes_[b].coordinates;
  if (from && to && keys.find("delay") == nullptr) {
    keys.set("delay", Value(to_text(propagation_delay(*from, *to)), at), at);
  }
  edges_.push_back({a, b, std::move(keys), at});
}

/// Two opposite edges of a directed graph are the two directions of one link, in the order of their coming.
void ImportedGraph::pair_up() {
  std::map<std::pair<std::size_t, std::size_t>, std::vector<std::size_t>> waiting;
  std::vector<bool> merged(edges_.size(), false);
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    Edge& e = edges_[i];
    auto& opposite = waiting[{e.b, e.a}];
    if (opposite.empty()) {
      waiting[{e.a, e.b}].push_back(i);
      continue;
    }
    Edge& first = edges_[opposite.front()];
    opposite.erase(opposite.begin());
    merged[i] = true;
    Value forward(Object{}, first.at), backward(Object{}, e.at), common(Object{}, first.at);
    const std::string forward_text = first.keys.dump(), backward_text = e.keys.dump();
    if (forward_text == backward_text) continue;
    for (const Member& m : *first.keys.object()) {
      const bool whole_link = m.key == "id" || m.key == "label";
      (whole_link ? common : forward).set(m.key, m.value, m.origin);
    }
    for (const Member& m : *e.keys.object()) {
      if (m.key != "id" && m.key != "label") backward.set(m.key, m.value, m.origin);
    }
    common.set("forward", std::move(forward), first.at);
    common.set("backward", std::move(backward), e.at);
    first.keys = std::move(common);
  }
  std::vector<Edge> kept;
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    if (!merged[i]) kept.push_back(std::move(edges_[i]));
  }
  edges_ = std::move(kept);
}

void ImportedGraph::warn_of_missing() {
  std::string text;
  for (const std::string_view key : {"rate", "delay"}) {
    const auto lacks = [&](const Edge& e) {
      const Value* forward = e.keys.find("forward");
      return e.keys.find(key) == nullptr && (forward == nullptr || forward->find(key) == nullptr);
    };
    const auto n = std::count_if(edges_.begin(), edges_.end(), lacks);
    if (n != 0) text += (text.empty() ? "" : ", ") + std::to_string(n) + " without " + std::string(key);
  }
  if (text.empty()) return;
  docs_.warning(whole_, std::to_string(edges_.size()) + (edges_.size() == 1 ? " link: " : " links: ") + text +
                            "; defaults.link fills in");
}

void ImportedGraph::finish(TopologyTree& tree) {
  if (full()) {
    docs_.error(whole_, "more than 1000000 nodes or links; make the topology smaller");
    return;
  }
  if (directed_) pair_up();
  for (const Edge& e : edges_) {
    ++degree_[e.a];
    ++degree_[e.b];
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    NodeEntry node = nodes_[i];
    const Origin at = node.value.origin();
    node.value.set("id", Value(node.id, at), at);
    if (node.value.find("type") == nullptr) node.value.set("type", Value(degree_[i] >= 2 ? "router" : "host", at), at);
    if (!node.label.empty()) node.value.set("label", Value(node.label, at), at);
    tree.add(std::move(node));
  }
  warn_of_missing();
  std::map<std::string, std::size_t> uses;
  for (Edge& e : edges_) {
    const std::string& a = nodes_[e.a].id;
    const std::string& b = nodes_[e.b].id;
    std::string id = (a + "-" + b).substr(0, 58);
    while (tree.link(id) != nullptr) id = (a + "-" + b).substr(0, 58) + "-" + std::to_string(++uses[a + "-" + b] + 1);
    tree.add(LinkEntry{id, {}, a, b, std::move(e.keys)});
  }
  if (nodes_.empty()) docs_.error(whole_, "the topology has no nodes; check that this is the right file");
}

}  // namespace wirelab::scenario
