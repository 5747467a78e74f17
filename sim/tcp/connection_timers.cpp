// What happens when nothing comes: retransmission, persist, keep-alive, delayed ACK, and when to give up.

#include <algorithm>

#include "tcp/connection.h"
#include "tcp/layer.h"
#include "tcp/patience.h"
#include "tcp/segment.h"
#include "tcp/timer_wheel.h"

namespace wirelab::tcp {

void Connection::on_timer(Time now) {
  deadlines_.on_entry();
  if (deadlines_.first() > now) return arm();  // its deadline has moved
  for (std::uint8_t i = 0; i < Deadlines::kKinds; ++i) {
    const auto kind = static_cast<Deadlines::Kind>(i);
    if (deadlines_.at(kind) > now) continue;
    deadlines_.clear(kind);
    switch (kind) {
      case Retransmit: on_retransmit_timer(now); break;
      case DelayedAck: on_delayed_ack_timer(now); break;
      case Persist: on_persist_timer(now); break;
      case Keepalive: on_keepalive_timer(now); break;
      case FinWait2:
        become(State::Closed, Cause::TwoMsl, now);
        leave_table();
        break;
      case Egress:  // finish() sends
      case Deadlines::kKinds: break;
    }
  }
  finish(now);
}

void Connection::set_timer(Deadlines::Kind kind, Duration delay, Time now) {
  deadlines_.set(kind, config_->exact_timers
                           ? now + delay
                           : wheel_expiry(now, now + delay, Duration::s(1) / config_->hz, layer_->seeds_.timer_phase));
}

void Connection::arm() { deadlines_.arm(layer_->timers()); }

// ---- The handshake

/// RFC 6298 with Linux's linear beginning: the first `syn_linear_timeouts` of a SYN do not back off.
Duration Connection::syn_timeout() const {
  const std::uint32_t linear = state_ == State::SynSent ? config_->syn_linear_timeouts : 0;
  const std::uint32_t doublings = opening_.timeouts > linear ? opening_.timeouts - linear : 0;
  return backed_off(config_->rto_initial, doublings, config_->rto_max);
}

void Connection::on_syn_timer(Time now) {
  const bool is_active = state_ == State::SynSent;
  const std::uint32_t retries = opening_.retries != 0 ? opening_.retries : config_->syn_retries;
  const std::uint32_t linear = is_active ? config_->syn_linear_timeouts : 0;
  const Duration since = now - opening_.at;
  const bool out_of_patience = user_timeout_ != Duration{}
                                   ? since >= user_timeout_
                                   : is_active && opening_.timeouts != 0 && syn_time_is_over(*config_, retries, since);
  const bool gives_up = opening_.timeouts >= retries + linear || out_of_patience;
  if (fast_open_ != nullptr) watch_for_black_hole(opening_.timeouts, gives_up, now);
  if (gives_up) return time_out(now);
  ++opening_.timeouts;
  opening_.count_resent();
  if (config_->ecn_fallback)
    opening_.asks_ecn = false;  // RFC 3168 section 6.1.1.1: a path may drop SYNs that ask for ECN
  changes_ |= change::Timeout;
  send_syn(now);
  set_timer(Retransmit, syn_timeout(), now);
}

// ---- Retransmission

/// The sender's deadline is exact; the wheel is asked only when it comes, since most never do.
void Connection::copy_rto_deadline() {
  const Time due = sender_.rto_deadline();
  if (due == rto_due_ || half_open_) return;
  rto_due_ = due;
  deadlines_.set_by_wheel(false);
  if (user_timeout_ != Duration{} && !stalled_since_.is_never() && !due.is_never()) {
    deadlines_.set(Retransmit, std::min(due, std::max(stalled_since_ + user_timeout_, sender_.last_sent())));
  } else {
    deadlines_.set(Retransmit, due);
  }
}

void Connection::on_retransmit_timer(Time now) {
  if (!started_) return on_syn_timer(now);
  if (half_open_) return on_half_open_timer(now);
  if (sender_.nothing_in_flight()) return;
  if (!config_->exact_timers && !deadlines_.is_by_wheel()) {
    const Time expiry =
        wheel_expiry(sender_.timer_set_at(), rto_due_, Duration::s(1) / config_->hz, layer_->seeds_.timer_phase);
    if (expiry > now) {
      deadlines_.set_by_wheel(true);
      deadlines_.set(Retransmit, expiry);
      return;
    }
  }
  deadlines_.set_by_wheel(false);
  rto_due_ = Time::never();
  switch (sender_.timer_kind()) {
    case Sender::TimerKind::Retransmit: break;
    case Sender::TimerKind::Probe: return on_probe_timer(now);
    case Sender::TimerKind::Reorder: changes_ |= sender_.on_reorder_timer(now); return;
  }
  const std::uint32_t timeouts = sender_.timeouts_in_a_row();
  if (timeouts == 0 || stalled_since_.is_never()) stalled_since_ = now - sender_.rtt().rto();
  // A peer that has closed its window is only probed by what is sent again: that is no sign of its death (Linux).
  const bool is_window_probe = sender_.snd_wnd() == 0 && !orphan_;
  const Duration patience = 2 * config_->rto_max;
  const bool gives_up = is_window_probe && user_timeout_ == Duration{}
                            ? now - last_received_ > patience && now - stalled_since_ > patience
                            : retries_used_up(*config_, orphan_, user_timeout_, timeouts, now - stalled_since_);
  if (fast_open_ != nullptr) watch_for_black_hole(timeouts, gives_up, now);
  if (gives_up) return time_out(now);
  if (timeouts == config_->retries1) look_at_path_again(now);
  if (timeouts >= config_->retries1) suspect_black_hole(now);
  const bool is_linear = config_->thin_linear_timeouts && state_ == State::Established;
  changes_ |= sender_.on_rto(now, is_linear, !is_window_probe);
  by_timeout_ = true;
}

/// A tail loss probe: new data if the peer's window takes it, else the last segment once more; cwnd is not asked.
void Connection::on_probe_timer(Time now) {
  if (!sender_.may_probe() || egress_is_full(now)) return sender_.on_no_probe(now);
  const std::uint64_t waiting = unsent();
  const auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>(waiting, segment_limit()));
  const bool is_new = length > 0 && length <= window_room();
  bool sent = false;
  if (is_new) {
    sent = send_data_segment(length, now);
  } else {
    const SegmentRecord& last = sender_.last_segment();
    // Beyond a window that the peer took back it would be of no use (Linux).
    if (last.first != snd_una() && last.first >= sender_.window_edge()) return sender_.on_no_probe(now);
    const bool with_fin = fin_sent_ && last.end == fin_seq() + 1;
    const SeqRange range = sender_.offer_last(segment_limit() + (with_fin ? 1 : 0));
    sent = send_again(range, (sender_.offered_ends() & SegmentRecord::Pushed) != 0, now);
  }
  if (!sent) return sender_.on_no_probe(now);
  changes_ |= change::Sent | sender_.on_probe_sent(now, is_new);
}

