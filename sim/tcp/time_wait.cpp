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
  if (timestamps_ && syn.has(mark::Timestamps) && static_cast<std::int32_t>(syn.ts_val - ts_recent_) > 0) return true;
  return syn.seq > rcv_nxt_;
}

bool TimeWait::may_be_reused_at(Time now) const { return reuse_ && timestamps_ && now - began_ >= Duration::s(1); }

void TimeWait::receive(Packet* p, Time now) {
  Domain& domain = layer_->output().domain();
  if (p->has_flag(tcp_flag::Rst)) {
    ++layer_->counters_.resets_in;
    const bool exact = p->seq == rcv_nxt_;
    domain.deliver(p);
    if (exact && !rfc1337_) end(Cause::Rst, now);
    return;
  }
  const bool is_plain_syn = p->has_flag(tcp_flag::Syn) && !p->has_flag(tcp_flag::Ack);
  if (is_plain_syn && may_be_reused_by(*p)) {
    Layer& layer = *layer_;
    if (Listener* const listener = layer.find_listener({id_.local, id_.local_port}); listener != nullptr) {
      const FourTuple id = id_;
      const Seq iss = snd_nxt_ + 65537;  // out of reach of what the old connection may have sent
      end(Cause::Reused, now);
      layer.on_new_syn(*listener, *p, id, now, iss);
    } else if (last_ack_ < Time{} || now - last_ack_ >= ratelimit_) {
      send_ack(now);
    }
    domain.deliver(p);
    return;
  }
  const bool old_timestamp =
      timestamps_ && p->has(mark::Timestamps) && static_cast<std::int32_t>(p->ts_val - ts_recent_) < 0;
  // The only thing that can rightly come is the peer's FIN again: acknowledge it and wait another 2 MSL.
  if (p->has_flag(tcp_flag::Fin) && !old_timestamp && p->seq + sequence_length(*p) == rcv_nxt_) {
    restart(now);
    send_ack(now);
  } else if (old_timestamp || sequence_length(*p) != 0 || !is_acceptable(p->seq, 0, rcv_nxt_, rcv_wnd_)) {
    if (last_ack_ < Time{} || now - last_ack_ >= ratelimit_) send_ack(now);
  }
  domain.deliver(p);
}

void TimeWait::send_ack(Time now) {
  last_ack_ = now;
  Packet* const p = make_bare_segment(layer_->output().domain(), id_, snd_nxt_, rcv_nxt_, tcp_flag::Ack, window_);
  if (timestamps_) add_timestamps(*p, timestamp_at(now, ts_offset_), ts_recent_);
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
