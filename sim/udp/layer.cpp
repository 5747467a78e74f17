#include "udp/layer.h"

#include "core/assert.h"

namespace wirelab::udp {

Layer::Socket Layer::open(User& user) {
  Socket s;
  if (free_.empty()) {
    s = static_cast<Socket>(sockets_.size());
    sockets_.emplace_back();
  } else {
    s = free_.back();
    free_.pop_back();
  }
  sockets_[s] = Slot{&user, {}, {}, kNone};
  return s;
}

void Layer::close(Socket s) {
  WIRELAB_ASSERT(sockets_[s].user != nullptr);
  if (sockets_[s].local.port != 0) detach(s);
  sockets_[s] = Slot{};
  free_.push_back(s);
}

Error Layer::bind(Socket s, Endpoint local) {
  if (sockets_[s].local.port != 0) return Error::Invalid;
  if (!local.address.is_unspecified() && !output_.is_own_address(local.address)) return Error::AddrNotAvail;
  if (local.port == 0) {
    local.port = ephemeral_port(local.address);
    if (local.port == 0) return Error::AddrNotAvail;
  } else if (is_taken(local)) {
    return Error::AddrInUse;
  }
  sockets_[s].local = local;
  attach(s);
  return Error::None;
}

Error Layer::connect(Socket s, Endpoint remote) {
  if (remote.port == 0 || remote.address.is_unspecified()) return Error::Invalid;
  const auto source = output_.source_for(remote.address);
  if (!source) return Error::NetUnreach;
  if (sockets_[s].local.port == 0) {
    if (const Error e = bind(s, {}); e != Error::None) return e;
  }
  if (sockets_[s].local.address.is_unspecified()) sockets_[s].local.address = *source;
  sockets_[s].remote = remote;
  return Error::None;
}

SendResult Layer::send_to(Socket s, Endpoint to, const Payload& payload, const SendOptions& options, Time now) {
  if (to.port == 0) return {Error::Invalid};
  if (payload.length > kMaxPayload) return {Error::MessageSize};
  if (sockets_[s].local.port == 0) {
    if (const Error e = bind(s, {}); e != Error::None) return {e};
  }
  const Endpoint local = sockets_[s].local;
  Packet* const p = output_.domain().make();
  p->src = local.address;
  p->dst = to.address;
  p->sport = local.port;
  p->dport = to.port;
  p->seq = p->ack = Seq(0);
  p->ts_val = p->ts_ecr = 0;
  p->payload_stream = payload.stream;
  p->payload_offset = payload.offset;
  p->size = static_cast<std::uint16_t>(kIpv4HeaderBytes + kUdpHeaderBytes + payload.length);
  p->payload = payload.length;
  p->window = 0;
  p->flags = 0;
  p->tos = options.tos;
  p->protocol = Protocol::Udp;
  if (options.dont_fragment) p->marks |= mark::DontFragment;
  ++counters_.sent;
  return output_.send(p, options.ttl, now);
}

void Layer::receive(Packet* p, Time now) {
  Domain& domain = output_.domain();
  if (p->has(mark::Corrupt)) {  // the checksum does not match (RFC 1122 section 4.1.3.4)
    ++counters_.corrupt;
    return domain.drop(p, DropReason::Corrupt);
  }
  const Socket s = find({p->dst, p->dport}, {p->src, p->sport});
  if (s == kNone) {
    ++counters_.no_port;
    output_.port_unreachable(*p, now);
    return domain.drop(p, DropReason::NoListener);
  }
  ++counters_.received;
  const Datagram d{
      {p->src, p->sport}, {p->dst, p->dport}, {p->payload_stream, p->payload_offset, p->payload}, p->ttl, p->tos};
  domain.deliver(p);
  sockets_[s].user->on_datagram(d, now);
}

void Layer::on_icmp_error(const IcmpQuote& quote, std::uint8_t type, std::uint8_t code, Time now) {
  const Socket s = find({quote.src, quote.sport}, {quote.dst, quote.dport});
  if (s == kNone || sockets_[s].remote.port == 0) return;
  Error e = Error::HostUnreach;  // and for what is not listed: time exceeded, source route failed, ...
  if (type == 3) {
    switch (code) {
      case 0: e = Error::NetUnreach; break;
      case 2: e = Error::NoProtocol; break;
      case 3: e = Error::ConnRefused; break;
      case 4: e = Error::MessageSize; break;
      default: break;
    }
  }
  sockets_[s].user->on_error(e, quote, now);
}

/// A connected socket before one that is not, an address before all addresses; never one connected elsewhere.
Layer::Socket Layer::find(Endpoint local, Endpoint remote) const {
  const auto it = ports_.find(local.port);
  if (it == ports_.end()) return kNone;
  Socket best = kNone;
  int best_score = -1;
  for (Socket s = it->second; s != kNone; s = sockets_[s].next) {
    const Slot& slot = sockets_[s];
    int score = 0;
    if (slot.remote.port != 0) {
      if (slot.remote != remote) continue;
      score += 2;
    }
    if (!slot.local.address.is_unspecified()) {
      if (slot.local.address != local.address) continue;
      score += 1;
    }
    if (score > best_score) {
      best = s;
      best_score = score;
    }
  }
  return best;
}

bool Layer::is_taken(Endpoint local) const {
  const auto it = ports_.find(local.port);
  if (it == ports_.end()) return false;
  for (Socket s = it->second; s != kNone; s = sockets_[s].next) {
    const Ipv4Address theirs = sockets_[s].local.address;
    if (local.address.is_unspecified() || theirs.is_unspecified() || theirs == local.address) return true;
  }
  return false;
}

std::uint16_t Layer::ephemeral_port(Ipv4Address address) {
  constexpr std::uint32_t range = kLastEphemeral - kFirstEphemeral + 1;
  for (std::uint32_t tried = 0; tried < range; ++tried) {
    const auto port = static_cast<std::uint16_t>(kFirstEphemeral + port_draw_++ % range);
    if (!is_taken({address, port})) return port;
  }
  return 0;
}

void Layer::attach(Socket s) {
  const auto [it, is_new] = ports_.try_emplace(sockets_[s].local.port, s);
  sockets_[s].next = kNone;
  if (is_new) return;
  Socket last = it->second;
  while (sockets_[last].next != kNone) last = sockets_[last].next;
  sockets_[last].next = s;
}

void Layer::detach(Socket s) {
  const auto it = ports_.find(sockets_[s].local.port);
  if (it->second != s) {
    Socket before = it->second;
    while (sockets_[before].next != s) before = sockets_[before].next;
    sockets_[before].next = sockets_[s].next;
  } else if (sockets_[s].next != kNone) {
    it.value() = sockets_[s].next;
  } else {
    ports_.erase(it);
  }
}

}  // namespace wirelab::udp
