// Making segments and deciding when they leave: RFC 9293 sections 3.7.4 (Nagle), 3.8.6.2.1 (silly windows) and 3.10.2.
// Which segments are lost and how much the network takes is the sender's decision.

#include <algorithm>

#include "tcp/connection.h"
#include "tcp/isn.h"
#include "tcp/layer.h"
#include "tcp/segment.h"

namespace wirelab::tcp {

std::uint64_t Connection::unsent() const {
  const std::uint32_t flight = static_cast<std::uint32_t>(sender_.snd_nxt() - sender_.snd_una());
  return send_buffer_.used() - (flight - (fin_sent_ && !fin_is_acked() ? 1u : 0u));
}

std::uint32_t Connection::window_room() const {
  const std::int32_t room = sender_.window_edge() - sender_.snd_nxt();
  return room > 0 ? static_cast<std::uint32_t>(room) : 0;
}

/// Payload of a full segment now: SACK blocks that ride along take their place from it.
std::uint32_t Connection::segment_limit() const {
  const std::uint32_t blocks = terms_.sack ? receiver_.sack_block_count() : 0;
  if (blocks == 0) return sender_.smss();
  const std::uint32_t most = terms_.timestamps ? 3 : 4;
  return sender_.smss() - (4 + 8 * std::min(blocks, most));
}

/// Linux's small queues: two bursts, or a millisecond at the pacing rate (twice the window per round trip in slow
/// start, 1.2 times it later).
std::uint32_t Connection::least_egress_limit() const {
  return 2 * config_->min_burst * (sender_.smss() + kFixedHeaders + option_bytes());
}

std::uint32_t Connection::egress_limit() const {
  const std::uint64_t segment = sender_.smss() + kFixedHeaders + option_bytes();
  const std::uint64_t bursts = least_egress_limit();
  if (pacer_ != nullptr && pacer_->rate() != Pacer::kUnlimited) {
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(pacer_->rate() / 1024, bursts, 1u << 30));
  }
  const auto srtt = static_cast<std::uint64_t>(sender_.rtt().srtt().us());
  if (srtt == 0) return static_cast<std::uint32_t>(std::max(bursts, 10 * segment));
  const std::uint64_t percent = sender_.in_slow_start() ? 200 : 120;
  const std::uint64_t millisecond = sender_.window().cwnd * segment * 10 * percent / srtt;
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(millisecond, bursts, 1u << 30));
}

bool Connection::egress_is_full(Time now) {
  return egress_.is_full(now, least_egress_limit(), [this] { return egress_limit(); });
}

/// What left last ends its burst, though more was to follow.
void Connection::end_burst() {
  if (burst_.left == 0) return;
  burst_.left = 0;
  sender_.end_burst();
}

void Connection::transmit(Time now, bool one_burst) {
  const bool has_new = unsent() > 0 || fin_waits();
  if (!has_new && sender_.nothing_in_flight()) {
    sender_.note_time(SendTimes::Kind::Idle, now);
    return;
  }
  sender_.begin_output();
  bool sent = false, sent_new = false, resent = false, stopped_by_cwnd = false;
  if (mtu_probe_ && !one_burst) {
    const Probing probing = send_mtu_probe(now);
    if (probing == Probing::Waits) return;
    sent = sent_new = probing == Probing::Sent;
  }
  while (true) {
    if (pacer_ != nullptr && pacing_holds_back(now)) break;
    if (burst_.left == 0 && egress_is_full(now)) {
      deadlines_.set(Egress, egress_.room_at());
      break;
    }
    const bool new_data_ready = window_room() > 0 && unsent() > 0;
    // Until our SYN-ACK is acknowledged nothing but that is sent again.
    if (const auto range = half_open_ ? std::nullopt : sender_.next_retransmission(new_data_ready); range) {
      if (!resend(*range, now)) break;
      sent = resent = true;
      continue;
    }
    if (resent) end_burst();
    resent = false;
    if (!send_new_segment(now, stopped_by_cwnd)) {
      end_burst();
      if (sender_.end_new_data_first()) continue;
      break;
    }
    sent = sent_new = true;
    if (burst_.left == 0) {
      if (wants_room_) widen_send_buffer(now);
      if (one_burst) break;
    }
  }
  end_burst();
  by_timeout_ = false;
  if (pacer_ != nullptr) pacer_->end_burst(now);
  if (sent) changes_ |= change::Sent;
  const bool by_window = !stopped_by_cwnd && window_room() < std::min<std::uint64_t>(unsent(), segment_limit());
  sender_.after_output(now, {has_new, sent_new, stopped_by_cwnd, !is_writable()});
  sender_.note_time(by_window ? SendTimes::Kind::WindowLimited : unlimited_or_buffer(sent_new), now);
}

