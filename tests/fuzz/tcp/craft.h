#pragma once
// Segments that nobody sent: made from nothing, or from one that somebody did.

#include "input.h"
#include "two_ends.h"

namespace wirelab::tcp::fuzz {

/// A segment to the end `to`. `near`: its numbers lie about those that the end expects; otherwise anywhere.
Packet* craft(TwoEnds& ends, int to, bool near, Input& in);
/// Changes one to three fields of a segment on its way to `to`.
void mutate(TwoEnds& ends, int to, Packet& p, Input& in);

}  // namespace wirelab::tcp::fuzz
