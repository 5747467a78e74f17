#pragma once
// ICMP (RFC 792, RFC 1122 section 3.2.2, RFC 1812 section 4.3): message types, the rate limit, and the users of echo.

#include <tsl/robin_map.h>

#include <cstdint>

#include "core/units.h"
#include "ip/protocol_handler.h"
#include "wire/packet.h"

namespace wirelab {

namespace icmp {
inline constexpr std::uint8_t EchoReply = 0, Unreachable = 3, EchoRequest = 8, TimeExceeded = 11;
inline constexpr std::uint8_t NetUnreachable = 0, HostUnreachable = 1, ProtocolUnreachable = 2, PortUnreachable = 3,
                              FragmentationNeeded = 4;
inline constexpr std::uint8_t TtlInTransit = 0, ReassemblyTime = 1;

constexpr std::uint16_t word(std::uint8_t type, std::uint8_t code) {
  return static_cast<std::uint16_t>(type << 8 | code);
}
constexpr std::uint8_t type_of(const Packet& p) { return static_cast<std::uint8_t>(p.sport >> 8); }
constexpr std::uint8_t code_of(const Packet& p) { return static_cast<std::uint8_t>(p.sport & 0xff); }
constexpr bool is_error_type(std::uint8_t type) {  // 4, 5 and 12 are not made here but count if they were (RFC 1122)
  return type == Unreachable || type == 4 || type == 5 || type == TimeExceeded || type == 12;
}
/// Identifier and sequence number of an echo: the header's second word.
constexpr std::uint16_t identifier_of(const Packet& p) { return static_cast<std::uint16_t>(p.seq.raw() >> 16); }
constexpr std::uint16_t sequence_of(const Packet& p) { return static_cast<std::uint16_t>(p.seq.raw() & 0xffff); }
constexpr std::uint16_t identifier_of(const IcmpQuote& q) { return static_cast<std::uint16_t>(q.seq.raw() >> 16); }
constexpr std::uint16_t sequence_of(const IcmpQuote& q) { return static_cast<std::uint16_t>(q.seq.raw() & 0xffff); }
}  // namespace icmp

/// Sends echo requests and hears what becomes of them; chosen by the identifier.
class EchoUser {
 public:
  /// The packet stays with the caller. A corrupt reply is not passed on.
  virtual void on_echo_reply(const Packet& reply, Time now) = 0;
  virtual void on_echo_error(const IcmpQuote& request, IcmpError error, Time now) = 0;

 protected:
  ~EchoUser() = default;
};

/// RFC 1812 section 4.3.2.8 with Linux's numbers: errors to one destination come from a bucket of `burst` tokens that
/// gains one per `interval`. Fragmentation needed is never limited, since path MTU discovery depends on it.
class IcmpRateLimit {
 public:
  IcmpRateLimit(Duration interval, int burst) : interval_(interval), burst_(burst) {}
  bool allows(Ipv4Address destination, std::uint8_t type, std::uint8_t code, Time now);

 private:
  struct Bucket {
    Duration credit;  // in time: one error costs interval_
    Time since;
  };
  static constexpr std::size_t kMaxBuckets = 65'536;  // then all are forgotten, which errs on the side of telling

  Duration interval_;
  int burst_;
  tsl::robin_map<std::uint32_t, Bucket> buckets_;  // looked up, never walked
};

/// What an error message cites of `p`.
IcmpQuote quote_of(const Packet& p);

/// Whether an error about `p` may be sent at all (RFC 1122 section 3.2.2, RFC 1812 section 4.3.2.7): not about an ICMP
/// error, a broadcast or multicast, a fragment other than the first, or a source that is no single host.
bool may_report(const Packet& p, const Extension* extension);

}  // namespace wirelab
