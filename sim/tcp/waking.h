#pragma once
// A host that has rested is slower: the processor has to wake up, and its caches hold other things. A first segment
// after a rest leaves later than those that follow it, so that an ACK clock's later segments come a little early, and
// at a queue that they just fill meet those that leave. Which of both is first decides where slow start ends.
//
// Measured on Linux 6.18.44, 30,000 times from an ACK to the segment that it lets go, by the time since the host was
// last busy, medians: 8 us at once, 16 us after 1 to 1.5 ms, 20 us after 2 to 3 ms, 24 us after 4 to 8 ms, and 25 us
// from 10 ms on. The 8 us are those of any host and not counted.

#include <algorithm>
#include <bit>
#include <cstdint>

#include "core/units.h"

namespace wirelab::tcp {

class Waking {
 public:
  /// When a segment leaves that is ready at `now`. `wakeup`: how much longer it takes after a long rest; half of that
  /// after one that is just worth the name, and half of what then lacks for each doubling. Segments keep their order.
  /// Precondition: `now` does not go back.
  Time leaves(Time now, Duration wakeup) {
    if (wakeup == Duration()) return now;
    const auto rest = static_cast<std::uint64_t>((now - last_).ps()) >> kShortestRest;
    last_ = now;
    if (rest != 0) awake_ = now + wakeup - Duration::ps(wakeup.ps() >> std::bit_width(rest));
    return std::max(now, awake_);
  }

 private:
  static constexpr int kShortestRest = 30;  // log2 of picoseconds: about a millisecond

  Time last_;   // when a segment was ready
  Time awake_;  // before that nothing leaves
};

}  // namespace wirelab::tcp
