#pragma once

#include "core/units.h"

namespace wirelab {

/// Something beside packets and timers that happens at times of its own: a scenario's events, samplers, snapshots.
class EventHandler {
 public:
  /// Returns when it wants to be called next, later than `now`, or never.
  virtual Time on_event(Time now) = 0;

 protected:
  ~EventHandler() = default;
};

}  // namespace wirelab
