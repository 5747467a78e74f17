#pragma once
// What TCP_INFO counts of a connection's segments and nothing else needs. Only hosts that are looked at so closely keep
// it.

#include <cstdint>

#include "core/units.h"
#include "wire/packet.h"

namespace wirelab::tcp {

struct SegmentTally {
  std::uint32_t in = 0, out = 0, data_in = 0, data_out = 0;
  std::uint32_t out_of_order = 0;                  ///< segments queued behind a gap
  std::uint64_t bytes_sent = 0, bytes_resent = 0;  ///< of payload
  Time last_ack{};                                 ///< when an acceptable ACK came last

  void on_received(const Packet& p) {
    ++in;
    if (p.payload != 0) ++data_in;
  }
  void on_sent(std::uint32_t payload) {
    ++out;
    if (payload == 0) return;
    ++data_out;
    bytes_sent += payload;
  }
};

}  // namespace wirelab::tcp