/// What an ACK with text of its own proves lost leaves before that text is looked at, and does not acknowledge it
/// (Linux).
void Connection::resend_lost(Time now) {
  bool resent = false;
  while (pacer_ == nullptr || !pacing_holds_back(now)) {
    if (burst_.left == 0 && egress_is_full(now)) break;
    const auto range = sender_.next_retransmission(window_room() > 0 && unsent() > 0);
    if (!range || !resend(*range, now)) break;
    resent = true;
  }
  if (!resent) return;
  end_burst();
  changes_ |= change::Sent;
}

/// Linux's chronograph: with all sent and cwnd not used up, a writer that found the buffer full is what limits us.
SendTimes::Kind Connection::unlimited_or_buffer(bool sent) const {
  if (!wants_room_ || unsent() != 0) return SendTimes::Kind::Busy;
  const bool begins = sent && !sender_.is_cwnd_limited();
  const bool goes_on = sender_.times().kind() == SendTimes::Kind::BufferLimited;
  return begins || goes_on ? SendTimes::Kind::BufferLimited : SendTimes::Kind::Busy;
}

bool Connection::send_new_segment(Time now, bool& stopped_by_cwnd) {
  const std::uint64_t waiting = unsent();
  const std::uint32_t room = window_room();
  if ((waiting == 0 && !fin_waits()) || room == 0) return false;
  const Segments budget = sender_.send_budget();
  if (budget == 0) {
    stopped_by_cwnd = true;
    return false;
  }
  if (waiting == 0) {  // as Linux since 6.14, the window counts for a FIN alone, too
    fin_sent_ = transmit_segment(sender_.snd_nxt(), 0, tcp_flag::Fin | tcp_flag::Ack, true, now);
    if (fin_sent_) sender_.on_sent_new(now, 1);
    return fin_sent_;
  }
  const std::uint64_t position = send_buffer_.end() - waiting;
  const std::uint64_t in_record = send_buffer_.record_end(position) - position;
  const std::uint32_t full = segment_limit();
  const auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>({in_record, full, room}));
  if (length < full) {
    if (length < in_record) {
      // Cut by the peer's window: worth sending from half of the largest window on; else the persist timer overrides.
      if (length < sender_.max_window() / 2) return false;
    } else if (in_record == waiting && !may_send_small(length)) {
      return false;
    }
  } else if (burst_.left == 0 && !begin_burst(budget, in_record, waiting, room, now, stopped_by_cwnd)) {
    return false;
  }
  if (burst_.left == 0) burst_.begin(1);  // a segment that is not full leaves alone
  --burst_.left;
  return send_data_segment(length, now);
}

/// The next `length` bytes of new data; with the FIN, if they are the last and there is room for it. Precondition: they
/// fit the peer's window.
bool Connection::send_data_segment(std::uint32_t length, Time now) {
  const bool is_last = length == unsent();
  const bool with_fin = fin_waits() && is_last && window_room() > length;
  burst_.marks |= send_buffer_.marks_until(sent_position() + length);
  const bool push = burst_.ends() && (burst_.is_long || (burst_.marks & SendBuffer::Push) != 0);
  auto flags = static_cast<std::uint8_t>(tcp_flag::Ack | (push ? tcp_flag::Psh : 0) | (with_fin ? tcp_flag::Fin : 0));
  if (terms_.ecn && sender_.wants_cwr_flag()) flags |= tcp_flag::Cwr;
  const Seq seq = sender_.snd_nxt();
  if (!transmit_segment(seq, length, flags, true, now)) {
    burst_.marks = 0;
    return false;
  }
  send_buffer_.on_sent(sent_position() + length);
  if (length < segment_limit()) nagle_.on_small_sent(seq + length);
  if (with_fin) fin_sent_ = true;
  std::uint8_t ends = 0;
  if (burst_.ends()) {
    ends = SegmentRecord::OfBurst;
    if ((burst_.marks & SendBuffer::Push) != 0) ends |= SegmentRecord::Pushed;
    if ((burst_.marks & SendBuffer::EndOfRecord) != 0) ends |= SegmentRecord::OfRecord;
    burst_.marks = 0;
    burst_.is_long = false;
  }
  sender_.on_sent_new(now, length + (with_fin ? 1 : 0), ends);
  return true;
}

