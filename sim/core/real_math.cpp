#include "core/real_math.h"

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

namespace wirelab {

namespace {

constexpr double kSqrt2 = 1.41421356237309504880;
constexpr double kLog2E = 1.44269504088896340736;
constexpr double kPiOver4 = 0.78539816339744830962;
// ln 2 in two parts, the first with 21 trailing zero bits, so that its product with any exponent is exact.
constexpr double kLn2High = 0x1.62e42fee00000p-1;
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;

constexpr int kMantissaBits = 52;
constexpr int kExponentBias = 1023;

double power_of_two(int exponent) {  // of a normal number
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + kExponentBias) << kMantissaBits);
}

/// c[0] + c[1] x + c[2] x^2 + ..., from the highest power downwards.
template <std::size_t N>
constexpr double polynomial(const std::array<double, N>& c, double x) {
  double sum = c[N - 1];
  for (std::size_t i = N - 1; i-- > 0;) sum = sum * x + c[i];
  return sum;
}

/// 1/1, 1/3, 1/5, ...: the series of the inverse hyperbolic tangent in x^2.
constexpr auto kAtanhSeries = [] {
  std::array<double, 12> c{};
  for (std::size_t i = 0; i < c.size(); ++i) c[i] = 1.0 / static_cast<double>(2 * i + 1);
  return c;
}();

/// sign^i / (first + step i)!
template <std::size_t N>
constexpr std::array<double, N> factorial_series(int first, int step, double sign) {
  std::array<double, N> c{};
  double factorial = 1, signs = 1;
  int n = 0;
  for (std::size_t i = 0; i < N; ++i) {
    while (n < first + step * static_cast<int>(i)) factorial *= ++n;
    c[i] = signs / factorial;
    signs *= sign;
  }
  return c;
}
constexpr auto kExpSeries = factorial_series<15>(0, 1, 1);
constexpr auto kSineSeries = factorial_series<9>(1, 2, -1);
constexpr auto kCosineSeries = factorial_series<9>(0, 2, -1);

}  // namespace

// x = m 2^k with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh((m - 1) / (m + 1)), whose argument stays below 0.172, so
// that the first term left out is below 1e-19 of the sum.
double exact_log(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  int k = static_cast<int>(bits >> kMantissaBits) - kExponentBias;
  double m = std::bit_cast<double>((bits & ((std::uint64_t{1} << kMantissaBits) - 1)) |
                                   static_cast<std::uint64_t>(kExponentBias) << kMantissaBits);
  if (m >= kSqrt2) {
    m *= 0.5;
    ++k;
  }
  const double s = (m - 1) / (m + 1);
  const double log_m = 2 * s * polynomial(kAtanhSeries, s * s);
  return k * kLn2High + (k * kLn2Low + log_m);
}

// x = k ln 2 + r with |r| <= ln(2) / 2, where fifteen terms leave an error below 1e-17.
double exact_exp(double x) {
  if (x > 709.78) return std::numeric_limits<double>::infinity();
  if (x < -708) return 0;
  const double scaled = x * kLog2E;
  const int k = static_cast<int>(scaled + (scaled < 0 ? -0.5 : 0.5));
  const double r = (x - k * kLn2High) - k * kLn2Low;
  // Two factors, because 2^1024 is no number although its half times two is.
  return polynomial(kExpSeries, r) * power_of_two(k - 1) * 2;
}

double exact_pow(double x, double y) { return exact_exp(y * exact_log(x)); }

// The eighth of the circle that holds u says which of the two functions of the angle within it is which; the angle is
// then at most pi/4. All reductions are exact.
SineCosine exact_sincos_of_turn(double u) {
  const double eighths = u * 8;
  const int octant = static_cast<int>(eighths);
  const double rest = eighths - octant;
  const double angle = (octant % 2 == 0 ? rest : 1 - rest) * kPiOver4;
  const double square = angle * angle;
  const double s = angle * polynomial(kSineSeries, square);
  const double c = polynomial(kCosineSeries, square);
  switch (octant) {
    case 0: return {s, c};
    case 1: return {c, s};
    case 2: return {c, -s};
    case 3: return {s, -c};
    case 4: return {-s, -c};
    case 5: return {-c, -s};
    case 6: return {-c, s};
    default: return {-s, c};
  }
}

}  // namespace wirelab
