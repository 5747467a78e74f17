#pragma once
// One node's IP layer on a table: links that lead nowhere, whose packets the test takes out, transports that note what
// they are given, and a clock that the test turns.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "core/scheduler.h"
#include "core/timers.h"
#include "ip/ip.h"
#include "link/link_direction.h"
#include "trace/domain.h"

namespace wirelab::test {

using namespace wirelab::literals;

/// A packet as it was seen, with what its extension held.
struct Seen {
  Packet packet;
  Extension extension;
};

inline Seen see(const Packet& p, const PacketPool& pool) {
  Seen s{p, {}};
  if (p.extension != 0) s.extension = pool.extension(p);
  return s;
}

struct Noted {
  IcmpQuote quote;
  IcmpError error;
};

class NotingHandler final : public ProtocolHandler {
 public:
  explicit NotingHandler(Domain& domain) : domain_(domain) {}
  void receive(Packet* p, Time) override {
    got.push_back(see(*p, domain_.pool));
    domain_.deliver(p);
  }
  void on_icmp_error(const IcmpQuote& quote, IcmpError error, Time) override { errors.push_back({quote, error}); }
  std::vector<Seen> got;
  std::vector<Noted> errors;

 private:
  Domain& domain_;
};

struct Spec {
  Ipv4Address src{}, dst{};  // src unspecified: IP chooses
  std::uint16_t size = 100;
  bool df = false;
  std::uint8_t ttl = 64;
  Protocol protocol = Protocol::Udp;
  std::uint16_t sport = 1000, dport = 2000, id = 7;
  std::uint8_t tos = 0;
  std::uint64_t offset = 0;
};

inline Packet* make_packet(Domain& domain, const Spec& s) {
  Packet* const p = domain.make();
  const std::uint32_t extension = p->extension;
  *p = Packet{};
  p->extension = extension;
  p->src = s.src;
  p->dst = s.dst;
  p->size = s.size;
  const int header = kIpv4HeaderBytes + (s.protocol == Protocol::Tcp ? kTcpHeaderBytes : kUdpHeaderBytes);
  p->payload = static_cast<std::uint16_t>(s.size - header);
  p->ttl = s.ttl;
  p->protocol = s.protocol;
  p->sport = s.sport;
  p->dport = s.dport;
  p->id = s.id;
  p->tos = s.tos;
  p->payload_offset = s.offset;
  if (s.df) p->marks |= mark::DontFragment;
  return p;
}

class IpBench {
 public:
  explicit IpBench(const IpConfig& config = {})
      : timers(scheduler, 63), tcp(domain), udp(domain), ip(domain, timers, config) {
    ip.set_handler(Protocol::Tcp, tcp);
    ip.set_handler(Protocol::Udp, udp);
  }

  /// A link of this MTU at `address`, of which the node sees only the near end.
  InterfaceId link(Ipv4Address address, int prefix_length = 24, std::uint16_t mtu = 1500) {
    LinkConfig config;
    config.mtu = mtu;
    config.queue.packets = 1'000'000;
    const auto n = static_cast<std::uint32_t>(wires.size());
    wires.push_back(std::make_unique<LinkDirection>(domain, scheduler, LinkDirection::Sources{n, 0}, config,
                                                    LinkKind::Computed, 1, n));
    return ip.add_interface(*wires.back(), address, Ipv4Prefix(address, prefix_length));
  }
  Packet* packet(const Spec& s) { return make_packet(domain, s); }
  void receive(const Spec& s, InterfaceId in) { ip.receive(packet(s), in, now); }
  IpSendResult send(const Spec& s) { return ip.send(packet(s), now, s.ttl == 64 ? std::uint8_t{0} : s.ttl); }

  /// What has left by that interface since the last call, in order.
  std::vector<Seen> sent(InterfaceId out) {
    std::vector<Seen> all;
    while (wires[out]->on_wire() > 0) {
      Packet* const p = wires[out]->take_arrival(scheduler, wires[out]->next_arrival());
      all.push_back(see(*p, domain.pool));
      domain.deliver(p);
    }
    return all;
  }
  /// Turns the clock; the node's timers run on the way.
  void wait(Duration d) {
    const Time until = now + d;
    while (timers.next() <= until) {
      now = timers.next();
      timers.run(now);
    }
    now = until;
  }
  std::uint64_t dropped(DropReason why) const { return domain.account.dropped[static_cast<std::size_t>(why)]; }
  /// Every packet made is delivered, dropped, or still somewhere.
  void expect_balance() const { EXPECT_EQ(domain.account.in_flight(), domain.pool.live()); }

  Domain domain;
  Scheduler scheduler;
  TimerHeap timers;
  std::vector<std::unique_ptr<LinkDirection>> wires;
  NotingHandler tcp, udp;
  Ip ip;
  Time now = Time::at(1_s);
};

inline IpConfig router() {
  IpConfig c;
  c.forwards = true;
  return c;
}

}  // namespace wirelab::test
