#include "two_ends.h"

#include <algorithm>

#include "core/assert.h"
#include "invariants.h"

namespace wirelab::tcp::fuzz {
namespace {

constexpr std::size_t kMostUnderWay = 96;
constexpr Duration kLongest = Duration::s(60 * 86400);  // times stay far below what a Time can hold
const Ipv4Address kAddresses[] = {Ipv4Address(10, 0, 0, 1), Ipv4Address(10, 0, 0, 2)};

LayerSeeds seeds(std::uint64_t side) { return {{11 + side, 21 + side}, 31 + side, 41 + side, {}}; }

}  // namespace

// ---- One end

End::End(TwoEnds& both, int which, const EndSetup& given)
    : SegmentOutput(both.domain),
      setup(given),
      address(kAddresses[which]),
      side(which),
      timers(both.scheduler, static_cast<SourceId>(which)),
      tcp(*this, timers, seeds(static_cast<std::uint64_t>(which))),
      both_(&both) {}

/// What leaves must make sense whatever came: RFC 9293 section 3.8.6 (the window's edge), RFC 2018 section 3.
void End::check_sent(const Packet& p, Watched& w) const {
  const Connection& c = *w.connection;
  if (p.has_flag(tcp_flag::Syn | tcp_flag::Rst) || !is_synchronized(c.state())) return;
  if (c.state() == State::TimeWait) return;
  const std::uint32_t unit = 1u << c.terms().rcv_wscale;
  const Seq edge = p.ack + p.window * unit;
  // Where memory is counted, a segment that finds none is answered with a closed window (Linux, tcp_select_window),
  // and what is said later begins there.
  const bool without_memory = p.window == 0 && c.config().rcvbuf_skbs;
  WIRELAB_ASSERT(!w.has_told || without_memory || edge + unit > w.told_edge);  // RFC 7323 section 2.4: by rounding only
  w.told_edge = w.has_told && !without_memory ? max(w.told_edge, edge) : edge;
  w.has_told = true;
  const Seq end = p.seq + p.payload + (p.has_flag(tcp_flag::Fin) ? 1u : 0u);
  WIRELAB_ASSERT(p.payload <= c.smss().count());
  if (p.seq == c.snd_nxt() && end != p.seq) WIRELAB_ASSERT(end <= c.sender().window_edge());
  if (p.seq < c.snd_nxt()) WIRELAB_ASSERT(end <= c.snd_nxt());
  WIRELAB_ASSERT(p.payload == 0 || p.payload_offset + p.payload <= c.send_buffer().end());
  if (p.extension == 0) return;
  const Extension& e = domain().pool.extension(p);
  WIRELAB_ASSERT(e.sack_count <= (c.terms().timestamps ? 3 : 4));
  for (std::uint8_t i = 0; i < e.sack_count; ++i) WIRELAB_ASSERT(e.sack[i].left < e.sack[i].right);
}

SendResult End::send(Packet* p, Time now) {
  Watched* const w = find(p->sport, p->dport);
  Seq iss;
  bool has_stream = false;
  if (w != nullptr && w->connection->state() != State::Closed) {
    check_sent(*p, *w);
    iss = w->connection->iss();
    // A later connection of the same ports has the same pattern, and what is left of an earlier one may be under way.
    has_stream = p->payload != 0 && opened == 1;
    if (p->payload != 0)
      WIRELAB_ASSERT(static_cast<std::uint32_t>(p->payload_offset) == (p->seq - iss.raw() - 1).raw());
  }
  SendResult result;
  if (setup.ns_per_byte != 0) {
    port_free_ = std::max(port_free_, now) + Duration::ns(std::int64_t{setup.ns_per_byte} * p->size);
    result.leaves = port_free_;
  }
  both_->put(side, p, iss, has_stream);
  return result;
}

void End::on_open(Connection& c, Time) {
  ++opened;
  connections.push_back({});
  connections.back().connection = &c;
}

void End::on_state(const StateChange& change) {
  const bool ended_well = change.cause == Cause::Ack || change.cause == Cause::Close || change.cause == Cause::TwoMsl;
  if (change.to == State::Closed && !ended_well) cut_short = true;
  if (change.cause == Cause::Timeout) gave_up = true;
}

void End::on_end(const Connection& c, Time) {
  written += c.send_buffer().end();
  received += c.receiver().received();
  std::erase_if(connections, [&](const Watched& w) { return w.connection == &c; });
}

void End::on_readiness(Connection& c, Readiness became, Time now) {
  if (!setup.eager) return;
  if ((became & ready::Readable) != 0) {
    while (true) {
      const IoResult r = c.recv(1 << 20, now);
      if (r.bytes != 0) continue;
      if (r.error == Error::Again) break;
      return let_go(c, false);  // the end of the peer's data, or of everything
    }
  }
  if ((became & ready::Writable) != 0 && setup.to_write != 0) {
    const IoResult r = c.send(setup.to_write, now);  // may call this again, and less is left then
    setup.to_write -= static_cast<std::uint32_t>(std::min<std::int64_t>(r.bytes, setup.to_write));
  }
}

void End::listen() {
  const Listening l = tcp.listen({{}, kServerPort}, setup.config, nullptr, this, 0, both_->now);
  listener = l.listener;
}

void End::connect() {
  const Opened o =
      tcp.connect({{address, 40000}, {kAddresses[1 - side], kServerPort}, setup.config, this, this, 0}, both_->now);
  if (o.connection == nullptr) return;
  if (Watched* const w = find(*o.connection); w != nullptr) w->held = true;
}

void End::accept() {
  if (listener == nullptr) return;
  Connection* const c = listener->accept();
  if (c == nullptr) return;
  find(*c)->held = true;
  c->set_user(this);
  on_readiness(*c, c->readiness(), both_->now);
}

Connection* End::held() {
  const auto newest = std::find_if(connections.rbegin(), connections.rend(), [](const Watched& w) { return w.held; });
  return newest == connections.rend() ? nullptr : newest->connection;
}

void End::let_go(Connection& c, bool abort) {
  Watched* const w = find(c);
  if (w == nullptr || !w->held) return;
  w->held = false;
  if (abort || c.receiver().readable() > 0) cut_short = true;
  if (abort) {
    c.abort(both_->now);
  } else {
    c.close(both_->now);
  }
}

Watched* End::find(const Connection& c) {
  for (Watched& w : connections) {
    if (w.connection == &c) return &w;
  }
  return nullptr;
}

Watched* End::find(std::uint16_t local_port, std::uint16_t remote_port) {
  for (auto w = connections.rbegin(); w != connections.rend(); ++w) {
    const FourTuple& id = w->connection->id();
    if (id.local_port == local_port && id.remote_port == remote_port) return &*w;
  }
  return nullptr;
}

// ---- Both

TwoEnds::TwoEnds(const EndSetup& client, const EndSetup& server)
    : ends{std::make_unique<End>(*this, 0, client), std::make_unique<End>(*this, 1, server)} {}

TwoEnds::~TwoEnds() {
  for (const auto& queue : under_way) {
    for (const UnderWay& u : queue) domain.pool.release(u.packet);
  }
}

void TwoEnds::put(int from, Packet* p, Seq iss, bool has_stream) {
  auto& queue = under_way[static_cast<std::size_t>(1 - from)];
  if (queue.size() == kMostUnderWay) {
    domain.drop(p, DropReason::Queue);
    return;
  }
  queue.push_back({p, iss, has_stream});
}

void TwoEnds::hand_over(int to, Packet* p) {
  ++segments_;
  ends[static_cast<std::size_t>(to)]->tcp.receive(p, now);
}

void TwoEnds::deliver(int to, std::size_t k) {
  auto& queue = under_way[static_cast<std::size_t>(to)];
  const UnderWay u = queue[k];
  queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(k));
  // The receiver compares payloads by their place in the stream: only where it has this very stream.
  const Watched* const w = ends[static_cast<std::size_t>(to)]->find(u.packet->dport, u.packet->sport);
  const bool same_stream = u.has_stream && w != nullptr && w->connection->state() != State::SynSent &&
                           w->connection->receiver().irs() == u.iss;
  if (!same_stream) u.packet->payload_stream = 0;
  hand_over(to, u.packet);
}

