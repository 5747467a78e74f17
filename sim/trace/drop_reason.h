#pragma once
// Why a packet ended before it was delivered. Every drop in the simulator names one of these.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wirelab {

enum class DropReason : std::uint8_t {
  Queue,      ///< the port's queue was full
  HostQueue,  ///< the same in the sending host's own port, counted apart
  Loss,       ///< a loss model took it
  Down,       ///< the link was down, or went down while the packet was on the wire
  Corrupt,    ///< a checksum did not match
  Ttl,        ///< time to live ran out in transit
  NoRoute,
  Deny,         ///< a node's `deny`
  MtuExceeded,  ///< larger than the next MTU with DF set
  Reassembly,   ///< a fragment that was given up: timeout, overlap or memory bound
  NoListener,   ///< nobody at that protocol or port
  Malformed,    ///< a header that makes no sense here: a broadcast source, a spoofed address of ours
};
inline constexpr std::size_t kDropReasons = 12;

/// As in `dropped_by` of summary.json.
constexpr std::string_view name_of(DropReason r) {
  constexpr std::array<std::string_view, kDropReasons> names = {"queue",   "host_queue", "loss",        "down",
                                                                "corrupt", "ttl",        "no_route",    "deny",
                                                                "mtu",     "reassembly", "no_listener", "malformed"};
  return names[static_cast<std::size_t>(r)];
}

}  // namespace wirelab
