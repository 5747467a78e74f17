#pragma once
// What routing needs to know of a network, without the network.

#include <array>
#include <cstdint>
#include <vector>

#include "ip/interface.h"
#include "wire/address.h"

namespace wirelab {

struct RoutingGraph {
  struct End {
    std::uint32_t node = 0;
    InterfaceId interface = 0;  ///< of that node
    Ipv4Address address;
  };
  struct Link {
    std::array<End, 2> ends;
    Ipv4Prefix subnet;
    std::array<std::uint32_t, 2> cost = {1, 1};  ///< [i]: of leaving ends[i]; 1 to 65,535, as OSPF has it
    bool up = true;                              ///< in both directions
  };
  std::vector<bool> forwards;  ///< by node: a router; paths never lead through other nodes
  std::vector<Link> links;
};

}  // namespace wirelab
