#include "two_hosts.h"

#include <algorithm>

#include "core/assert.h"

namespace wirelab::tcp::test {

Host::Host(Wire& wire, int side, Ipv4Address own, Scheduler& scheduler, SourceId source, const LayerSeeds& seeds)
    : SegmentOutput(wire.domain),
      address(own),
      timers(scheduler, source),
      tcp(*this, timers, seeds),
      wire_(&wire),
      side_(side) {}

SendResult Host::send(Packet* p, Time) {
  wire_->put(p, side_);
  return {};
}

std::string StateLog::path() const {
  std::string s;
  for (const StateChange& c : changes) s += (s.empty() ? "" : " ") + std::string(name_of(c.to));
  return s;
}

Wire::Wire(Duration one_way)
    : delay(one_way),
      alice(*this, 0, kAlice, scheduler, 0, LayerSeeds{{11, 12}, 13, 14, {}}),
      bob(*this, 1, kBob, scheduler, 1, LayerSeeds{{21, 22}, 23, 24, {}}) {}

Wire::~Wire() {
  for (const InFlight& f : flight_) domain.pool.release(f.packet);
}

void Wire::put(Packet* p, int from) {
  const int number = ++sent[from];
  on_send(*p, from);
  if (lose(*p, from, number)) {
    domain.drop(p, DropReason::Loss);
    return;
  }
  const Time arrival = now + delay + extra(*p, from, number);
  const InFlight entry{arrival, serial_++, p, 1 - from};
  const auto at = std::upper_bound(flight_.begin(), flight_.end(), entry, [](const InFlight& a, const InFlight& b) {
    return a.arrival != b.arrival ? a.arrival < b.arrival : a.serial < b.serial;
  });
  flight_.insert(at, entry);
}

void Wire::run_until(Time until) {
  while (true) {
    const Time packet = flight_.empty() ? Time::never() : flight_.front().arrival;
    const Time timer = scheduler.next_time();
    const Time next = std::min(packet, timer);
    if (next > until || next.is_never()) break;
    WIRELAB_ASSERT(next >= now);
    now = next;
    if (packet <= timer) {
      const InFlight f = flight_.front();
      flight_.erase(flight_.begin());
      (f.to == 0 ? alice : bob).tcp.receive(f.packet, now);
    } else {
      (scheduler.top() == 0 ? alice : bob).timers.run(now);
    }
  }
  now = std::max(now, until);
}

std::shared_ptr<const TcpConfig> shared(TcpConfig config) {
  return std::make_shared<const TcpConfig>(std::move(config));
}

TcpConfig exact(Profile profile) {
  TcpConfig c = defaults(profile);
  c.exact_timers = true;
  return c;
}

Pair::Pair(Wire& w, TcpConfig alice_config, TcpConfig bob_config) : wire(w) {
  listener = wire.bob.tcp.listen({{}, 80}, shared(std::move(bob_config)), nullptr, &bob_log, 2, wire.now).listener;
  alice = wire.alice.tcp.connect({{}, {kBob, 80}, shared(std::move(alice_config)), nullptr, &alice_log, 1}, wire.now)
              .connection;
  wire.run_for(3 * wire.delay);
  bob = listener->accept();
}

std::int64_t Pair::drain(Connection& c, Time now) {
  std::int64_t total = 0;
  while (true) {
    const IoResult r = c.recv(1 << 20, now);
    if (r.bytes == 0) return total;
    total += r.bytes;
  }
}

void Bulk::attach(Connection& c, Time now) {
  c.set_user(this);
  on_readiness(c, c.readiness(), now);
}

void Bulk::on_readiness(Connection& c, Readiness became, Time now) {
  if ((became & ready::Error) != 0) error = c.error();
  while (!got_eof) {
    const IoResult r = c.recv(1 << 20, now);
    read += r.bytes;
    if (r.is_eof()) got_eof = true;
    if (r.bytes == 0) break;
  }
  while (to_send > 0) {
    const IoResult r = c.send(to_send, now);
    if (r.error != Error::None) break;
    to_send -= r.bytes;
  }
  if (to_send == 0 && closes && !closed && error == Error::None && (c.readiness() & ready::Writable) != 0) {
    closed = true;
    c.shutdown_write(now);
  }
}

}  // namespace wirelab::tcp::test
