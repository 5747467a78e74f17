// What an ACK tells the sender: of the peer's window, of the segments in flight, of the round trip, and so of losses
// and of the congestion window.

#include <algorithm>

#include "core/assert.h"
#include "tcp/sender.h"

namespace wirelab::tcp {

/// RFC 9293 section 3.10.7.4, fifth step; or Linux's rule, by which what acknowledges nothing new and comes from the
/// same place only opens the window or closes it. `taken`: it says something of the window. True if that is another.
bool Sender::update_send_window(const AckInput& in, bool& taken) {
  taken = false;
  if (in.ack < snd_una_) return false;
  const bool newer = snd_wl1_ < in.seq;
  if (config_->duplicate_shrinks_window) {
    if (!newer && !(snd_wl1_ == in.seq && snd_wl2_ <= in.ack)) return false;
  } else if (in.ack == snd_una_ && !newer) {
    if (snd_wl1_ != in.seq || (in.wnd <= snd_wnd_ && in.wnd != 0)) return false;
  }
  snd_wl1_ = in.seq;
  snd_wl2_ = in.ack;
  const bool changed = snd_wnd_ != in.wnd;
  taken = changed || !config_->duplicate_shrinks_window;
  snd_wnd_ = in.wnd;
  max_window_ = std::max(max_window_, in.wnd);
  return changed;
}

/// Prefers the times of the segments themselves; what was sent twice is timed by its echoed timestamp only (Karn).
Sender::RttSample Sender::take_rtt(const AckInput& in, const AckSummary& told) {
  RttSample sample;
  Duration first;
  if (told.has_acked_time && !told.retransmitted_acked) {
    first = whole_microseconds(in.now - told.first_acked_sent);
    sample = {true, whole_microseconds(in.now - told.last_acked_sent)};
  }
  if (told.has_sacked_time) {
    if (!sample.valid) first = whole_microseconds(in.now - told.first_sacked_sent);
    sample = {true, whole_microseconds(in.now - told.last_sacked_sent)};
  }
  if (!sample.valid && told.acked != 0 && timestamps_ && in.ts_ecr != 0) {
    first = Duration::ms(std::max<std::uint32_t>(in.ts_now - in.ts_ecr, 1));
    sample = {true, first};
  }
  if (sample.valid) rtt_.take(first, sample.latest, snd_una_, snd_nxt_);
  return sample;
}

/// What the scoreboard needs to know of this ACK before it tells what the ACK says.
inline AckSummary Sender::begin_summary(const AckInput& in) {
  AckSummary told;
  told.ambiguous_after = rtt_.has_sample() ? in.now - rtt_.min_rtt() : Time::from_ps(-1);
  if (timestamps_ && in.ts_ecr != 0 && flight_->recovery.state() != CaState::Open) {
    // All of the echoed tick: the clock of timestamps goes in whole milliseconds.
    told.echoed = Time{} + Duration::ms((in.now - Time{}).ms() - static_cast<std::int32_t>(in.ts_now - in.ts_ecr) + 1) -
                  Duration::ps(1);
  }
  if (needs_.rate_sample) {
    told.rate = rate_.get();
    rate_->begin();
  }
  return told;
}

/// Which segments have arrived.
inline void Sender::take_acknowledged(const AckInput& in, AckSummary& told, AckOutcome& out) {
  Flight& f = *flight_;
  if (sack_) {
    f.board.take_sack(in.sack, snd_una_, in.ack, snd_nxt_, told);
    if (!f.recovery.learns_from_sack_order()) told.late_from = AckSummary().late_from;
  }
  if (in.ack > snd_una_) {
    out.acked = static_cast<std::uint32_t>(in.ack - snd_una_);
    snd_una_ = in.ack;
    f.board.take_ack(in.ack, told);
    f.timeouts_in_a_row = 0;
    out.changes |= change::Ack;
  }
  if (!sack_) told.delivered += f.board.emulate_delivery(told.acked);
  f.board.settle_reordering(told);
}

/// Which segments are lost, and whether a recovery begins, ends or was needless. `repeated`: a duplicate ACK. Returns
/// the segments that count as lost from now on.
inline Segments Sender::follow_recovery(const AckInput& in, AckSummary& told, bool repeated, Window& window,
                                        AckOutcome& out) {
  Flight& f = *flight_;
  Segments newly_lost = 0;
  const bool is_plain_repetition = repeated && told.sacked == 0;
  f.recovery.on_arrival(told, in.now);
  if (f.recovery.probe_outstanding() || told.dsack || f.recovery.widening_pending()) {
    const RecoveryContext c = context(in.now, window);
    if (told.dsack) told.delivered += note_duplicates(c, told);
    out.changes |= f.recovery.on_probe_answer(c, told, in.ack, is_plain_repetition);
  }
  if (f.recovery.state() != CaState::Open || repeated || told.sacked != 0 || told.dsack || in.ece) {
    const std::uint32_t delivered_before = f.board.delivered();
    const AckFacts facts{told.acked,
                         out.acked != 0,
                         is_plain_repetition && !told.dsack,
                         snd_nxt_ < window_edge(),
                         in.ece,
                         timestamps_ && in.ts_ecr != 0,
                         in.ts_ecr};
    const ChangeKinds changes = f.recovery.on_ack(context(in.now, window), told, facts, newly_lost);
    told.delivered += f.board.delivered() - delivered_before;  // a duplicate ACK that stood for a SACK
    count_changes(changes);
    if ((changes & change::Undo) != 0) f.timeouts_in_a_row = 0;
    out.changes |= changes;
  }
  f.counters.delivered += told.delivered;
  if (in.ece) f.counters.delivered_ce += told.delivered;
  return newly_lost;
}

AckOutcome Sender::on_ack(const AckInput& in) {
  WIRELAB_DEBUG_ASSERT(in.ack <= snd_nxt_);
  AckOutcome out;
  bool window_taken = false;
  out.window_changed = update_send_window(in, window_taken);
  if (out.window_changed) out.changes |= change::Ack;
  const bool repeated = in.ack == snd_una_ && !in.occupies && !window_taken;
  if (nothing_in_flight()) {
    const bool is_answer = flight_ != nullptr && flight_->recovery.probe_outstanding();
    if (is_answer || (sack_ && !in.sack.empty())) on_ack_of_nothing(in, repeated, out);
    return out;
  }

  Flight& f = *flight_;
  const Segments prior_in_flight = f.board.in_flight();
  const std::uint32_t delivered_before = f.board.delivered();
  const bool is_old = in.ack < snd_una_;
  if (repeated) out.changes |= change::DupAck;
  AckSummary told = begin_summary(in);
  take_acknowledged(in, told, out);
  const RttSample sample = is_old ? RttSample() : take_rtt(in, told);

  Window window = window_;
  if (needs_.ecn) cc_->on_delivered(told.delivered, in.ece, snd_una_, snd_nxt_);
  const Segments newly_lost = follow_recovery(in, told, repeated, window, out);
  if (is_old) {  // what it SACKs was looked at; it moves no timer and no window
    f.recovery.take_reorder_wait();
    set_window(in.now, window);
    return out;
  }
  rearm_after_ack(in, told);

  if (f.recovery.in_reduction()) {
    f.recovery.adjust_window(context(in.now, window), told.delivered, out.acked != 0 && newly_lost == 0);
  }
  if (needs_.rate_sample) {
    const bool lone = told.acked == 1 && told.sacked == 0 && out.acked < smss_ && !in.ece;
    const RateSample rate = rate_->end({in.now, rtt_.min_rtt(), in.departure, delivered_before, f.board.delivered(),
                                        newly_lost, f.board.in_flight(), lone});
    tell_congestion_control(in, told, sample, &rate, newly_lost, prior_in_flight, window);
    if (cc_->holds_back()) rate_->set_app_limited(f.board.delivered(), f.board.in_flight());
  } else if (told.delivered != 0) {
    tell_congestion_control(in, told, sample, nullptr, newly_lost, prior_in_flight, window);
  }
  set_window(in.now, window);
#ifdef WIRELAB_CHECKED
  if (f.board.packets_out() <= 256) f.board.check();  // it walks over all
#endif
  return out;
}

/// Returns the segments that count as delivered for it.
Segments Sender::note_duplicates(const RecoveryContext& c, const AckSummary& told) {
  const Segments segments = flight_->recovery.on_duplicate(c, told);
  flight_->counters.duplicates_told = flight_->recovery.duplicates_reported();
  return flight_->board.count_duplicates(segments);
}

void Sender::count_changes(ChangeKinds changes) {
  if (changes == 0) return;
  Flight& f = *flight_;
  if ((changes & change::FastRetransmit) != 0) ++f.counters.fast_recoveries;
  if ((changes & change::Ecn) != 0) ++f.counters.ecn_reductions;
  if ((changes & change::Undo) != 0) ++f.counters.undos;
}

/// Nothing is in flight: only a D-SACK, or the answer to a probe, can say something.
void Sender::on_ack_of_nothing(const AckInput& in, bool repeated, AckOutcome& out) {
  begin_output();  // the peer may report our SYN as a duplicate
  Flight& f = *flight_;
  AckSummary told;
  if (sack_) f.board.take_sack(in.sack, snd_una_, in.ack, snd_nxt_, told);
  Window window = window_;
  const RecoveryContext c = context(in.now, window);
  if (told.dsack) f.counters.delivered += note_duplicates(c, told);
  out.changes |= f.recovery.on_probe_answer(c, told, in.ack, repeated);
  if (told.dsack) {
    Segments newly_lost = 0;
    const ChangeKinds changes = f.recovery.on_ack(
        c, told, {0, false, false, false, in.ece, timestamps_ && in.ts_ecr != 0, in.ts_ecr}, newly_lost);
    count_changes(changes);
    out.changes |= changes;
  }
  set_window(in.now, window);
}

}  // namespace wirelab::tcp
