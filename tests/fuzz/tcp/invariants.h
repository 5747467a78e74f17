#pragma once
// What must hold of a connection whatever has come, and what may only move one way.

#include "two_ends.h"

namespace wirelab::tcp::fuzz {

/// Asserts it, and remembers how the connection stands. `recount`: counters too, against what they count.
void check_connection(Watched& w, bool recount);

}  // namespace wirelab::tcp::fuzz
