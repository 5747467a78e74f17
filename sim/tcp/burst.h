#pragma once
// The burst under way: segments that leave together and are acknowledged and dropped as neighbours, as those that Linux
// hands to the device as one large packet (GSO).

#include <cstdint>

#include "tcp/window.h"

namespace wirelab::tcp {

struct Burst {
  Segments left = 0;       ///< behind the segment that is being made; 0: that one ends the burst, or none is under way
  bool is_long = false;    ///< it has two segments or more: PSH stands on its last
  std::uint8_t marks = 0;  ///< SendBuffer::Mark bits that it has passed

  void begin(Segments segments) {
    left = segments;
    is_long = segments > 1;
  }
  bool ends() const { return left == 0; }
};

}  // namespace wirelab::tcp
