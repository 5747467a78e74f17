// What proves a reduction needless, or late: probes, D-SACKs, RACK's timer, echoed timestamps.

#include <algorithm>

#include "tcp/loss_recovery.h"

namespace wirelab::tcp {

// ---- Probes and late arrivals

Segments LossRecovery::on_duplicate(const RecoveryContext& c, const AckSummary& told) {
  const std::uint32_t length = told.duplicate.length();
  if (length > c.max_window) return 0;  // never sent
  const std::uint32_t segments = (length + c.smss - 1) / c.smss;
  duplicates_reported_ += segments;
  if (duplicates_reported_ > retransmissions_) return 0;  // the network's doing
  undo_.on_duplicate(told.duplicate.end, static_cast<std::int32_t>(segments));
  const bool of_probe = segments == 1 && probe_.end() == told.duplicate.end;
  if (by_time_ && !of_probe && (c.config.rack & rack_option::StaticWindow) == 0) rack_.on_duplicate();
  return segments;
}

ChangeKinds LossRecovery::on_probe_answer(const RecoveryContext& c, const AckSummary& told, Seq ack,
                                          bool says_nothing_new) {
  rack_.widen_window(told.arrived ? told.newest_delivered : 0, c.board.delivered());
  if (!probe_.outstanding()) return 0;
  const bool of_probe = told.dsack && probe_.end() == told.duplicate.end && told.duplicate.length() <= c.smss;
  if (probe_.on_ack(ack, of_probe, says_nothing_new) != TailLossProbe::Answer::Repaired) return 0;
  begin_reduction(c, CongestionEvent::Cause::Loss);
  set_state(c, CaState::Cwr);
  end_reduction(c);
  keep_open(c);
  return change::RecoveryExit;
}

ChangeKinds LossRecovery::on_reorder_timer(const RecoveryContext& c, Segments& newly_lost) {
  ChangeKinds changes = 0;
  const Segments before = c.board.in_flight();
  newly_lost += look_at_times(c);
  if (c.board.in_flight() == before || state_ == CaState::Recovery) return changes;
  enter_recovery(c, {}, changes);
  adjust_window(c, 1, false);
  return changes;
}

// ---- Taking a reduction back

Segments LossRecovery::current_ssthresh(const RecoveryContext& c) const {
  return in_reduction() ? c.window.ssthresh : remembered_ssthresh(c.window);
}

bool LossRecovery::delayed(const RecoveryContext& c, const AckFacts& ack) const {
  return c.config.loss_undo && ack.has_ts_ecr && undo_.predates_retransmission(ack.ts_ecr);
}

bool LossRecovery::may_undo(const RecoveryContext& c, const AckFacts& ack) const {
  return (c.config.loss_undo && undo_.all_were_duplicates()) || delayed(c, ack);
}

void LossRecovery::take_back(const RecoveryContext& c, bool unmark, ChangeKinds& changes) {
  if (unmark) c.board.unmark_all_lost();
  rack_.look_again();
  if (undo_.before().ssthresh != 0) {
    if (undo_.before().ssthresh > c.window.ssthresh) cwr_news_ = CwrNews::TakenBack;
    c.window = c.cc.on_undo(c.now, undo_.before(), c.window);
    changes |= change::Undo;
  }
  undo_.end();
}

}  // namespace wirelab::tcp
