// What holds between two events, whatever came before: for tests, and for builds that check.

#include "core/assert.h"
#include "tcp/connection.h"
#include "tcp/layer.h"

namespace wirelab::tcp {

/// RFC 9293 section 3.3.1, with the positions of the buffers beside the sequence numbers.
void Connection::check(bool recount) const {
  if (in_table_) check_timers();
  if (!started_) return;
  const Seq una = sender_.snd_una(), nxt = sender_.snd_nxt();
  WIRELAB_ASSERT(una <= nxt);
  WIRELAB_ASSERT(!fin_sent_ || (fin_wanted_ && nxt == fin_seq() + 1));
  const std::uint32_t fin_acked = fin_is_acked() ? 1 : 0;
  WIRELAB_ASSERT(una == iss_ + 1 + static_cast<std::uint32_t>(send_buffer_.una()) + fin_acked);
  WIRELAB_ASSERT(send_buffer_.una() <= send_buffer_.end());
  const auto flight = static_cast<std::uint32_t>(nxt - una);
  WIRELAB_ASSERT(flight <= send_buffer_.used() + (fin_sent_ && fin_acked == 0 ? 1u : 0u));

  const Scoreboard& board = sender_.scoreboard();
  WIRELAB_ASSERT((board.packets_out() == 0) == (una == nxt));
  if (board.packets_out() != 0) {
    WIRELAB_ASSERT(board.at(0).first <= una && una < board.at(0).end);
    WIRELAB_ASSERT(board.at(board.packets_out() - 1).end == nxt);
  }
  const std::uint32_t fin_taken = receiver_.fin_received() ? 1 : 0;
  WIRELAB_ASSERT(receiver_.rcv_nxt() ==
                 receiver_.irs() + 1 + static_cast<std::uint32_t>(receiver_.received()) + fin_taken);
  WIRELAB_ASSERT(receiver_.read_total() <= receiver_.received());
  if (!recount) return;
  board.check();
  receiver_.check();
}

/// Whoever waits for something has a timer that ends the wait.
void Connection::check_timers() const {
  const Time first = deadlines_.first();
  WIRELAB_ASSERT(deadlines_.entry_in(layer_->timers()) <= first);
  if (!started_) {
    WIRELAB_ASSERT(deadlines_.is_set(Retransmit));
    return;
  }
  if (!sender_.nothing_in_flight()) {
    WIRELAB_ASSERT(deadlines_.is_set(Retransmit) && !sender_.rto_deadline().is_never());
  } else {
    WIRELAB_ASSERT(sender_.rto_deadline().is_never());  // RFC 6298 rule 5.2
  }
  if (sender_.nothing_in_flight() && (unsent() > 0 || fin_waits())) {
    WIRELAB_ASSERT(deadlines_.is_set(Persist) || deadlines_.is_set(Egress));
  }
  WIRELAB_ASSERT(!receiver_.acks.is_pending() || deadlines_.is_set(DelayedAck));
  WIRELAB_ASSERT(!keepalive_ || deadlines_.is_set(Keepalive));
  WIRELAB_ASSERT(!orphan_ || state_ != State::FinWait2 || deadlines_.is_set(FinWait2));
}

}  // namespace wirelab::tcp
