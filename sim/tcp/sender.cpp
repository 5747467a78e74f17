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
  const bool sack = s.sack && config_->recovery == Recovery::Sack;
  recovery_.reset(*config_, snd_una_, sack);
  scoreboard_.reset(sack, recovery_.by_time());
  probes_ = sack && config_->early_retrans >= 3;
  validation_.reset(s.now, snd_una_);
  if (needs_.rate_sample) rate_ = std::make_unique<DeliveryRate>();
  if (s.handshake_rtt) rtt_.take(whole_microseconds(*s.handshake_rtt), *s.handshake_rtt, snd_una_, snd_nxt_);
  if (s.syn_timeouts > 0 && config_->rto_after_syn_loss) rtt_.raise_rto(Duration::s(3));
  const Window initial{initial_window(*config_, smss_, s.syn_timeouts), 0, infinite_ssthresh};
  window_ = cc_->start({s.now, initial, snd_nxt_, ecn_, rtt_.srtt(), rtt_.min_rtt(), smss_, s.random_key});
}

void Sender::add_syn_data(Time now, Time sent, std::uint32_t length, bool lost) {
  ++counters_.segments_sent;
  while (length > 0) {
    const std::uint32_t part = std::min(length, smss_);
    const std::uint8_t ends = part == length ? SegmentRecord::OfBurst | SegmentRecord::Pushed : 0;
    if (needs_.rate_sample) rate_->on_sent(sent, scoreboard_.packets_out() == 0);
    scoreboard_.add(sent, snd_nxt_, snd_nxt_ + part, ends);
    snd_nxt_ += part;
    length -= part;
  }
  set_timer(TimerKind::Retransmit, now, now + rtt_.rto());
  if (!lost) return;
  scoreboard_.mark_all_lost();
  Window window = window_;
  recovery_.on_smaller_segments(context(now, window));
  set_window(now, window);
}

void Sender::end_handshake(Time now, std::optional<Duration> rtt) {
  if (rtt && !rtt_.has_sample()) rtt_.take(whole_microseconds(*rtt), *rtt, snd_una_, snd_nxt_);
  if (scoreboard_.packets_out() != 0) set_timer(TimerKind::Retransmit, now, now + rtt_.rto());
}

void Sender::change_congestion_control(Time now, const TcpConfig& config) {
  needs_ = needs_of(config);
  cc_ = make_congestion_control(config);
  if (needs_.rate_sample && rate_ == nullptr) rate_ = std::make_unique<DeliveryRate>();
  set_window(now, cc_->start({now, window_, snd_nxt_, ecn_, rtt_.srtt(), rtt_.min_rtt(), smss_, 0}));
}

RecoveryContext Sender::context(Time now, Window& window) {
  return {now, *config_, *cc_, rtt_, scoreboard_, window, snd_una_, snd_nxt_, smss_, max_window_, needs_.owns_window};
}

void Sender::set_window(Time now, const Window& w) {
  if (w.cwnd != window_.cwnd) {
    cwnd_area_ = cwnd_area(now);
    cwnd_since_ = now;
  }
  window_ = w;
  if (ecn_) follow_reductions();
}

/// RFC 3168 section 6.1.2: each reduction is told once.
void Sender::follow_reductions() {
  switch (recovery_.take_cwr_news()) {
    case LossRecovery::CwrNews::None: break;
    case LossRecovery::CwrNews::Reduced: cwr_flag_wanted_ = true; break;
    case LossRecovery::CwrNews::TakenBack: cwr_flag_wanted_ = false; break;
  }
}

// ---- Output

bool Sender::before_output(Time now) {
  if (!config_->slow_start_after_idle || scoreboard_.packets_out() != 0 || needs_.owns_window) return false;
  const Duration idle = now - last_sent_;
  if (idle <= rtt_.rto()) return false;
  const Segments initial = initial_window(*config_, smss_, 0);
  const Window restarted = restart_after_idle(window_, idle, rtt_.rto(), initial);
  cc_->on_idle_end(now, idle, true, snd_nxt_);
  validation_.restart_decay(now);
  if (restarted == window_) return false;
  set_window(now, restarted);
  return true;
}

Segments Sender::send_budget() const {
  Segments room = window_.cwnd;
  Segments used = scoreboard_.in_flight();
  if (recovery_.state() == CaState::Disorder) {
    if (config_->limited_transmit) {
      room += recovery_.limited_transmit_room();
    } else {
      used += scoreboard_.sacked_out();  // what has left the network makes no room yet
    }
  }
  return room > used ? room - used : 0;
}

