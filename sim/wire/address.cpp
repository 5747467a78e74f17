#include "wire/address.h"

#include <charconv>

namespace wirelab {

std::string Ipv4Address::to_string() const {
  return std::to_string(bits_ >> 24) + '.' + std::to_string(bits_ >> 16 & 255) + '.' +
         std::to_string(bits_ >> 8 & 255) + '.' + std::to_string(bits_ & 255);
}

std::optional<Ipv4Address> Ipv4Address::parse(std::string_view dotted) {
  std::uint32_t bits = 0;
  const char* at = dotted.data();
  const char* const end = at + dotted.size();
  for (int octet = 0; octet < 4; ++octet) {
    if (octet > 0 && (at == end || *at++ != '.')) return std::nullopt;
    const char* const start = at;
    unsigned value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    const bool leading_zero = next - start > 1 && *start == '0';
    if (error != std::errc{} || value > 255 || leading_zero) return std::nullopt;
    bits = bits << 8 | value;
    at = next;
  }
  if (at != end) return std::nullopt;
  return Ipv4Address(bits);
}

std::string Ipv4Prefix::to_string() const { return address().to_string() + '/' + std::to_string(length_); }

std::optional<Ipv4Prefix> Ipv4Prefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = Ipv4Address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  int length = 32;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [next, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc{} || next != digits.data() + digits.size() || length < 0 || length > 32) return std::nullopt;
  }
  if ((address->bits() & ~mask(length)) != 0) return std::nullopt;
  return Ipv4Prefix(*address, length);
}

}  // namespace wirelab
