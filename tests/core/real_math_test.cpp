#include "core/real_math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/random.h"

namespace wirelab {
namespace {

constexpr int kSamples = 200'000;
constexpr double kBound = 1e-14;

double relative_error(double got, double want) { return std::abs(got - want) / std::abs(want); }

TEST(RealMath, LogarithmAgreesWithTheLibraryOverAllMagnitudes) {
  RandomStream draws(1, Purpose::Topology, 0);
  double worst = 0;
  for (int i = 0; i < kSamples; ++i) {
    const double x = std::ldexp(draws.uniform(0.5, 1), static_cast<int>(draws.uniform(-1000, 1000)));
    worst = std::max(worst, relative_error(exact_log(x), std::log(x)));
  }
  EXPECT_LT(worst, kBound);
}

TEST(RealMath, LogarithmIsAccurateRelativeToItselfNearOne) {
  RandomStream draws(2, Purpose::Topology, 0);
  double worst = 0;
  for (int i = 0; i < kSamples; ++i) {
    const double x = 1 + std::ldexp(draws.uniform(-1, 1), static_cast<int>(draws.uniform(-50, 0)));
    if (x <= 0 || x == 1) continue;
    worst = std::max(worst, relative_error(exact_log(x), std::log(x)));
  }
  EXPECT_LT(worst, kBound);
  EXPECT_EQ(exact_log(1), 0);
}

TEST(RealMath, ExponentialAgreesWithTheLibraryOverItsRange) {
  RandomStream draws(3, Purpose::Topology, 0);
  double worst = 0;
  for (int i = 0; i < kSamples; ++i) {
    const double x = draws.uniform(-708, 709.7);
    worst = std::max(worst, relative_error(exact_exp(x), std::exp(x)));
  }
  EXPECT_LT(worst, kBound);
  EXPECT_EQ(exact_exp(0), 1);
}

TEST(RealMath, ExponentialLeavesItsRangeAtInfinityAndAtZero) {
  EXPECT_EQ(exact_exp(710), std::numeric_limits<double>::infinity());
  EXPECT_EQ(exact_exp(-746), 0);
  EXPECT_LT(relative_error(exact_exp(709.75), std::exp(709.75)), kBound);
}

TEST(RealMath, PowerOfTwoArguments) {
  EXPECT_LT(relative_error(exact_pow(2, 10), 1024), kBound * 10);
  EXPECT_LT(relative_error(exact_pow(10, -0.5), 1 / std::sqrt(10)), kBound * 10);
  EXPECT_LT(relative_error(exact_pow(0.3, 1 / 1.2), std::pow(0.3, 1 / 1.2)), kBound * 10);
}

TEST(RealMath, SineAndCosineAgreeWithTheLibraryAroundTheCircle) {
  RandomStream draws(4, Purpose::Topology, 0);
  double worst = 0;
  for (int i = 0; i < kSamples; ++i) {
    const double u = draws.uniform();
    const long double angle = 2 * std::numbers::pi_v<long double> * static_cast<long double>(u);
    const SineCosine got = exact_sincos_of_turn(u);
    worst = std::max(worst, std::abs(got.sine - static_cast<double>(std::sin(angle))));
    worst = std::max(worst, std::abs(got.cosine - static_cast<double>(std::cos(angle))));
  }
  EXPECT_LT(worst, kBound);
}

TEST(RealMath, QuarterTurnsAreExact) {
  EXPECT_EQ(exact_sincos_of_turn(0).cosine, 1);
  EXPECT_EQ(exact_sincos_of_turn(0.25).sine, 1);
  EXPECT_EQ(exact_sincos_of_turn(0.25).cosine, 0);
  EXPECT_EQ(exact_sincos_of_turn(0.5).cosine, -1);
  EXPECT_EQ(exact_sincos_of_turn(0.75).sine, -1);
}

}  // namespace
}  // namespace wirelab
