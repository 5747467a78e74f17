// The sender's rare moments: segments change their size, or this host itself refuses them.

#include <algorithm>

#include "core/assert.h"
#include "tcp/sender.h"

namespace wirelab::tcp {

// ---- What the host's own queue refuses

void Sender::on_refused(Time now) {
  Window window = window_;
  flight_->recovery.on_refused(context(now, window));
  set_window(now, window);
}

void Sender::on_resend_refused(Time now, SeqRange range, bool by_timeout) {
  Flight& f = *flight_;
  f.board.on_resend_refused(range.first);
  rescue_offered_ = false;
  on_refused(now);
  if (!by_timeout) return;
  // Linux: half a second later once more, and it counts as no timeout of the network's.
  rtt_.undo_back_off();
  if (f.timeouts_in_a_row > 0) --f.timeouts_in_a_row;
  postpone_rto(now, Duration::ms(500));
}

// ---- The size of segments

void Sender::set_smss(Time now, std::uint32_t smss, bool lost) {
  WIRELAB_ASSERT(smss > 0);
  smss_ = smss;
  if (!lost || nothing_in_flight()) return;
  Flight& f = *flight_;
  const Segments marked = f.board.split_and_mark(smss);
  if (rate_ != nullptr) rate_->forget_segments(f.board.packets_out());
  if (marked == 0) return;
  Window window = window_;
  f.recovery.on_smaller_segments(context(now, window));
  set_window(now, window);
}

/// What follows a small segment that is sent again goes with it, as far as one segment and the peer's window hold.
SeqRange Sender::join_small_segments(SeqRange first) {
  Flight& f = *flight_;
  const auto room = static_cast<std::uint32_t>(std::max<std::int32_t>(window_edge() - first.first, 0));
  const SeqRange joined = f.board.join_small(f.offered, std::min(room, smss_), window_edge());
  if (joined != first && rate_ != nullptr) rate_->forget_segments(f.board.packets_out());
  return joined;
}

SeqRange Sender::shorten_offered(std::uint32_t most) {
  const SeqRange first = flight_->board.cut_to(flight_->offered, most);
  if (rate_ != nullptr) rate_->forget_segments(flight_->board.packets_out());
  return first;
}

SeqRange Sender::offer_last(std::uint32_t most) {
  flight_->offered = flight_->board.packets_out() - 1;
  const SegmentRecord& last = last_segment();
  return last.length() > most ? shorten_offered(most) : SeqRange{last.first, last.end};
}

void Sender::on_size_probe_sent(Time now) {
  const SegmentRecord& probe = last_segment();
  flight_->recovery.watch_size_probe(probe.first);
  Window window = window_;
  window.cwnd = std::max<Segments>(window.cwnd - 1, 1);
  set_window(now, window);
}

void Sender::end_size_probe(Time now, Segments cwnd) {
  flight_->recovery.forget_size_probe();
  Window window = window_;
  window.cwnd = cwnd;
  window.cwnd_count = 0;
  set_window(now, window);
}

}  // namespace wirelab::tcp
