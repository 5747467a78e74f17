#pragma once
// The interface through which TCP sends. The node connects it to IP; a test connects it to itself.

#include <cstdint>
#include <optional>

#include "core/units.h"
#include "tcp/errors.h"
#include "trace/domain.h"

namespace wirelab::tcp {

/// What became of a segment at once. A drop in the network is no error; no route or a link that is down at the source
/// is.
struct SendResult {
  Error error = Error::None;  ///< None, HostUnreach or NetUnreach
  Time leaves{};              ///< when its last bit will have left this host's own port; the past or now: at once
  bool refused = false;       ///< this host's own queue has no room for it: to be tried again
};

class SegmentOutput {
 public:
  explicit SegmentOutput(Domain& domain) : domain_(&domain) {}
  SegmentOutput(const SegmentOutput&) = delete;
  SegmentOutput& operator=(const SegmentOutput&) = delete;

  /// Takes the packet. All TCP fields, addresses, size, tos, protocol and mark::DontFragment are set; IP sets ttl and
  /// id. Never calls back into TCP before it returns.
  virtual SendResult send(Packet* p, Time now) = 0;
  /// What is known of the path now: the first link's MTU, or less after fragmentation needed (RFC 1191).
  virtual std::uint16_t path_mtu(Ipv4Address dst, Time now) = 0;
  /// The address that packets to `dst` leave with; nothing if there is no route.
  virtual std::optional<Ipv4Address> source_for(Ipv4Address dst) = 0;
  /// Packets for this address are given to this host.
  virtual bool is_own_address(Ipv4Address a) const = 0;

  Domain& domain() const { return *domain_; }

 protected:
  ~SegmentOutput() = default;

 private:
  Domain* domain_;
};

}  // namespace wirelab::tcp
