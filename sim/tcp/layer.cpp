#include "tcp/layer.h"

#include <algorithm>
#include <array>

#include "tcp/connection.h"
#include "tcp/segment.h"

namespace wirelab::tcp {

namespace {

/// What Linux makes of the codes of ICMP's "destination unreachable".
constexpr std::array<Error, 16> kUnreachableErrors = {
    Error::NetUnreach,  Error::HostUnreach,  Error::ProtocolUnreach, Error::ConnRefused,
    Error::None,        Error::NotSupported, Error::NetUnreach,      Error::HostDown,
    Error::NoNetwork,   Error::NetUnreach,   Error::HostUnreach,     Error::NetUnreach,
    Error::HostUnreach, Error::HostUnreach,  Error::HostUnreach,     Error::HostUnreach};

}  // namespace

ConnectionObserver& ConnectionObserver::none() {
  static ConnectionObserver nobody;  // holds no state
  return nobody;
}

Layer::Layer(SegmentOutput& output, TimerHeap& timers, const LayerSeeds& seeds)
    : output_(&output), timers_(&timers), seeds_(seeds), ports_(seeds.port_secret) {}

Layer::~Layer() = default;

Opened Layer::connect(const OpenOptions& options, Time now) {
  WIRELAB_ASSERT(options.config != nullptr);
  FourTuple id{options.local.address, options.remote.address, options.local.port, options.remote.port};
  if (id.remote.is_multicast() || id.remote.is_limited_broadcast() || id.remote.is_unspecified() ||
      id.remote_port == 0) {
    return {nullptr, Error::NetUnreach};
  }
  const std::optional<Ipv4Address> source = output_->source_for(id.remote);
  if (!source) return {nullptr, Error::NetUnreach};
  if (id.local.is_unspecified()) id.local = *source;
  if (!output_->is_own_address(id.local)) return {nullptr, Error::AddrNotAvail};
  const auto free_from = [&](std::uint16_t port) {
    FourTuple wanted = id;
    wanted.local_port = port;
    const DemuxTable::Entry* const e = table_.find(wanted);
    if (e == nullptr) return find_listener({id.local, port}) == nullptr ? now : Time::never();
    return e->kind == DemuxTable::Kind::TimeWait ? static_cast<TimeWait*>(e->who)->reusable_from() : Time::never();
  };
  if (id.local_port == 0) {
    const std::optional<std::uint16_t> port = ports_.choose(id, now, table_.erased(), free_from);
    if (!port) return {nullptr, Error::AddrNotAvail};
    id.local_port = *port;
  } else if (free_from(id.local_port) > now) {
    return {nullptr, Error::AddrInUse};
  }
  if (const DemuxTable::Entry* const e = table_.find(id); e != nullptr) {
    static_cast<TimeWait*>(e->who)->end(Cause::Reused, now);
  }
  Connection& c = make_connection(id, options.config, now);
  c.user_ = options.user;
  c.tag_ = options.tag;
  if (options.observer != nullptr) c.observer_ = options.observer;
  c.observer_->on_open(c, now);
  if (options.fast_open) c.begin_fast_open(*options.fast_open, now);
  c.open_actively(now);
  return {&c, Error::None, c.syn_data()};
}

Listening Layer::listen(Endpoint local, std::shared_ptr<const TcpConfig> config, ListenerUser* user,
                        ConnectionObserver* observer, std::uint32_t tag, Time now) {
  if (!local.address.is_unspecified() && !output_->is_own_address(local.address)) {
    return {nullptr, Error::AddrNotAvail};
  }
  for (const auto& l : listeners_) {
    const Endpoint other = l->local();
    const bool same_address =
        other.address == local.address || other.address.is_unspecified() || local.address.is_unspecified();
    if (other.port == local.port && same_address) return {nullptr, Error::AddrInUse};
  }
  ConnectionObserver& to = observer != nullptr ? *observer : ConnectionObserver::none();
  listeners_.push_back(std::make_unique<Listener>(*this, local, std::move(config), user, to, tag));
  table_.insert({local.address, {}, local.port, 0}, DemuxTable::Kind::Listener, listeners_.back().get());
  to.on_state({tag, local, {}, State::Closed, State::Listen, Cause::Open, now});
  return {listeners_.back().get(), Error::None};
}

Listener* Layer::find_listener(Endpoint local) {
  const DemuxTable::Entry* e = table_.find({local.address, {}, local.port, 0});
  if (e == nullptr) e = table_.find({{}, {}, local.port, 0});
  return e == nullptr ? nullptr : static_cast<Listener*>(e->who);
}

void Layer::receive(Packet* p, Time now) {
  ++counters_.segments_in;
  if (p->has(mark::Corrupt)) {
    ++counters_.corrupt;
    output_->domain().drop(p, DropReason::Corrupt);
    return;
  }
  const FourTuple id{p->dst, p->src, p->dport, p->sport};
  if (const DemuxTable::Entry* const e = table_.find(id); e != nullptr) {
    switch (e->kind) {
      case DemuxTable::Kind::Connection: static_cast<Connection*>(e->who)->receive(p, now); return;
      case DemuxTable::Kind::SynReceived: static_cast<SynReceived*>(e->who)->receive(p, now); return;
      case DemuxTable::Kind::TimeWait: static_cast<TimeWait*>(e->who)->receive(p, now); return;
      case DemuxTable::Kind::Listener:
      case DemuxTable::Kind::None: break;
    }
  }
  if (Listener* const listener = find_listener({id.local, id.local_port}); listener != nullptr) {
    // RFC 9293 section 3.10.7.2: RST, then ACK, then SYN; one with a FIN is dropped, as Linux does.
    if (p->has_flag(tcp_flag::Rst)) {
      ++counters_.resets_in;
    } else if (p->has_flag(tcp_flag::Ack)) {
      if (take_syn_cookie(*listener, p, id, now)) return;
      answer_unknown(*p, now);
    } else if (p->has_flag(tcp_flag::Syn) && !p->has_flag(tcp_flag::Fin)) {
      on_new_syn(*listener, *p, id, now);
    }
    output_->domain().deliver(p);
    return;
  }
  ++counters_.no_listener;
  answer_unknown(*p, now);
  output_->domain().drop(p, DropReason::NoListener);
}

void Layer::on_new_syn(Listener& listener, const Packet& syn, const FourTuple& id, Time now, std::optional<Seq> iss) {
  // Linux drops the SYN when either queue is full: the peer will try again. Cookies need no queue of handshakes.
  const std::uint32_t cookies = listener.config_->syncookies;
  // Who was here before is real: no cookies, and room for one more (Linux).
  const bool no_room = !iss && listener.syn_queue_is_full();
  if (listener.accept_queue_is_full() || (no_room && cookies == 0)) {
    ++counters_.syn_drops;
    if (listener.accept_queue_is_full()) ++counters_.listen_overflows, ++listener.overflows_;
    return;
  }
  if (no_room || (cookies == 2 && !iss)) return send_syn_cookie(listener, syn, id, now);
  std::optional<FastOpenOption> cookie;
  if (listener.fast_open_limit() != 0 && open_fast(listener, syn, id, cookie, now)) return;
  SynReceived& record = handshakes_.make(*this, listener, id);
  table_.insert(id, DemuxTable::Kind::SynReceived, &record);
  ++listener.handshakes_;
  record.begin(syn, cookie, iss, now);
}

/// RFC 9293 section 3.10.7.1: a RST that the sender of the segment must accept.
void Layer::answer_unknown(const Packet& p, Time now) {
  if (p.has_flag(tcp_flag::Rst)) return;
  const FourTuple id{p.dst, p.src, p.dport, p.sport};
  ++counters_.resets_out;
  if (p.has_flag(tcp_flag::Ack)) {
    send(make_bare_segment(output_->domain(), id, p.ack, Seq(0), tcp_flag::Rst, 0), now);
  } else {
    const Seq ack = p.seq + sequence_length(p);
    send(make_bare_segment(output_->domain(), id, Seq(0), ack, tcp_flag::Rst | tcp_flag::Ack, 0), now);
  }
}

void Layer::send(Packet* p, Time now) {
  ++counters_.segments_out;
  output_->send(p, now);
}

bool Layer::may_challenge(std::uint32_t limit, Time now) {
  if (challenge_window_ < Time{} || now - challenge_window_ >= Duration::s(1)) {
    challenge_window_ = now;
    challenges_sent_ = 0;
  }
  if (challenges_sent_ >= limit) return false;
  ++challenges_sent_;
  ++counters_.challenge_acks;
  return true;
}

void Layer::on_icmp_error(const IcmpQuote& quote, std::uint8_t type, std::uint8_t code, std::uint16_t mtu, Time now) {
  constexpr std::uint8_t kUnreachable = 3, kTimeExceeded = 11, kParameterProblem = 12;
  DemuxTable::Entry* const e = table_.find({quote.src, quote.dst, quote.sport, quote.dport});
  if (e == nullptr || quote.protocol != static_cast<std::uint8_t>(Protocol::Tcp)) return;
  const bool fragmentation_needed = type == kUnreachable && code == 4;
  const bool no_way = type == kUnreachable && code <= 1;  // to the network or the host
  bool hard = false;                                      // RFC 1122 section 4.2.3.9: protocol and port unreachable
  Error error = Error::HostUnreach;
  if (type == kUnreachable) {
    if (code >= kUnreachableErrors.size()) return;
    error = kUnreachableErrors[code];
    hard = code == 2 || code == 3;
  } else if (type == kParameterProblem) {
    error = Error::Protocol;
  } else if (type != kTimeExceeded) {
    return;
  }
  if (e->kind == DemuxTable::Kind::SynReceived && !fragmentation_needed) {
    // Linux takes back a handshake whose answer cannot reach its peer; nobody is there to be told of a soft error.
    static_cast<SynReceived*>(e->who)->on_icmp_error(type != kUnreachable || no_way, quote.seq, now);
  } else if (e->kind == DemuxTable::Kind::Connection) {
    auto& connection = *static_cast<Connection*>(e->who);
    if (fragmentation_needed) {
      connection.on_fragmentation_needed(mtu, quote.seq, now);
    } else {
      connection.on_unreachable(error, hard, no_way, quote.seq, now);
    }
  }
}

void Layer::on_capture_read() {
  for (const std::unique_ptr<Connection>& c : connections_) {
    if (c != nullptr) c->receiver_.on_capture_read();
  }
}

void Layer::on_path_changed(Time now) {
  for (const std::unique_ptr<Connection>& c : connections_) {
    if (c != nullptr) c->on_path_changed(now);
  }
}

Connection& Layer::make_connection(const FourTuple& id, std::shared_ptr<const TcpConfig> config, Time now) {
  std::uint32_t index;
  if (free_connections_.empty()) {
    index = static_cast<std::uint32_t>(connections_.size());
    connections_.emplace_back();
  } else {
    index = free_connections_.back();
    free_connections_.pop_back();
  }
  connections_[index] = std::make_unique<Connection>(*this, id, std::move(config), index, now);
  Connection& c = *connections_[index];
  if (is_captured_) {
    c.receiver_.set_captured();
    c.tally_ = std::make_unique<SegmentTally>();
  }
  table_.insert(id, DemuxTable::Kind::Connection, &c);
  c.in_table_ = true;
  return c;
}

void Layer::destroy(Connection& connection, Time now) {
  connection.observer_->on_end(connection, now);
  if (connection.fast_open_ != nullptr) connection.end_fast_open(now);
  connection.leave_table();
  const std::uint32_t index = connection.index_;
  connections_[index].reset();
  free_connections_.push_back(index);
}

Connection* Layer::promote(SynReceived& record, const Packet& ack, Time now) {
  Listener& listener = *record.listener_;
  const FourTuple id = record.id_;
  const SynReceived kept = record;
  record.forget();
  Connection& c = make_accepted(listener, id, now);
  c.open_passively(kept, ack, now);
  listener.ready_.push(&c);
  return &c;
}

Connection& Layer::make_accepted(Listener& listener, const FourTuple& id, Time now) {
  Connection& c = make_connection(id, listener.config_, now);
  c.observer_ = listener.observer_;
  c.tag_ = listener.tag_;
  c.listener_ = &listener;
  c.unaccepted_ = true;
  c.observer_->on_open(c, now);
  return c;
}

void Layer::close_listener(Listener& listener, Time now) {
  std::vector<SynReceived*> handshakes;
  table_.for_each([&](const DemuxTable::Entry& e) {
    if (e.kind == DemuxTable::Kind::SynReceived && static_cast<SynReceived*>(e.who)->listener_ == &listener) {
      handshakes.push_back(static_cast<SynReceived*>(e.who));
    }
  });
  // In the order of their ports and addresses: the table's own order must not show.
  std::sort(handshakes.begin(), handshakes.end(), [](const SynReceived* a, const SynReceived* b) {
    return a->id_.remote != b->id_.remote ? a->id_.remote < b->id_.remote : a->id_.remote_port < b->id_.remote_port;
  });
  for (SynReceived* const h : handshakes) h->end(Cause::Close, now);
  while (!listener.ready_.empty()) {
    Connection* const c = listener.ready_.front();
    listener.ready_.pop();
    c->unaccepted_ = false;
    c->abort(now);
  }
  listener.observer_->on_state({listener.tag_, listener.local_, {}, State::Listen, State::Closed, Cause::Close, now});
  table_.erase({listener.local_.address, {}, listener.local_.port, 0});
  if (listener.fast_open_ != nullptr) listener.fast_open_->stop_listening();
  std::erase_if(listeners_, [&](const auto& l) { return l.get() == &listener; });
}

}  // namespace wirelab::tcp
