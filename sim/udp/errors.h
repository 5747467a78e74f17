#pragma once
// What can go wrong with a UDP call, and what ICMP reports about a datagram, in the words of errno.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wirelab::udp {

enum class Error : std::uint8_t {
  None,
  AddrInUse,     ///< another socket has that address and port
  AddrNotAvail,  ///< not an address of this host, or no ephemeral port is free
  Invalid,       ///< a call that makes no sense now: bound already, port 0 as destination, not connected
  MessageSize,   ///< payload above kMaxPayload, or DF and larger than the path MTU
  NetUnreach,    ///< no route here, or reported by a router
  HostUnreach,   ///< reported by a router, or the time to live ran out
  ConnRefused,   ///< nobody listens at that port
  NoProtocol,    ///< the other host has no UDP
};

constexpr std::string_view name_of(Error e) {
  constexpr std::string_view names[] = {"none",        "EADDRINUSE",   "EADDRNOTAVAIL", "EINVAL",     "EMSGSIZE",
                                        "ENETUNREACH", "EHOSTUNREACH", "ECONNREFUSED",  "ENOPROTOOPT"};
  return names[static_cast<std::size_t>(e)];
}

}  // namespace wirelab::udp
