// A handshake at a listener (SYN-RECEIVED), before there is a connection: RFC 9293 section 3.10.7.4 as far as it
// concerns this state, RFC 5961, and Linux's rule for a full accept queue.

#include <algorithm>
#include <limits>

#include "tcp/cc_registry.h"
#include "tcp/connection.h"
#include "tcp/layer.h"
#include "tcp/rtt_estimator.h"
#include "tcp/segment.h"
#include "tcp/segment_size.h"
#include "tcp/syn_cookie.h"
#include "tcp/timer_wheel.h"

namespace wirelab::tcp {

const TcpConfig& SynReceived::config() const { return *listener_->config_; }

std::uint16_t SynReceived::mss_to_announce(Time now) const {
  const int path = layer_->output().path_mtu(id_.remote, now) - kFixedHeaders;
  return static_cast<std::uint16_t>(std::min<std::int64_t>(own_mss_limit(config()), path));
}

void SynReceived::learn(const Packet& syn, Time now) {
  const TcpConfig& c = config();
  SegmentOutput& output = layer_->output();
  const SynOptions peer = syn_options_of(output.domain().pool, syn);
  irs_ = syn.seq;
  iss_ = initial_sequence_number(id_, layer_->seeds_.isn_secret[0], layer_->seeds_.isn_secret[1], now);
  ts_.offset = timestamp_offset(id_, layer_->seeds_.timestamp_secret);
  announced_mss_ = mss_to_announce(now);
  snd_wnd_ = syn.window;
  terms_.peer_mss = peer.mss;
  terms_.timestamps = c.timestamps && peer.timestamps;
  const InitialWindow offered = initial_window(c, announced_mss_ - (terms_.timestamps ? kTimestampBytes : 0));
  rcv_wnd_ = offered.rcv_wnd;
  terms_.scaling = c.window_scaling && peer.window_scale != 0;
  if (terms_.scaling) {
    terms_.snd_wscale = std::min<std::uint8_t>(static_cast<std::uint8_t>(peer.window_scale - 1), 14);
    terms_.rcv_wscale = offered.wscale;
  }
  terms_.sack = c.sack && peer.sack;
  // RFC 3168 section 6.1.1: an ECN-setup SYN has both bits.
  // An ECN-capable SYN is DCTCP's, and fits no other (Linux).
  const bool may_ecn = needs_of(c).ecn || (c.ecn && (syn.tos & kCe) == 0);
  terms_.ecn = may_ecn && syn.has_flag(tcp_flag::Ece) && syn.has_flag(tcp_flag::Cwr);
  ts_.recent = peer.timestamps ? syn.ts_val : 0;
  sent_ = now;
}

void SynReceived::begin(const Packet& syn, const std::optional<FastOpenOption>& cookie, std::optional<Seq> iss,
                        Time now) {
  learn(syn, now);
  if (iss) iss_ = *iss;
  slot_ = layer_->timers().attach(*this);
  report(State::Listen, State::SynReceived, Cause::Syn, now);
  send_syn_ack(now, cookie);
  arm(now);
}

void SynReceived::report(State from, State to, Cause cause, Time now) const {
  const StateChange change{
      listener_->tag_, {id_.local, id_.local_port}, {id_.remote, id_.remote_port}, from, to, cause, now};
  listener_->observer_->on_state(change);
}

void SynReceived::send_syn_ack(Time now, const std::optional<FastOpenOption>& cookie) {
  Domain& domain = layer_->output().domain();
  const auto flags =
      static_cast<std::uint8_t>(tcp_flag::Syn | tcp_flag::Ack | (terms_.ecn && timeouts_ == 0 ? tcp_flag::Ece : 0));
  Packet* const p = make_bare_segment(domain, id_, iss_, irs_ + 1, flags, syn_window(rcv_wnd_));
  if (needs_of(config()).ecn) p->tos |= kEct0;
  if (terms_.timestamps) {
    ts_last_ = is_cookie_ ? cookie_timestamp(now, terms_) + ts_.offset : ts_.clock(now);
    if (timeouts_ == 0 && sent_ == now) ts_first_ = ts_last_;
    add_timestamps(*p, ts_last_, ts_.recent);
  }
  const auto scale = static_cast<std::uint8_t>(terms_.scaling ? terms_.rcv_wscale + 1 : 0);
  add_syn_options(domain.pool, *p, {announced_mss_, scale, terms_.sack, terms_.timestamps});
  if (cookie) add_fast_open_option(domain.pool, *p, *cookie);
  layer_->send(p, now);
}

void SynReceived::resend_syn_ack(Time now) {
  if (resent_ != std::numeric_limits<std::uint8_t>::max()) ++resent_;
  send_syn_ack(now);
}

/// Answers to what is out of place are limited (RFC 5961 section 7), but not those to text, which no answer of ours
/// can have made.
bool SynReceived::may_answer(const Packet& p, Time now) {
  if (sequence_length(p) != 0 && !p.has_flag(tcp_flag::Syn) && !p.has_flag(tcp_flag::Rst)) return true;
  return answers_.allows(now, config().invalid_ratelimit);
}

void SynReceived::send_ack(Time now) {
  Packet* const p = make_bare_segment(layer_->output().domain(), id_, iss_ + 1, irs_ + 1, tcp_flag::Ack,
                                      static_cast<std::uint16_t>(syn_window(rcv_wnd_) >> terms_.rcv_wscale));
  if (terms_.timestamps) ts_.put_on(*p, now);
  layer_->send(p, now);
}

void SynReceived::arm(Time now) {
  const TcpConfig& c = config();
  const Duration timeout = backed_off(c.rto_initial, timeouts_, c.rto_max);
  deadline_ = c.exact_timers ? now + timeout
                             : wheel_expiry(now, now + timeout, Duration::s(1) / c.hz, layer_->seeds_.timer_phase);
  layer_->timers().arm(slot_, deadline_);
}

void SynReceived::on_timer(Time now) {
  if (now < deadline_) {
    layer_->timers().arm(slot_, deadline_);
    return;
  }
  const std::uint32_t retries = config().synack_retries, deferred = deferred_timeouts();
  if (timeouts_ >= retries && (!acked_ || timeouts_ >= deferred)) {
    end(Cause::Timeout, now);
    return;
  }
  // Who has answered is only asked again when the wait for its data ends.
  const bool asks = !acked_ || timeouts_ + 1u >= deferred;
  ++timeouts_;
  if (asks) resend_syn_ack(now);
  arm(now);
}

/// The timeouts of a SYN-ACK that the option defer_accept takes (Linux's secs_to_retrans).
std::uint32_t SynReceived::deferred_timeouts() const {
  const TcpConfig& c = config();
  if (c.defer_accept == Duration{}) return 0;
  std::uint32_t n = 1;
  for (Duration step = c.rto_initial, total = step; c.defer_accept > total && n < 255; ++n) {
    step = std::min(step * 2, c.rto_max);
    total += step;
  }
  return n;
}

/// What a segment has to pass before its ACK ends the handshake: Linux's order, in which a SYN that comes again is
/// answered first, and a wrong ACK before the window is looked at. False: it is dealt with.
bool SynReceived::passes(const Packet& p, Time now) {
  const std::uint8_t kind = p.flags & (tcp_flag::Syn | tcp_flag::Ack | tcp_flag::Rst);
  const bool is_old = ts_.is_old(p);
  if (kind == tcp_flag::Syn && p.seq == irs_ && !is_old) {
    if (!may_answer(p, now)) return false;
    resend_syn_ack(now);
    arm(now);  // the next one is counted from here, as after a fast retransmission
    return false;
  }
  const Seq rcv_nxt = irs_ + 1;
  const bool is_inside = touches_window(p.seq, sequence_length(p), rcv_nxt, rcv_nxt + syn_window(rcv_wnd_));
  // An echo of what no SYN-ACK has said belongs to another connection.
  const bool is_foreign =
      terms_.timestamps && p.has(mark::Timestamps) && p.ts_ecr != 0 && p.ts_ecr - ts_first_ > ts_last_ - ts_first_;
  if (p.has_flag(tcp_flag::Rst)) {
    // It came from a passive open, so the listener just goes on. RFC 5961 section 3.2: the exact number alone resets.
    ++layer_->counters_.resets_in;
    if (is_old || is_foreign || !is_inside) return false;
    if (p.seq == rcv_nxt) {
      end(Cause::Rst, now);
    } else if (may_answer(p, now)) {
      send_ack(now);
    }
    return false;
  }
  if (p.has_flag(tcp_flag::Ack) && p.ack != iss_ + 1) {
    layer_->answer_unknown(p, now);
    return false;
  }
  if (is_old || is_foreign || !is_inside) {
    if (may_answer(p, now)) send_ack(now);
    return false;
  }
  if (p.has_flag(tcp_flag::Syn) && p.seq != irs_) {  // a SYN in the window resets
    layer_->answer_unknown(p, now);
    end(Cause::Syn, now);
    return false;
  }
  return p.has_flag(tcp_flag::Ack);
}

void SynReceived::receive(Packet* p, Time now) {
  Domain& domain = layer_->output().domain();
  if (!passes(*p, now)) return domain.deliver(p);
  if (timeouts_ < deferred_timeouts() && p->payload == 0 && !p->has_flag(tcp_flag::Fin)) {
    acked_ = true;  // TCP_DEFER_ACCEPT: the application is not woken before there is something to read
    return domain.deliver(p);
  }
  if (listener_->accept_queue_is_full()) {
    ++layer_->counters_.listen_overflows;
    ++listener_->overflows_;
    if (config().abort_on_overflow) {
      layer_->answer_unknown(*p, now);
      domain.deliver(p);
      return end(Cause::Abort, now);
    }
    return domain.deliver(p);  // as if this ACK had been lost: the SYN-ACK goes out again
  }
  if (terms_.timestamps && p->has(mark::Timestamps) && p->seq <= irs_ + 1) ts_.recent = p->ts_val;
  Listener& listener = *listener_;
  const bool was_empty = !listener.is_acceptable();
  Connection* const c = layer_->promote(*this, *p, now);
  c->receive(p, now);  // it may carry data, or a FIN
  if (was_empty && listener.user_ != nullptr) listener.user_->on_acceptable(listener, now);
}

void SynReceived::on_icmp_error(bool ends, Seq quoted, Time now) {
  if (quoted != iss_) {
    ++layer_->counters_.out_of_window_icmps;
  } else if (ends) {
    end(Cause::Icmp, now);
  }
}

void SynReceived::forget() {
  layer_->timers().detach(slot_);
  layer_->table_.erase(id_);
  --listener_->handshakes_;
  layer_->handshakes_.release(*this);
}

void SynReceived::end(Cause cause, Time now) {
  report(State::SynReceived, State::Closed, cause, now);
  forget();
}

}  // namespace wirelab::tcp
