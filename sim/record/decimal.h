#pragma once
// Numbers as text, the same bytes with every compiler and library: integers, exact seconds from picoseconds, and the
// shortest decimal of a double that reads back equal. Nothing here allocates; callers give room.

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace wirelab {

/// Room that any of the functions below may need.
inline constexpr int kNumberRoom = 32;

namespace detail {
constexpr std::array<char, 200> two_digit_table() {
  std::array<char, 200> table{};
  for (int i = 0; i < 100; ++i) {
    table[static_cast<std::size_t>(2 * i)] = static_cast<char>('0' + i / 10);
    table[static_cast<std::size_t>(2 * i + 1)] = static_cast<char>('0' + i % 10);
  }
  return table;
}
inline constexpr std::array<char, 200> kTwoDigits = two_digit_table();

/// Exactly `digits` digits with leading zeros. Precondition: n < 10^digits, digits even.
inline void write_padded(char* out, std::uint32_t n, int digits) {
  for (int at = digits - 2; at >= 0; at -= 2) {
    std::memcpy(out + at, &kTwoDigits[2 * (n % 100)], 2);
    n /= 100;
  }
}
}  // namespace detail

/// Writes n at `out` and returns the place after it.
inline char* write_unsigned(char* out, std::uint64_t n) {
  char text[20];
  int at = 20;
  while (n >= 100) {
    at -= 2;
    std::memcpy(text + at, &detail::kTwoDigits[2 * (n % 100)], 2);
    n /= 100;
  }
  if (n >= 10) {
    at -= 2;
    std::memcpy(text + at, &detail::kTwoDigits[2 * n], 2);
  } else {
    text[--at] = static_cast<char>('0' + n);
  }
  std::memcpy(out, text + at, static_cast<std::size_t>(20 - at));
  return out + (20 - at);
}

inline char* write_integer(char* out, std::int64_t n) {
  if (n < 0) {
    *out++ = '-';
    return write_unsigned(out, 0 - static_cast<std::uint64_t>(n));
  }
  return write_unsigned(out, static_cast<std::uint64_t>(n));
}

/// Picoseconds as exact seconds without trailing zeros: 1500000000000 is "1.5", 12000 is "0.000000012", 0 is "0".
inline char* write_seconds(char* out, std::int64_t ps) {
  constexpr std::uint64_t kPerSecond = 1'000'000'000'000;
  auto magnitude = static_cast<std::uint64_t>(ps);
  if (ps < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  out = write_unsigned(out, magnitude / kPerSecond);
  const std::uint64_t fraction = magnitude % kPerSecond;
  if (fraction == 0) return out;
  *out++ = '.';
  const auto high = static_cast<std::uint32_t>(fraction / 1'000'000);
  const auto low = static_cast<std::uint32_t>(fraction % 1'000'000);
  detail::write_padded(out, high, 6);
  out += 6;
  if (low != 0) {
    detail::write_padded(out, low, 6);
    out += 6;
  }
  while (out[-1] == '0') --out;
  return out;
}

/// The shortest decimal that reads back equal; "nan" and "inf" as std::to_chars has them.
inline char* write_double(char* out, double x) { return std::to_chars(out, out + kNumberRoom, x).ptr; }

}  // namespace wirelab
