#include "ip/counters.h"

namespace wirelab {

IpCounters& IpCounters::operator+=(const IpCounters& other) {
  received += other.received;
  sent += other.sent;
  delivered += other.delivered;
  forwarded += other.forwarded;
  datagrams_fragmented += other.datagrams_fragmented;
  fragments_created += other.fragments_created;
  datagrams_reassembled += other.datagrams_reassembled;
  reassembly_timeouts += other.reassembly_timeouts;
  reassembly_conflicts += other.reassembly_conflicts;
  reassembly_evictions += other.reassembly_evictions;
  ttl_expired += other.ttl_expired;
  no_route += other.no_route;
  mtu_exceeded += other.mtu_exceeded;
  denied += other.denied;
  malformed += other.malformed;
  header_corrupt += other.header_corrupt;
  not_for_us += other.not_for_us;
  icmp_sent += other.icmp_sent;
  icmp_received += other.icmp_received;
  icmp_rate_limited += other.icmp_rate_limited;
  return *this;
}

}  // namespace wirelab
