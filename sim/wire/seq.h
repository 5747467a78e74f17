#pragma once
// TCP sequence numbers: compared modulo 2^32, with no conversion to a plain integer by accident.

#include <cstdint>

namespace wirelab {

/// RFC 9293 section 3.4. Two numbers can be compared while they are less than 2^31 apart.
class Seq {
 public:
  constexpr Seq() = default;
  constexpr explicit Seq(std::uint32_t raw) : raw_(raw) {}
  constexpr std::uint32_t raw() const { return raw_; }

  friend constexpr Seq operator+(Seq s, std::uint32_t n) { return Seq(s.raw_ + n); }
  friend constexpr Seq operator-(Seq s, std::uint32_t n) { return Seq(s.raw_ - n); }
  friend constexpr std::int32_t operator-(Seq a, Seq b) { return static_cast<std::int32_t>(a.raw_ - b.raw_); }
  constexpr Seq& operator+=(std::uint32_t n) {
    raw_ += n;
    return *this;
  }
  friend constexpr bool operator==(Seq, Seq) = default;
  friend constexpr bool operator<(Seq a, Seq b) { return a - b < 0; }
  friend constexpr bool operator>(Seq a, Seq b) { return a - b > 0; }
  friend constexpr bool operator<=(Seq a, Seq b) { return a - b <= 0; }
  friend constexpr bool operator>=(Seq a, Seq b) { return a - b >= 0; }

 private:
  std::uint32_t raw_ = 0;
};

constexpr Seq max(Seq a, Seq b) { return a < b ? b : a; }
constexpr Seq min(Seq a, Seq b) { return b < a ? b : a; }

}  // namespace wirelab
