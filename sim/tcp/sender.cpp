#include "tcp/sender.h"

#include <algorithm>

#include "core/assert.h"
#include "tcp/cc_registry.h"
#include "tcp/initial_window.h"
#include "tcp/tail_loss_probe.h"

namespace wirelab::tcp {

namespace {

RttSettings rtt_settings(const TcpConfig& config) {
  return {config.rto_initial, config.rto_min, config.rto_max, Duration::s(1) / config.hz, config.rto_min_on_variance};
}

Duration whole_microseconds(Duration d) { return Duration::us(d.us()); }

}  // namespace

Sender::Sender(const TcpConfig& config)
    : needs_(needs_of(config)), rtt_(rtt_settings(config)), cc_(make_congestion_control(config)), config_(&config) {}

void Sender::start(const SenderStart& s) {
  iss_ = s.iss;
  snd_una_ = snd_nxt_ = s.iss + 1 + s.syn_data_acked;
  snd_wnd_ = max_window_ = s.snd_wnd;
  snd_wl1_ = s.wl1;
  snd_wl2_ = s.wl2;
  smss_ = s.smss;
  timestamps_ = s.timestamps;
  ecn_ = s.ecn;
  cwr_flag_wanted_ = s.owes_cwr;
  last_sent_ = cwnd_since_ = s.now;
  sack_ = s.sack && config_->recovery == Recovery::Sack;
  probes_ = sack_ && config_->early_retrans >= 3;
  if (needs_.rate_sample) rate_ = std::make_unique<DeliveryRate>();
  if (s.handshake_rtt) rtt_.take(whole_microseconds(*s.handshake_rtt), *s.handshake_rtt, snd_una_, snd_nxt_);
  if (s.syn_timeouts > 0 && config_->rto_after_syn_loss) rtt_.raise_rto(Duration::s(3));
  const Window initial{initial_window(*config_, smss_, s.syn_timeouts), 0, infinite_ssthresh};
  window_ = cc_->start({s.now, initial, snd_nxt_, ecn_, rtt_.srtt(), rtt_.min_rtt(), smss_, s.random_key});
}

/// Until now nothing was sent: snd_una_ and last_sent_ are what start() has made them.
void Sender::make_flight() {
  flight_ = std::make_unique<Flight>();
  flight_->recovery.reset(*config_, snd_una_, sack_);
  flight_->board.reset(sack_, flight_->recovery.by_time());
  flight_->validation.reset(last_sent_, snd_una_);
}

const Flight Sender::nothing_sent_{};

void Sender::add_syn_data(Time now, Time sent, std::uint32_t length, bool lost) {
  begin_output();
  Flight& f = *flight_;
  ++f.counters.segments_sent;
  while (length > 0) {
    const std::uint32_t part = std::min(length, smss_);
    const std::uint8_t ends = part == length ? SegmentRecord::OfBurst | SegmentRecord::Pushed : 0;
    if (needs_.rate_sample) rate_->on_sent(sent, nothing_in_flight());
    f.board.add(sent, snd_nxt_, snd_nxt_ + part, ends);
    snd_nxt_ += part;
    length -= part;
  }
  set_timer(TimerKind::Retransmit, now, now + rtt_.rto());
  if (!lost) return;
  f.board.mark_all_lost();
  Window window = window_;
  f.recovery.on_smaller_segments(context(now, window));
  set_window(now, window);
}

void Sender::end_handshake(Time now, std::optional<Duration> rtt) {
  if (rtt && !rtt_.has_sample()) rtt_.take(whole_microseconds(*rtt), *rtt, snd_una_, snd_nxt_);
  if (!nothing_in_flight()) set_timer(TimerKind::Retransmit, now, now + rtt_.rto());
}

void Sender::change_congestion_control(Time now, const TcpConfig& config) {
  begin_output();  // it may set another window
  needs_ = needs_of(config);
  cc_ = make_congestion_control(config);
  if (needs_.rate_sample && rate_ == nullptr) rate_ = std::make_unique<DeliveryRate>();
  set_window(now, cc_->start({now, window_, snd_nxt_, ecn_, rtt_.srtt(), rtt_.min_rtt(), smss_, 0}));
}

RecoveryContext Sender::context(Time now, Window& window) {
  return {now,      *config_, *cc_,  rtt_,        flight_->board,    window,
          snd_una_, snd_nxt_, smss_, max_window_, needs_.owns_window};
}

void Sender::set_window(Time now, const Window& w) {
  if (w.cwnd != window_.cwnd) {
    flight_->cwnd_area = cwnd_area(now);
    cwnd_since_ = now;
  }
  window_ = w;
  if (ecn_) follow_reductions();
}

/// RFC 3168 section 6.1.2: each reduction is told once.
void Sender::follow_reductions() {
  switch (flight_->recovery.take_cwr_news()) {
    case LossRecovery::CwrNews::None: break;
    case LossRecovery::CwrNews::Reduced: cwr_flag_wanted_ = true; break;
    case LossRecovery::CwrNews::TakenBack: cwr_flag_wanted_ = false; break;
  }
}

// ---- Output

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

// ---- Input

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

AckOutcome Sender::on_ack(const AckInput& in) {
  WIRELAB_DEBUG_ASSERT(in.ack <= snd_nxt_);
  AckOutcome out;
  bool window_taken = false;
  out.window_changed = update_send_window(in, window_taken);
  if (out.window_changed) out.changes |= change::Ack;
  if (nothing_in_flight()) {
    const bool repeated = in.ack == snd_una_ && !in.occupies && !window_taken;
    const bool is_answer = flight_ != nullptr && flight_->recovery.probe_outstanding();
    if (is_answer || (sack_ && !in.sack.empty())) on_ack_of_nothing(in, repeated, out);
    return out;
  }

  Flight& f = *flight_;
  const Segments prior_in_flight = f.board.in_flight();
  const bool advanced = in.ack > snd_una_;
  const bool is_old = in.ack < snd_una_;
  const bool repeated = in.ack == snd_una_ && !in.occupies && !window_taken;
  AckSummary told;
  told.ambiguous_after = rtt_.has_sample() ? in.now - rtt_.min_rtt() : Time::from_ps(-1);
  if (timestamps_ && in.ts_ecr != 0 && f.recovery.state() != CaState::Open) {
    // All of the echoed tick: the clock of timestamps goes in whole milliseconds.
    told.echoed = Time{} + Duration::ms((in.now - Time{}).ms() - static_cast<std::int32_t>(in.ts_now - in.ts_ecr) + 1) -
                  Duration::ps(1);
  }
  const std::uint32_t delivered_before = f.board.delivered();
  if (needs_.rate_sample) {
    told.rate = rate_.get();
    rate_->begin();
  }
  if (sack_) {
    f.board.take_sack(in.sack, snd_una_, in.ack, snd_nxt_, told);
    if (!f.recovery.learns_from_sack_order()) told.late_from = AckSummary().late_from;
  }
  if (advanced) {
    out.acked = static_cast<std::uint32_t>(in.ack - snd_una_);
    snd_una_ = in.ack;
    f.board.take_ack(in.ack, told);
    f.timeouts_in_a_row = 0;
    out.changes |= change::Ack;
  } else if (repeated) {
    out.changes |= change::DupAck;
  }
  if (!sack_) told.delivered += f.board.emulate_delivery(told.acked);
  f.board.settle_reordering(told);
  const RttSample sample = is_old ? RttSample() : take_rtt(in, told);

  Window window = window_;
  Segments newly_lost = 0;
  if (needs_.ecn) cc_->on_delivered(told.delivered, in.ece, snd_una_, snd_nxt_);
  f.recovery.on_arrival(told, in.now);
  if (f.recovery.probe_outstanding() || told.dsack || f.recovery.widening_pending()) {
    const RecoveryContext c = context(in.now, window);
    if (told.dsack) told.delivered += note_duplicates(c, told);
    out.changes |= f.recovery.on_probe_answer(c, told, in.ack, repeated && told.sacked == 0);
  }
  if (f.recovery.state() != CaState::Open || repeated || told.sacked != 0 || told.dsack || in.ece) {
    const std::uint32_t emulated_before = f.board.delivered();
    const AckFacts facts{told.acked,
                         advanced,
                         repeated && told.sacked == 0 && !told.dsack,
                         snd_nxt_ < window_edge(),
                         in.ece,
                         timestamps_ && in.ts_ecr != 0,
                         in.ts_ecr};
    const ChangeKinds changes = f.recovery.on_ack(context(in.now, window), told, facts, newly_lost);
    told.delivered += f.board.delivered() - emulated_before;  // a duplicate ACK that stood for a SACK
    count_changes(changes);
    out.changes |= changes;
  }
  f.counters.delivered += told.delivered;
  if (in.ece) f.counters.delivered_ce += told.delivered;
  if (is_old) {  // what it SACKs was looked at; it moves no timer and no window
    f.recovery.take_reorder_wait();
    set_window(in.now, window);
    return out;
  }
  rearm_after_ack(in, told);

  if (f.recovery.in_reduction()) {
    f.recovery.adjust_window(context(in.now, window), told.delivered, advanced && newly_lost == 0);
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
  flight_->counters.duplicates_told += segments;
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
