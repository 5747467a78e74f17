#include "routing/static_route.h"

namespace wirelab {

std::optional<Route> static_route(std::span<const Interface> interfaces, Ipv4Prefix to, Ipv4Address via,
                                  std::uint32_t metric) {
  const Interface* best = nullptr;
  for (const Interface& i : interfaces) {
    if (i.address == via) return std::nullopt;
    if (i.prefix.contains(via) && (best == nullptr || i.prefix.length() > best->prefix.length())) best = &i;
  }
  if (best == nullptr) return std::nullopt;
  const auto interface = static_cast<InterfaceId>(best - interfaces.data());
  return Route{to, NextHop{interface, via}, metric, RouteOrigin::Static};
}

}  // namespace wirelab
