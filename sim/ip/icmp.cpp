#include "ip/icmp.h"

#include <algorithm>

namespace wirelab {

bool IcmpRateLimit::allows(Ipv4Address destination, std::uint8_t type, std::uint8_t code, Time now) {
  if (interval_ <= Duration{}) return true;
  if (type != icmp::TimeExceeded && type != icmp::Unreachable) return true;
  if (type == icmp::Unreachable && code == icmp::FragmentationNeeded) return true;
  if (buckets_.size() >= kMaxBuckets && !buckets_.contains(destination.bits())) buckets_.clear();

  const Duration full = interval_ * burst_;
  Bucket& b = buckets_.try_emplace(destination.bits(), Bucket{full, now}).first.value();
  b.credit = std::min(full, b.credit + (now - b.since));
  b.since = now;
  if (b.credit < interval_) return false;
  b.credit -= interval_;
  return true;
}

IcmpQuote quote_of(const Packet& p) {
  IcmpQuote q{};
  q.src = p.src;
  q.dst = p.dst;
  q.sport = p.sport;
  q.dport = p.dport;
  q.seq = p.seq;
  q.id = p.id;
  q.size = p.size;
  q.protocol = static_cast<std::uint8_t>(p.protocol);
  q.ttl = p.ttl;
  q.tos = p.tos;
  q.marks = static_cast<std::uint8_t>(p.marks & (mark::DontFragment | mark::Fragment));
  if (p.protocol == Protocol::Udp) q.udp_length = static_cast<std::uint16_t>(kUdpHeaderBytes + p.payload);
  return q;
}

bool may_report(const Packet& p, const Extension* extension) {
  if (p.protocol == Protocol::Icmp && icmp::is_error_type(icmp::type_of(p))) return false;
  if (p.dst.is_multicast() || p.dst.is_limited_broadcast()) return false;
  if (p.has(mark::Fragment) && extension != nullptr && extension->fragment.first != 0) return false;
  const std::uint32_t net = p.src.bits() >> 24;
  return net != 0 && net < 224;
}

}  // namespace wirelab
