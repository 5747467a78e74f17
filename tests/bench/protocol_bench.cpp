// The parts that know a protocol: forwarding, routing lookup, demultiplexing, an ACK, and a segment with its ACK
// through two whole TCPs.

#include <benchmark/benchmark.h>

#include <memory>
#include <optional>
#include <vector>

#include "core/ring.h"
#include "ip/ip.h"
#include "link/link_direction.h"
#include "tcp/connection.h"
#include "tcp/layer.h"
#include "tcp/option_table.h"

namespace wirelab {
namespace {

using tcp::FourTuple;

Ipv4Address numbered(std::uint32_t i) { return Ipv4Address(0x0a000000u + i); }

/// Received by a router, forwarded, and out of the next link's far end.
void forwarding_hop(benchmark::State& state) {
  Domain domain;
  Scheduler scheduler;
  TimerHeap timers(scheduler, 2);
  IpConfig config;
  config.forwards = true;
  Ip ip(domain, timers, config);
  LinkConfig link;
  link.rate = DataRate::bps(10'000'000'000);
  link.delay = Duration::us(10);
  link.queue.packets = 1000;
  LinkDirection left(domain, scheduler, {0, 0}, link, LinkKind::Computed, 1, 1);
  LinkDirection right(domain, scheduler, {1, 0}, link, LinkKind::Computed, 1, 2);
  ip.add_interface(left, Ipv4Address(10, 1, 0, 1), Ipv4Prefix(Ipv4Address(10, 1, 0, 0), 16));
  ip.add_interface(right, Ipv4Address(10, 2, 0, 1), Ipv4Prefix(Ipv4Address(10, 2, 0, 0), 16));
  for (std::uint32_t i = 0; i < 16; ++i) {
    Packet* const p = domain.make();
    p->src = Ipv4Address(10, 1, 0, 2);
    p->dst = Ipv4Address(0x0a020002u + i);
    p->protocol = Protocol::Tcp;
    p->size = 1500;
    p->ttl = 64;
    ip.receive(p, 0, Time());
  }
  for (auto _ : state) {
    const Time now = scheduler.next_time();
    Packet* const p = right.take_arrival(scheduler, now);
    ++domain.account.hops;
    p->ttl = 64;
    ip.receive(p, 0, now);
  }
  state.counters["hops/s"] = benchmark::Counter(static_cast<double>(domain.account.hops), benchmark::Counter::kIsRate);
}
BENCHMARK(forwarding_hop);

void lookup(benchmark::State& state) {
  const auto destinations = static_cast<std::uint32_t>(state.range(0));
  ForwardingTable table;
  for (std::uint32_t i = 0; i < destinations; ++i) {
    table.add({Ipv4Prefix(numbered(4 * i), 30), NextHop{static_cast<InterfaceId>(i & 63), numbered(1)}, 0,
               RouteOrigin::Static});
  }
  std::uint32_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.find(numbered(4 * i + 2)).index);
    i = i + 7919 < destinations ? i + 7919 : (i + 7919) % destinations;
  }
}
BENCHMARK(lookup)->Arg(4)->Arg(10'000);

void demultiplexing(benchmark::State& state) {
  const auto connections = static_cast<std::uint32_t>(state.range(0));
  tcp::DemuxTable table;
  int someone = 0;
  const auto tuple = [](std::uint32_t i) {
    return FourTuple{numbered(1), numbered(2 + i % 100), 5001, static_cast<std::uint16_t>(32768 + i / 100)};
  };
  for (std::uint32_t i = 0; i < connections; ++i) table.insert(tuple(i), tcp::DemuxTable::Kind::Connection, &someone);
  std::uint32_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.find(tuple(i))->who);
    i = (i + 7919) % connections;
  }
}
BENCHMARK(demultiplexing)->Arg(10'000);

/// An ACK of two segments in order, and the two that it lets out.
void ack(benchmark::State& state, const char* cc) {
  tcp::TcpConfig config = tcp::defaults(tcp::Profile::Linux);
  config.cc.name = cc;
  tcp::Sender sender(config);
  constexpr std::uint32_t kSmss = 1448;
  tcp::SenderStart start;
  start.iss = Seq(0);
  start.smss = kSmss;
  start.snd_wnd = 100 * kSmss;
  start.wl1 = start.wl2 = Seq(1);
  start.sack = start.timestamps = true;
  start.handshake_rtt = Duration::ms(10);
  sender.start(start);
  sender.begin_output();
  Time now = Time::at(Duration::ms(10));
  std::uint32_t ms = 10;
  for (int i = 0; i < 10; ++i) sender.on_sent_new(now, kSmss);
  for (auto _ : state) {
    now += Duration::us(240);
    tcp::AckInput in;
    in.now = now;
    in.seq = Seq(1);
    in.ack = sender.snd_una() + 2 * kSmss;
    in.wnd = 100 * kSmss;
    in.ts_now = ms + 10;
    in.ts_ecr = ms;
    benchmark::DoNotOptimize(sender.on_ack(in).acked);
    sender.on_sent_new(now, kSmss);
    sender.on_sent_new(now, kSmss);
    sender.after_output(now, {true, true, true, false});
  }
}
BENCHMARK_CAPTURE(ack, reno, "reno");
BENCHMARK_CAPTURE(ack, cubic, "cubic");

/// A host that hands its segments straight to a queue for the other one.
class Host final : public tcp::SegmentOutput {
 public:
  Host(Domain& shared, Ipv4Address own, Scheduler& scheduler, SourceId source)
      : SegmentOutput(shared), timers(scheduler, source), layer(*this, timers, {}), address_(own) {}
  tcp::SendResult send(Packet* p, Time now) override {
    out.push(p);
    return {tcp::Error::None, now};
  }
  std::uint16_t path_mtu(Ipv4Address, Time) override { return 1500; }
  std::optional<Ipv4Address> source_for(Ipv4Address) override { return address_; }
  bool is_own_address(Ipv4Address a) const override { return a == address_; }

  TimerHeap timers;
  tcp::Layer layer;
  Ring<Packet*> out;

 private:
  Ipv4Address address_;
};

/// A data segment through the receiver and its ACK back through the sender, written and read by their applications.
void segment_exchange(benchmark::State& state) {
  Domain domain;
  Scheduler scheduler;
  Host client(domain, numbered(1), scheduler, 0), server(domain, numbered(2), scheduler, 1);
  tcp::TcpConfig options = tcp::defaults(tcp::Profile::Linux);
  options.delayed_ack = Duration();
  options.exact_timers = true;
  const auto config = std::make_shared<const tcp::TcpConfig>(options);
  Time now;
  tcp::Listener* const listener = server.layer.listen({numbered(2), 80}, config, nullptr, nullptr, 0, now).listener;
  tcp::OpenOptions open;
  open.remote = {numbered(2), 80};
  open.config = config;
  tcp::Connection* const sender = client.layer.connect(open, now).connection;
  const auto carry = [&](Host& from, Host& to) {
    Packet* const p = from.out.front();
    from.out.pop();
    to.layer.receive(p, now);
  };
  for (int i = 0; i < 4; ++i) {
    now += Duration::us(10);
    if (!client.out.empty()) carry(client, server);
    if (!server.out.empty()) carry(server, client);
  }
  tcp::Connection* const receiver = listener->accept();
  constexpr std::int64_t kAll = std::int64_t{1} << 40;
  if (receiver == nullptr) {
    state.SkipWithError("the handshake failed");
    return;
  }
  for (auto _ : state) {
    now += Duration::us(10);
    if (client.out.empty()) sender->send(kAll, now);
    carry(client, server);
    receiver->recv(kAll, now);
    while (!server.out.empty()) carry(server, client);
    sender->send(kAll, now);
  }
  state.SetItemsProcessed(state.iterations());
  while (!client.out.empty()) {
    domain.pool.release(client.out.front());
    client.out.pop();
  }
}
BENCHMARK(segment_exchange);

}  // namespace
}  // namespace wirelab

BENCHMARK_MAIN();
