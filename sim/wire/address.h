#pragma once
// IPv4 addresses and prefixes as values.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wirelab {

class Ipv4Address {
 public:
  constexpr Ipv4Address() = default;
  /// `host_order`: 10.0.0.1 is 0x0a000001.
  constexpr explicit Ipv4Address(std::uint32_t host_order) : bits_(host_order) {}
  constexpr Ipv4Address(int a, int b, int c, int d)
      : bits_(static_cast<std::uint32_t>(a) << 24 | static_cast<std::uint32_t>(b) << 16 |
              static_cast<std::uint32_t>(c) << 8 | static_cast<std::uint32_t>(d)) {}

  constexpr std::uint32_t bits() const { return bits_; }
  constexpr bool is_unspecified() const { return bits_ == 0; }
  constexpr bool is_limited_broadcast() const { return bits_ == 0xffffffffu; }
  constexpr bool is_multicast() const { return bits_ >> 28 == 0xe; }
  constexpr bool is_loopback() const { return bits_ >> 24 == 127; }
  friend constexpr auto operator<=>(Ipv4Address, Ipv4Address) = default;

  std::string to_string() const;                                     ///< dotted quad
  static std::optional<Ipv4Address> parse(std::string_view dotted);  ///< strict: four decimal octets, nothing else

 private:
  std::uint32_t bits_ = 0;
};

/// A network such as 10.0.3.0/24. The bits beyond the length are zero.
class Ipv4Prefix {
 public:
  constexpr Ipv4Prefix() = default;
  /// Precondition: 0 <= length <= 32.
  constexpr Ipv4Prefix(Ipv4Address a, int length) : address_(a.bits() & mask(length)), length_(length) {}

  constexpr Ipv4Address address() const { return Ipv4Address(address_); }
  constexpr int length() const { return length_; }
  constexpr bool contains(Ipv4Address a) const { return (a.bits() & mask(length_)) == address_; }
  /// The directed broadcast address; none for /31 and /32 (RFC 3021).
  constexpr std::optional<Ipv4Address> broadcast() const {
    if (length_ >= 31) return std::nullopt;
    return Ipv4Address(address_ | ~mask(length_));
  }
  friend constexpr auto operator<=>(const Ipv4Prefix&, const Ipv4Prefix&) = default;

  std::string to_string() const;
  /// "10.0.3.0/24"; an address alone is a /32. Nothing if a bit beyond the length is set.
  static std::optional<Ipv4Prefix> parse(std::string_view text);

  static constexpr std::uint32_t mask(int length) { return length == 0 ? 0 : ~std::uint32_t{0} << (32 - length); }

 private:
  std::uint32_t address_ = 0;
  int length_ = 0;
};

}  // namespace wirelab
