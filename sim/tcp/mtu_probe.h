#pragma once
// Packetization layer path MTU discovery (RFC 4821) as Linux does it: a segment larger than the others is a probe, its
// loss no sign of congestion, and the search halves the distance between what is known to pass and what may.

#include <algorithm>
#include <cstdint>

#include "core/units.h"
#include "wire/seq.h"

namespace wirelab::tcp {

/// Sizes are segments without options.
class MtuProbe {
 public:
  MtuProbe(std::uint32_t low, std::uint32_t high, bool enabled) : low_(low), high_(high), enabled_(enabled) {}

  bool enabled() const { return enabled_; }
  bool under_way() const { return size_ != 0; }
  /// What segments may have now.
  std::uint32_t low() const { return low_; }
  Seq end() const { return end_; }

  /// The path takes no more than this, says the network layer.
  void limit(std::uint32_t size) { high_ = std::min(high_, size); }
  /// The size to be tried; 0: the search is over (section 7.3).
  std::uint32_t next_size() const {
    constexpr std::uint32_t kThreshold = 8, kHeaders = 40;
    if (high_ < low_ + kThreshold) return 0;
    return ((high_ + kHeaders + low_ + kHeaders) >> 1) - kHeaders;
  }
  void on_sent(std::uint32_t size, Seq end) {
    size_ = size;
    end_ = end;
  }
  /// It arrived. Returns the size that is known to pass.
  std::uint32_t on_success() {
    low_ = size_;
    size_ = 0;
    return low_;
  }
  void on_loss() {
    high_ = size_ - 1;
    size_ = 0;
  }
  /// Timeouts that a path dropping what is too large, without a word, would explain (section 7.7).
  void on_black_hole(std::uint32_t base) {
    constexpr std::uint32_t kFloor = 48;
    if (enabled_) {
      low_ = std::max(std::min(low_ / 2, base), kFloor);
    } else {
      enabled_ = true;
    }
    size_ = 0;
  }

 private:
  std::uint32_t low_, high_;
  std::uint32_t size_ = 0;  // of the probe under way
  Seq end_;                 // and where it ends
  bool enabled_;
};

}  // namespace wirelab::tcp
