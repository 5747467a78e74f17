#pragma once
// A 64-bit hash of a stream of bytes, independent of how the stream is cut into pieces. It tells two outputs apart; it
// protects against nobody. Defined here in full, so that `result_hash` means the same on every machine.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace wirelab {

/// For each 8 bytes w (little-endian, the last padded with zeros): h = mix(h ^ w), where mix multiplies to 128 bits by
/// an odd constant and folds the halves; at the end the length is mixed in the same way.
class ContentHash {
 public:
  void update(std::string_view bytes) {
    length_ += bytes.size();
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    while (held_ != 0 && left > 0) {
      take(*at++);
      --left;
    }
    for (; left >= 8; at += 8, left -= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, 8);
      if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
      hash_ = mix(hash_ ^ word);
    }
    while (left > 0) {
      take(*at++);
      --left;
    }
  }
  void update(std::uint64_t n) {
    char bytes[8];
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(n >> (8 * i));
    update(std::string_view(bytes, 8));
  }
  std::uint64_t value() const { return mix(mix(hash_ ^ word_) ^ length_); }

 private:
  __extension__ using Wide = unsigned __int128;
  static std::uint64_t mix(std::uint64_t x) {
    const Wide product = static_cast<Wide>(x ^ 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
  void take(char c) {
    word_ |= static_cast<std::uint64_t>(static_cast<unsigned char>(c)) << (8 * held_);
    if (++held_ < 8) return;
    hash_ = mix(hash_ ^ word_);
    word_ = 0;
    held_ = 0;
  }

  std::uint64_t hash_ = 0x243f6a8885a308d3u;
  std::uint64_t word_ = 0, length_ = 0;
  int held_ = 0;
};

}  // namespace wirelab