std::optional<SeqRange> Sender::find_retransmission(bool new_data_available) {
  rescue_offered_ = false;
  std::optional<std::uint32_t> position = scoreboard_.next_lost();
  const bool room = scoreboard_.in_flight() < window_.cwnd;
  if (!room && !(position && recovery_.forced())) return std::nullopt;
  if (recovery_.new_data_first()) return std::nullopt;
  if (!position && config_->rescue_retransmission && scoreboard_.sack() && !new_data_available &&
      recovery_.state() == CaState::Recovery) {
    position = scoreboard_.next_speculative();
    if (!position && recovery_.may_rescue()) {
      position = scoreboard_.highest_unsacked();
      rescue_offered_ = position.has_value();
    }
  }
  if (!position) return std::nullopt;
  const SegmentRecord& r = scoreboard_.at(*position);
  if (r.first != snd_una_ && r.first >= window_edge()) return std::nullopt;  // the peer took its window back
  offered_ = *position;
  const SeqRange range{r.first, r.end};
  if (!config_->retrans_collapse || range.length() >= smss_ || offered_ + 1 >= scoreboard_.packets_out()) return range;
  return join_small_segments(range);
}

Segments Sender::begin_resent_burst(Segments most) {
  const Segments in_flight = scoreboard_.in_flight();
  const Segments room = window_.cwnd > in_flight ? window_.cwnd - in_flight : 1;
  return std::max<Segments>(scoreboard_.cut_lost_burst(offered_, std::min(room, most)), 1);
}

void Sender::on_sent_new(Time now, std::uint32_t length, std::uint8_t ends) {
  WIRELAB_DEBUG_ASSERT(length > 0);
  if (scoreboard_.in_flight() == 0) {
    cc_->on_idle_end(now, now - last_sent_, false, snd_nxt_);
    if (needs_.rate_sample) set_window(now, cc_->on_restart(now, rate_->is_app_limited(), window_));
  }
  if (needs_.rate_sample) rate_->on_sent(now, scoreboard_.packets_out() == 0);
  if (scoreboard_.packets_out() == 0) set_timer(TimerKind::Retransmit, now, now + rtt_.rto());
  new_has_left_ = true;
  scoreboard_.add(now, snd_nxt_, snd_nxt_ + length, ends);
  snd_nxt_ += length;
  last_sent_ = now;
  cwr_flag_wanted_ = false;
  recovery_.on_sent_new();
  ++counters_.segments_sent;
}

void Sender::on_retransmitted(Time now, SeqRange range, std::uint32_t ts_now) {
  const std::uint32_t position = scoreboard_.on_retransmitted(now, range.first);
  if (needs_.rate_sample) rate_->on_resent(position);
  recovery_.on_retransmitted(rescue_offered_, ts_now);
  rescue_offered_ = false;
  if (range.first == snd_una_ && timer_kind_ != TimerKind::Reorder) {
    set_timer(TimerKind::Retransmit, now, now + rtt_.rto());
  }
  last_sent_ = now;
  ++counters_.segments_sent;
  ++counters_.segments_retransmitted;
}

