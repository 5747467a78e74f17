// TIME-WAIT as a small record: RFC 9293 section 3.10.7.4 as far as it concerns this state, RFC 6191 for a new SYN,
// RFC 1337 for a RST.

#include "tcp/layer.h"
#include "tcp/receiver.h"
#include "tcp/segment.h"

namespace wirelab::tcp {

void TimeWait::begin(Time now) {
  ++layer_->counters_.time_waits;
  began_ = now;
  slot_ = layer_->timers().attach(*this);
  restart(now);
}

void TimeWait::restart(Time now) {
  deadline_ = now + lasts_;
  layer_->timers().arm(slot_, deadline_);
}

void TimeWait::on_timer(Time now) {
  if (now < deadline_) {
    layer_->timers().arm(slot_, deadline_);
    return;
  }
  end(Cause::TwoMsl, now);
}

bool TimeWait::may_be_reused_by(const Packet& syn) const {
  if (!reuse_) return false;
  if (timestamps_ && syn.has(mark::Timestamps) && static_cast<std::int32_t>(syn.ts_val - ts_.recent) > 0) return true;
  return syn.seq > rcv_nxt_;
}

Time TimeWait::reusable_from() const { return reuse_ && timestamps_ ? began_ + Duration::s(1) : Time::never(); }

void TimeWait::receive(Packet* p, Time now) {
  Domain& domain = layer_->output().domain();
  const bool is_rst = p->has_flag(tcp_flag::Rst), has_timestamps = timestamps_ && p->has(mark::Timestamps);
  const bool is_old = timestamps_ && ts_.is_old(*p);
  const std::uint32_t length = sequence_length(*p);
  if (is_rst) ++layer_->counters_.resets_in;
  if (!is_old && p->seq == rcv_nxt_ && (length == 0 || is_rst)) {
    domain.deliver(p);
    if (is_rst) return rfc1337_ ? void() : end(Cause::Rst, now);
    if (has_timestamps) ts_.recent = p->ts_val;
    return restart(now);
  }
  const bool is_plain_syn = p->has_flag(tcp_flag::Syn) && !p->has_flag(tcp_flag::Ack);
  if (is_plain_syn && !is_rst && !is_old && may_be_reused_by(*p)) return renew(p, now);
  if (!is_rst) {
    // All else is answered: the peer's FIN again, most likely, which begins another 2 MSL. What may be a new SYN does
    // not.
    if (is_old || p->has_flag(tcp_flag::Ack)) restart(now);
    const bool is_text = length != 0 && !p->has_flag(tcp_flag::Syn);
    if (is_text || answers_.allows(now, ratelimit_)) send_ack(now);
  }
  domain.deliver(p);
}

/// A new SYN ends the wait (RFC 6191), if somebody listens for it.
void TimeWait::renew(Packet* p, Time now) {
  Layer& layer = *layer_;
  if (Listener* const listener = layer.find_listener({id_.local, id_.local_port}); listener != nullptr) {
    const FourTuple id = id_;
    const Seq iss = snd_nxt_ + 65537;  // out of reach of what the old connection may have sent
    end(Cause::Reused, now);
    if (!p->has_flag(tcp_flag::Fin)) layer.on_new_syn(*listener, *p, id, now, iss);
  } else {
    send_ack(now);
  }
  layer.output().domain().deliver(p);
}

void TimeWait::send_ack(Time now) {
  Packet* const p = make_bare_segment(layer_->output().domain(), id_, snd_nxt_, rcv_nxt_, tcp_flag::Ack, window_);
  if (timestamps_) ts_.put_on(*p, now);
  layer_->send(p, now);
}

void TimeWait::end(Cause cause, Time now) {
  const StateChange change{
      tag_, {id_.local, id_.local_port}, {id_.remote, id_.remote_port}, State::TimeWait, State::Closed, cause, now};
  observer_->on_state(change);
  layer_->timers().detach(slot_);
  layer_->table_.erase(id_);
  layer_->time_waits_.release(*this);
}

}  // namespace wirelab::tcp
