#pragma once
// A tap sees every packet that passes one end of a link; captures and packet logs are taps.

#include "core/units.h"
#include "wire/packet.h"

namespace wirelab {

enum class TapDirection : std::uint8_t { Outgoing, Incoming };

class Tap {
 public:
  /// Outgoing: the port has taken the packet (what its queue refuses is not seen). Incoming: it has arrived.
  virtual void on_packet(const Packet& p, const PacketPool& pool, TapDirection direction, Time now) = 0;

 protected:
  ~Tap() = default;
};

}  // namespace wirelab
