#pragma once
// IPv4 of one node (RFC 791, RFC 1122 section 3, RFC 1812 section 5): receives from links, delivers or forwards, and
// routes what the node's own transports send. Point-to-point links need no neighbour resolution: a packet is handed to
// the port as it is; Ethernet's ARP will stand between the two. What a router does with packets of others and what a
// host does with its own meet at the table and the port.
//
// Weak host model, as Linux has it: a packet for any address of the node is delivered whatever link it came by.

#include <tsl/robin_map.h>

#include <cstdint>
#include <span>
#include <vector>

#include "core/ring.h"
#include "core/timers.h"
#include "ip/counters.h"
#include "ip/forwarding_table.h"
#include "ip/icmp.h"
#include "ip/interface.h"
#include "ip/path_mtu.h"
#include "ip/protocol_handler.h"
#include "ip/reassembly.h"
#include "trace/domain.h"
#include "wire/match.h"

namespace wirelab {

/// Draws a node's processing delay, once for each packet.
class ProcessingDelay {
 public:
  virtual Duration next() = 0;

 protected:
  ~ProcessingDelay() = default;
};

struct IpConfig {
  bool forwards = false;        ///< a router; a host drops what is not for it
  std::uint8_t ttl = 64;        ///< of packets made here that name none
  std::uint64_t ecmp_salt = 0;  ///< drawn by node
  /// Time between a packet's arrival from a link and what this node does with it; packets keep their order, and the
  /// delays do not add up (latency, not capacity). Null: none. Must outlive the node.
  ProcessingDelay* processing = nullptr;
  Reassembler::Limits reassembly;
  Duration icmp_interval = Duration::s(1);  ///< per destination (Linux icmp_ratelimit); zero: no limit
  int icmp_burst = 6;
};

enum class IpError : std::uint8_t {
  None,
  NoRoute,      ///< ENETUNREACH
  MtuExceeded,  ///< EMSGSIZE: DF is set and the packet is larger than mtu_to() its destination
  BadAddress,   ///< EINVAL: a source that is not ours, a destination that cannot be sent to
};

/// What became of a packet that was handed to IP. The packet is gone in every case.
struct IpSendResult {
  IpError error = IpError::None;
  bool queued = false;  ///< the port took it; false without error: the port dropped it
  Time leaves;          ///< when its last bit (of its last fragment) will have left, as far as is known now
};

class alignas(64) Ip final : private TimerClient, public LinkEnd {
 public:
  static constexpr Duration kLoopbackTime = Duration::us(1);
  static constexpr std::uint16_t kLoopbackMtu = 65'535;
  static constexpr std::uint16_t kMaxEchoPayload = 65'507;  // what IP's length field leaves beside the headers

  Ip(Domain& domain, TimerHeap& timers, const IpConfig& config);
  ~Ip();
  Ip(const Ip&) = delete;
  Ip& operator=(const Ip&) = delete;

  // Set-up.
  /// Adds the interface with its address and the connected route to `prefix`. Preconditions: prefix contains address,
  /// the port's MTU is at least kMinMtu, the address is not one of the node's already.
  InterfaceId add_interface(Port& port, Ipv4Address address, Ipv4Prefix prefix);
  void set_handler(Protocol protocol, ProtocolHandler& handler);
  /// Drops silently what matches a word, when it would be forwarded or received. Replaces the words before.
  void set_deny(std::span<const Match> words);
  ForwardingTable& routes() { return table_; }

  // Packets. Both take the packet.
  /// From the link of `in`.
  void receive(Packet* p, InterfaceId in, Time now) {
    ++counters_.received;
    if (processing_ != nullptr) return delay(p, in, now);
    process(p, in, now);
  }
  /// Made on this node: all fields are set but ttl (here; 0: the default) and id, and src may be left unspecified to be
  /// chosen by route. A packet for the node itself comes back through the node's timer, never inside this call, each
  /// kLoopbackTime after the one before: without that, a connection to oneself would never let time pass.
  [[gnu::hot]] IpSendResult send(Packet* p, Time now, std::uint8_t ttl = 0);

  // Questions of the transports.
  /// The address that a packet to `destination` would carry: of the interface it leaves by. Unspecified: no route.
  Ipv4Address source_for(Ipv4Address destination);
  bool is_local(Ipv4Address a) const { return table_.is_local(a); }
  /// The largest packet that can go to `destination` in one piece as far as is known; 0: no route.
  std::uint16_t mtu_to(Ipv4Address destination, Time now);

