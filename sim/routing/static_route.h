#pragma once
// Routes as a user writes them: `{"to": "10.0.3.0/24", "via": "10.0.1.2", "metric": 10}`.

#include <cstdint>
#include <optional>
#include <span>

#include "ip/forwarding_table.h"
#include "ip/interface.h"

namespace wirelab {

/// The route through the neighbour `via`; nothing if `via` is on no link of this node or is its own address.
std::optional<Route> static_route(std::span<const Interface> interfaces, Ipv4Prefix to, Ipv4Address via,
                                  std::uint32_t metric);

}  // namespace wirelab
