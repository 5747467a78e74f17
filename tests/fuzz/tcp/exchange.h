#pragma once
// One input: two ends that talk, a network that does to their segments what the bytes say, applications that call in
// any order, and after each step everything that must hold.

#include <cstddef>
#include <cstdint>
#include <span>

namespace wirelab::tcp::fuzz {

struct Limits {
  std::size_t segments = 512;  ///< then the input ends
  std::size_t recount = 64;    ///< segments between two recounts
};

/// Ends the program with the broken promise if there is one. Returns how many segments were handed over.
std::size_t run_exchange(std::span<const std::uint8_t> input, const Limits& limits = {});

}  // namespace wirelab::tcp::fuzz
