#pragma once
// A node's end of a link: what IP knows of it.

#include <cstdint>

#include "link/port.h"
#include "wire/address.h"

namespace wirelab {

/// Interfaces of a node are numbered from 0 in the order in which they were added, which is the order of its links.
using InterfaceId = std::uint16_t;

/// Every network must carry 68 bytes unfragmented (RFC 791 section 3.2): less is refused.
inline constexpr std::uint16_t kMinMtu = 68;

struct Interface {
  Port* port = nullptr;
  Ipv4Address address;
  Ipv4Prefix prefix;  ///< the subnet of the link
};

}  // namespace wirelab
