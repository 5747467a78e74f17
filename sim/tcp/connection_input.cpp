// Segment arrival: RFC 9293 section 3.10.7, its steps by name and in its order, with RFC 5961 and RFC 7323.

#include <algorithm>

#include "tcp/connection.h"
#include "tcp/layer.h"
#include "tcp/segment.h"
#include "tcp/segment_size.h"

namespace wirelab::tcp {

namespace {

/// Of the handshake's last ACK for data to ride on (Linux's TCP_DELACK_MAX).
constexpr Duration kHandshakeAckWait = Duration::ms(200);

}  // namespace

void Connection::receive(Packet* p, Time now) {
  if (tally_ != nullptr) tally_->on_received(*p);
  if (state_ == State::Established && receive_fast(*p, now)) {
    layer_->output().domain().deliver(p);
    finish(now);
    return;
  }
  if (state_ == State::SynSent) {
    receive_in_syn_sent(*p, now);
  } else if (orphan_ && state_ == State::FinWait2 && lingers_as_record()) {
    receive_orphaned(*p, now);
  } else {
    receive_synchronized(*p, now);
  }
  layer_->output().domain().deliver(p);
  finish(now);
}

/// Header prediction: the next data segment or an ACK of data in flight, with nothing special about it. What it does
/// is what the steps below would do.
bool Connection::receive_fast(const Packet& p, Time now) {
  if ((p.flags & ~tcp_flag::Psh) != tcp_flag::Ack || p.seq != receiver_.rcv_nxt() || p.extension != 0) return false;
  if (terms_.ecn && ecn_echo_) return false;
  if ((p.tos & kCe) != 0 ? (p.tos & kCe) == kCe || !ecn_seen_ : ecn_seen_ && terms_.ecn && p.payload != 0) return false;
  if (terms_.timestamps) {
    if (!p.has(mark::Timestamps) || static_cast<std::int32_t>(p.ts_val - ts_.recent) < 0) return false;
  }
  if (p.ack < sender_.snd_una() || p.ack > sender_.snd_nxt()) return false;
  if (p.payload != 0) {
    if (receiver_.has_gap() || p.seq + p.payload > receiver_.window.right_edge()) return false;
    if (orphan_ || !receiver_.has_memory_for(p)) return false;
  }
  last_received_ = now;
  keepalive_probes_ = 0;
  note_timestamp(p, now);
  const bool says_nothing_new =
      p.ack == sender_.snd_una() && (std::uint32_t{p.window} << terms_.snd_wscale) == sender_.snd_wnd();
  if (p.payload == 0 || !says_nothing_new) process_ack(p, now);
  if (p.payload != 0) {
    receiver_.take_in_order(p);
    after_new_text(p, p.payload, receiver_.used(), now);
  }
  return true;
}

// ---- SYN-SENT: section 3.10.7.3

void Connection::receive_in_syn_sent(const Packet& p, Time now) {
  const bool has_ack = p.has_flag(tcp_flag::Ack);
  const bool is_stray = has_ack && (p.ack <= iss_ || p.ack > snd_nxt());
  if (is_stray || (has_ack && !answers_our_timestamps(p, now))) {
    // Linux: what answers an earlier connection is gone after our RST, so the SYN has a good chance now.
    if (is_stray && config_->syn_linear_timeouts > 0 && opening_.timeouts == 0) {
      set_timer(Retransmit, Duration::s(1) / config_->hz * 2, now);
    }
    layer_->answer_unknown(p, now);
    return;
  }
  if (p.has_flag(tcp_flag::Rst)) {
    ++layer_->counters_.resets_in;
    if (has_ack) fail(Error::ConnRefused, Cause::Rst, now);
    return;
  }
  if (!p.has_flag(tcp_flag::Syn)) return;
  learn_terms(p, has_ack);
  start_receiver(p.seq, now);
  if (has_ack) {
    establish(p, p.window, Cause::SynAck, now);
    if (is_fast_open_answer(p)) return on_fast_open_answer(p, now);
    // Data that waits carries the ACK; nothing can wait before the application knows, so it leaves alone and at once.
    if (!config_->hold_handshake_ack && !opening_.holds_ack) return send_ack(now);
    receiver_.acks.on_handshake_held(*config_, receiver_.window.rcv_wnd());
    opening_.holds_ack = true;
    return set_timer(DelayedAck, kHandshakeAckWait, now);
  }
  // Simultaneous open: figure 8 of section 3.5.
  become(State::SynReceived, Cause::Syn, now);
  send_syn(now);  // its timer goes on (Linux)
}

void Connection::learn_terms(const Packet& syn, bool answers_ours) {
  const SynOptions peer = syn_options_of(layer_->output().domain().pool, syn);
  terms_ = Terms{};
  terms_.peer_mss = peer.mss;
  terms_.scaling = config_->window_scaling && peer.window_scale != 0;
  if (terms_.scaling) {
    terms_.snd_wscale = static_cast<std::uint8_t>(std::min(peer.window_scale - 1, 14));
    terms_.rcv_wscale = opening_.offered.wscale;
  }
  terms_.sack = config_->sack && peer.sack;
  terms_.timestamps = config_->timestamps && peer.timestamps;
  const std::uint8_t ecn_bits = syn.flags & (tcp_flag::Ece | tcp_flag::Cwr);
  terms_.ecn = opening_.wants_ecn && ecn_bits == (answers_ours ? tcp_flag::Ece : tcp_flag::Ece | tcp_flag::Cwr);
  if (terms_.timestamps) ts_.recent = syn.ts_val;
}

// ---- The other states: section 3.10.7.4

void Connection::receive_synchronized(const Packet& p, Time now) {
  if (half_open_ && !passes_half_open(p, now)) return;
  constexpr std::uint8_t kMeans = tcp_flag::Ack | tcp_flag::Rst | tcp_flag::Syn;
  if ((p.flags & kMeans) == 0) return;  // the fifth step would drop it; Linux does not answer it before
  if (!passes_paws(p, now)) return;
  if (!passes_sequence_check(p, now)) return;
  if ((p.tos & kCe) != 0 && !terms_.ecn) ecn_seen_ = true;
  if (p.has_flag(tcp_flag::Rst)) return on_rst(p, now);
  if (!survives_syn(p, now)) return;
  if (!p.has_flag(tcp_flag::Ack)) return;
  last_received_ = now;
  keepalive_probes_ = 0;
  if (!passes_ack(p, now)) return;
  if (state_ == State::Closed || state_ == State::TimeWait) return;
  if (p.has_flag(tcp_flag::Cwr)) note_ce(p, now);
  take_urgent(p);
  if (p.payload != 0 && started_ && sender_.ca_state() >= CaState::Recovery && !half_open_) resend_lost(now);
  take_text(p, now);
}

/// RFC 7323 section 5.3, before the sequence check (R1), as lenient as Linux: one tick of the clock may be reordering.
bool Connection::passes_paws(const Packet& p, Time now) {
  if (!terms_.timestamps || !p.has(mark::Timestamps)) return true;
  const auto age = static_cast<std::int32_t>(ts_.recent - p.ts_val);  // in the peer's ticks
  if (ts_.recent == 0) return true;  // some hosts say 0 on their SYN and mean nothing by it (Linux)
  if (age <= 1 || p.has_flag(tcp_flag::Rst)) return true;
  if (now - ts_recent_at_ > Duration::s(24 * 86400)) return true;  // section 5.5: the clock may have gone round
  if (p.has_flag(tcp_flag::Syn)) {
    ++layer_->counters_.paws_drops;
    send_challenge_ack(now);
    return false;
  }
  if (started_ && p.has_flag(tcp_flag::Ack) && sequence_length(p) == 0) {
    if (is_harmless_old_ack(p, age)) return true;
    if (p.seq < receiver_.rcv_nxt()) return false;  // overtaken by data: too common to be answered
  }
  ++layer_->counters_.paws_drops;
  send_duplicate_ack(p, now);
  return false;
}

/// A duplicate ACK that was overtaken by another may count for loss recovery, if it is no older than what is resent
/// could make it: Linux's rule (tcp_disordered_ack), with ticks of 1 ms.
bool Connection::is_harmless_old_ack(const Packet& p, std::int32_t age) const {
  if (p.seq != receiver_.rcv_nxt() || p.ack != sender_.snd_una()) return false;
  const std::uint32_t wnd = std::uint32_t{p.window} << terms_.snd_wscale;
  const bool moves_window =
      p.seq > sender_.snd_wl1() || (p.seq == sender_.snd_wl1() && (wnd > sender_.snd_wnd() || wnd == 0));
  return !moves_window && age <= sender_.rtt().rto() * 12 / 10 / Duration::ms(1);
}

bool Connection::passes_sequence_check(const Packet& p, Time now) {
  const std::uint32_t length = sequence_length(p);
  // In a simultaneous open the peer's SYN-ACK repeats the SYN that we have: what matters is its ACK.
  if (state_ == State::SynReceived && p.has_flag(tcp_flag::Syn) && p.has_flag(tcp_flag::Ack) &&
      p.seq == receiver_.irs() && p.ack == snd_nxt()) {
    return true;
  }
  const bool by_skbs = receiver_.window.counts_memory();
  if (by_skbs ? receiver_.is_in_sequence(p.seq, length, p.has_flag(tcp_flag::Fin))
              : is_acceptable(p.seq, length, receiver_.rcv_nxt(), receiver_.rcv_wnd())) {
    return true;
  }
  // What lies before it can have been overtaken by data; if that is not acknowledged yet, an ACK counts (Linux).
  if (length == 0 && p.seq < receiver_.rcv_nxt() && p.seq >= receiver_.window.rcv_wup()) return true;
  // With a closed window an ACK, a URG or a RST that is otherwise good still counts (the paragraph on RCV.WND = 0), and
  // so does a FIN where the window ends.
  if (!by_skbs && receiver_.rcv_wnd() == 0 && p.seq == receiver_.rcv_nxt() && !p.has_flag(tcp_flag::Syn)) {
    if (p.payload != 0 && started_ && p.has_flag(tcp_flag::Ack) && !p.has_flag(tcp_flag::Rst)) {
      if (p.ack >= sender_.snd_una() && p.ack <= sender_.snd_nxt()) process_ack(p, now);
      follow_fin_ack(now);
    } else if (p.payload == 0) {
      return true;
    }
  }
  if (p.has_flag(tcp_flag::Rst) && is_at_fin(p)) return true;
  count_unacceptable(p, length);
  if (p.has_flag(tcp_flag::Rst) || state_ == State::Closed || state_ == State::TimeWait) return false;
  if (p.has_flag(tcp_flag::Syn)) {
    send_challenge_ack(now);  // RFC 5961 section 4.2
  } else {
    send_duplicate_ack(p, now);
  }
  return false;
}

void Connection::count_unacceptable(const Packet& p, std::uint32_t length) {
  ++layer_->counters_.unacceptable;
  if (p.has_flag(tcp_flag::Rst) || p.has_flag(tcp_flag::Syn)) return;
  if (p.seq + length > receiver_.rcv_nxt() + receiver_.rcv_wnd()) ++layer_->counters_.receive.beyond_window;
}

/// Second step, with RFC 5961 section 3.2: only the exact sequence number resets.
void Connection::on_rst(const Packet& p, Time now) {
  ++layer_->counters_.resets_in;
  if (!resets(p)) {
    const bool nothing_came = receiver_.received() == 0 && !receiver_.has_gap();
    if (fast_open_ != nullptr && nothing_came && state_ == State::Established) suspect_fast_open(now);
    send_challenge_ack(now);
    return;
  }
  if (state_ == State::CloseWait) return fail(Error::Pipe, Cause::Rst, now);
  fail(Error::ConnReset, Cause::Rst, now);
}

/// Where the peer may think that we stand: at RCV.NXT, at the end of what it knows that we have (a SACK), or at the FIN
/// that it sent (Linux, for hosts that reset with the FIN's own number).
bool Connection::resets(const Packet& rst) const {
  if (rst.seq == receiver_.rcv_nxt() || is_at_fin(rst)) return true;
  return terms_.sack && receiver_.has_gap() && rst.seq == receiver_.last_sacked();
}

bool Connection::is_at_fin(const Packet& rst) const {
  const bool had_fin = state_ == State::CloseWait || state_ == State::LastAck || state_ == State::Closing;
  return had_fin && rst.seq + 1 == receiver_.rcv_nxt();
}

/// Fourth step, with RFC 5961 section 4.2: a SYN gets a challenge ACK, whatever its sequence number.
bool Connection::survives_syn(const Packet& p, Time now) {
  if (!p.has_flag(tcp_flag::Syn)) return true;
  const bool answers_ours = p.has_flag(tcp_flag::Ack) && p.ack == snd_nxt() && sequence_length(p) == 1;
  if (state_ == State::SynReceived && p.seq == receiver_.irs() && answers_ours) return true;
  send_challenge_ack(now);
  return false;
}

/// How far below snd_una an ACK may lie: as much as the peer has offered and acknowledged (RFC 5961 section 5.2).
std::uint32_t Connection::max_old_ack() const {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(sender_.max_window(), numbers_acked()));
}

