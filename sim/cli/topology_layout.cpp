#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "cli/topology_drawing.h"
#include "core/real_math.h"

namespace wirelab::cli {

namespace {

using scenario::TopologyTree;
using Neighbours = std::vector<std::vector<std::size_t>>;

constexpr std::size_t kMostByStress = 400;  // every pair of nodes is looked at, some hundred times
constexpr int kRounds = 200;

Neighbours neighbours_of(const TopologyTree& tree) {
  std::map<std::string, std::size_t> number;
  for (const auto& node : tree.nodes) number.emplace(node.id, number.size());
  Neighbours next(tree.nodes.size());
  for (const auto& link : tree.links) {
    const auto a = number.find(link.a), b = number.find(link.b);
    if (a == number.end() || b == number.end()) continue;
    next[a->second].push_back(b->second);
    next[b->second].push_back(a->second);
  }
  return next;
}

/// Hops from one node to all others; unreachable ones are a little beyond the farthest.
std::vector<double> hops_from(std::size_t start, const Neighbours& next) {
  constexpr double kUnknown = -1;
  std::vector<double> hops(next.size(), kUnknown);
  std::vector<std::size_t> queue = {start};
  hops[start] = 0;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const std::size_t n : next[queue[i]]) {
      if (hops[n] != kUnknown) continue;
      hops[n] = hops[queue[i]] + 1;
      queue.push_back(n);
    }
  }
  const double beyond = hops[queue.back()] + 2;
  std::replace(hops.begin(), hops.end(), kUnknown, beyond);
  return hops;
}

std::vector<Place> on_a_circle(std::size_t n) {
  std::vector<Place> places(n);
  for (std::size_t i = 0; i < n; ++i) {
    const SineCosine at = exact_sincos_of_turn(static_cast<double>(i) / static_cast<double>(n));
    places[i] = {at.cosine, at.sine};
  }
  return places;
}

/// Stress majorisation (Gansner, Koren, North: "Graph drawing by stress majorization", 2004), one node at a time: each
/// moves to the weighted mean of where the others would have it, weights falling with the square of the distance.
std::vector<Place> by_stress(const Neighbours& next) {
  const std::size_t n = next.size();
  std::vector<std::vector<double>> wanted(n);
  for (std::size_t i = 0; i < n; ++i) wanted[i] = hops_from(i, next);
  std::vector<Place> at = on_a_circle(n);
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < n; ++i) {
      double x = 0, y = 0, weights = 0;
      for (std::size_t j = 0; j < n; ++j) {
        if (j == i) continue;
        const double dx = at[i].x - at[j].x, dy = at[i].y - at[j].y;
        const double length = std::sqrt(dx * dx + dy * dy);
        const double stretch = length > 1e-9 ? wanted[i][j] / length : 0;
        const double weight = 1 / (wanted[i][j] * wanted[i][j]);
        x += weight * (at[j].x + dx * stretch);
        y += weight * (at[j].y + dy * stretch);
        weights += weight;
      }
      if (weights > 0) at[i] = {x / weights, y / weights};
    }
  }
  return at;
}

/// Turns the picture so that it is widest from left to right and the first node stands left and above.
void turn(std::vector<Place>& places) {
  if (places.empty()) return;
  double x = 0, y = 0;
  for (const Place& p : places) {
    x += p.x / static_cast<double>(places.size());
    y += p.y / static_cast<double>(places.size());
  }
  double xx = 0, xy = 0, yy = 0;
  for (const Place& p : places) {
    xx += (p.x - x) * (p.x - x);
    xy += (p.x - x) * (p.y - y);
    yy += (p.y - y) * (p.y - y);
  }
  // The eigenvector of the larger eigenvalue of the covariance.
  const double half = (xx - yy) / 2;
  const double root = std::sqrt(half * half + xy * xy);
  double ax = half + root, ay = xy;
  const double length = std::sqrt(ax * ax + ay * ay);
  if (length < 1e-9) return;
  ax /= length;
  ay /= length;
  for (Place& p : places) p = {(p.x - x) * ax + (p.y - y) * ay, (p.y - y) * ax - (p.x - x) * ay};
  const double flip_x = places[0].x > 0 ? -1 : 1, flip_y = places[0].y > 0 ? -1 : 1;
  for (Place& p : places) p = {p.x * flip_x, p.y * flip_y};
}

/// Stretches to the unit square, keeping the proportions: full width, or full height and centred.
void fit(std::vector<Place>& places) {
  double left = std::numeric_limits<double>::max(), top = left, right = -left, bottom = -left;
  for (const Place& p : places) {
    left = std::min(left, p.x);
    right = std::max(right, p.x);
    top = std::min(top, p.y);
    bottom = std::max(bottom, p.y);
  }
  const double width = right - left, height = bottom - top;
  const double scale = std::max({width, height, 1e-9});
  for (Place& p : places) p = {(p.x - left) / scale + (1 - width / scale) / 2, (p.y - top) / scale};
}

/// Nodes that fell almost upon each other move apart, to twice the diameter that they are drawn with.
void spread(std::vector<Place>& places) {
  constexpr double kApart = 0.045;
  for (int round = 0; round < 8; ++round) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      for (std::size_t j = i + 1; j < places.size(); ++j) {
        const double dx = places[j].x - places[i].x, dy = places[j].y - places[i].y;
        const double length = std::sqrt(dx * dx + dy * dy);
        if (length >= kApart) continue;
        const double push = (kApart - length) / 2;
        const double x = length > 1e-9 ? dx / length : 1, y = length > 1e-9 ? dy / length : 0;
        places[i] = {places[i].x - x * push, places[i].y - y * push};
        places[j] = {places[j].x + x * push, places[j].y + y * push};
      }
    }
  }
}

}  // namespace

std::vector<Place> lay_out(const TopologyTree& tree) {
  std::vector<Place> places;
  const bool on_earth =
      std::all_of(tree.nodes.begin(), tree.nodes.end(), [](const auto& node) { return node.coordinates.has_value(); });
  if (on_earth) {
    // Degrees of longitude are narrower than those of latitude; three quarters suit the middle latitudes.
    for (const auto& node : tree.nodes) places.push_back({node.coordinates->second * 0.75, -node.coordinates->first});
  } else if (tree.nodes.size() <= kMostByStress) {
    places = by_stress(neighbours_of(tree));
    turn(places);
    fit(places);
    spread(places);
  } else {
    places = on_a_circle(tree.nodes.size());
  }
  fit(places);
  return places;
}

}  // namespace wirelab::cli
