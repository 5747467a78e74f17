#pragma once
// What one node's IP layer counts; sums of these stand under "ip" in summary.json.

#include <cstdint>

namespace wirelab {

struct IpCounters {
  std::uint64_t received = 0;   ///< packets from links
  std::uint64_t sent = 0;       ///< packets made on this node and routed, ICMP included
  std::uint64_t delivered = 0;  ///< datagrams given to a transport or to ICMP
  std::uint64_t forwarded = 0;  ///< packets of others passed on, before fragmentation
  std::uint64_t datagrams_fragmented = 0, fragments_created = 0;
  std::uint64_t datagrams_reassembled = 0, reassembly_timeouts = 0;
  std::uint64_t reassembly_conflicts = 0;  ///< datagrams given up for an overlap or a second original
  std::uint64_t reassembly_evictions = 0;  ///< datagrams given up for the memory bound
  std::uint64_t ttl_expired = 0, no_route = 0, mtu_exceeded = 0;
  std::uint64_t denied = 0, malformed = 0, header_corrupt = 0, not_for_us = 0;
  std::uint64_t icmp_sent = 0, icmp_received = 0;
  std::uint64_t icmp_rate_limited = 0;  ///< errors that were due and not sent

  IpCounters& operator+=(const IpCounters& other);
};

}  // namespace wirelab
