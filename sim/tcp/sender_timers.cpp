// The sender's one timer: when it is due for a retransmission, a probe or RACK's wait, and what happens then.

#include <algorithm>

#include "core/assert.h"
#include "tcp/sender.h"
#include "tcp/tail_loss_probe.h"

namespace wirelab::tcp {

/// From now, unless the timer's turn was lent to a probe or to RACK: then from when the first segment left.
void Sender::rearm_rto(Time now) {
  if (nothing_in_flight()) return set_timer(TimerKind::Retransmit, now, Time::never());
  Time deadline = now + rtt_.rto();
  if (timer_kind_ != TimerKind::Retransmit) {
    deadline = std::max(flight_->board.at(0).last_sent + rtt_.rto(), now + Duration::us(1));
  }
  set_timer(TimerKind::Retransmit, now, deadline);
}

/// `restarts_rto`: an ACK has come, so that the retransmission timer would start anew. False if no probe is due here.
bool Sender::schedule_probe(Time now, bool restarts_rto) {
  if (!probes_ || nothing_in_flight()) return false;
  const Flight& f = *flight_;
  const CaState state = f.recovery.state();
  if (state != CaState::Open && state != CaState::Cwr) return false;
  Duration wait = TailLossProbe::timeout(rtt_, f.board.packets_out(), config_->rto_min, config_->rto_initial);
  const Duration rto = restarts_rto ? rtt_.rto() : f.board.at(0).last_sent + rtt_.rto() - now;
  if (rto > Duration{}) wait = std::min(wait, rto);
  set_timer(TimerKind::Probe, now, now + wait);
  return true;
}

void Sender::rearm_after_ack(const AckInput& in, const AckSummary& told) {
  Flight& f = *flight_;
  if (f.recovery.take_reneging()) {
    const Duration patience = std::max(in_ticks(rtt_.srtt() / 2, rtt_.tick()), in_ticks(Duration::ms(10), rtt_.tick()));
    return set_timer(TimerKind::Retransmit, in.now, in.now + patience);
  }
  const Duration wait = f.recovery.take_reorder_wait();
  if (wait > Duration{} && !nothing_in_flight()) {
    const Duration due = in_ticks(wait + Duration::ms(2), rtt_.tick());
    return set_timer(TimerKind::Reorder, in.now, in.now + std::min(due, rtt_.rto()));
  }
  bool restart = told.acked != 0 && !f.recovery.keeps_timer();
  // Linux: also if what was SACKed had left before the first segment was sent (again).
  if (!restart && f.recovery.by_time() && told.has_sacked_time && told.acked == 0) {
    restart = f.board.at(0).last_sent > told.first_sacked_sent;
  }
  if (restart && !schedule_probe(in.now, true)) rearm_rto(in.now);
}

void Sender::revert_back_off(Time now) {
  if (nothing_in_flight() || flight_->timeouts_in_a_row == 0 || rtt_.backoffs() == 0) return;
  rtt_.revert_back_off();
  set_timer(TimerKind::Retransmit, now, std::max(flight_->board.at(0).last_sent + rtt_.rto(), now));
}

ChangeKinds Sender::on_reorder_timer(Time now) {
  Flight& f = *flight_;
  WIRELAB_ASSERT(f.board.packets_out() > 0);
  Window window = window_;
  Segments newly_lost = 0;
  const Segments in_flight = f.board.in_flight();
  const ChangeKinds changes = f.recovery.on_reorder_timer(context(now, window), newly_lost);
  note_lost(in_flight);
  f.recovery.take_reorder_wait();
  count_changes(changes);
  set_window(now, window);
  rearm_rto(now);
  return changes;
}

ChangeKinds Sender::on_probe_sent(Time now, bool is_new) {
  Flight& f = *flight_;
  if (!is_new) {
    f.board.on_tail_probed(now, f.offered);
    if (needs_.rate_sample) rate_->on_resent(f.offered);
    last_sent_ = now;
    ++f.counters.segments_sent;
    ++f.counters.segments_retransmitted;
  }
  new_has_left_ = false;
  f.recovery.on_probe_sent(snd_nxt_, !is_new);
  set_timer(TimerKind::Retransmit, now, now + rtt_.rto());
  return change::Tlp;
}

ChangeKinds Sender::on_rto(Time now, bool linear_if_thin, bool counts) {
  Flight& f = *flight_;
  WIRELAB_ASSERT(f.board.packets_out() > 0);
  Window window = window_;
  const Segments in_flight = f.board.in_flight();
  f.recovery.on_timeout(context(now, window), f.timeouts_in_a_row == 0);
  note_lost(in_flight);
  set_window(now, window);
  ++f.counters.timeouts;
  if (counts) ++f.timeouts_in_a_row;
  constexpr std::uint32_t kThin = 4, kLinear = 6;  // segments; timeouts
  const bool is_thin = f.board.packets_out() < kThin && window_.ssthresh != infinite_ssthresh;
  if (linear_if_thin && is_thin && f.timeouts_in_a_row <= kLinear) {
    rtt_.end_back_off();
  } else {
    rtt_.back_off();
  }
  rearm_rto(now);
  return change::Timeout;
}

}  // namespace wirelab::tcp
