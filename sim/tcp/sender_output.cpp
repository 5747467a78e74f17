// What the sender lets leave: how much new data, which lost segment next, and what the window makes of its use.

#include <algorithm>

#include "core/assert.h"
#include "tcp/initial_window.h"
#include "tcp/sender.h"

namespace wirelab::tcp {

bool Sender::before_output(Time now) {
  if (!config_->slow_start_after_idle || !nothing_in_flight() || needs_.owns_window) return false;
  const Duration idle = now - last_sent_;
  if (idle <= rtt_.rto()) return false;
  const Segments initial = initial_window(*config_, smss_, 0);
  const Window restarted = restart_after_idle(window_, idle, rtt_.rto(), initial);
  cc_->on_idle_end(now, idle, true, snd_nxt_);
  begin_output();
  flight_->validation.restart_decay(now);
  if (restarted == window_) return false;
  set_window(now, restarted);
  return true;
}

Segments Sender::send_budget() const {
  const Flight& f = *flight_;
  Segments room = window_.cwnd;
  Segments used = f.board.in_flight();
  if (f.recovery.state() == CaState::Disorder) {
    if (config_->limited_transmit) {
      room += f.recovery.limited_transmit_room();
    } else {
      used += f.board.sacked_out();  // what has left the network makes no room yet
    }
  }
  return room > used ? room - used : 0;
}

std::optional<SeqRange> Sender::find_retransmission(bool new_data_available) {
  Flight& f = *flight_;
  rescue_offered_ = false;
  std::optional<std::uint32_t> position = f.board.next_lost();
  const bool room = f.board.in_flight() < window_.cwnd;
  if (!room && !(position && f.recovery.forced())) return std::nullopt;
  if (f.recovery.new_data_first()) return std::nullopt;
  if (!position && config_->rescue_retransmission && f.board.sack() && !new_data_available &&
      f.recovery.state() == CaState::Recovery) {
    position = f.board.next_speculative();
    if (!position && f.recovery.may_rescue()) {
      position = f.board.highest_unsacked();
      rescue_offered_ = position.has_value();
    }
  }
  if (!position) return std::nullopt;
  const SegmentRecord& r = f.board.at(*position);
  if (r.first != snd_una_ && r.first >= window_edge()) return std::nullopt;  // the peer took its window back
  f.offered = *position;
  const SeqRange range{r.first, r.end};
  if (!config_->retrans_collapse || range.length() >= smss_ || f.offered + 1 >= f.board.packets_out()) return range;
  return join_small_segments(range);
}

Segments Sender::begin_resent_burst(Segments most) {
  Flight& f = *flight_;
  const Segments in_flight = f.board.in_flight();
  const Segments room = window_.cwnd > in_flight ? window_.cwnd - in_flight : 1;
  return std::max<Segments>(f.board.cut_lost_burst(f.offered, std::min(room, most)), 1);
}

void Sender::on_sent_new(Time now, std::uint32_t length, std::uint8_t ends) {
  WIRELAB_DEBUG_ASSERT(length > 0);
  Flight& f = *flight_;
  if (f.board.in_flight() == 0) {
    cc_->on_idle_end(now, now - last_sent_, false, snd_nxt_);
    if (needs_.rate_sample) set_window(now, cc_->on_restart(now, rate_->is_app_limited(), window_));
  }
  if (needs_.rate_sample) rate_->on_sent(now, nothing_in_flight());
  if (nothing_in_flight()) set_timer(TimerKind::Retransmit, now, now + rtt_.rto());
  new_has_left_ = true;
  f.board.add(now, snd_nxt_, snd_nxt_ + length, ends);
  snd_nxt_ += length;
  last_sent_ = now;
  cwr_flag_wanted_ = false;
  f.recovery.on_sent_new();
  ++f.counters.segments_sent;
}

void Sender::on_retransmitted(Time now, SeqRange range, std::uint32_t ts_now) {
  Flight& f = *flight_;
  const std::uint32_t position = f.board.on_retransmitted(now, range.first);
  if (needs_.rate_sample) rate_->on_resent(position);
  f.recovery.on_retransmitted(rescue_offered_, ts_now);
  rescue_offered_ = false;
  if (range.first == snd_una_ && timer_kind_ != TimerKind::Reorder) {
    set_timer(TimerKind::Retransmit, now, now + rtt_.rto());
  }
  last_sent_ = now;
  ++f.counters.segments_sent;
  ++f.counters.segments_retransmitted;
}

void Sender::after_output(Time now, const OutputEnd& end) {
  Flight& f = *flight_;
  if (new_has_left_) {  // one probe a flight, counted from its last new segment
    new_has_left_ = false;
    if (!schedule_probe(now, false) && timer_kind_ == TimerKind::Probe) rearm_rto(now);
  }
  f.recovery.end_new_data_first(snd_nxt_);
  if (!config_->cwnd_validation || !end.had_new) return;  // what is sent again tells nothing of the application
  const bool full = end.stopped_by_cwnd || f.board.in_flight() >= window_.cwnd;
  if (!end.sent_new && !full) return;
  const Segments packets_out = f.board.packets_out();
  f.validation.note_usage(full, packets_out, snd_una_, snd_nxt_);
  if (f.validation.cwnd_limited(window_)) {
    f.validation.restart_decay(now);
  } else if (config_->slow_start_after_idle && !needs_.owns_window) {
    const bool may_decay = f.recovery.state() == CaState::Open && !end.application_blocked;
    const Segments initial = initial_window(*config_, smss_, 0);
    set_window(now, f.validation.decay(now, window_, rtt_.rto(), packets_out, initial, may_decay));
  }
}

}  // namespace wirelab::tcp