/// Fifth step. False: the segment ends here.
bool Connection::passes_ack(const Packet& p, Time now) {
  if (half_open_) return passes_first_ack(p, now);
  if (state_ == State::SynReceived) {
    if (p.ack <= iss_ || p.ack > snd_nxt()) {
      layer_->answer_unknown(p, now);
      return false;
    }
    note_timestamp(p, now);
    const bool is_syn = p.has_flag(tcp_flag::Syn);
    // RFC 7323 section 2.2: a SYN's window is never scaled; Linux overlooks it here.
    const bool is_unscaled = is_syn && !receiver_.window.counts_memory();
    establish(p, is_unscaled ? p.window : std::uint32_t{p.window} << terms_.snd_wscale, Cause::Ack, now);
    if (!is_syn) return true;
    // The SYN came twice, and the second one is reported as a duplicate, as Linux does.
    if (terms_.sack && config_->dsack) receiver_.report_duplicate(receiver_.irs(), receiver_.irs() + 1);
    send_ack(now);
    return true;
  }
  // Linux's fast path takes the time of what it expected before it looks at the ACK, be that old.
  const bool is_expected = state_ == State::Established && p.seq == receiver_.rcv_nxt() && p.extension == 0 &&
                           (p.flags & ~tcp_flag::Psh) == tcp_flag::Ack && !receiver_.has_gap() &&
                           std::uint32_t{p.window} << terms_.snd_wscale == sender_.snd_wnd();
  if (p.ack <= sender_.snd_nxt() && (is_expected || p.ack >= sender_.snd_una())) note_timestamp(p, now);
  // RFC 5961 section 5.2: not from the future, and not older than the peer's largest window.
  if (p.ack > sender_.snd_nxt() || p.ack < sender_.snd_una() - max_old_ack()) {
    send_challenge_ack(now);
    return false;
  }
  process_ack(p, now);
  follow_fin_ack(now);
  if (state_ == State::FinWait2 && orphan_ && config_->fin_timeout < Duration{}) {
    layer_->answer_unknown(p, now);  // TCP_LINGER2 below 0: nobody waits for the peer's FIN
    fail(Error::ConnReset, Cause::Abort, now);
    return false;
  }
  return true;
}

