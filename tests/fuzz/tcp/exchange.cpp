#include "exchange.h"

#include <algorithm>

#include "core/assert.h"
#include "craft.h"
#include "operations.h"
#include "setup.h"
#include "tcp/segment.h"
#include "two_ends.h"

namespace wirelab::tcp::fuzz {
namespace {

class Exchange {
 public:
  Exchange(Input& in, const Setup& setup, const Limits& limits)
      : in_(&in), limits_(limits), honest_(setup.honest), ends_(setup.client, setup.server) {}

  std::size_t run() {
    ends_.ends[1]->listen();
    ends_.ends[0]->connect();
    look();
    while (!in_->empty() && ends_.segments() < limits_.segments) {
      step();
      look();
    }
    if (honest_) heal();
    wind_up();
    return ends_.segments();
  }

 private:
  void step();
  void deliver_some(int to, std::uint32_t most);
  void deliver_marked(int to);
  void change_and_deliver(int to, bool keep);
  void call(int side);
  void rare_call(End& end, Connection& c);
  void icmp(int to);
  bool is_patient() const;
  void heal();
  void check_healed() const;
  void wind_up();
  void look() {
    const bool due = ends_.segments() >= next_recount_;
    if (due) next_recount_ = ends_.segments() + limits_.recount;
    ends_.check(due);
  }
  std::vector<UnderWay>& queue(int to) { return ends_.under_way[static_cast<std::size_t>(to)]; }
  End& end(int side) { return *ends_.ends[static_cast<std::size_t>(side)]; }
  /// One of those on their way, mostly among the first.
  std::size_t pick(int to) { return in_->byte() % queue(to).size(); }

