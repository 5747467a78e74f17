#pragma once
// What IP hands datagrams and news about them to: one for each transport of a node.

#include <cstdint>

#include "core/units.h"
#include "wire/packet.h"

namespace wirelab {

/// An ICMP error about a datagram that this node has sent (RFC 792, RFC 1122 section 3.2.2).
struct IcmpError {
  std::uint8_t type = 0, code = 0;
  std::uint16_t mtu = 0;  ///< of "fragmentation needed": of the next hop (RFC 1191); 0: not told
};

class ProtocolHandler {
 public:
  /// A whole datagram for an address of this node. Takes the packet: ends in Domain::deliver or drop. A packet marked
  /// Corrupt has a bit flipped behind the IP header and fails the transport's checksum.
  virtual void receive(Packet* p, Time now) = 0;
  /// `quote` is what the error cites of our datagram. The path MTU is already taken over when this is called.
  virtual void on_icmp_error(const IcmpQuote& quote, IcmpError error, Time now) = 0;

 protected:
  ~ProtocolHandler() = default;
};

}  // namespace wirelab
