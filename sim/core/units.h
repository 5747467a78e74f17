#pragma once
// Quantities of the simulator as types. Time is counted in whole picoseconds, because 64 bytes at 100 Gbit/s take
// 5.12 ns and rounding there would let a link run faster than its rate. All arithmetic here is exact unless a
// rounding is stated; nothing here allocates or throws.

#include <compare>
#include <cstdint>
#include <limits>

namespace wirelab {

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

/// A span of simulated time in picoseconds; may be negative. Range: about +-106 days.
class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration ps(std::int64_t n) { return Duration(n); }
  static constexpr Duration ns(std::int64_t n) { return Duration(n * 1'000); }
  static constexpr Duration us(std::int64_t n) { return Duration(n * 1'000'000); }
  static constexpr Duration ms(std::int64_t n) { return Duration(n * 1'000'000'000); }
  static constexpr Duration s(std::int64_t n) { return Duration(n * 1'000'000'000'000); }
  /// Nearest picosecond; for configuration only, never inside the simulated path.
  static constexpr Duration seconds(double x) {
    return Duration(static_cast<std::int64_t>(x * 1e12 + (x < 0 ? -0.5 : 0.5)));
  }
  /// A bound that stands for none: longer than any delay or round trip, and safe to add to any time of a run.
  static constexpr Duration max() { return Duration(std::numeric_limits<std::int64_t>::max() / 32); }

  constexpr std::int64_t ps() const { return ps_; }
  constexpr std::int64_t ns() const { return ps_ / 1'000; }          ///< truncated
  constexpr std::int64_t us() const { return ps_ / 1'000'000; }      ///< truncated
  constexpr std::int64_t ms() const { return ps_ / 1'000'000'000; }  ///< truncated
  /// 1e12 is exact where 1e-12 is not, so 100 ms are 0.1 and not 0.09999999999999999.
  constexpr double seconds() const { return static_cast<double>(ps_) / 1e12; }

  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return Duration(a.ps_ + b.ps_); }
  friend constexpr Duration operator-(Duration a, Duration b) { return Duration(a.ps_ - b.ps_); }
  friend constexpr Duration operator-(Duration a) { return Duration(-a.ps_); }
  friend constexpr Duration operator*(Duration a, std::int64_t n) { return Duration(a.ps_ * n); }
  friend constexpr Duration operator*(std::int64_t n, Duration a) { return Duration(a.ps_ * n); }
  friend constexpr Duration operator/(Duration a, std::int64_t n) { return Duration(a.ps_ / n); }
  friend constexpr std::int64_t operator/(Duration a, Duration b) { return a.ps_ / b.ps_; }
  friend constexpr Duration operator%(Duration a, Duration b) { return Duration(a.ps_ % b.ps_); }
  constexpr Duration& operator+=(Duration d) {
    ps_ += d.ps_;
    return *this;
  }
  constexpr Duration& operator-=(Duration d) {
    ps_ -= d.ps_;
    return *this;
  }

 private:
  constexpr explicit Duration(std::int64_t ps) : ps_(ps) {}
  std::int64_t ps_ = 0;
};

/// A point in simulated time, counted from the start of the run. `never()` is later than all others and the only
/// special value; adding to it is a mistake.
class Time {
 public:
  constexpr Time() = default;
  static constexpr Time at(Duration since_start) { return Time(since_start.ps()); }
  static constexpr Time from_ps(std::int64_t ps) { return Time(ps); }
  static constexpr Time zero() { return Time(0); }
  static constexpr Time never() { return Time(std::numeric_limits<std::int64_t>::max()); }

  constexpr bool is_never() const { return *this == never(); }
  constexpr std::int64_t ps() const { return ps_; }
  constexpr Duration since_start() const { return Duration::ps(ps_); }
  constexpr double seconds() const { return static_cast<double>(ps_) / 1e12; }

  friend constexpr auto operator<=>(Time, Time) = default;
  friend constexpr Time operator+(Time t, Duration d) { return Time(t.ps_ + d.ps()); }
  friend constexpr Time operator-(Time t, Duration d) { return Time(t.ps_ - d.ps()); }
  friend constexpr Duration operator-(Time a, Time b) { return Duration::ps(a.ps_ - b.ps_); }
  constexpr Time& operator+=(Duration d) {
    ps_ += d.ps();
    return *this;
  }

 private:
  constexpr explicit Time(std::int64_t ps) : ps_(ps) {}
  std::int64_t ps_ = 0;
};

/// A number of bytes; may be negative as a difference.
class Bytes {
 public:
  constexpr Bytes() = default;
  constexpr explicit Bytes(std::int64_t n) : n_(n) {}
  constexpr std::int64_t count() const { return n_; }

  friend constexpr auto operator<=>(Bytes, Bytes) = default;
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return Bytes(a.n_ + b.n_); }
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return Bytes(a.n_ - b.n_); }
  friend constexpr Bytes operator*(Bytes a, std::int64_t k) { return Bytes(a.n_ * k); }
  friend constexpr Bytes operator/(Bytes a, std::int64_t k) { return Bytes(a.n_ / k); }
  friend constexpr std::int64_t operator/(Bytes a, Bytes b) { return a.n_ / b.n_; }
  constexpr Bytes& operator+=(Bytes b) {
    n_ += b.n_;
    return *this;
  }
  constexpr Bytes& operator-=(Bytes b) {
    n_ -= b.n_;
    return *this;
  }

 private:
  std::int64_t n_ = 0;
};

/// Whole bits per second, 1 bit/s to 9.2 Ebit/s.
class DataRate {
 public:
  constexpr DataRate() = default;
  static constexpr DataRate bps(std::int64_t n) { return DataRate(n); }
  constexpr std::int64_t bps() const { return bps_; }

  friend constexpr auto operator<=>(DataRate, DataRate) = default;

  /// Time that `b` takes at this rate, rounded up to the next picosecond so that a link is never faster than its
  /// rate. Precondition: the rate is positive, 0 <= b.
  constexpr Duration time_to_send(Bytes b) const {
    const auto bits = static_cast<Uint128>(b.count()) * 8u * 1'000'000'000'000u;
    const auto rate = static_cast<Uint128>(bps_);
    if (bits <= std::numeric_limits<std::uint64_t>::max()) {  // every packet: 64-bit division is several times faster
      const auto narrow = static_cast<std::uint64_t>(bits);
      const auto r = static_cast<std::uint64_t>(bps_);
      return Duration::ps(static_cast<std::int64_t>(narrow / r + (narrow % r != 0)));
    }
    return Duration::ps(static_cast<std::int64_t>((bits + rate - 1) / rate));
  }
  /// Bytes that fit into `d`, rounded down.
  constexpr Bytes bytes_in(Duration d) const {
    const auto bits = static_cast<Int128>(bps_) * d.ps() / 1'000'000'000'000;
    return Bytes(static_cast<std::int64_t>(bits / 8));
  }

 private:
  constexpr explicit DataRate(std::int64_t bps) : bps_(bps) {}
  std::int64_t bps_ = 0;
};

/// Windows and losses are counted in full-sized segments, as Linux counts them.
using Segments = std::uint32_t;

inline namespace literals {
constexpr Duration operator""_ps(unsigned long long n) { return Duration::ps(static_cast<std::int64_t>(n)); }
constexpr Duration operator""_ns(unsigned long long n) { return Duration::ns(static_cast<std::int64_t>(n)); }
constexpr Duration operator""_us(unsigned long long n) { return Duration::us(static_cast<std::int64_t>(n)); }
constexpr Duration operator""_ms(unsigned long long n) { return Duration::ms(static_cast<std::int64_t>(n)); }
constexpr Duration operator""_s(unsigned long long n) { return Duration::s(static_cast<std::int64_t>(n)); }
constexpr Bytes operator""_B(unsigned long long n) { return Bytes(static_cast<std::int64_t>(n)); }
constexpr Bytes operator""_kB(unsigned long long n) { return Bytes(static_cast<std::int64_t>(n) * 1000); }
constexpr Bytes operator""_KiB(unsigned long long n) { return Bytes(static_cast<std::int64_t>(n) * 1024); }
constexpr DataRate operator""_kbps(unsigned long long n) { return DataRate::bps(static_cast<std::int64_t>(n) * 1'000); }
constexpr DataRate operator""_Mbps(unsigned long long n) {
  return DataRate::bps(static_cast<std::int64_t>(n) * 1'000'000);
}
constexpr DataRate operator""_Gbps(unsigned long long n) {
  return DataRate::bps(static_cast<std::int64_t>(n) * 1'000'000'000);
}
constexpr Segments operator""_seg(unsigned long long n) { return static_cast<Segments>(n); }
}  // namespace literals

}  // namespace wirelab
