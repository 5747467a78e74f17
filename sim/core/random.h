#pragma once
// Random streams keyed by what they are for, never by the order of their use: the seed of the run is the key of a
// counter-based generator (Philox4x32-10; Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
// 2011), and its counter is (draw number, purpose, component). A stream costs no state but its draw number, and adding
// one leaves all others as they were. Distributions are our own, so that a result does not change with a library's.

#include <array>
#include <cstdint>
#include <string_view>

#include "core/units.h"

namespace wirelab {

/// What a stream is for. Only ever appended to: a number here is part of every result.
enum class Purpose : std::uint8_t {
  Loss = 1,
  Duplicate,
  Corrupt,
  Jitter,
  Reorder,
  AppStart,
  AppSize,
  ThinkTime,
  IsnSecret,
  PortChoice,
  TimestampOffset,
  TimerPhase,
  EcmpSalt,
  Topology,
  Arrivals,
  Pairing,
  PacingCycle,
};

/// The component of a stream: a fixed hash of an id (and of a direction, where there are two).
std::uint64_t component_of(std::string_view id, std::uint64_t direction = 0);

/// The 64 + 64 bits of one draw.
std::array<std::uint64_t, 2> philox_draw(std::uint64_t seed, std::uint64_t draw, Purpose purpose,
                                         std::uint64_t component);

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, Purpose purpose, std::uint64_t component)
      : seed_(seed), component_(component), purpose_(purpose) {}

  std::uint64_t next() { return philox_draw(seed_, draw_++, purpose_, component_)[0]; }
  /// Even over [0, 1), 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// True with probability p; one draw whatever p is.
  bool bernoulli(double p) { return uniform() < p; }
  /// Each of the following makes one draw. Preconditions: mean > 0, shape > 1, sd >= 0, sigma >= 0.
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double exponential(double mean);
  double pareto(double mean, double shape);
  double normal(double mean, double sd);
  /// `mean` is that of the lognormal variable itself, `sigma` the deviation of its logarithm.
  double lognormal(double mean, double sigma);

 private:
  std::uint64_t seed_, component_, draw_ = 0;
  Purpose purpose_;
};

}  // namespace wirelab
