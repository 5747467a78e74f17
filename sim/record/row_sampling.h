#pragma once
// How often a flow's ordinary rows are written.

#include "core/units.h"

namespace wirelab {

/// Rows of what happens all the time are thinned out; what is rare is always written.
struct RowSampling {
  bool every = false;
  Duration interval;  ///< at most one such row per flow and interval; not read if `every`

  /// When the next row is due after one at `now`: on the grid of the interval, so that two flows' rows fall together.
  Time next_after(Time now) const { return every ? now : now - (now.since_start() % interval) + interval; }
};

}  // namespace wirelab
