#include "core/random.h"

#include <Random123/philox.h>

#include <cmath>

#include "core/real_math.h"

namespace wirelab {

namespace {

constexpr std::uint64_t kFnvOffset = 0xcbf29ce484222325u, kFnvPrime = 0x100000001b3u;  // 64-bit FNV-1a

constexpr std::uint32_t low_word(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
constexpr std::uint32_t high_word(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

/// Even over (0, 1], 53 bits: what a logarithm can take.
double above_zero(std::uint64_t bits) { return static_cast<double>((bits >> 11) + 1) * 0x1p-53; }
double below_one(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

/// Standard normal by Box and Muller's transformation of one draw's two words; the second value of the pair is left
/// unused, since a stream keeps no state but its draw number.
double standard_normal(const std::array<std::uint64_t, 2>& draw) {
  const double radius = std::sqrt(-2 * exact_log(above_zero(draw[0])));
  return radius * exact_sincos_of_turn(below_one(draw[1])).cosine;
}

}  // namespace

std::uint64_t component_of(std::string_view id, std::uint64_t direction) {
  std::uint64_t hash = kFnvOffset;
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
  // A zero byte parts the id from the direction: no id holds one.
  hash *= kFnvPrime;
  for (int shift = 0; shift < 64; shift += 8) hash = (hash ^ (direction >> shift & 0xff)) * kFnvPrime;
  return hash;
}

// The counter's 128 bits: 32 of the draw number, 8 of the purpose with 24 more of the draw number, 64 of the component.
std::array<std::uint64_t, 2> philox_draw(std::uint64_t seed, std::uint64_t draw, Purpose purpose,
                                         std::uint64_t component) {
  const std::uint32_t purpose_and_high = static_cast<std::uint32_t>(purpose) | high_word(draw) << 8;
  const r123::Philox4x32::ctr_type counter = {
      {low_word(draw), purpose_and_high, low_word(component), high_word(component)}};
  const r123::Philox4x32::key_type key = {{low_word(seed), high_word(seed)}};
  const auto words = r123::Philox4x32()(counter, key);
  return {words[0] | std::uint64_t{words[1]} << 32, words[2] | std::uint64_t{words[3]} << 32};
}

double RandomStream::exponential(double mean) { return -mean * exact_log(above_zero(next())); }

double RandomStream::pareto(double mean, double shape) {
  const double smallest = mean * (shape - 1) / shape;
  return smallest * exact_exp(-exact_log(above_zero(next())) / shape);
}

double RandomStream::normal(double mean, double sd) {
  return mean + sd * standard_normal(philox_draw(seed_, draw_++, purpose_, component_));
}

double RandomStream::lognormal(double mean, double sigma) {
  const double z = standard_normal(philox_draw(seed_, draw_++, purpose_, component_));
  return mean * exact_exp(sigma * z - sigma * sigma / 2);
}

}  // namespace wirelab