void Sender::after_output(Time now, const OutputEnd& end) {
  if (new_has_left_) {  // one probe a flight, counted from its last new segment
    new_has_left_ = false;
    if (!schedule_probe(now, false) && timer_kind_ == TimerKind::Probe) rearm_rto(now);
  }
  recovery_.end_new_data_first(snd_nxt_);
  if (!config_->cwnd_validation || !end.had_new) return;  // what is sent again tells nothing of the application
  const bool full = end.stopped_by_cwnd || scoreboard_.in_flight() >= window_.cwnd;
  if (!end.sent_new && !full) return;
  const Segments packets_out = scoreboard_.packets_out();
  validation_.note_usage(full, packets_out, snd_una_, snd_nxt_);
  if (validation_.cwnd_limited(window_)) {
    validation_.restart_decay(now);
  } else if (config_->slow_start_after_idle && !needs_.owns_window) {
    const bool may_decay = recovery_.state() == CaState::Open && !end.application_blocked;
    const Segments initial = initial_window(*config_, smss_, 0);
    set_window(now, validation_.decay(now, window_, rtt_.rto(), packets_out, initial, may_decay));
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
  if (scoreboard_.packets_out() == 0) {
    const bool repeated = in.ack == snd_una_ && !in.occupies && !window_taken;
    if (recovery_.probe_outstanding() || (scoreboard_.sack() && !in.sack.empty())) on_ack_of_nothing(in, repeated, out);
    return out;
  }

  const Segments prior_in_flight = scoreboard_.in_flight();
  const bool advanced = in.ack > snd_una_;
  const bool is_old = in.ack < snd_una_;
  const bool repeated = in.ack == snd_una_ && !in.occupies && !window_taken;
  AckSummary told;
  told.ambiguous_after = rtt_.has_sample() ? in.now - rtt_.min_rtt() : Time::from_ps(-1);
  if (timestamps_ && in.ts_ecr != 0 && recovery_.state() != CaState::Open) {
    // All of the echoed tick: the clock of timestamps goes in whole milliseconds.
    told.echoed = Time{} + Duration::ms((in.now - Time{}).ms() - static_cast<std::int32_t>(in.ts_now - in.ts_ecr) + 1) -
                  Duration::ps(1);
  }
  const std::uint32_t delivered_before = scoreboard_.delivered();
  if (needs_.rate_sample) {
    told.rate = rate_.get();
    rate_->begin();
  }
  if (scoreboard_.sack()) {
    scoreboard_.take_sack(in.sack, snd_una_, in.ack, snd_nxt_, told);
    if (!recovery_.learns_from_sack_order()) told.late_from = AckSummary().late_from;
  }
  if (advanced) {
    out.acked = static_cast<std::uint32_t>(in.ack - snd_una_);
    snd_una_ = in.ack;
    scoreboard_.take_ack(in.ack, told);
    timeouts_in_a_row_ = 0;
    out.changes |= change::Ack;
  } else if (repeated) {
    out.changes |= change::DupAck;
  }
  if (!scoreboard_.sack()) told.delivered += scoreboard_.emulate_delivery(told.acked);
  scoreboard_.settle_reordering(told);
  const RttSample sample = is_old ? RttSample() : take_rtt(in, told);

  Window window = window_;
  Segments newly_lost = 0;
  if (needs_.ecn) cc_->on_delivered(told.delivered, in.ece, snd_una_, snd_nxt_);
  recovery_.on_arrival(told, in.now);
  if (recovery_.probe_outstanding() || told.dsack || recovery_.widening_pending()) {
    const RecoveryContext c = context(in.now, window);
    if (told.dsack) told.delivered += note_duplicates(c, told);
    out.changes |= recovery_.on_probe_answer(c, told, in.ack, repeated && told.sacked == 0);
  }
  if (recovery_.state() != CaState::Open || repeated || told.sacked != 0 || told.dsack || in.ece) {
    const std::uint32_t emulated_before = scoreboard_.delivered();
    const AckFacts facts{told.acked,
                         advanced,
                         repeated && told.sacked == 0 && !told.dsack,
                         snd_nxt_ < window_edge(),
                         in.ece,
                         timestamps_ && in.ts_ecr != 0,
                         in.ts_ecr};
    const ChangeKinds changes = recovery_.on_ack(context(in.now, window), told, facts, newly_lost);
    told.delivered += scoreboard_.delivered() - emulated_before;  // a duplicate ACK that stood for a SACK
    count_changes(changes);
    out.changes |= changes;
  }
  counters_.delivered += told.delivered;
  if (in.ece) counters_.delivered_ce += told.delivered;
  if (is_old) {  // what it SACKs was looked at; it moves no timer and no window
    recovery_.take_reorder_wait();
    set_window(in.now, window);
    return out;
  }
  rearm_after_ack(in, told);

  if (recovery_.in_reduction()) {
    recovery_.adjust_window(context(in.now, window), told.delivered, advanced && newly_lost == 0);
  }
  if (needs_.rate_sample) {
    const bool lone = told.acked == 1 && told.sacked == 0 && out.acked < smss_ && !in.ece;
    const RateSample rate = rate_->end({in.now, rtt_.min_rtt(), in.departure, delivered_before, scoreboard_.delivered(),
                                        newly_lost, scoreboard_.in_flight(), lone});
    tell_congestion_control(in, told, sample, &rate, newly_lost, prior_in_flight, window);
    if (cc_->holds_back()) rate_->set_app_limited(scoreboard_.delivered(), scoreboard_.in_flight());
  } else if (told.delivered != 0) {
    tell_congestion_control(in, told, sample, nullptr, newly_lost, prior_in_flight, window);
  }
  set_window(in.now, window);
#ifdef WIRELAB_CHECKED
  if (scoreboard_.packets_out() <= 256) scoreboard_.check();  // it walks over all
#endif
  return out;
}

/// Returns the segments that count as delivered for it.
Segments Sender::note_duplicates(const RecoveryContext& c, const AckSummary& told) {
  const Segments segments = recovery_.on_duplicate(c, told);
  counters_.duplicates_told += segments;
  return scoreboard_.count_duplicates(segments);
}

void Sender::count_changes(ChangeKinds changes) {
  if (changes == 0) return;
  if ((changes & change::FastRetransmit) != 0) ++counters_.fast_recoveries;
  if ((changes & change::Ecn) != 0) ++counters_.ecn_reductions;
  if ((changes & change::Undo) != 0) ++counters_.undos;
}

/// Nothing is in flight: only a D-SACK, or the answer to a probe, can say something.
void Sender::on_ack_of_nothing(const AckInput& in, bool repeated, AckOutcome& out) {
  AckSummary told;
  if (scoreboard_.sack()) scoreboard_.take_sack(in.sack, snd_una_, in.ack, snd_nxt_, told);
  Window window = window_;
  const RecoveryContext c = context(in.now, window);
  if (told.dsack) counters_.delivered += note_duplicates(c, told);
  out.changes |= recovery_.on_probe_answer(c, told, in.ack, repeated);
  if (told.dsack) {
    Segments newly_lost = 0;
    const ChangeKinds changes = recovery_.on_ack(
        c, told, {0, false, false, false, in.ece, timestamps_ && in.ts_ecr != 0, in.ts_ecr}, newly_lost);
    count_changes(changes);
    out.changes |= changes;
  }
  set_window(in.now, window);
}

}  // namespace wirelab::tcp
