#include "core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/exponential.hpp>
#include <boost/math/distributions/lognormal.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/pareto.hpp>
#include <boost/math/distributions/uniform.hpp>
#include <cmath>
#include <functional>
#include <set>
#include <vector>

namespace wirelab {
namespace {

constexpr std::size_t kSamples = 100'000;

// Known answers of philox4x32 with 10 rounds, as published with Random123 (kat_vectors).
TEST(Philox, GivesThePublishedAnswers) {
  using Words = std::array<std::uint64_t, 2>;
  EXPECT_EQ(philox_draw(0, 0, Purpose{0}, 0), (Words{0xe169c58d6627e8d5u, 0x9b00dbd8bc57ac4cu}));
  EXPECT_EQ(philox_draw(~0ull, 0xffffffffffffffull, Purpose{0xff}, ~0ull),
            (Words{0x41c83b0e408f276du, 0x6d5451fda20bc7c6u}));
  EXPECT_EQ(philox_draw(0x299f31d0a4093822u, 0x0085a308243f6a88u, Purpose{0xd3}, 0x0370734413198a2eu),
            (Words{0x94fdccebd16cfe09u, 0x24126ea15001e420u}));
}

// 64-bit FNV-1a of the id, a zero byte and the direction's eight bytes: a number that is part of every result.
TEST(ComponentOf, IsAFixedHashOfIdAndDirection) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const unsigned char byte : {'r', '1', '\0', '\1', '\0', '\0', '\0', '\0', '\0', '\0', '\0'}) {
    hash = (hash ^ byte) * 0x100000001b3u;
  }
  EXPECT_EQ(component_of("r1", 1), hash);
  EXPECT_NE(component_of("r1", 1), component_of("r1", 0));
  EXPECT_NE(component_of("r1"), component_of("r2"));
}

// What is drawn must never change: every seeded result would.
TEST(RandomStream, FirstDrawsAreTheGeneratorsWords) {
  RandomStream stream(42, Purpose::Loss, component_of("bottleneck"));
  for (std::uint64_t draw = 0; draw < 5; ++draw) {
    EXPECT_EQ(stream.next(), philox_draw(42, draw, Purpose::Loss, component_of("bottleneck"))[0]);
  }
  static_assert(static_cast<int>(Purpose::Loss) == 1 && static_cast<int>(Purpose::Jitter) == 4 &&
                static_cast<int>(Purpose::AppStart) == 6 && static_cast<int>(Purpose::Pairing) == 16);
}

TEST(RandomStream, EveryDistributionMakesOneDraw) {
  const std::vector<std::function<void(RandomStream&)>> kinds = {
      [](RandomStream& s) { s.uniform(); },      [](RandomStream& s) { s.bernoulli(0); },
      [](RandomStream& s) { s.bernoulli(1); },   [](RandomStream& s) { s.uniform(2, 3); },
      [](RandomStream& s) { s.exponential(1); }, [](RandomStream& s) { s.pareto(1, 1.2); },
      [](RandomStream& s) { s.normal(0, 1); },   [](RandomStream& s) { s.lognormal(1, 1); },
  };
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    RandomStream used(1, Purpose::Jitter, 7), plain(1, Purpose::Jitter, 7);
    kinds[k](used);
    plain.next();
    EXPECT_EQ(used.next(), plain.next()) << "kind " << k;
  }
}

TEST(RandomStream, StreamsThatDifferInOneKeyShareNothing) {
  std::set<std::uint64_t> seen;
  std::size_t drawn = 0;
  for (const std::uint64_t seed : {1u, 2u}) {
    for (const Purpose purpose : {Purpose::Loss, Purpose::Duplicate}) {
      for (const char* id : {"a", "b"}) {
        RandomStream stream(seed, purpose, component_of(id));
        for (int i = 0; i < 1000; ++i, ++drawn) seen.insert(stream.next());
      }
    }
  }
  EXPECT_EQ(seen.size(), drawn);
}

TEST(RandomStream, BernoulliIsCertainAtItsEnds) {
  RandomStream stream(1, Purpose::Loss, 1);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(stream.bernoulli(0));
    EXPECT_TRUE(stream.bernoulli(1));
  }
}

// 5 standard deviations of a binomial count.
TEST(RandomStream, BernoulliComesTrueAsOftenAsAsked) {
  RandomStream stream(3, Purpose::Loss, 1);
  for (const double p : {0.001, 0.1, 0.5}) {
    double hits = 0;
    for (std::size_t i = 0; i < kSamples; ++i) hits += stream.bernoulli(p);
    const double n = kSamples;
    EXPECT_NEAR(hits, n * p, 5 * std::sqrt(n * p * (1 - p))) << p;
  }
}

/// Kolmogorov and Smirnov: the largest distance between the samples' distribution and the one they should have. It
/// exceeds the bound of the tests below once in a million seeds.
template <class Distribution>
double distance(std::vector<double> samples, const Distribution& d) {
  std::sort(samples.begin(), samples.end());
  const auto n = static_cast<double>(samples.size());
  double worst = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double want = cdf(d, samples[i]);
    worst = std::max({worst, want - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - want});
  }
  return worst;
}
const double kLargestDistance = std::sqrt(-0.5 * std::log(1e-6 / 2) / kSamples);

template <class Draw>
std::vector<double> samples_of(std::uint64_t seed, Draw draw) {
  RandomStream stream(seed, Purpose::AppSize, component_of("web"));
  std::vector<double> samples(kSamples);
  std::generate(samples.begin(), samples.end(), [&] { return draw(stream); });
  return samples;
}

TEST(Distributions, UniformFollowsBoost) {
  const auto samples = samples_of(11, [](RandomStream& s) { return s.uniform(-2, 5); });
  EXPECT_LT(distance(samples, boost::math::uniform(-2, 5)), kLargestDistance);
}

TEST(Distributions, ExponentialFollowsBoost) {
  const auto samples = samples_of(12, [](RandomStream& s) { return s.exponential(0.25); });
  EXPECT_LT(distance(samples, boost::math::exponential(4)), kLargestDistance);
}

TEST(Distributions, ParetoFollowsBoostAndHasTheMeanAskedFor) {
  const double mean = 100'000, shape = 1.2;
  const boost::math::pareto want(mean * (shape - 1) / shape, shape);
  EXPECT_NEAR(boost::math::mean(want), mean, 1e-6);
  const auto samples = samples_of(13, [&](RandomStream& s) { return s.pareto(mean, shape); });
  EXPECT_LT(distance(samples, want), kLargestDistance);
}

TEST(Distributions, NormalFollowsBoost) {
  const auto samples = samples_of(14, [](RandomStream& s) { return s.normal(3, 0.5); });
  EXPECT_LT(distance(samples, boost::math::normal(3, 0.5)), kLargestDistance);
}

TEST(Distributions, LognormalFollowsBoostAndHasTheMeanAskedFor) {
  const double mean = 50, sigma = 1.5;
  const boost::math::lognormal want(std::log(mean) - sigma * sigma / 2, sigma);
  EXPECT_NEAR(boost::math::mean(want), mean, 1e-9);
  const auto samples = samples_of(15, [&](RandomStream& s) { return s.lognormal(mean, sigma); });
  EXPECT_LT(distance(samples, want), kLargestDistance);
}

TEST(Distributions, AWrongScaleWouldBeFound) {
  const auto samples = samples_of(12, [](RandomStream& s) { return s.exponential(0.25); });
  EXPECT_GT(distance(samples, boost::math::exponential(4.2)), kLargestDistance);
}

}  // namespace
}  // namespace wirelab