/// R1 of RFC 1122 section 4.2.3.5: the network layer may know of another way by now, with another MTU.
void Connection::look_at_path_again(Time now) {
  const int path = layer_->output().path_mtu(id_.remote, now) - kFixedHeaders;
  if (path < kMinMss || path >= path_payload_) return;
  path_payload_ = static_cast<std::uint16_t>(path);
  const std::uint32_t smss = std::min<std::uint32_t>(sender_.smss(), path_payload_ - option_bytes());
  if (smss < sender_.smss()) {
    sender_.set_smss(now, smss, true);
    changes_ |= change::Mtu;
  }
}

// ---- Acknowledgements

void Connection::on_delayed_ack_timer(Time now) {
  // A handshake's last ACK that was to ride on data also waits for this.
  const bool of_handshake = opening_.holds_ack || (fast_open_ != nullptr && fast_open_->writer_waits);
  if (!receiver_.acks.is_pending() && !of_handshake) return;
  if (!receiver_.is_holding_back()) receiver_.acks.on_timer(*config_, sender_.rtt().rto());
  send_ack(now);
}

// ---- Persist: RFC 9293 section 3.8.6.1

void Connection::arm_persist_if_needed(Time now) {
  if (!sender_.nothing_in_flight()) {
    if (deadlines_.is_set(Persist)) deadlines_.clear(Persist);
    return;
  }
  const bool waits = unsent() > 0 || fin_waits();
  if (!waits || deadlines_.is_set(Persist) || deadlines_.is_set(Egress)) return;
  set_persist_timer(now);
}