  Input* in_;
  Limits limits_;
  bool honest_;
  TwoEnds ends_;
  std::size_t next_recount_ = 0;
};

void Exchange::deliver_some(int to, std::uint32_t most) {
  for (; most > 0 && !queue(to).empty() && ends_.segments() < limits_.segments; --most) {
    ends_.deliver(to, 0);
    look();
  }
}

/// With congestion experienced, or damaged.
void Exchange::deliver_marked(int to) {
  Packet& p = *queue(to).front().packet;
  if ((in_->byte() & 3) != 0) {
    if ((p.tos & kCe) != 0) p.tos |= kCe;
  } else {
    p.marks |= mark::Corrupt;
  }
  ends_.deliver(to, 0);
}

void Exchange::change_and_deliver(int to, bool keep) {
  const std::size_t k = pick(to);
  Packet* p = queue(to)[k].packet;
  if (keep) {
    p = ends_.domain.copy(*p);
  } else {
    queue(to).erase(queue(to).begin() + static_cast<std::ptrdiff_t>(k));
  }
  if (!honest_) mutate(ends_, to, *p, *in_);
  if (honest_ && !keep) return ends_.domain.drop(p, DropReason::Loss);
  ends_.inject(to, p);
}

/// Fragmentation needed, unreachable, time exceeded: RFC 792, RFC 1191.
void Exchange::icmp(int to) {
  constexpr std::uint16_t kMtus[] = {68, 127, 296, 552, 1006, 1492, 1500, 65535};
  End& e = end(to);
  IcmpQuote quote{};
  const bool to_client = to == 0;
  quote.src = e.address;
  quote.dst = end(1 - to).address;
  quote.sport = to_client ? 40000 : kServerPort;
  quote.dport = to_client ? kServerPort : 40000;
  quote.protocol = static_cast<std::uint8_t>(Protocol::Tcp);
  const std::uint8_t what = in_->byte();
  if (!e.connections.empty()) {
    const Connection& c = *e.connections.back().connection;
    quote.seq = (what & 64) != 0 ? c.snd_nxt() : c.snd_una();
  }
  if ((what & 128) != 0 && !honest_) quote.seq = Seq(in_->quad());
  const bool too_big = honest_ || (what & 3) != 0;
  if (too_big) {
    e.tcp.on_icmp_error(quote, 3, 4, kMtus[what >> 3 & 7], ends_.now);
  } else {
    e.tcp.on_icmp_error(quote, (what & 4) != 0 ? 3 : 11, what >> 3 & 15, 0, ends_.now);
  }
}

void Exchange::rare_call(End& e, Connection& c) {
  const std::uint8_t what = in_->byte();
  switch (what & 31) {
    case 0: c.shutdown_write(ends_.now); break;
    case 1: e.let_go(c, false); break;
    case 2: e.let_go(c, true); break;
    case 3:
    case 4: c.set_nodelay(what >> 5 & 1, ends_.now); break;
    case 5:
    case 6: c.set_cork(what >> 5 & 1, ends_.now); break;
    case 7:
      e.impatient = true;
      c.set_keepalive(what >> 5 & 1, ends_.now);
      break;
    case 8:
    case 9: c.set_quickack((what >> 5 & 1) != 0, ends_.now); break;
    case 10:
      e.impatient = true;
      c.set_user_timeout(Duration::s(what >> 5));
      break;
    case 11:
    case 12: c.send(1 + in_->byte(), ends_.now, {.urgent = true}); break;
    case 13:
    case 14: c.send(1 + in_->byte(), ends_.now, {.more = true}); break;
    case 15: e.setup.mtu = static_cast<std::uint16_t>(576 + 4 * in_->byte()); break;
    case 16: c.take_error(); break;
    default: c.send(1 + in_->byte(), ends_.now); break;
  }
}

void Exchange::call(int side) {
  End& e = end(side);
  e.accept();
  Connection* const c = e.held();
  if (c == nullptr) {
    if (side == 0 && e.connections.empty() && in_->below(4) == 0) e.connect();
    return;
  }
  const std::uint8_t what = in_->byte();
  switch (what & 3) {
    case Write: c->send((what >> 2) * 1000 + 1, ends_.now); break;
    case Read: c->recv((what >> 2) * 500, ends_.now); break;
    case ReadAll: c->recv(1 << 20, ends_.now); break;
    default: rare_call(e, *c); break;
  }
}

void Exchange::step() {
  const std::uint8_t op = in_->byte();
  const int to = op >> 5 & 1;
  const std::uint32_t extra = op >> 6;
  const std::uint32_t kind = op & 31;
  if (kind < DeliverLater) return deliver_some(to, 1 + extra);
  if (kind <= Mark && queue(to).empty()) return deliver_some(1 - to, 1 + extra);
  if (kind >= Call) return call(to);
  switch (kind) {
    case DeliverLater: return ends_.deliver(to, pick(to));
    case Lose: return ends_.lose(to, pick(to));
    case Repeat: return change_and_deliver(to, true);
    case Change: return change_and_deliver(to, false);
    case ChangeOrRepeat: return change_and_deliver(to, (extra & 1) != 0);
    case Mark: return deliver_marked(to);
    case Advance:
    case Advance + 1: return ends_.advance(Duration::us((in_->byte() + 1) * (std::int64_t{10} << 3 * extra)));
    case NextTimer:
    case NextTimer + 1: ends_.advance_to_timer(); return;
    case AdvanceLong: return ends_.advance(Duration::ms(std::int64_t{1} << in_->below(extra == 3 ? 24 : 12)));
    case Icmp: return icmp(to);
    case Round:
    case Round + 1:
      ends_.advance(Duration::ms(1 + 10 * extra));
      deliver_some(0, 16);
      return deliver_some(1, 16);
    default:  // Craft to CraftFar
      if (!honest_) ends_.inject(to, craft(ends_, to, kind != CraftFar, *in_));
  }
}

/// No connection is about to give up, or may do so soon.
bool Exchange::is_patient() const {
  for (const auto& e : ends_.ends) {
    const TcpConfig& config = *e->setup.config;
    if (e->gave_up || e->impatient || config.keepalive || config.user_timeout != Duration{}) return false;
    if (config.retries2 < 8 || e->connections.empty()) return false;
    for (const Watched& w : e->connections) {
      if (!w.held || !is_synchronized(w.connection->state())) return false;
      if (w.connection->sender().timeouts_in_a_row() != 0) return false;
    }
  }
  return true;
}

/// The network is a good one from now on, and both applications read: what was written must come. A window stuck at a
/// few bytes, which Linux's rule allows in a tiny buffer, takes thousands of rounds.
void Exchange::heal() {
  const bool must_last = is_patient();
  for (int rounds = 0; rounds < 20000; ++rounds) {
    for (int side = 0; side < 2; ++side) {
      end(side).accept();
      for (std::size_t n = queue(side).size(); n > 0; --n) {
        ends_.deliver(side, 0);
        look();
      }
      if (Connection* const c = end(side).held(); c != nullptr) {
        while (c->recv(1 << 20, ends_.now).bytes > 0) {}
      }
    }
    if (!queue(0).empty() || !queue(1).empty()) {
      ends_.advance(Duration::ms(10));
    } else if (!ends_.advance_to_timer()) {
      break;
    }
    look();
  }
  WIRELAB_ASSERT(!must_last || (!end(0).gave_up && !end(1).gave_up));
  check_healed();
}

/// Unless somebody gave up, both streams are complete.
void Exchange::check_healed() const {
  const End& a = *ends_.ends[0];
  const End& b = *ends_.ends[1];
  if (a.cut_short || b.cut_short || a.opened != 1 || b.opened != 1) return;
  std::uint64_t written[] = {a.written, b.written};
  std::uint64_t received[] = {a.received, b.received};
  for (const End* const end : {&a, &b}) {
    for (const Watched& w : end->connections) {
      if (!is_synchronized(w.connection->state())) return;
      written[end->side] += w.connection->send_buffer().end();
      received[end->side] += w.connection->receiver().received();
    }
  }
  WIRELAB_ASSERT(written[0] == received[1]);
  WIRELAB_ASSERT(written[1] == received[0]);
}

/// Everything that was made is given back.
void Exchange::wind_up() {
  for (int side = 0; side < 2; ++side) {
    End& e = end(side);
    if (e.listener != nullptr) e.listener->close(ends_.now);
    e.listener = nullptr;
    for (Connection* c = e.held(); c != nullptr; c = e.held()) e.let_go(*c, true);
  }
  for (int events = 0; events < 10000; ++events) {
    for (int side = 0; side < 2; ++side) {
      while (!queue(side).empty()) ends_.lose(side, 0);
    }
    if (!ends_.advance_to_timer()) break;
    look();
  }
  for (const auto& e : ends_.ends) {
    WIRELAB_ASSERT(e->tcp.connections() == 0 && e->tcp.time_waits() == 0 && e->tcp.handshakes() == 0);
  }
  WIRELAB_ASSERT(ends_.domain.pool.live() == 0);
}

}  // namespace

std::size_t run_exchange(std::span<const std::uint8_t> input, const Limits& limits) {
  Input in(input);
  const Setup setup = setup_from(in);
  return Exchange(in, setup, limits).run();
}

}  // namespace wirelab::tcp::fuzz
