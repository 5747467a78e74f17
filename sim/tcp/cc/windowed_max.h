#pragma once
// The largest value of a sliding window in constant space: the best three, each from a later part of the window than
// the one before, so that a successor is at hand when the best one grows too old (Kathleen Nichols' filter).

#include <cstdint>

namespace wirelab::tcp::cc {

class WindowedMax {
 public:
  void reset(std::uint32_t at, std::uint64_t value) { first_ = second_ = third_ = {at, value}; }
  std::uint64_t get() const { return first_.value; }

  /// `at`, modulo 2^32, never goes back; what is older than `window` is forgotten.
  void take(std::uint32_t window, std::uint32_t at, std::uint64_t value) {
    const Sample s{at, value};
    if (value >= first_.value || at - third_.at > window) return reset(at, value);
    if (value >= second_.value) {
      second_ = third_ = s;
    } else if (value >= third_.value) {
      third_ = s;
    }
    age(window, s);
  }

 private:
  struct Sample {
    std::uint32_t at = 0;
    std::uint64_t value = 0;
  };

  void age(std::uint32_t window, const Sample& s) {
    const std::uint32_t passed = s.at - first_.at;
    if (passed > window) {  // the best is too old, and then perhaps the next best
      shift(s);
      if (s.at - first_.at > window) shift(s);
    } else if (second_.at == first_.at && passed > window / 4) {
      second_ = third_ = s;  // none better came in a quarter of the window: keep one of the second
    } else if (third_.at == second_.at && passed > window / 2) {
      third_ = s;
    }
  }
  void shift(const Sample& s) {
    first_ = second_;
    second_ = third_;
    third_ = s;
  }

  Sample first_, second_, third_;
};

}  // namespace wirelab::tcp::cc
