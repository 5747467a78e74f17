// What a segment brings: urgent pointer, text and FIN (RFC 9293 section 3.10.7.4, sixth to eighth step), and the ACK
// that it is owed.

#include <algorithm>

#include "tcp/connection.h"
#include "tcp/layer.h"
#include "tcp/segment.h"

namespace wirelab::tcp {

/// Sixth step: RFC 9293 section 3.8.5; the pointer counts from the segment's own sequence number to one past the
/// urgent byte.
void Connection::take_urgent(const Packet& p) {
  if (!p.has_flag(tcp_flag::Urg) || !can_receive(state_)) return;
  // The byte itself; a pointer of 0 names the first one (Linux).
  const std::uint32_t pointer =
      p.extension == 0 ? 0 : std::uint32_t{layer_->output().domain().pool.extension(p).urgent_pointer};
  const Seq byte = p.seq + (config_->urgent_points_at || pointer == 0 ? pointer : pointer - 1);
  if (byte < receiver_.rcv_nxt()) return;
  rcv_up_ = max(rcv_up_, byte + 1);
}

/// Seventh and eighth step.
void Connection::take_text(const Packet& p, Time now) {
  const bool has_fin = p.has_flag(tcp_flag::Fin);
  if ((p.payload == 0 && !has_fin) || p.has_flag(tcp_flag::Syn)) return;
  if (!can_receive(state_)) return answer_repetition(p, now);
  if (tally_ != nullptr && p.seq > receiver_.rcv_nxt()) ++tally_->out_of_order;
  const bool nobody_reads = orphan_ || (read_shut_ && (state_ == State::FinWait1 || state_ == State::FinWait2));
  if (nobody_reads && p.seq + p.payload > receiver_.rcv_nxt()) {
    // The application has gone: RFC 9293 section 3.6.1 lets the peer know that its data is lost. As Linux does it, the
    // segment is answered as if it belonged to no connection.
    if (has_fin && fast_open_ != nullptr) suspect_fast_open(now);
    layer_->answer_unknown(p, now);
    fail(Error::ConnReset, Cause::Abort, now);
    return;
  }
  note_ce(p, now);
  if (receiver_.must_tell_before(p.seq, p.seq + p.payload)) send_ack(now);
  const std::uint32_t used = receiver_.used();
  const Receiver::Arrival arrival = receiver_.take(p, *config_, layer_->counters_.receive);
  if (arrival.no_memory) {
    if (arrival.out_of_order) return;  // as if it had not come
    receiver_.acks.require_now();
    if (arrival.nothing_new) return;
  }
  if (arrival.nothing_new) {
    receiver_.acks.on_unexpected(*config_, receiver_.window.rcv_wnd());
    return;
  }
  if (arrival.out_of_order) {
    after_text_out_of_order(p, used, now);
  } else {
    after_new_text(p, arrival.delivered, receiver_.window.counts_memory() ? arrival.used : receiver_.used(), now);
  }
  if (arrival.gap_closed && !receiver_.has_gap()) receiver_.acks.require_now();
  if (arrival.fin) on_fin(now);
}

/// The peer's FIN has been here: nothing new can follow, but who sends again what we have lacks our ACK. A repetition
/// that goes on beyond the FIN contradicts it, and resets in Linux.
void Connection::answer_repetition(const Packet& p, Time now) {
  const Seq text_end = p.seq + p.payload;
  if (receiver_.window.counts_memory() && p.seq < receiver_.rcv_nxt() && text_end > receiver_.rcv_nxt()) {
    layer_->answer_unknown(p, now);
    fail(state_ == State::CloseWait ? Error::Pipe : Error::ConnReset, Cause::Abort, now);
    return;
  }
  const Seq end = min(p.seq + sequence_length(p), receiver_.rcv_nxt());
  if (p.seq >= end) return;
  if (config_->dsack) receiver_.report_duplicate(p.seq, end);
  receiver_.acks.on_unexpected(*config_, receiver_.window.rcv_wnd());
}

/// Bookkeeping of the receiver once something new is queued in order, and `delivered` bytes became readable with it.
void Connection::after_new_text(const Packet& p, std::uint32_t delivered, std::uint32_t used, Time now) {
  if (p.payload == 0) return;  // a FIN alone
  ReceiveWindow& window = receiver_.window;
  // Linux looks before it queues: what waited behind a gap and is readable now was not left unread.
  measure_rtt_of_peer(p, receiver_.readable() == delivered, now);
  const std::uint32_t full = receiver_.acks.rcv_mss();
  receiver_.acks.on_data(*config_, p.payload, p.has_flag(tcp_flag::Psh), receiver_.window.rcv_wnd(),
                         sender_.rtt().rto(), now);
  window.measure_by_window(receiver_.rcv_nxt(), now);
  if (p.payload > full) window.on_full_segment(p.payload, SkBuff::of_packet(p.size).truesize);
  if (p.payload >= 128 && window.grow(p.payload, p.size, used, receiver_.acks.rcv_mss())) {
    receiver_.acks.on_window_grown();
  }
}

/// The same behind a gap; `used_before`: of the buffer, by the others. Without SACK the window stands still, so that
/// each ACK is seen as a duplicate (RFC 5681).
void Connection::after_text_out_of_order(const Packet& p, std::uint32_t used_before, Time now) {
  measure_rtt_of_peer(p, receiver_.readable() == 0, now);
  ReceiveWindow& window = receiver_.window;
  AckPolicy& acks = receiver_.acks;
  const std::uint32_t full = acks.rcv_mss();
  acks.on_out_of_order(p.payload, p.has_flag(tcp_flag::Psh), window.counts_memory());
  if (window.counts_memory() && p.payload > full) {
    window.on_full_segment(p.payload, SkBuff::of_packet(p.size).truesize);
  }
  if (!terms_.sack) return;
  const bool is_long = p.payload >= 128 || window.counts_memory();  // Linux asks for no length here
  if (is_long && window.grow(p.payload, p.size, used_before, acks.rcv_mss())) acks.on_window_grown();
  window.on_gap(receiver_.beyond_gap());
}

/// The round trip as the receiver sees it: a full segment echoes one of our timestamps for the first time.
void Connection::measure_rtt_of_peer(const Packet& p, bool all_was_read, Time now) {
  if (!terms_.timestamps || !receiver_.window.is_new_echo(p.ts_ecr) || p.payload < receiver_.acks.rcv_mss()) return;
  const std::uint32_t ms = ts_.clock(now) - p.ts_ecr;
  // Below a millisecond the clock says nothing.
  if (ms != 0 && ms < 600'000) receiver_.window.on_rtt_sample(Duration::ms(ms), true, all_was_read);
}

void Connection::on_fin(Time now) {
  const bool may_answer = state_ == State::Established && config_->adaptive_ato;
  if (may_answer) {
    receiver_.acks.on_fin();  // our own FIN may follow soon and carry the ACK
  } else {
    receiver_.acks.require_now();
  }
  const bool is_done = state_ == State::FinWait1 || state_ == State::FinWait2;
  if (is_done && terms_.sack && receiver_.window.counts_memory()) {
    // Linux answers before it forgets what the FIN has ended: the ACK tells of it once more.
    receiver_.tell_ended(true);
    send_ack(now);
    receiver_.tell_ended(false);
  }
  switch (state_) {
    case State::Established: become(State::CloseWait, Cause::Fin, now); break;
    case State::FinWait1: become(State::Closing, Cause::Fin, now); break;  // were ours acknowledged, it were FIN-WAIT-2
    case State::FinWait2: enter_time_wait(Cause::Fin, now); break;
    default: break;
  }
}

}  // namespace wirelab::tcp
