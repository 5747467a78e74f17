#pragma once
// When the kernel's timer wheel would expire a timer: never early, and late by up to one granule of the level that its
// distance puts it into (kernel/time/timer.c).

#include <cstdint>

#include "core/units.h"

namespace wirelab::tcp {

/// A timer set at `armed` for `deadline`. Ticks come at multiples of `tick`, shifted by `phase` (0 <= phase < tick).
/// The first level takes distances below 63 ticks with one tick a slot, each further one eight times both.
constexpr Time wheel_expiry(Time armed, Time deadline, Duration tick, Duration phase) {
  const std::int64_t t = tick.ps();
  const std::int64_t now_ticks = (armed.ps() + phase.ps()) / t;
  const std::int64_t distance = ((deadline - armed).ps() + t - 1) / t;
  std::int64_t granule = 1;
  for (std::int64_t reach = 63; distance >= reach && granule < (std::int64_t{1} << 24); reach *= 8) granule *= 8;
  const std::int64_t slot = (now_ticks + distance + granule) / granule * granule;
  return Time::from_ps(slot * t - phase.ps());
}

}  // namespace wirelab::tcp
