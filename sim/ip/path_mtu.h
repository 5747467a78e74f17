#pragma once
// Path MTU discovery (RFC 1191): what "fragmentation needed" has said of single destinations.

#include <tsl/robin_map.h>

#include <cstdint>

#include "core/units.h"
#include "wire/address.h"

namespace wirelab {

class PathMtuCache {
 public:
  /// Linux's floor (ip_rt_min_pmtu): a smaller MTU is not followed but gives up DF for that destination.
  static constexpr std::uint16_t kFloor = 552;
  /// RFC 1191 section 6.3: a larger MTU is tried again after 10 minutes.
  static constexpr Duration kLifetime = Duration::s(600);

  struct Entry {
    std::uint16_t mtu = 0;
    bool fragment = false;  ///< the path is below the floor: send without DF
    Time expires;
  };

  bool empty() const { return entries_.empty(); }
  /// Nothing if none is known or it has expired.
  const Entry* find(Ipv4Address destination, Time now) const;
  /// Takes over a reported next-hop MTU; `in_force` is the MTU used so far. One that is not smaller is ignored
  /// (RFC 1191 section 3), as the remedy for a report that lies. Returns whether anything has changed.
  bool learn(Ipv4Address destination, std::uint16_t reported, std::uint16_t in_force, Time now);

 private:
  tsl::robin_map<std::uint32_t, Entry> entries_;  // looked up, never walked
};

}  // namespace wirelab
