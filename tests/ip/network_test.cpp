// Several nodes in a row over links that lose, copy, flip and reorder: what arrives is whole, and every packet is
// accounted for.

#include "bench.h"

namespace wirelab::test {
namespace {

/// h1 - r1 - r2 - h2; the middle link has the small MTU. Sources: two arrivals for each link, then the nodes' timers.
class Row {
 public:
  explicit Row(const LinkConfig& middle, const LinkConfig& edge = {}) : scheduler(16) {
    for (std::uint32_t n = 0; n < 4; ++n) {
      timers.push_back(std::make_unique<TimerHeap>(scheduler, kFirstNode + n));
      IpConfig config;
      config.forwards = n == 1 || n == 2;
      nodes.push_back(std::make_unique<Ip>(domain, *timers.back(), config));
      handlers.push_back(std::make_unique<NotingHandler>(domain));
      nodes.back()->set_handler(Protocol::Udp, *handlers.back());
    }
    for (std::uint32_t l = 0; l < 3; ++l) connect(l, l == 1 ? middle : edge);
    const Ipv4Prefix all(Ipv4Address{}, 0);
    route(0, all, 0, Ipv4Address(10, 0, 0, 2));
    route(1, all, 1, Ipv4Address(10, 0, 1, 2));
    route(2, all, 0, Ipv4Address(10, 0, 1, 1));
    route(3, all, 0, Ipv4Address(10, 0, 2, 1));
  }

  void run_until(Time end) {
    while (scheduler.next_time() <= end) {
      now = scheduler.next_time();
      const SourceId source = scheduler.top();
      if (source >= kFirstNode) {
        timers[source - kFirstNode]->run(now);
      } else {
        Packet* const p = wires[source]->take_arrival(scheduler, now);
        const std::uint32_t link = source / 2, receiver = link + 1 - source % 2;
        nodes[receiver]->receive(p, receiver == link ? static_cast<InterfaceId>(link > 0) : InterfaceId{0}, now);
      }
    }
    now = end;
  }

  Domain domain;
  Scheduler scheduler;
  std::vector<std::unique_ptr<TimerHeap>> timers;     // outlive the nodes
  std::vector<std::unique_ptr<LinkDirection>> wires;  // 2 * link: forward, 2 * link + 1: backward
  std::vector<std::unique_ptr<Ip>> nodes;
  std::vector<std::unique_ptr<NotingHandler>> handlers;
  Time now = Time::at(1_s);

 private:
  static constexpr SourceId kFirstNode = 6;

