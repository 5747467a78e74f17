#pragma once
// Arbitrary bytes, read as numbers. Past the end everything is 0.

#include <cstddef>
#include <cstdint>
#include <span>

namespace wirelab::tcp::fuzz {

class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool empty() const { return at_ >= bytes_.size(); }
  std::uint8_t byte() { return empty() ? std::uint8_t{0} : bytes_[at_++]; }
  std::uint16_t word() {
    const std::uint32_t high = byte();
    return static_cast<std::uint16_t>(high << 8 | byte());
  }
  std::uint32_t quad() {
    const std::uint32_t high = word();
    return high << 16 | word();
  }
  /// 0 to n - 1. Precondition: 0 < n <= 256.
  std::uint32_t below(std::uint32_t n) { return byte() % n; }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

}  // namespace wirelab::tcp::fuzz
