#pragma once
// The two questions about an outbound packet: is it the one that the script expects, and did it leave in time.

#include <optional>
#include <string>

#include "core/units.h"
#include "script/script.h"
#include "script/segment.h"

namespace wirelab::script {

/// What differs first, in the order in which a reader would look; nothing: it is the expected one. Both in the
/// script's numbers. The window and the ECN field count where `expected` names them; of a timestamps option only that
/// it is there.
std::optional<std::string> difference(const Segment& expected, const Segment& seen);

/// How far from its due time an event may be.
struct Tolerance {
  Duration fixed = Duration::ms(4);
  std::int64_t fraction = 8;  ///< of the script distance to the event before: one in so many

  static Tolerance strict() { return {Duration::ms(1), 100}; }
  bool allows(Duration deviation, Duration distance) const;
};

/// By how much `actual` misses the time; positive: too late. `before`: when the event before was finished; `start`:
/// when the first event was.
Duration deviation(const When& when, Time actual, Time before, Time start);
/// The script distance of the event to the one before it.
Duration distance(const When& when, Time before, Time start);

}  // namespace wirelab::script