void Connection::process_ack(const Packet& p, Time now) {
  AckInput in;
  in.now = now;
  if (tally_ != nullptr && p.ack >= sender_.snd_una()) tally_->last_ack = now;
  in.seq = p.seq;
  in.ack = p.ack;
  in.wnd = std::uint32_t{p.window} << terms_.snd_wscale;
  if (p.extension != 0 && terms_.sack) {
    const Extension& e = layer_->output().domain().pool.extension(p);
    in.sack = {e.sack, e.sack_count};
  }
  if (terms_.timestamps && p.has(mark::Timestamps)) in.ts_ecr = p.ts_ecr;
  in.ts_now = ts_.clock(now);
  in.occupies = sequence_length(p) != 0;
  in.ece = terms_.ecn && p.has_flag(tcp_flag::Ece);
  const bool fin_was_acked = fin_is_acked();
  if (pacer_ != nullptr) in.departure = pacer_->next();
  const AckOutcome out = sender_.on_ack(in);
  if (pacer_ != nullptr) set_pacing_rate();
  changes_ |= out.changes;
  probes_ = 0;
  soft_error_ = Error::None;  // something works
  if (out.acked != 0) {
    probe_backoff_ = 0;
    send_buffer_.on_acked(out.acked - (fin_is_acked() && !fin_was_acked ? 1u : 0u));
    stalled_since_ = Time::never();
    if (notices_) notices_->on_acked(send_buffer_.una(), now);
  }
  if (mtu_probe_) follow_mtu_probe(now);
  // What a closed window held back has idled too, as Linux sees it.
  if (out.window_changed && unsent() > 0 && sender_.before_output(now)) changes_ |= change::Idle;
  if (out.window_changed && sender_.snd_wnd() == sender_.max_window() &&
      sender_.snd_wnd() <= 2 * std::uint32_t{kMaxMss}) {
    std::uint32_t most = std::min(terms_.peer_mss, path_payload_);
    if (mtu_probe_ && mtu_probe_->enabled()) most = std::min(most, mtu_probe_->low());
    if (const auto full = full_segment(*config_, most, option_bytes(), sender_.snd_wnd()); full != sender_.smss()) {
      sender_.set_smss(now, full, false);  // the window has grown
    }
  }
  if (deadlines_.is_set(Persist) && unsent() > 0) follow_window_probe(now);
}

void Connection::follow_fin_ack(Time now) {
  if (!fin_is_acked()) return;
  switch (state_) {
    case State::FinWait1:
      become(State::FinWait2, Cause::Ack, now);
      if (orphan_) enter_fin_wait_2(now);
      break;
    case State::Closing: enter_time_wait(Cause::Ack, now); break;
    case State::LastAck:
      become(State::Closed, Cause::Ack, now);
      leave_table();
      break;
    default: break;
  }
}

/// RFC 7323 section 4.3, rule 2, once the segment has passed all checks.
void Connection::note_timestamp(const Packet& p, Time now) {
  if (!terms_.timestamps || !p.has(mark::Timestamps) || p.seq > last_ack_sent_) return;
  if (ts_.is_old(p)) return;
  ts_.recent = p.ts_val;
  ts_recent_at_ = now;
}

}  // namespace wirelab::tcp
