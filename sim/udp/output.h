#pragma once
// The interface through which UDP sends. The node connects it to IP; a test connects it to itself.

#include <cstdint>
#include <optional>

#include "core/units.h"
#include "trace/domain.h"
#include "udp/errors.h"

namespace wirelab::udp {

/// What became of a datagram at once. A drop in the network or in the host's own port is no error.
struct SendResult {
  Error error = Error::None;  ///< None, NetUnreach, MessageSize or Invalid
  Time leaves{};              ///< when its last bit will have left this host's own port, as far as is known
};

class DatagramOutput {
 public:
  explicit DatagramOutput(Domain& domain) : domain_(&domain) {}
  DatagramOutput(const DatagramOutput&) = delete;
  DatagramOutput& operator=(const DatagramOutput&) = delete;

  /// Takes the packet. All UDP fields, dst, size, protocol and mark::DontFragment are set; src may be unspecified, then
  /// IP chooses it; IP sets id, and ttl unless `ttl` is not 0. Never calls back into UDP before it returns.
  virtual SendResult send(Packet* p, std::uint8_t ttl, Time now) = 0;
  /// Nobody listens where `p` wants to go: reports that to its source (RFC 1122 section 4.1.3.1). The packet stays with
  /// the caller.
  virtual void port_unreachable(const Packet& p, Time now) = 0;
  /// The address that packets to `dst` leave with; nothing if there is no route.
  virtual std::optional<Ipv4Address> source_for(Ipv4Address dst) = 0;
  /// Packets for this address are given to this host.
  virtual bool is_own_address(Ipv4Address a) const = 0;

  Domain& domain() const { return *domain_; }

 protected:
  ~DatagramOutput() = default;

 private:
  Domain* domain_;
};

}  // namespace wirelab::udp
