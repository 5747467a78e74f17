#include "cli/label_places.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wirelab::cli {

namespace {

double overlap(const Box& a, const Box& b) {
  const double width = (a.width + b.width) / 2 - std::abs(a.x - b.x);
  const double height = (a.height + b.height) / 2 - std::abs(a.y - b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

}  // namespace

Box LabelPlaces::take(std::span<const Box> candidates) {
  Box best = candidates.front();
  double least = std::numeric_limits<double>::infinity();
  for (const Box& candidate : candidates) {
    double hidden = 0;
    for (const Box& box : taken_) hidden += overlap(candidate, box);
    if (hidden >= least) continue;
    least = hidden;
    best = candidate;
  }
  block(best);
  return best;
}

}  // namespace wirelab::cli