  // ICMP.
  /// Reports on `p` to its source unless the rules or the rate limit forbid it. The packet stays with the caller.
  void send_icmp_error(const Packet& p, IcmpError error, Time now);
  /// An identifier of the user's own (from 1 upwards); 0: all are taken.
  std::uint16_t open_echo(EchoUser& user);
  void close_echo(std::uint16_t identifier);
  struct EchoRequest {
    Ipv4Address destination;
    std::uint16_t identifier = 0, sequence = 0;
    std::uint16_t payload = 56;  ///< bytes, up to kMaxEchoPayload
    std::uint32_t payload_stream = 0;
    std::uint8_t ttl = 0;  ///< 0: the default
    bool dont_fragment = false;
  };
  IpSendResult send_echo(const EchoRequest& request, Time now);

  const IpCounters& counters() const { return counters_; }
  std::span<const Interface> interfaces() const { return interfaces_; }
  const Interface& interface(InterfaceId id) const { return interfaces_[id]; }
  Domain& domain() { return domain_; }

 private:
  struct Delayed {
    Time due;
    Packet* packet;
    InterfaceId in;
  };

  void process(Packet* p, InterfaceId in, Time now) {
    // One test for all that is rare: a flipped bit, something to deny, a source of net 0, 127 or class D and E.
    const std::uint32_t net = p->src.bits() >> 24;
    if (p->has(mark::Corrupt) || deny_ != 0 || net == 0 || net == 127 || net >= 224) {
      if (!passes_checks(p)) return;
    }
    if (p->dst == only_address_ && p->src != only_address_ && p->src != only_broadcast_) return deliver_here(p, now);
    const RouteDecision way = table_.find(p->dst);
    if (way.kind < RouteDecision::Kind::Connected) {
      deliver(p, way, now);
    } else {
      forward(p, way, in, now);
    }
  }
  void delay(Packet* p, InterfaceId in, Time now);
  bool passes_checks(Packet* p);
  bool is_denied(const Packet& p) const;
  [[gnu::hot]] void forward(Packet* p, const RouteDecision& way, InterfaceId in, Time now);
  void forward_in_fragments(Packet* p, Port& out, Time now);
  void refuse_to_forward(Packet* p, IcmpError error, DropReason why, Time now);
  Port& choose(const RouteDecision& way, const Packet& p) const;
  Ipv4Address source_by(const RouteDecision& way, Ipv4Address destination) const;
  IpSendResult loop_back(Packet* p, Time now);
  IpSendResult send_in_fragments(Packet* p, Port& out, std::uint16_t mtu, Time now);
  void deliver(Packet* p, const RouteDecision& way, Time now);
  /// It is for this node, and not from it.
  void deliver_here(Packet* p, Time now) {
    if (p->has(mark::Fragment)) return deliver_fragment(p, now);
    deliver_whole(p, now);
  }
  void deliver_fragment(Packet* p, Time now);
  [[gnu::hot]] void deliver_whole(Packet* p, Time now);
  void receive_icmp(Packet* p, Time now);
  void answer_echo(const Packet& request, Time now);
  void receive_icmp_error(const Packet& p, Time now);
  Packet* make_icmp(Ipv4Address to, std::uint8_t type, std::uint8_t code, std::uint16_t payload);
  IpSendResult refuse(Packet* p, IpError error, DropReason why);
  std::uint16_t next_id(const Packet& p);
  ProtocolHandler* handler_of(std::uint8_t protocol) const;
  void on_timer(Time now) override;

  // Every packet touches two lines of the cache here, from the begin to the first of the counters,
  Domain& domain_;
  ProtocolHandler* tcp_ = nullptr;
  // Of a node with one interface, which then need not ask the table; else unspecified, to which nothing is sent.
  Ipv4Address only_address_, only_broadcast_;
  IpCounters counters_;

  // and from here to the first of the table.
  ProcessingDelay* processing_;
  std::uint32_t deny_ = 0;  // a bit for each Match
  bool forwards_;
  std::uint8_t ttl_;
  bool knows_path_mtu_ = false;  // path_mtu_ has held something
  ForwardingTable table_;

  ProtocolHandler* udp_ = nullptr;
  std::uint64_t ecmp_salt_;
  TimerHeap::Slot slot_;
  std::vector<Interface> interfaces_;
  TimerHeap& timers_;
  Reassembler reassembler_;
  PathMtuCache path_mtu_;
  IcmpRateLimit icmp_limit_;
  tsl::robin_map<std::uint16_t, EchoUser*> echo_users_;
  std::uint16_t last_identifier_ = 0;
  std::uint16_t ids_[64] = {};  // next identification by hash of (src, dst, protocol)
  Ring<Delayed> delayed_;       // received, waiting for `processing` to pass
  Ring<Delayed> loopback_;      // to ourselves
  std::vector<Packet*> fragments_;
};

}  // namespace wirelab
