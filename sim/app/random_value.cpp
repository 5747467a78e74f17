#include "app/random_value.h"

#include <algorithm>

namespace wirelab {

namespace {

double draw_real(const Distribution& d, RandomStream& random) {
  const auto mean = static_cast<double>(d.mean);
  switch (d.kind) {
    case Distribution::Kind::Constant: return static_cast<double>(d.low);
    case Distribution::Kind::Uniform: return random.uniform(static_cast<double>(d.low), static_cast<double>(d.high));
    case Distribution::Kind::Exponential: return random.exponential(mean);
    case Distribution::Kind::Pareto: return random.pareto(mean, d.shape);
    case Distribution::Kind::Lognormal: return random.lognormal(mean, d.sigma);
  }
  return 0;
}

}  // namespace

std::int64_t draw(const Distribution& d, RandomStream& random) {
  if (d.is_constant()) return d.low;
  // Heavy tails may pass what a time or a size can hold; a hundredth of that is beyond any run already.
  constexpr double most = 9e16;
  return static_cast<std::int64_t>(std::clamp(draw_real(d, random), 0.0, most));
}

}  // namespace wirelab