/// A segment that is not full may leave: `length` bytes, or a FIN alone.
bool Connection::may_send_small(std::uint64_t length) const {
  if (fin_wanted_ || is_urgent()) return true;
  return nagle_.lets_go(length, sender_.snd_una(), sender_.snd_nxt(), config_->nagle_minshall);
}

/// The burst is what leaves together again: lost segments of one burst, cut anew to what may leave now.
bool Connection::resend(SeqRange range, Time now) {
  // Beside SACK blocks of ours, and on a path that has become smaller, less fits than when it was sent first;
  // and what left together may be cut to longer segments than then.
  const bool with_fin = fin_sent_ && range.end == fin_seq() + 1;
  const std::uint32_t most = segment_limit(), length = range.length() - (with_fin ? 1 : 0);
  const bool goes_on = (sender_.offered_ends() & SegmentRecord::OfBurst) == 0;
  if (length > most || (length < most && goes_on)) range = sender_.shorten_offered(most);
  if (burst_.left == 0) burst_.begin(sender_.begin_resent_burst(burst_limit()));
  --burst_.left;
  const bool push = (burst_.ends() && burst_.is_long) || (sender_.offered_ends() & SegmentRecord::Pushed) != 0;
  if (burst_.ends()) burst_.is_long = false;
  if (!send_again(range, push, now)) {
    burst_.left = 0;
    sender_.on_resend_refused(now, range, by_timeout_);
    return false;
  }
  sender_.on_retransmitted(now, range, ts_.clock(now));
  return true;
}

bool Connection::send_again(SeqRange range, bool push, Time now) {
  std::uint32_t length = range.length();
  const bool with_fin = fin_sent_ && range.end == fin_seq() + 1;
  if (with_fin) --length;
  if (tally_ != nullptr) tally_->bytes_resent += length;
  const auto flags = static_cast<std::uint8_t>(tcp_flag::Ack | (with_fin ? tcp_flag::Fin : 0) |
                                               (push && length > 0 ? tcp_flag::Psh : 0));
  return transmit_segment(range.first, length, flags, false, now);
}

bool Connection::transmit_segment(Seq seq, std::uint32_t length, std::uint8_t flags, bool is_new, Time now) {
  Packet* const p = make_segment(seq, length, flags, now);
  if (terms_.ecn && is_new && length > 0) p->tos |= kEct0;  // RFC 3168 section 6.1.5: not on retransmissions
  if (length > 0) {
    p->payload_stream = stream_;
    p->payload_offset = send_buffer_.una() + static_cast<std::uint32_t>(seq - sender_.snd_una());
    receiver_.acks.on_data_sent(now);
  }
  const std::uint64_t offset = p->payload_offset;
  const bool taken = hand_over(p, now);
  if (!taken && is_new) sender_.on_refused(now);
  if (taken && length > 0 && pacer_ != nullptr) pacer_->on_sent(length);
  if (notices_ && length > 0) notices_->on_transmitted(offset, offset + length, now);
  return taken;
}

/// A segment with ACK: it offers the window and clears what was pending.
Packet* Connection::make_segment(Seq seq, std::uint32_t length, std::uint8_t flags, Time now) {
  bool tight = false;
  const std::uint16_t window =
      receiver_.window.offer(receiver_.rcv_nxt(), receiver_.used(), receiver_.acks.rcv_mss(), &tight);
  if (tight) receiver_.acks.on_tight_buffer();
  if (ecn_echo_) flags |= tcp_flag::Ece;
  Packet* const p = make_bare_segment(layer_->output().domain(), id_, seq, receiver_.rcv_nxt(), flags, window);
  if (!config_->mtu_discovery) p->marks &= static_cast<std::uint8_t>(~mark::DontFragment);
  p->payload = static_cast<std::uint16_t>(length);
  p->size = static_cast<std::uint16_t>(p->size + length);
  if (terms_.ecn && sender_.cc_needs().ecn) p->tos |= kEct0;  // ACKs and retransmissions too
  if (terms_.timestamps) ts_.put_on(*p, now);
  if (terms_.sack && receiver_.sack_block_count() != 0) {
    add_sack(*p, length);
    receiver_.on_sack_sent();
  }
  if (urgent_) mark_urgent(*p, seq);
  last_ack_sent_ = receiver_.rcv_nxt();
  receiver_.acks.on_ack_sent(*config_);
  deadlines_.clear(DelayedAck);
  return p;
}

