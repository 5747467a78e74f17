// How many series share one panel: named lines while they can be told apart, groups with a band beyond.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "record/plot_picture.h"

namespace wirelab::plot {
namespace {

constexpr std::size_t kNamedLines = 8, kThinLines = 24, kColumns = 300, kMostGroups = 6;

/// The value that a share q of the sorted values does not exceed.
double quantile(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const auto high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - static_cast<double>(low));
}

struct Group {
  Curve middle, band;
};

Group summarise(const std::vector<const Series*>& members, Window window) {
  std::vector<std::vector<double>> values;
  for (const Series* s : members) values.push_back(held_values(s->points, window, kColumns));
  Group out;
  std::vector<double> column;
  for (std::size_t i = 0; i < kColumns; ++i) {
    const double t = window.from + window.span() * (static_cast<double>(i) + 0.5) / static_cast<double>(kColumns);
    column.clear();
    for (const std::vector<double>& v : values) {
      if (v[i] == v[i]) column.push_back(v[i]);
    }
    std::sort(column.begin(), column.end());
    const double gap = std::numeric_limits<double>::quiet_NaN();
    out.middle.points.push_back({t, column.empty() ? gap : quantile(column, 0.5)});
    out.band.points.push_back({t, column.empty() ? gap : quantile(column, 0.1)});
    out.band.upper.push_back(column.empty() ? gap : quantile(column, 0.9));
  }
  return out;
}

}  // namespace

void share_scale(std::vector<Panel>& panels) {
  double largest = 0, smallest = std::numeric_limits<double>::infinity();
  for (const Panel& p : panels) {
    largest = std::max(largest, p.y_max);
    smallest = std::min(smallest, p.y_max);
  }
  if (largest > 8 * smallest) return;
  for (Panel& p : panels) p.y_max = largest;
}

void add_overlay(Panel& panel, std::vector<Series> series, Window window, Draw draw) {
  if (series.size() <= kNamedLines) {
    for (std::size_t i = 0; i < series.size(); ++i) {
      Curve c;
      c.title = series[i].name;
      c.draw = draw;
      c.colour = line_colour(i, series.size());
      c.points = std::move(series[i].points);
      panel.curves.push_back(std::move(c));
    }
    return;
  }
  std::vector<std::string> order;
  std::map<std::string, std::vector<const Series*>> groups;
  for (const Series& s : series) {
    auto& members = groups[s.group];
    if (members.empty()) order.push_back(s.group);
    members.push_back(&s);
  }
  if (order.size() > kMostGroups) {
    groups.clear();
    order = {"all"};
    for (const Series& s : series) groups["all"].push_back(&s);
  }
  std::vector<Curve> bands, middles;
  std::vector<double> edges;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto& members = groups[order[i]];
    Group g = summarise(members, window);
    g.band.draw = Draw::Band;
    g.band.colour = g.middle.colour = line_colour(i, order.size());
    g.band.title = fmt::format("{}: 10th to 90th percentile", order[i]);
    g.middle.title = fmt::format("{}: median of {}", order[i], members.size());
    if (members.size() == 1) {
      g.middle.title = members[0]->name;
      g.band = {};
    }
    for (const double y : g.band.upper) {
      if (y == y) edges.push_back(y);
    }
    for (const Point& m : g.middle.points) {
      if (m.y == m.y) edges.push_back(1.2 * m.y);
    }
    bands.push_back(std::move(g.band));
    middles.push_back(std::move(g.middle));
  }
  // One flow's spike must not press all others to the ground: it runs out of the picture.
  std::sort(edges.begin(), edges.end());
  if (!edges.empty()) panel.y_max = 1.2 * quantile(edges, 0.98);
  if (series.size() <= kThinLines) {
    for (Series& s : series) {
      Curve c;
      c.draw = Draw::Thin;
      c.colour = colour::PaleGrey;
      c.points = std::move(s.points);
      panel.curves.push_back(std::move(c));
    }
  }
  for (std::size_t i = 0; i < middles.size(); ++i) {
    if (!bands[i].points.empty()) panel.curves.push_back(std::move(bands[i]));
    panel.curves.push_back(std::move(middles[i]));
  }
}

}  // namespace wirelab::plot
