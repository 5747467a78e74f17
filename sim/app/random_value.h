#pragma once
// Drawing what a scenario leaves to chance.

#include <cstdint>

#include "app/config.h"
#include "core/random.h"

namespace wirelab {

/// One draw of the stream, whatever the distribution; a constant makes none. Never negative; rounded down to a whole.
std::int64_t draw(const Distribution& d, RandomStream& random);

inline Duration draw_duration(const Distribution& d, RandomStream& random) { return Duration::ps(draw(d, random)); }

}  // namespace wirelab