/// RFC 9293 section 3.8.5: every segment before the end of urgent data points at it, as far as 16 bits reach.
void Connection::mark_urgent(Packet& p, Seq seq) {
  if (!is_urgent() || seq >= snd_up_) return;
  const auto ahead = static_cast<std::uint32_t>(snd_up_ - seq);
  if (ahead > 65535 && seq + 65535 <= snd_nxt()) return;  // later ones will (Linux)
  p.flags |= tcp_flag::Urg;
  layer_->output().domain().pool.extend(p).urgent_pointer = static_cast<std::uint16_t>(std::min(ahead, 65535u));
}

/// As many blocks as the segment leaves room for.
void Connection::add_sack(Packet& p, std::uint32_t length) {
  const std::uint32_t most = terms_.timestamps ? 3 : 4;
  const std::uint32_t space = length == 0 ? 40 : sender_.smss() > length ? sender_.smss() - length : 0;
  if (space < 12) return;
  Extension& e = layer_->output().domain().pool.extend(p);
  e.sack_count = receiver_.sack_blocks(e.sack, static_cast<std::uint8_t>(std::min(most, (space - 4) / 8)));
  if (e.sack_count != 0) p.size = static_cast<std::uint16_t>(p.size + 4 + 8 * e.sack_count);
}

bool Connection::hand_over(Packet* p, Time now) {
  const std::uint32_t bytes = p->payload == 0 ? 0 : p->size;
  if (tally_ != nullptr) tally_->on_sent(p->payload);
  ++layer_->counters_.segments_out;
  const Time at = layer_->waking_.leaves(now, config_->wakeup);
  const SendResult result = layer_->output().send(p, at);
  if (result.error != Error::None) soft_error_ = result.error;
  if (bytes != 0 && result.leaves > at) {
    // The time to wake up is the host's and not the port's.
    egress_.on_sent(bytes, result.leaves - (at - now), now, least_egress_limit(), [this] { return egress_limit(); });
  }
  return !result.refused;
}

void Connection::send_syn(Time now) {
  Domain& domain = layer_->output().domain();
  const bool answers = state_ == State::SynReceived || half_open_;
  std::uint8_t flags = tcp_flag::Syn;
  if (answers) {
    flags |= tcp_flag::Ack;
    if (terms_.ecn && !(half_open_ && opening_.resent != 0)) flags |= tcp_flag::Ece;
  } else if (opening_.asks_ecn) {
    flags |= tcp_flag::Ece | tcp_flag::Cwr;
  }
  const Seq ack = answers ? receiver_.rcv_nxt() : Seq(0);
  Packet* const p = make_bare_segment(domain, id_, iss_, ack, flags, syn_window(opening_.offered.rcv_wnd));
  // In a simultaneous open our own SYN goes out again, with an ACK (Linux).
  const bool by_terms = half_open_;
  const bool timestamps = by_terms ? terms_.timestamps : config_->timestamps;
  const bool scaling = by_terms ? terms_.scaling : config_->window_scaling;
  if (timestamps) add_timestamps(*p, ts_.clock(now), answers ? ts_.recent : 0);
  add_syn_options(domain.pool, *p,
                  {opening_.announced_mss, static_cast<std::uint8_t>(scaling ? opening_.offered.wscale + 1 : 0),
                   by_terms ? terms_.sack : config_->sack, timestamps});
  if (fast_open_ != nullptr && opening_.resent == 0) put_fast_open(*p);
  if (sender_.cc_needs().ecn) p->tos |= kEct0;  // as Linux; RFC 3168 has it on data alone
  opening_.syn_sent = true;
  changes_ |= change::Sent;
  hand_over(p, now);
}

}  // namespace wirelab::tcp
