// The part of Ip that speaks ICMP.

#include <algorithm>

#include "ip/ip.h"

namespace wirelab {

namespace {
constexpr std::uint8_t kInternetworkControl = 0xc0;  // precedence of errors (RFC 1812 section 4.3.2.5)
}

Packet* Ip::make_icmp(Ipv4Address to, std::uint8_t type, std::uint8_t code, std::uint16_t payload) {
  Packet* const p = domain_.make();
  p->src = Ipv4Address{};
  p->dst = to;
  p->sport = icmp::word(type, code);
  p->dport = 0;
  p->seq = p->ack = Seq(0);
  p->ts_val = p->ts_ecr = 0;
  p->payload_stream = 0;
  p->payload_offset = 0;
  p->size = static_cast<std::uint16_t>(kIpv4HeaderBytes + kIcmpHeaderBytes + payload);
  p->payload = payload;
  p->window = 0;
  p->flags = p->tos = 0;
  p->protocol = Protocol::Icmp;
  return p;
}

void Ip::send_icmp_error(const Packet& p, IcmpError error, Time now) {
  const Extension* const extension = p.extension != 0 ? &domain_.pool.extension(p) : nullptr;
  if (!may_report(p, extension)) return;
  if (table_.find(p.dst).kind == RouteDecision::Kind::Broadcast) return;
  if (!icmp_limit_.allows(p.src, error.type, error.code, now)) {
    ++counters_.icmp_rate_limited;
    return;
  }
  const IcmpQuote quote = quote_of(p);
  Packet* const report = make_icmp(p.src, error.type, error.code, kIpv4HeaderBytes + 8);
  if (is_local(p.dst)) report->src = p.dst;
  report->seq = Seq(error.mtu);  // second word: unused, or the next-hop MTU in its low half (RFC 1191 section 4)
  report->tos = kInternetworkControl;
  domain_.pool.extend(*report).quote = quote;
  ++counters_.icmp_sent;
  send(report, now);
}

void Ip::receive_icmp(Packet* p, Time now) {
  if (p->has(mark::Corrupt)) return domain_.drop(p, DropReason::Corrupt);
  ++counters_.icmp_received;
  switch (icmp::type_of(*p)) {
    case icmp::EchoRequest: answer_echo(*p, now); break;
    case icmp::EchoReply: {
      const auto user = echo_users_.find(icmp::identifier_of(*p));
      if (user != echo_users_.end()) user->second->on_echo_reply(*p, now);
      break;
    }
    case icmp::Unreachable:
    case icmp::TimeExceeded: receive_icmp_error(*p, now); break;
    default: break;  // RFC 1122 section 3.2.2: an unknown type is silently discarded
  }
  domain_.deliver(p);
}

/// RFC 1122 section 3.2.2.6: the source is the address that was asked, and all data come back. Requests to a broadcast
/// address go unanswered, as the RFC allows and Linux does.
void Ip::answer_echo(const Packet& request, Time now) {
  if (!is_local(request.dst)) return;
  Packet* const reply = make_icmp(request.src, icmp::EchoReply, 0, request.payload);
  reply->src = request.dst;
  reply->seq = request.seq;
  reply->payload_stream = request.payload_stream;
  reply->payload_offset = request.payload_offset;
  reply->tos = request.tos;
  ++counters_.icmp_sent;
  send(reply, now);
}

void Ip::receive_icmp_error(const Packet& p, Time now) {
  if (p.extension == 0) return;
  const IcmpQuote quote = domain_.pool.extension(p).quote;  // by value: what is called below may make extensions
  if (!is_local(quote.src)) return;
  IcmpError error{icmp::type_of(p), icmp::code_of(p), 0};
  if (error.type == icmp::Unreachable && error.code == icmp::FragmentationNeeded) {
    error.mtu = static_cast<std::uint16_t>(p.seq.raw() & 0xffff);
    knows_path_mtu_ = true;
    path_mtu_.learn(quote.dst, error.mtu, mtu_to(quote.dst, now), now);
  }
  if (quote.protocol == static_cast<std::uint8_t>(Protocol::Icmp)) {
    const auto user = echo_users_.find(icmp::identifier_of(quote));
    if (user != echo_users_.end()) user->second->on_echo_error(quote, error, now);
  } else if (ProtocolHandler* const handler = handler_of(quote.protocol)) {
    handler->on_icmp_error(quote, error, now);
  }
}

std::uint16_t Ip::open_echo(EchoUser& user) {
  if (echo_users_.size() >= 0xffff) return 0;
  do { ++last_identifier_; } while (last_identifier_ == 0 || echo_users_.contains(last_identifier_));
  echo_users_.emplace(last_identifier_, &user);
  return last_identifier_;
}

void Ip::close_echo(std::uint16_t identifier) { echo_users_.erase(identifier); }

IpSendResult Ip::send_echo(const EchoRequest& request, Time now) {
  const std::uint16_t payload = std::min<std::uint16_t>(request.payload, kMaxEchoPayload);
  Packet* const p = make_icmp(request.destination, icmp::EchoRequest, 0, payload);
  p->seq = Seq(std::uint32_t{request.identifier} << 16 | request.sequence);
  p->payload_stream = request.payload_stream;
  if (request.dont_fragment) p->marks |= mark::DontFragment;
  ++counters_.icmp_sent;
  return send(p, now, request.ttl);
}

}  // namespace wirelab
