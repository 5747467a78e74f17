#include "tcp/loss_recovery.h"

#include <algorithm>

#include "core/assert.h"

namespace wirelab::tcp {

void LossRecovery::reset(const TcpConfig& config, Seq snd_una, bool sack) {
  *this = LossRecovery();
  high_seq_ = snd_una;
  dupthresh_ = config.reordering;
  kind_ = config.recovery == Recovery::Sack && !sack ? Recovery::NewReno : config.recovery;
  inflates_ = kind_ != Recovery::Sack && !config.prr;
  by_time_ = kind_ == Recovery::Sack && (config.rack & rack_option::On) != 0;
}

// ---- One ACK

ChangeKinds LossRecovery::on_ack(const RecoveryContext& c, const AckSummary& told, const AckFacts& ack,
                                 Segments& newly_lost) {
  ChangeKinds changes = 0;
  if (told.reordering != 0) widen_dupthresh(c, told.reordering);
  if (ack.advanced) {
    duplicates_ = 0;
    limited_transmissions_ = 0;
  }
  if (c.board.packets_out() == 0) c.board.reset_emulated_sack();
  if (ack.ece) undo_.forbid();
  if (ack.advanced && c.board.is_reneged()) {  // a little time to make up for it; then all SACKs are forgotten (Linux)
    reneged_ = true;
    return changes;
  }

  if (take_exit(c, ack, changes)) return changes;
  switch (state_) {
    case CaState::Recovery: in_recovery(c, ack, newly_lost, changes); break;
    case CaState::Loss:
      if (in_loss(c, told, ack, newly_lost, changes)) in_open(c, ack, newly_lost, changes);
      break;
    case CaState::Open:
    case CaState::Disorder:
    case CaState::Cwr: in_open(c, ack, newly_lost, changes); break;
  }
  return changes;
}

/// Ends CWR and Recovery when their recovery point is acknowledged. True: nothing more is to be done for this ACK.
bool LossRecovery::take_exit(const RecoveryContext& c, const AckFacts& ack, ChangeKinds& changes) {
  if (state_ == CaState::Open) {
    undo_.clear_stamp();
    return false;
  }
  if (c.snd_una < high_seq_) return false;
  if (state_ == CaState::Cwr) {
    // Held until something above is acknowledged, so that the segment with CWR has reached the receiver.
    if (c.snd_una == high_seq_) return false;
    end_reduction(c);
    set_state(c, CaState::Open);
  } else if (state_ == CaState::Recovery) {
    c.board.reset_emulated_sack();
    if (may_undo(c, ack)) {
      take_back(c, false, changes);
    } else {
      rack_.on_recovery_end();
    }
    if (c.snd_una == high_seq_ && kind_ == Recovery::NewReno && !inflates_) {
      // Duplicate ACKs that the retransmissions themselves cause must not start another recovery (RFC 6582 section 4).
      if (!c.board.any_retransmitted()) undo_.clear_stamp();
      return true;
    }
    end_reduction(c);
    set_state(c, CaState::Open);
    changes |= change::RecoveryExit;
  }
  return false;
}

void LossRecovery::in_recovery(const RecoveryContext& c, const AckFacts& ack, Segments& newly_lost,
                               ChangeKinds& changes) {
  if (!ack.advanced) {
    count_duplicate(c, ack);
    if (inflates_ && ack.duplicate && !c.cc_owns_window) ++c.window.cwnd;  // RFC 5681 section 3.2 step 4
  } else if (kind_ == Recovery::Reno) {                                    // any new ACK ends it
    c.board.reset_emulated_sack();
    end_reduction(c);
    set_state(c, CaState::Open);
    changes |= change::RecoveryExit;
    return;
  } else {
    ++partial_acks_;
    if (delayed(c, ack)) {
      // The originals are arriving after all: late, from the first one acknowledged on. What was sent again is waited
      // for, then the reduction is taken back.
      widen_dupthresh(c, c.board.sacked_span() + ack.acked);
      if (by_time_) rack_.on_reordering();
      if (c.board.retrans_out() != 0) return;
      if (!c.board.any_retransmitted()) undo_.clear_stamp();
      take_back(c, true, changes);
      keep_open(c);
    } else if (inflates_ && !c.cc_owns_window) {
      // RFC 6582 section 3.2 step 3: deflate by what was acknowledged, add back one.
      c.window.cwnd = std::max<Segments>(c.window.cwnd - std::min(c.window.cwnd, ack.acked), 1) + 1;
      forced_ = true;
    }
  }
  if (c.config.loss_undo && undo_.all_were_duplicates()) {
    rack_.on_duplicates_undo();
    take_back(c, false, changes);
    try_to_open(c, ack, changes);
    keep_open(c);
  }
  newly_lost += identify_losses(c, ack.advanced);
  // What was taken back may hide a real loss (Linux: reordering, then loss).
  if (by_time_ && state_ != CaState::Recovery && time_to_recover(c)) enter_recovery(c, ack, changes);
}

/// True if the ACK is to be looked at as in Open: the timeout was for nothing, or what was sent again is lost again.
bool LossRecovery::in_loss(const RecoveryContext& c, const AckSummary& told, const AckFacts& ack, Segments& newly_lost,
                           ChangeKinds& changes) {
  new_data_first_ = false;
  step_loss(c, told, ack, changes);
  if (state_ == CaState::Open) return true;
  newly_lost += identify_losses(c, ack.advanced);
  return by_time_ && lost_again_;
}

/// RFC 5682 with Linux's order of questions: an echoed timestamp or D-SACKs, then what SACK says of data that was sent
/// once, then the two steps of F-RTO, then whether all is repaired.
void LossRecovery::step_loss(const RecoveryContext& c, const AckSummary& told, const AckFacts& ack,
                             ChangeKinds& changes) {
  const bool certain = c.board.sack() || !told.retransmitted_acked;
  const bool proves_delay = frto_ && certain && told.original && told.original_end <= high_seq_;
  if ((ack.advanced && may_undo(c, ack)) || proves_delay) {
    take_back(c, true, changes);
    const bool holds = kind_ == Recovery::NewReno && c.snd_una == high_seq_;
    if (!holds && (c.board.sack() || proves_delay)) set_state(c, CaState::Open);
    return;
  }
  const bool repaired = c.snd_una >= high_seq_;
  if (frto_) {
    if (c.snd_nxt > high_seq_) {
      if (told.sacked != 0 || ack.duplicate) frto_ = false;  // step 3a: the loss is real
    } else if (ack.advanced && !repaired) {
      high_seq_ = c.snd_nxt;
      new_data_first_ = ack.may_send_new;
      frto_ = new_data_first_;
      if (frto_) return;
    }
  }
  if (repaired && (c.snd_una > high_seq_ || kind_ != Recovery::NewReno)) {
    c.board.reset_emulated_sack();
    undo_.end();
    rack_.on_recovery_end();
    set_state(c, CaState::Open);
  } else if (ack.advanced) {
    c.board.reset_emulated_sack();
  } else if (c.snd_nxt > high_seq_) {
    count_duplicate(c, ack);
  }
}

void LossRecovery::in_open(const RecoveryContext& c, const AckFacts& ack, Segments& newly_lost, ChangeKinds& changes) {
  if (ack.advanced) c.board.reset_emulated_sack();
  count_duplicate(c, ack);
  if (state_ <= CaState::Disorder && c.config.loss_undo && undo_.all_were_duplicates()) {
    rack_.on_duplicates_undo();
    take_back(c, false, changes);
  }
  newly_lost += identify_losses(c, ack.advanced);
  if (time_to_recover(c)) {
    if (size_probing_ && state_ <= CaState::Disorder && c.snd_una == size_probe_) {
      size_probe_lost_ = true;
      return;
    }
    enter_recovery(c, ack, changes);
    if (!c.board.sack() && state_ == CaState::Recovery) newly_lost += c.board.mark_head_lost();
  } else {
    try_to_open(c, ack, changes);
  }
}

// ---- Steps of it

void LossRecovery::widen_dupthresh(const RecoveryContext& c, Segments reordering) {
  if (reordering > dupthresh_) dupthresh_ = std::max(dupthresh_, std::min(reordering, c.config.max_reordering));
}

void LossRecovery::count_duplicate(const RecoveryContext& c, const AckFacts& ack) {
  if (!ack.duplicate) return;
  ++duplicates_;
  if (c.board.sack() || inflates_ || kind_ == Recovery::None || c.board.emulate_sack()) return;
  note_reordering(c, c.board.packets_out());  // more has arrived than can have: what was taken for lost came late
}

void LossRecovery::note_reordering(const RecoveryContext& c, Segments distance) {
  dupthresh_ = std::min(distance, c.config.max_reordering);
  rack_.on_reordering();
}

Segments LossRecovery::identify_losses(const RecoveryContext& c, bool advanced) {
  lost_again_ = false;
  if (by_time_) return rack_.take_news() ? look_at_times(c) : 0;
  if (c.board.sack()) { return c.board.mark_lost_by_sack({dupthresh_, c.smss, c.config.rescue_retransmission}); }
  // A partial ACK says that the next segment is missing too (RFC 6582).
  return state_ == CaState::Recovery && advanced ? c.board.mark_head_lost() : 0;
}

Segments LossRecovery::look_at_times(const RecoveryContext& c) {
  const Duration window =
      rack_.reordering_window(c.rtt, state_ >= CaState::Recovery, c.board.sacked_out() >= dupthresh_, c.config.rack);
  const TimeVerdict verdict = c.board.mark_lost_by_time(rack_.rule(c.now, window));
  lost_again_ = verdict.lost_again;
  reorder_wait_ = verdict.wait;
  return verdict.newly_lost;
}

bool LossRecovery::time_to_recover(const RecoveryContext& c) const {
  if (kind_ == Recovery::None || c.board.packets_out() == 0) return false;
  if (c.board.lost_out() > 0) return true;
  if (c.board.sack()) return false;
  if (!inflates_) return c.board.sacked_out() >= dupthresh_;
  // RFC 6582 section 3.2 step 1: only if the ACK covers more than `recover`.
  return duplicates_ >= c.config.reordering && (kind_ == Recovery::Reno || !entered_ || c.snd_una > high_seq_);
}

void LossRecovery::enter_recovery(const RecoveryContext& c, const AckFacts& ack, ChangeKinds& changes) {
  changes |= change::FastRetransmit;
  if (c.cc.restarts_after_loss()) {
    enter_loss(c, CongestionEvent::Cause::Loss, true);
    return;
  }
  const Segments prior_ssthresh = ack.ece || state_ == CaState::Cwr ? 0 : current_ssthresh(c);
  begin_undo(c, prior_ssthresh);
  if (state_ != CaState::Cwr) {
    begin_reduction(c, CongestionEvent::Cause::Loss);
  } else if (c.cc.reduces_again_for_loss()) {
    c.window.ssthresh = reduced_ssthresh(c, CongestionEvent::Cause::Loss);
  }
  set_state(c, CaState::Recovery);
  partial_acks_ = 0;
  rescued_ = false;
  if (c.config.prr || c.cc_owns_window) return;
  c.window.cwnd = c.window.ssthresh + (inflates_ ? c.config.reordering : 0);
  forced_ = true;
}

/// Everything in flight is lost and slow start begins from one segment: after a timeout, and for Tahoe.
void LossRecovery::enter_loss(const RecoveryContext& c, CongestionEvent::Cause cause, bool reduce) {
  const Segments ssthresh = reduced_ssthresh(c, cause);
  c.board.mark_all_lost(by_time_ ? rack_.recent(c.now) : Time::never());
  if (reduce) {
    begin_undo(c, current_ssthresh(c));
    c.window.ssthresh = ssthresh;
  }
  c.window.cwnd = c.board.in_flight() + 1;
  c.window.cwnd_count = 0;
  high_seq_ = c.snd_nxt;
  entered_ = true;
  duplicates_ = 0;
  forced_ = false;
  probe_.end_episode();
  cwr_news_ = CwrNews::Reduced;
  new_data_first_ = false;
  reorder_wait_ = {};
  set_state(c, CaState::Loss);
}

void LossRecovery::begin_undo(const RecoveryContext& c, Segments prior_ssthresh) {
  // The first of the episode's retransmissions may have been the probe, whose D-SACK is to be counted.
  const Segments resent = c.board.retrans_out() + (probe_.repeats() ? 1u : 0u);
  undo_.begin(c.snd_una, c.window.cwnd, prior_ssthresh, resent);
}

void LossRecovery::on_timeout(const RecoveryContext& c, bool first) {
  // A timeout after as many SACKs as should have sufficed: the reordering was overestimated.
  if (state_ <= CaState::Disorder && c.board.sacked_out() >= c.config.reordering) {
    dupthresh_ = std::min(dupthresh_, c.config.reordering);
  }
  const bool not_reduced_yet =
      state_ <= CaState::Disorder || c.snd_una >= high_seq_ || (state_ == CaState::Loss && first);
  // RFC 5682 section 2.1 step 1: not if a recovery was under way, unless it is the same timeout again.
  const bool sincere = state_ < CaState::Recovery || !first;
  enter_loss(c, CongestionEvent::Cause::Timeout, not_reduced_yet);
  frto_ = c.config.frto && sincere && kind_ != Recovery::None;
}

void LossRecovery::on_smaller_segments(const RecoveryContext& c) {
  if (c.board.lost_out() == 0 || state_ == CaState::Loss) return;
  c.window.ssthresh = current_ssthresh(c);
  undo_.end();
  high_seq_ = c.snd_nxt;
  entered_ = true;
  set_state(c, CaState::Loss);  // sends again what is marked, without reducing: it was not congestion
}

void LossRecovery::enter_cwr(const RecoveryContext& c, ChangeKinds& changes) {
  if (state_ >= CaState::Cwr) return;
  undo_.end();
  begin_reduction(c, CongestionEvent::Cause::Ecn);
  if (!c.config.prr && !c.cc_owns_window) c.window.cwnd = c.window.ssthresh;
  set_state(c, CaState::Cwr);
  changes |= change::Ecn;
}

void LossRecovery::begin_reduction(const RecoveryContext& c, CongestionEvent::Cause cause) {
  high_seq_ = c.snd_nxt;
  entered_ = true;
  probe_.end_episode();
  cwr_news_ = CwrNews::Reduced;
  prr_.begin(c.window.cwnd);
  c.window.ssthresh = reduced_ssthresh(c, cause);
  c.window.cwnd_count = 0;
}

Segments LossRecovery::reduced_ssthresh(const RecoveryContext& c, CongestionEvent::Cause cause) const {
  // RFC 5681 section 3.2 step 2: what limited transmit has added does not count as flight.
  const Segments flight = c.board.packets_out() - std::min(c.board.packets_out(), limited_transmissions_);
  return c.cc.ssthresh({c.now, cause, c.window, flight});
}

void LossRecovery::end_reduction(const RecoveryContext& c) {
  if (c.window.ssthresh >= infinite_ssthresh || c.cc_owns_window) return;
  if (state_ != CaState::Cwr && !undo_.active()) return;  // taken back meanwhile
  c.window.cwnd = c.window.ssthresh;
  // RFC 6582 section 3.2 step 3 (1): no burst if little is in flight.
  if (inflates_ && kind_ == Recovery::NewReno) {
    c.window.cwnd = std::min(c.window.ssthresh, std::max<Segments>(c.board.packets_out(), 1) + 1);
  }
  undo_.end();
  forced_ = false;
}

void LossRecovery::adjust_window(const RecoveryContext& c, Segments delivered, bool safe_ack) {
  if (!c.config.prr || !in_reduction() || delivered == 0 || c.cc_owns_window) return;
  c.window.cwnd = std::max<Segments>(prr_.cwnd_after(delivered, safe_ack, c.board.in_flight(), c.window.ssthresh), 1);
}

void LossRecovery::try_to_open(const RecoveryContext& c, const AckFacts& ack, ChangeKinds& changes) {
  if (!c.board.any_retransmitted()) undo_.clear_stamp();
  if (ack.ece) enter_cwr(c, changes);
  if (state_ != CaState::Cwr) keep_open(c);
}

void LossRecovery::keep_open(const RecoveryContext& c) {
  const bool disorder = c.board.left_out() != 0 || c.board.any_retransmitted() || (inflates_ && duplicates_ != 0);
  const CaState next = disorder ? CaState::Disorder : CaState::Open;
  if (next == state_) return;
  if (!inflates_) high_seq_ = c.snd_nxt;
  set_state(c, next);
}

void LossRecovery::set_state(const RecoveryContext& c, CaState next) {
  state_ = next;
  if (next == CaState::Open) forced_ = false;
  c.cc.on_state(c.now, next, c.snd_nxt);
}

}  // namespace wirelab::tcp
