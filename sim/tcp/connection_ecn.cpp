// What ECN marks on segments mean to the receiver (RFC 3168 section 6.1.3, RFC 8257 section 3.2), and to its quick ACKs
// as Linux counts them.

#include "tcp/connection.h"
#include "tcp/segment.h"

namespace wirelab::tcp {

/// RFC 3168 section 6.1.3: CE is echoed on every ACK until the sender says CWR.
void Connection::note_ce(const Packet& p, Time now) {
  const bool is_capable = (p.tos & kCe) != 0, was_seen = ecn_seen_;
  if (is_capable) ecn_seen_ = true;
  if (!terms_.ecn) return;
  if (sender_.cc_needs().ecn) return echo_mark(p, now);
  if (p.has_flag(tcp_flag::Cwr)) {
    ecn_echo_ = false;
    // The peer's window may be a single segment now, so what this one brings is acknowledged at once.
    if (sequence_length(p) != 0) receiver_.acks.require_now();
  }
  AckPolicy& acks = receiver_.acks;
  constexpr std::uint32_t kTwo = 2;
  if (p.seq + p.payload <= receiver_.rcv_nxt()) return;  // nothing new
  // Not capable where others were: probably sent again, so the peer lacks an ACK (Linux).
  if (!is_capable && was_seen) acks.be_quick(*config_, receiver_.window.rcv_wnd(), kTwo);
  if ((p.tos & kCe) != kCe) return;
  if (!ecn_echo_) acks.be_quick(*config_, receiver_.window.rcv_wnd(), kTwo);
  ecn_echo_ = true;
}

/// RFC 8257 section 3.2: the echo says how this very segment came. When that changes, what is owed an ACK so far gets
/// it with the old echo first, and this segment its own at once.
void Connection::echo_mark(const Packet& p, Time now) {
  if (sequence_length(p) == 0) return;
  if (p.has_flag(tcp_flag::Cwr)) receiver_.acks.require_now();
  if ((p.tos & kCe) == 0) return;  // the peer did not make it ECN-capable
  const bool is_marked = (p.tos & kCe) == kCe;
  if (is_marked == ecn_echo_) return;
  if (deadlines_.is_set(DelayedAck)) send_ack(now);
  receiver_.acks.require_now();
  ecn_echo_ = is_marked;
}

}  // namespace wirelab::tcp
