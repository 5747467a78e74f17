// A handshake at a listener (SYN-RECEIVED), before there is a connection: RFC 9293 section 3.10.7.4 as far as it
// concerns this state, RFC 5961, and Linux's rule for a full accept queue.

#include <algorithm>

#include "tcp/cc_registry.h"
#include "tcp/connection.h"
#include "tcp/layer.h"
#include "tcp/rtt_estimator.h"
#include "tcp/segment.h"
#include "tcp/syn_cookie.h"
#include "tcp/timer_wheel.h"

namespace wirelab::tcp {

const TcpConfig& SynReceived::config() const { return *listener_->config_; }

void SynReceived::learn(const Packet& syn, Time now) {
  const TcpConfig& c = config();
  SegmentOutput& output = layer_->output();
  const SynOptions peer = syn_options_of(output.domain().pool, syn);
  irs_ = syn.seq;
  iss_ = initial_sequence_number(id_, layer_->seeds_.isn_secret[0], layer_->seeds_.isn_secret[1], now);
  ts_offset_ = timestamp_offset(id_, layer_->seeds_.timestamp_secret);
  const int path = output.path_mtu(id_.remote, now) - kFixedHeaders;
  announced_mss_ = static_cast<std::uint16_t>(c.mss > Bytes(0) ? std::min<std::int64_t>(c.mss.count(), path) : path);
  const InitialWindow offered = initial_window(c, announced_mss_);
  rcv_wnd_ = offered.rcv_wnd;
  snd_wnd_ = syn.window;
  terms_.peer_mss = peer.mss;
  terms_.scaling = c.window_scaling && peer.window_scale != 0;
  if (terms_.scaling) {
    terms_.snd_wscale = std::min<std::uint8_t>(static_cast<std::uint8_t>(peer.window_scale - 1), 14);
    terms_.rcv_wscale = offered.wscale;
  }
  terms_.sack = c.sack && peer.sack;
  terms_.timestamps = c.timestamps && peer.timestamps;
  // RFC 3168 section 6.1.1: an ECN-setup SYN has both bits.
  // An ECN-capable SYN is DCTCP's, and fits no other (Linux).
  const bool may_ecn = needs_of(c).ecn || (c.ecn && (syn.tos & kCe) == 0);
  terms_.ecn = may_ecn && syn.has_flag(tcp_flag::Ece) && syn.has_flag(tcp_flag::Cwr);
  ts_recent_ = peer.timestamps ? syn.ts_val : 0;
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
    add_timestamps(*p, is_cookie_ ? cookie_timestamp(now, terms_) + ts_offset_ : timestamp_at(now, ts_offset_),
                   ts_recent_);
  }
  const auto scale = static_cast<std::uint8_t>(terms_.scaling ? terms_.rcv_wscale + 1 : 0);
  add_syn_options(domain.pool, *p, {announced_mss_, scale, terms_.sack, terms_.timestamps});
  if (cookie) add_fast_open_option(domain.pool, *p, *cookie);
  layer_->send(p, now);
}

void SynReceived::send_ack(Time now) {
  const TcpConfig& c = config();
  if (last_challenge_ >= Time{} && now - last_challenge_ < c.invalid_ratelimit) return;
  last_challenge_ = now;
  Packet* const p = make_bare_segment(layer_->output().domain(), id_, iss_ + 1, irs_ + 1, tcp_flag::Ack,
                                      syn_window(rcv_wnd_ >> terms_.rcv_wscale));
  if (terms_.timestamps) add_timestamps(*p, timestamp_at(now, ts_offset_), ts_recent_);
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
  if (timeouts_ >= config().synack_retries) {
    end(Cause::Timeout, now);
    return;
  }
  ++timeouts_;
  send_syn_ack(now);
  arm(now);
}

void SynReceived::receive(Packet* p, Time now) {
  Domain& domain = layer_->output().domain();
  const auto done = [&] { domain.deliver(p); };
  // First: sequence number (a repeated SYN is answered with the SYN-ACK again), with PAWS before it.
  const bool is_syn = p->has_flag(tcp_flag::Syn);
  if (is_syn && !p->has_flag(tcp_flag::Ack) && p->seq == irs_) {
    send_syn_ack(now);
    return done();
  }
  const bool old_timestamp =
      terms_.timestamps && p->has(mark::Timestamps) && static_cast<std::int32_t>(p->ts_val - ts_recent_) < 0;
  if (old_timestamp || !is_acceptable(p->seq, sequence_length(*p), irs_ + 1, syn_window(rcv_wnd_))) {
    if (!p->has_flag(tcp_flag::Rst)) send_ack(now);
    return done();
  }
  // Second: RST. It came from a passive open, so the listener just goes on.
  if (p->has_flag(tcp_flag::Rst)) {
    ++layer_->counters_.resets_in;
    if (p->seq == irs_ + 1) {
      domain.deliver(p);
      return end(Cause::Rst, now);
    }
    send_ack(now);  // RFC 5961 section 3.2
    return done();
  }
  // Fourth: SYN in the window.
  if (is_syn) {
    send_ack(now);
    return done();
  }
  // Fifth: ACK.
  if (!p->has_flag(tcp_flag::Ack)) return done();
  if (p->ack != iss_ + 1) {
    layer_->answer_unknown(*p, now);
    return done();
  }
  if (listener_->accept_queue_is_full()) {
    ++layer_->counters_.listen_overflows;
    ++listener_->overflows_;
    if (config().abort_on_overflow) {
      layer_->answer_unknown(*p, now);
      domain.deliver(p);
      return end(Cause::Abort, now);
    }
    return done();  // as if this ACK had been lost: the SYN-ACK goes out again
  }
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