  void connect(std::uint32_t l, const LinkConfig& config) {
    const auto net = static_cast<int>(l);
    for (std::uint32_t d = 0; d < 2; ++d) {
      wires.push_back(std::make_unique<LinkDirection>(domain, scheduler, LinkDirection::Sources{2 * l + d, 0}, config,
                                                      LinkKind::Computed, 42, 2 * l + d));
      const Ipv4Address here(10, 0, net, static_cast<int>(d) + 1);
      nodes[l + d]->add_interface(*wires.back(), here, Ipv4Prefix(here, 24));
    }
  }
  void route(std::size_t node, Ipv4Prefix to, InterfaceId out, Ipv4Address gateway) {
    nodes[node]->routes().add({to, {out, gateway}, 0, RouteOrigin::Static});
  }
};

const Ipv4Address kH1(10, 0, 0, 1), kH2(10, 0, 2, 2);

LinkConfig with_mtu(std::uint16_t mtu) {
  LinkConfig c;
  c.mtu = mtu;
  c.queue.packets = 100'000;
  return c;
}

TEST(Row, ALargeDatagramIsCutTwiceAndArrivesWhole) {
  Row row(with_mtu(576), with_mtu(1500));
  row.nodes[0]->send(make_packet(row.domain, {.dst = kH2, .size = 4000, .offset = 31}), row.now);
  row.run_until(row.now + 1_s);
  ASSERT_EQ(row.handlers[3]->got.size(), 1u);
  const Packet& p = row.handlers[3]->got[0].packet;
  EXPECT_EQ(p.size, 4000);
  EXPECT_EQ(p.payload_offset, 31u);
  EXPECT_EQ(p.ttl, 62);
  EXPECT_EQ(row.nodes[0]->counters().fragments_created, 3u);
  EXPECT_EQ(row.nodes[1]->counters().fragments_created, 3u + 3u + 2u);  // 1480 and 1480 over 552 bytes a part, 1020
  EXPECT_EQ(row.nodes[2]->counters().fragments_created, 0u) << "the wider link puts nothing together";
  EXPECT_EQ(row.nodes[3]->counters().datagrams_reassembled, 1u);
  EXPECT_EQ(row.domain.account.sent, 1u + 3u + 8u);
  EXPECT_EQ(row.domain.account.delivered, row.domain.account.sent);
  EXPECT_EQ(row.domain.pool.live(), 0u);
}

TEST(Row, PathMtuDiscoveryFindsTheNarrowLink) {
  Row row(with_mtu(576), with_mtu(1500));
  const Spec probe{.dst = kH2, .size = 1500, .df = true};
  EXPECT_EQ(row.nodes[0]->send(make_packet(row.domain, probe), row.now).error, IpError::None);
  row.run_until(row.now + 1_s);
  EXPECT_EQ(row.nodes[0]->mtu_to(kH2, row.now), 576);
  ASSERT_EQ(row.handlers[0]->errors.size(), 1u);
  EXPECT_EQ(row.nodes[0]->send(make_packet(row.domain, probe), row.now).error, IpError::MtuExceeded);
  Spec fitting = probe;
  fitting.size = 576;
  row.nodes[0]->send(make_packet(row.domain, fitting), row.now);
  row.run_until(row.now + 1_s);
  EXPECT_EQ(row.handlers[3]->got.size(), 1u);
}

struct Hops final : EchoUser {
  void on_echo_reply(const Packet&, Time) override { from.push_back(kH2); }
  void on_echo_error(const IcmpQuote&, IcmpError e, Time) override {
    EXPECT_EQ(e.type, icmp::TimeExceeded);
    from.push_back({});
  }
  std::vector<Ipv4Address> from;
};

TEST(Row, EachTtlEndsOneRouterFurther) {  // what traceroute relies on
  Row row(with_mtu(1500));
  Hops hops;
  const std::uint16_t identifier = row.nodes[0]->open_echo(hops);
  for (std::uint8_t ttl = 1; ttl <= 3; ++ttl) {
    row.nodes[0]->send_echo({.destination = kH2, .identifier = identifier, .sequence = ttl, .ttl = ttl}, row.now);
    row.run_until(row.now + 1_s);
  }
  EXPECT_EQ(hops.from, (std::vector<Ipv4Address>{{}, {}, kH2}));
  EXPECT_EQ(row.nodes[1]->counters().ttl_expired, 1u);
  EXPECT_EQ(row.nodes[2]->counters().ttl_expired, 1u);
}

TEST(Row, NothingIsLostFromTheAccountOnBadLinks) {
  LinkConfig middle = with_mtu(576);
  middle.loss.emplace_back(BernoulliLoss{0.02});
  middle.duplicate = 0.05;
  middle.corrupt = 0.02;
  middle.jitter = JitterConfig{5_ms, JitterConfig::Distribution::Normal, false};
  LinkConfig edge = with_mtu(1500);
  edge.duplicate = 0.02;
  edge.corrupt = 0.01;
  Row row(middle, edge);
  constexpr int kSent = 3000;
  for (int i = 0; i < kSent; ++i) {
    const auto size = static_cast<std::uint16_t>(100 + i * 37 % 6000);
    const auto offset = static_cast<std::uint64_t>(i) * 100'000;
    row.nodes[0]->send(make_packet(row.domain, {.dst = kH2, .size = size, .sport = 1, .offset = offset}), row.now);
    row.run_until(row.now + 2_ms);
    ASSERT_EQ(row.domain.account.in_flight(), row.domain.pool.live());
  }
  row.run_until(row.now + 40_s);
  EXPECT_EQ(row.domain.pool.live(), 0u) << "after the last timeout nothing is held";
  EXPECT_EQ(row.domain.account.in_flight(), 0u);

  std::uint64_t good = 0, corrupt = 0;
  for (const Seen& s : row.handlers[3]->got) {
    const auto i = s.packet.payload_offset / 100'000;
    EXPECT_EQ(s.packet.size, 100 + i * 37 % 6000) << "a datagram was put together from parts of others";
    EXPECT_FALSE(s.packet.has(mark::Fragment));
    (s.packet.has(mark::Corrupt) ? corrupt : good) += 1;
  }
  EXPECT_GT(good, kSent / 2u);
  EXPECT_GT(corrupt, kSent / 50u);
  EXPECT_GT(row.nodes[3]->counters().datagrams_reassembled, kSent / 2u);
  EXPECT_GT(row.nodes[3]->counters().reassembly_timeouts, 50u);
}

}  // namespace
}  // namespace wirelab::test
