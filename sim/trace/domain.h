#pragma once
// What the packets of one domain share: the pool they come from and the account of what became of each. Later, several
// domains run side by side and exchange packets by value; so nothing here is global.

#include <array>
#include <cstdint>

#include "trace/drop_reason.h"
#include "wire/packet.h"

namespace wirelab {

/// sent = delivered + dropped + in flight, counted in IP packets: each packet made, copy or fragment counts once as
/// sent; each given to a transport, cut into fragments or merged into a datagram once as delivered.
struct PacketAccount {
  std::uint64_t sent = 0, delivered = 0;
  std::array<std::uint64_t, kDropReasons> dropped{};
  std::uint64_t hops = 0;  ///< arrivals at the far end of a link

  std::uint64_t dropped_total() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t n : dropped) sum += n;
    return sum;
  }
  std::uint64_t in_flight() const { return sent - delivered - dropped_total(); }
};

struct Domain {
  PacketPool pool;
  PacketAccount account;

  Packet* make() {
    ++account.sent;
    return pool.make();
  }
  Packet* copy(const Packet& p) {
    ++account.sent;
    return pool.copy(p);
  }
  /// The packet has reached its transport (or was cut up or merged) and is done with.
  void deliver(Packet* p) {
    ++account.delivered;
    pool.release(p);
  }
  void drop(Packet* p, DropReason why) {
    ++account.dropped[static_cast<std::size_t>(why)];
    pool.release(p);
  }
};

}  // namespace wirelab
