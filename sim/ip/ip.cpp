#include "ip/ip.h"

#include <bit>

#include "core/assert.h"
#include "ip/flow_hash.h"

namespace wirelab {

using Kind = RouteDecision::Kind;

Ip::Ip(Domain& domain, TimerHeap& timers, const IpConfig& config)
    : domain_(domain),
      processing_(config.processing),
      forwards_(config.forwards),
      ttl_(config.ttl),
      ecmp_salt_(config.ecmp_salt),
      slot_(timers.attach(*this)),
      timers_(timers),
      reassembler_(domain, counters_, config.reassembly),
      icmp_limit_(config.icmp_interval, config.icmp_burst) {}

Ip::~Ip() { timers_.detach(slot_); }

InterfaceId Ip::add_interface(Port& port, Ipv4Address address, Ipv4Prefix prefix) {
  WIRELAB_ASSERT(port.mtu() >= kMinMtu);
  WIRELAB_ASSERT(prefix.contains(address) && !is_local(address));
  WIRELAB_ASSERT(interfaces_.size() < 0xffff);
  const auto id = static_cast<InterfaceId>(interfaces_.size());
  interfaces_.push_back(Interface{&port, address, prefix});
  table_.add_port(port);
  table_.add_local(address, prefix, id);
  table_.add(Route{prefix, NextHop{id, Ipv4Address{}}, 0, RouteOrigin::Connected});
  only_address_ = id == 0 ? address : Ipv4Address{};
  only_broadcast_ = id == 0 ? prefix.broadcast().value_or(Ipv4Address{}) : Ipv4Address{};
  return id;
}

void Ip::set_handler(Protocol protocol, ProtocolHandler& handler) {
  WIRELAB_ASSERT(protocol == Protocol::Tcp || protocol == Protocol::Udp);
  (protocol == Protocol::Tcp ? tcp_ : udp_) = &handler;
}

ProtocolHandler* Ip::handler_of(std::uint8_t protocol) const {
  if (protocol == static_cast<std::uint8_t>(Protocol::Tcp)) return tcp_;
  if (protocol == static_cast<std::uint8_t>(Protocol::Udp)) return udp_;
  return nullptr;
}

void Ip::set_deny(std::span<const Match> words) {
  deny_ = 0;
  for (const Match word : words) deny_ |= 1u << static_cast<unsigned>(word);
}

bool Ip::is_denied(const Packet& p) const {
  for (std::uint32_t left = deny_; left != 0; left &= left - 1) {
    if (matches(static_cast<Match>(std::countr_zero(left)), p)) return true;
  }
  return false;
}

// ---- Receiving

/// The tests that few packets need; drops the packet if it fails one (RFC 1812 sections 5.2.2 and 5.3.7).
bool Ip::passes_checks(Packet* p) {
  if (p->has(mark::Corrupt) && domain_.pool.extension(*p).corrupt_bit < kIpv4HeaderBytes * 8u) {
    ++counters_.header_corrupt;
    domain_.drop(p, DropReason::Corrupt);
    return false;
  }
  const std::uint32_t net = p->src.bits() >> 24;
  if (net == 0 || net == 127 || net >= 224) {
    ++counters_.malformed;
    domain_.drop(p, DropReason::Malformed);
    return false;
  }
  if (is_denied(*p)) {
    ++counters_.denied;
    domain_.drop(p, DropReason::Deny);
    return false;
  }
  return true;
}

void Ip::deliver(Packet* p, const RouteDecision& way, Time now) {
  // Nobody else can send from our address or from a broadcast address, and 127/8 never stands on a wire
  // (RFC 1122 section 3.2.1.3).
  const Kind source = table_.find(p->src).kind;
  if (source == Kind::Local || source == Kind::Broadcast || p->dst.is_loopback()) {
    ++counters_.malformed;
    return domain_.drop(p, DropReason::Malformed);
  }
  if (way.kind == Kind::Broadcast && p->protocol == Protocol::Tcp) {  // RFC 9293 section 3.9.2.3 (MUST-57)
    ++counters_.malformed;
    return domain_.drop(p, DropReason::Malformed);
  }
  deliver_here(p, now);
}

void Ip::deliver_fragment(Packet* p, Time now) {
  Packet* const whole = reassembler_.add(p, now);
  if (whole == nullptr) return timers_.arm(slot_, reassembler_.deadline());
  deliver_whole(whole, now);
}

void Ip::deliver_whole(Packet* p, Time now) {
  ++counters_.delivered;
  if (p->protocol == Protocol::Icmp) return receive_icmp(p, now);
  ProtocolHandler* const handler = handler_of(static_cast<std::uint8_t>(p->protocol));
  if (handler != nullptr) return handler->receive(p, now);
  send_icmp_error(*p, {icmp::Unreachable, icmp::ProtocolUnreachable}, now);
  domain_.drop(p, DropReason::NoListener);
}

// ---- Forwarding

/// RFC 1812 section 5.2.1, in Linux's order: route, time to live, MTU.
void Ip::forward(Packet* p, const RouteDecision& way, InterfaceId in, Time now) {
  if (!forwards_) {  // RFC 1122 section 3.2.1.3: silently
    ++counters_.not_for_us;
    return domain_.drop(p, DropReason::NoRoute);
  }
  if (way.kind == Kind::NoRoute) {
    ++counters_.no_route;
    return refuse_to_forward(p, {icmp::Unreachable, icmp::NetUnreachable}, DropReason::NoRoute, now);
  }
  if (way.kind == Kind::Connected && way.index == in) {
    // The link's other end has no such address either, or it would not have come from there: sending it back would
    // play ping-pong until the TTL is spent (RFC 4443 section 3.1 has the same rule).
    ++counters_.no_route;
    return refuse_to_forward(p, {icmp::Unreachable, icmp::HostUnreachable}, DropReason::NoRoute, now);
  }
  if (p->ttl <= 1) {
    ++counters_.ttl_expired;
    return refuse_to_forward(p, {icmp::TimeExceeded, icmp::TtlInTransit}, DropReason::Ttl, now);
  }
  Port& out = choose(way, *p);
  if (p->size > out.mtu()) return forward_in_fragments(p, out, now);
  --p->ttl;
  ++counters_.forwarded;
  out.send(p, now);
}

void Ip::forward_in_fragments(Packet* p, Port& out, Time now) {
  if (p->has(mark::DontFragment)) {
    ++counters_.mtu_exceeded;
    return refuse_to_forward(p, {icmp::Unreachable, icmp::FragmentationNeeded, out.mtu()}, DropReason::MtuExceeded,
                             now);
  }
  --p->ttl;
  ++counters_.forwarded;
  send_in_fragments(p, out, out.mtu(), now);
}

void Ip::refuse_to_forward(Packet* p, IcmpError error, DropReason why, Time now) {
  send_icmp_error(*p, error, now);
  domain_.drop(p, why);
}

Port& Ip::choose(const RouteDecision& way, const Packet& p) const {
  if (way.kind != Kind::Multipath) return *way.port;
  const std::span<const InterfaceId> members = table_.members(way.index);
  const auto member = pick_member(flow_hash(p, ecmp_salt_), static_cast<std::uint32_t>(members.size()));
  return *interfaces_[members[member]].port;
}

// ---- Sending

IpSendResult Ip::send(Packet* p, Time now, std::uint8_t ttl) {
  const bool from_us = p->src == only_address_ || p->src.is_unspecified() || table_.find(p->src).kind == Kind::Local;
  const RouteDecision way = table_.find_again(p->dst);
  ++counters_.sent;
  p->ttl = ttl != 0 ? ttl : ttl_;
  p->id = next_id(*p);
  if (way.kind == Kind::NoRoute) return refuse(p, IpError::NoRoute, DropReason::NoRoute);
  if (p->src.is_unspecified()) {
    p->src = source_by(way, p->dst);
  } else if (!from_us) {
    return refuse(p, IpError::BadAddress, DropReason::Malformed);
  }
  if (way.kind == Kind::Local) return loop_back(p, now);

  Port& out = choose(way, *p);
  std::uint16_t mtu = out.mtu();
  if (knows_path_mtu_) {
    if (const PathMtuCache::Entry* known = path_mtu_.find(p->dst, now); known != nullptr && known->mtu <= mtu) {
      mtu = known->mtu;
      if (known->fragment) p->marks = static_cast<std::uint8_t>(p->marks & ~mark::DontFragment);
    }
  }
  if (p->size > mtu) {
    if (p->has(mark::DontFragment)) return refuse(p, IpError::MtuExceeded, DropReason::MtuExceeded);
    return send_in_fragments(p, out, mtu, now);
  }
  const SendOutcome outcome = out.send(p, now);
  return {IpError::None, outcome.queued, outcome.leaves};
}

IpSendResult Ip::refuse(Packet* p, IpError error, DropReason why) {
  if (error == IpError::NoRoute) ++counters_.no_route;
  if (error == IpError::MtuExceeded) ++counters_.mtu_exceeded;
  if (error == IpError::BadAddress) ++counters_.malformed;
  domain_.drop(p, why);
  return {error, false, Time{}};
}

IpSendResult Ip::send_in_fragments(Packet* p, Port& out, std::uint16_t mtu, Time now) {
  fragments_.clear();
  fragment(domain_, p, mtu, fragments_);
  ++counters_.datagrams_fragmented;
  counters_.fragments_created += fragments_.size();
  IpSendResult result{IpError::None, true, now};
  for (Packet* const f : fragments_) {
    const SendOutcome outcome = out.send(f, now);
    result.queued = result.queued && outcome.queued;
    result.leaves = outcome.queued ? outcome.leaves : result.leaves;
  }
  return result;
}

IpSendResult Ip::loop_back(Packet* p, Time now) {
  const Time after = loopback_.empty() || loopback_.back().due < now ? now : loopback_.back().due;
  loopback_.push(Delayed{after + kLoopbackTime, p, 0});
  timers_.arm(slot_, after + kLoopbackTime);
  return {IpError::None, true, now};
}

/// Unique for each (source, destination, protocol) within 65,536 packets (RFC 6864): a counter shared by what hashes
/// alike only leaves gaps.
std::uint16_t Ip::next_id(const Packet& p) {
  const std::uint32_t h = (p.dst.bits() + static_cast<std::uint32_t>(p.protocol)) * 0x9e3779b1u;
  return ids_[h >> 26]++;
}

Ipv4Address Ip::source_by(const RouteDecision& way, Ipv4Address destination) const {
  switch (way.kind) {
    case Kind::Local: return destination;
    case Kind::Unset:
    case Kind::NoRoute: return {};
    case Kind::Multipath: return interfaces_[table_.members(way.index)[0]].address;
    default: return interfaces_[way.index].address;
  }
}

Ipv4Address Ip::source_for(Ipv4Address destination) { return source_by(table_.find(destination), destination); }

std::uint16_t Ip::mtu_to(Ipv4Address destination, Time now) {
  const RouteDecision way = table_.find(destination);
  if (way.kind == Kind::Local) return kLoopbackMtu;
  if (way.kind == Kind::NoRoute) return 0;
  const InterfaceId first = way.kind == Kind::Multipath ? table_.members(way.index)[0] : way.index;
  const std::uint16_t mtu = interfaces_[first].port->mtu();
  const PathMtuCache::Entry* const known = path_mtu_.find(destination, now);
  return known != nullptr && known->mtu < mtu ? known->mtu : mtu;
}

// ---- Time

void Ip::delay(Packet* p, InterfaceId in, Time now) {
  const Time due = now + processing_->next();
  const Time in_order = delayed_.empty() || delayed_.back().due < due ? due : delayed_.back().due;
  delayed_.push(Delayed{in_order, p, in});
  timers_.arm(slot_, in_order);
}

void Ip::on_timer(Time now) {
  while (!delayed_.empty() && delayed_.front().due <= now) {
    const Delayed d = delayed_.front();
    delayed_.pop();
    process(d.packet, d.in, now);
  }
  while (!loopback_.empty() && loopback_.front().due <= now) {
    Packet* const p = loopback_.front().packet;
    loopback_.pop();
    deliver_whole(p, now);
  }
  while (Packet* const first = reassembler_.expire(now)) {  // RFC 792: only if the first fragment has come
    send_icmp_error(*first, {icmp::TimeExceeded, icmp::ReassemblyTime}, now);
    domain_.drop(first, DropReason::Reassembly);
  }
  if (!delayed_.empty()) timers_.arm(slot_, delayed_.front().due);
  if (!loopback_.empty()) timers_.arm(slot_, loopback_.front().due);
  if (!reassembler_.deadline().is_never()) timers_.arm(slot_, reassembler_.deadline());
}

}  // namespace wirelab
