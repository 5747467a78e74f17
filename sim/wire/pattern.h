#pragma once
// Bulk payload is never stored: it is a pattern that stream number and offset determine. Here are its bytes, for
// captures and for checks of content.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace wirelab {

namespace detail {
/// Eight bytes of the pattern: the finaliser of splitmix64 over stream and word number. Of each byte six bits are kept,
/// as '@' and what follows it: analysers that guess a protocol from payload bytes (versions, types and lengths are
/// small or have the top bit set) then see data and nothing else.
constexpr std::uint64_t pattern_word(std::uint32_t stream, std::uint64_t word) {
  std::uint64_t x = word + 0x9e3779b97f4a7c15u * (std::uint64_t{stream} + 1);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return ((x ^ (x >> 31)) & 0x3f3f3f3f3f3f3f3fu) | 0x4040404040404040u;
}
}  // namespace detail

/// Byte `offset` of pattern `stream`; the same on every machine.
constexpr std::uint8_t pattern_byte(std::uint32_t stream, std::uint64_t offset) {
  return static_cast<std::uint8_t>(detail::pattern_word(stream, offset / 8) >> (8 * (offset % 8)));
}

/// Fills `out` with the pattern from `offset` on.
inline void fill_pattern(std::uint32_t stream, std::uint64_t offset, std::span<std::uint8_t> out) {
  std::size_t at = 0;
  while (at < out.size() && (offset + at) % 8 != 0) {
    out[at] = pattern_byte(stream, offset + at);
    ++at;
  }
  if constexpr (std::endian::native == std::endian::little) {
    for (; out.size() - at >= 8; at += 8) {
      const std::uint64_t word = detail::pattern_word(stream, (offset + at) / 8);
      std::memcpy(&out[at], &word, 8);
    }
  }
  for (; at < out.size(); ++at) out[at] = pattern_byte(stream, offset + at);
}

}  // namespace wirelab
