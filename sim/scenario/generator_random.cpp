#include "scenario/generator_random.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "core/random.h"
#include "core/real_math.h"
#include "scenario/quantity.h"

namespace wirelab::scenario {

namespace {

constexpr std::uint64_t kMostRouters = 5000;  // the work grows with the square

struct Point {
  double x, y;
};

double distance(Point a, Point b) { return std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)); }

/// Which routers are connected so far.
class Components {
 public:
  explicit Components(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[root(b)] = root(a); }

 private:
  std::vector<std::size_t> parent_;
};

using Edges = std::vector<std::pair<std::size_t, std::size_t>>;

/// Joins each router that r1's part does not reach to the nearest one that it does, in the order of numbers.
void connect_all(const std::vector<Point>& places, Components& parts, Edges& edges) {
  for (std::size_t lone = 1; lone < places.size(); ++lone) {
    if (parts.root(lone) == parts.root(0)) continue;
    std::pair<std::size_t, std::size_t> best;
    double shortest = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (parts.root(i) != parts.root(lone)) continue;
      for (std::size_t j = 0; j < places.size(); ++j) {
        if (parts.root(j) != parts.root(0)) continue;
        const double d = distance(places[i], places[j]);
        if (d < shortest) {
          shortest = d;
          best = {std::min(i, j), std::max(i, j)};
        }
      }
    }
    edges.push_back(best);
    parts.join(0, lone);
  }
}

}  // namespace

void generate_waxman(Generation& g) {
  const std::uint64_t routers = g.count("routers", 1, kMostRouters);
  const double alpha = g.reader.probability("alpha").value_or(0.4);
  const double beta = g.reader.probability("beta").value_or(0.2);
  const Duration extent = g.reader.duration("extent").value_or(Duration::ms(20));
  const Value* seed_value = g.reader.get("seed");
  const auto seed = seed_value ? read_count(g.docs, *seed_value, 0, std::numeric_limits<std::uint64_t>::max()) : 1;
  if (beta <= 0) g.reader.error_at("beta", "beta must be above 0; write 0.2");
  if (!g.fits(2 * routers, routers) || !seed || beta <= 0) return;

  std::vector<Point> places;
  RandomStream place(*seed, Purpose::Topology, component_of("places"));
  for (std::uint64_t i = 0; i < routers; ++i) {
    const double x = place.uniform();
    const double y = place.uniform();
    places.push_back({x, y});
  }
  const double diagonal = std::sqrt(2.0);
  RandomStream choice(*seed, Purpose::Topology, component_of("links"));
  Components parts(routers);
  Edges edges;
  for (std::size_t i = 0; i < routers; ++i) {
    for (std::size_t j = i + 1; j < routers; ++j) {
      const double reach = distance(places[i], places[j]) / (beta * diagonal);
      if (!choice.bernoulli(alpha * exact_exp(-reach))) continue;
      edges.emplace_back(i, j);
      parts.join(i, j);
      if (!g.fits(2 * routers, edges.size() + routers)) return;
    }
  }
  connect_all(places, parts, edges);
  if (!g.fits(2 * routers, edges.size() + routers)) return;

  for (std::uint64_t i = 1; i <= routers; ++i) g.router(numbered("r", i));
  for (std::uint64_t i = 1; i <= routers; ++i) g.host(numbered("h", i));
  for (const auto& [i, j] : edges) {
    const double share = distance(places[i], places[j]) / diagonal;
    const auto micros = static_cast<std::int64_t>(share * static_cast<double>(extent.us()) + 0.5);
    Generation::Keys keys{{"delay", g.made(to_text(Duration::us(micros)))}};
    for (const std::string_view name : {"rate", "queue", "mtu"}) keys.emplace_back(name, g.link_key(name));
    g.link(numbered("r", i + 1), numbered("r", j + 1), keys);
  }
  const auto access = g.access_keys();
  for (std::uint64_t i = 1; i <= routers; ++i) g.link(numbered("h", i), numbered("r", i), access);
}

}  // namespace wirelab::scenario
