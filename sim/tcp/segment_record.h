#pragma once
// What the sender remembers of one segment that is not yet acknowledged cumulatively.

#include <cstdint>

#include "core/units.h"
#include "wire/seq.h"

namespace wirelab::tcp {

/// A range of sequence numbers, first <= x < end.
struct SeqRange {
  Seq first, end;
  constexpr std::uint32_t length() const { return static_cast<std::uint32_t>(end - first); }
  friend constexpr bool operator==(const SeqRange&, const SeqRange&) = default;
};

struct SegmentRecord {
  enum Flag : std::uint8_t {
    Sacked = 1,         ///< the peer has it, says a SACK block
    Lost = 2,           ///< believed lost; stays set while a retransmission is on its way
    Retransmitted = 4,  ///< the latest transmission is a retransmission that is believed in flight
    EverRetransmitted = 8,
    Judged = 16,  ///< time has found it lost; it does not look at it again before it is sent again (Linux)
  };
  /// What Linux would hold, and send again, as one buffer ends with it; and what that buffer's end says.
  enum End : std::uint8_t { OfBurst = 1, Pushed = 2, OfRecord = 4 };

  Time last_sent;
  Seq first, end;
  std::uint32_t delivered = 0;  ///< segments delivered on the connection when it was sent last, modulo 2^32
  std::uint8_t flags = 0;
  std::uint8_t transmissions = 1;  ///< stops at 255
  std::uint8_t ends = OfBurst;     ///< End bits

  bool has(Flag f) const { return (flags & f) != 0; }
  std::uint32_t length() const { return static_cast<std::uint32_t>(end - first); }
};
static_assert(sizeof(SegmentRecord) <= 40);

/// Order of sending; what left at one time left in the order of sequence numbers (RACK_sent_after of RFC 8985).
constexpr bool sent_before(Time sent, Seq end, Time other_sent, Seq other_end) {
  return sent != other_sent ? sent < other_sent : end < other_end;
}

}  // namespace wirelab::tcp
