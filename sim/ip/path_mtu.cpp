#include "ip/path_mtu.h"

#include <algorithm>

namespace wirelab {

const PathMtuCache::Entry* PathMtuCache::find(Ipv4Address destination, Time now) const {
  const auto it = entries_.find(destination.bits());
  return it == entries_.end() || it->second.expires <= now ? nullptr : &it->second;
}

bool PathMtuCache::learn(Ipv4Address destination, std::uint16_t reported, std::uint16_t in_force, Time now) {
  if (reported >= in_force) return false;
  const bool below_floor = reported < kFloor;
  entries_[destination.bits()] =
      Entry{below_floor ? std::min(in_force, kFloor) : reported, below_floor, now + kLifetime};
  return true;
}

}  // namespace wirelab
