#pragma once
// The timestamps option of one connection (RFC 7323): our clock, and the peer's last stamp.

#include <cstdint>

#include "core/units.h"
#include "tcp/segment.h"

namespace wirelab::tcp {

/// RFC 7323 section 5.4: the clock ticks once a millisecond. `offset`: see timestamp_offset in isn.h.
constexpr std::uint32_t timestamp_at(Time now, std::uint32_t offset) {
  return static_cast<std::uint32_t>(now.ps() / Duration::ms(1).ps()) + offset;
}

struct Timestamps {
  std::uint32_t recent = 0;  ///< TS.Recent: the stamp that we echo, in the peer's ticks; 0: none
  std::uint32_t offset = 0;  ///< what our clock showed when the simulation began

  std::uint32_t clock(Time now) const { return timestamp_at(now, offset); }
  void put_on(Packet& p, Time now) const { add_timestamps(p, clock(now), recent); }
  /// The segment's stamp is before TS.Recent, modulo 2^32. Some hosts say 0 on their SYN and mean nothing by it.
  bool is_old(const Packet& p) const {
    return p.has(mark::Timestamps) && recent != 0 && static_cast<std::int32_t>(p.ts_val - recent) < 0;
  }
};

}  // namespace wirelab::tcp
