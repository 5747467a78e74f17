#include "tcp/sender.h"

#include <algorithm>

#include "tcp/cc_registry.h"
#include "tcp/initial_window.h"

namespace wirelab::tcp {

namespace {

RttSettings rtt_settings(const TcpConfig& config) {
  return {config.rto_initial, config.rto_min, config.rto_max, Duration::s(1) / config.hz, config.rto_min_on_variance};
}

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
  // RFC 6298 rule 5.7; Linux goes by it only where nothing has measured the round trip.
  if (!s.handshake_rtt || (s.syn_resent > 0 && config_->rto_after_syn_loss)) rtt_.raise_rto(Duration::s(3));
  const Window initial{initial_window(*config_, smss_, s.syn_resent), 0, infinite_ssthresh};
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

}  // namespace wirelab::tcp