void TwoEnds::lose(int to, std::size_t k) {
  auto& queue = under_way[static_cast<std::size_t>(to)];
  domain.drop(queue[k].packet, DropReason::Loss);
  queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(k));
}

void TwoEnds::inject(int to, Packet* p) {
  p->payload_stream = 0;
  hand_over(to, p);
}

void TwoEnds::advance(Duration d) {
  const Time until = std::min(now + d, Time{} + kLongest);
  while (scheduler.next_time() <= until) {
    now = std::max(now, scheduler.next_time());
    ends[scheduler.top()]->timers.run(now);
  }
  now = std::max(now, until);
}

bool TwoEnds::advance_to_timer() {
  const Time next = scheduler.next_time();
  if (next > Time{} + kLongest) return false;
  now = std::max(now, next);
  ends[scheduler.top()]->timers.run(now);
  return true;
}

void TwoEnds::check(bool recount) {
  WIRELAB_ASSERT(domain.pool.live() == under_way[0].size() + under_way[1].size());
  WIRELAB_ASSERT(domain.account.in_flight() == domain.pool.live());
  for (const auto& end : ends) {
    WIRELAB_ASSERT(end->tcp.connections() == end->connections.size());
    for (Watched& w : end->connections) check_connection(w, recount);
  }
}

}  // namespace wirelab::tcp::fuzz
