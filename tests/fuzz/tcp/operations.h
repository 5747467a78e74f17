#pragma once
// What a byte of an input means: its low five bits name the operation, bit 5 the end (1: towards or at the server), the
// upper two how much. Operations that matter more have several numbers, so that chance finds them more often.

#include <cstdint>

namespace wirelab::tcp::fuzz {

enum Operation : std::uint8_t {
  Deliver = 0,       ///< to 7: the first 1 to 4 on their way
  DeliverLater = 8,  ///< the one that the next byte names
  Lose = 9,
  Repeat = 10,  ///< deliver a copy, changed
  Change = 11,  ///< deliver it changed
  ChangeOrRepeat = 12,
  Mark = 13,       ///< congestion experienced, or a damaged one
  Craft = 14,      ///< to 16: deliver one that nobody sent
  CraftFar = 17,   ///< with numbers from anywhere
  Advance = 18,    ///< or 19: microseconds to a second
  NextTimer = 20,  ///< or 21
  AdvanceLong = 22,
  Icmp = 23,
  Round = 24,  ///< or 25: time passes, and all that is under way arrives
  Call = 26,   ///< to 31: by the application
};

/// How an application calls: low two bits of the byte behind Call.
enum Calls : std::uint8_t { Write = 0, Read = 1, ReadAll = 2, RareCall = 3 };

}  // namespace wirelab::tcp::fuzz