void Connection::set_persist_timer(Time now) {
  const Duration base = std::max(sender_.rtt().rto(), config_->rto_min);
  Duration wait = backed_off(base, probe_backoff_, config_->rto_max);
  if (user_timeout_ != Duration{} && !probing_since_.is_never()) {  // not beyond the user's patience (Linux)
    wait = std::min(wait, std::max(probing_since_ + user_timeout_ - now, Duration::s(1) / config_->hz * 2));
  }
  set_timer(Persist, wait, now);
}

/// An ACK came while the window was probed: all is well if what waits first fits, else the next probe is counted from
/// here (Linux's tcp_ack_probe).
void Connection::follow_window_probe(Time now) {
  if (window_room() >= std::min(unsent(), piece_goal())) {
    deadlines_.clear(Persist);
    probe_backoff_ = 0;
    probing_since_ = Time::never();
  } else {
    set_persist_timer(now);
  }
}

void Connection::on_persist_timer(Time now) {
  const bool waits = unsent() > 0 || fin_waits();
  if (!waits || !sender_.nothing_in_flight()) return;
  if (probing_since_.is_never()) probing_since_ = now;
  const bool out_of_patience = user_timeout_ != Duration{} && now - probing_since_ >= user_timeout_;
  // Probes that are answered keep the connection for ever (RFC 1122 section 4.2.2.17): any ACK takes probes_ to 0.
  if (probes_ > retry_limit(*config_, orphan_) || out_of_patience) return time_out(now);
  changes_ |= change::Persist;
  const std::uint32_t room = window_room();
  if (room > 0 && unsent() > 0) {
    // What silly-window avoidance or Nagle held back for lack of an ACK to wait for: the override timeout.
    const auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>({unsent(), segment_limit(), room}));
    const auto flags = static_cast<std::uint8_t>(tcp_flag::Ack | tcp_flag::Psh);
    if (!transmit_segment(sender_.snd_nxt(), length, flags, true, now)) {
      // Local trouble, not the peer's: Linux tries again every half second, within the user's patience.
      ++probes_;
      Duration wait = Duration::ms(500);
      if (user_timeout_ != Duration{}) wait = std::min(wait, user_timeout_ - (now - probing_since_));
      set_timer(Persist, wait, now);
      return;
    }
    send_buffer_.on_sent(sent_position() + length);
    probing_since_ = Time::never();
    sender_.on_sent_new(now, length, SegmentRecord::OfBurst | SegmentRecord::Pushed);
    sender_.expect_no_tail_probe();
    probe_backoff_ = 0;
    return;
  }
  ++probes_;
  if (probe_backoff_ < 20) ++probe_backoff_;
  send_probe(now);
}

// ---- Keep-alive: RFC 1122 section 4.2.3.6

void Connection::on_keepalive_timer(Time now) {
  if (!keepalive_ || !started_ || state_ == State::TimeWait || state_ == State::Closed) return;
  if (!sender_.nothing_in_flight() || unsent() > 0) {
    set_timer(Keepalive, config_->keepalive_time, now);
    return;
  }
  const Duration idle = now - last_received_;
  if (idle < config_->keepalive_time) {
    set_timer(Keepalive, config_->keepalive_time - idle, now);
    return;
  }
  const bool out_of_patience = user_timeout_ != Duration{} ? idle >= user_timeout_ && keepalive_probes_ > 0
                                                           : keepalive_probes_ >= config_->keepalive_probes;
  if (out_of_patience) {
    send_reset(now);
    return time_out(now);
  }
  ++keepalive_probes_;
  changes_ |= change::Keepalive;
  send_probe(now);
  set_timer(Keepalive, config_->keepalive_intvl, now);
}

}  // namespace wirelab::tcp
