// What the application writes, cut into the pieces that Linux would make of it (tcp_sendmsg): they decide where PSH
// stands, what a record keeps apart, and how much memory the data takes.

#include <algorithm>
#include <limits>

#include "tcp/connection.h"
#include "tcp/layer.h"

namespace wirelab::tcp {

IoResult Connection::send(std::int64_t bytes, Time now, SendFlags flags) {
  if (error_ != Error::None) return {0, take_error()};
  if (fin_wanted_ || reset_) return {0, Error::Pipe};
  const bool is_opening = state_ == State::SynSent || (state_ == State::SynReceived && !half_open_);
  if (is_opening) return {0, Error::Again};
  if (half_open_ && fast_open_->shut_down) return {0, Error::Pipe};
  if (!may_write()) return {0, is_synchronized(state_) ? Error::Pipe : Error::NotConnected};
  if (bytes <= 0) return {0, bytes < 0 ? Error::Invalid : Error::None};
  if (sender_.delivery_rate() != nullptr) sender_.before_write(unsent(), egress_.is_idle(now));
  if (sender_.before_output(now)) changes_ |= change::Idle;  // as Linux: when data is written, not when it leaves
  nagle_.more = flags.more;
  const auto wanted = static_cast<std::uint64_t>(bytes);
  const std::uint64_t taken = write_pieces(wanted, now);
  if (taken != 0) {
    // A writer that did not get all of it in waits, and what there is is pushed.
    if (!flags.more || taken < wanted || send_buffer_.owes_push(sender_.max_window()))
      send_buffer_.set(SendBuffer::Push);
    if (flags.end_of_record && taken == wanted) send_buffer_.set(SendBuffer::EndOfRecord);
  }
  if (taken < wanted) wants_room_ = true;
  if (!is_writable()) told_ &= static_cast<Readiness>(~ready::Writable);
  if (taken == 0) {
    nagle_.more = false;
    return {0, Error::Again};
  }
  if (notices_ != nullptr) {
    notices_->on_written(send_buffer_.end(), std::max(send_buffer_.last_begin(), sent_position()));
  }
  if (flags.urgent) {
    urgent_ = true;
    snd_up_ = fin_seq();  // one past the last byte written
  }
  finish(now);
  nagle_.more = false;
  return {static_cast<std::int64_t>(taken), Error::None};
}

/// Takes what there is room for. What fills a piece is offered to the network at once, before the next one is begun.
std::uint64_t Connection::write_pieces(std::uint64_t bytes, Time now) {
  const std::uint64_t goal = piece_goal();
  std::uint64_t taken = 0;
  while (taken < bytes) {
    std::uint64_t space = send_buffer_.room_in_last(goal, sent_position());
    if (space == 0) {
      if (!takes_another_piece()) break;
      send_buffer_.open_piece(sent_position());
      space = goal;
    }
    std::uint64_t n = std::min(space, bytes - taken);
    if (send_buffer_.counts_bytes()) {
      n = std::min(n, send_buffer_.room(send_memory()));
      if (n == 0) break;
    }
    if (taken == 0) send_buffer_.clear(SendBuffer::Push);
    send_buffer_.append(n);
    taken += n;
    if (taken == bytes || n < space) continue;
    if (send_buffer_.owes_push(sender_.max_window())) {
      send_buffer_.set(SendBuffer::Push);
      transmit(now);
    } else if (send_buffer_.last_is_first()) {
      transmit(now, true);
    }
  }
  return taken;
}

/// Bytes of a piece: whole segments of what the device cuts up, and half of the peer's largest window at most (Linux's
/// tcp_xmit_size_goal).
std::uint64_t Connection::piece_goal() const {
  if (config_->min_burst <= 1) return std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t window = sender_.max_window();
  const std::uint64_t half = window > kDefaultMss ? window / 2 : window;
  const std::uint64_t smss = segment_limit();
  const std::uint64_t most = half != 0 && half < kLargestPiece ? half : kLargestPiece;
  return std::max<std::uint64_t>(most / smss, 1) * smss;
}

std::uint64_t Connection::send_memory() const { return send_buffer_.memory(sender_.bursts_out(), unsent() != 0); }

/// Linux's tcp_new_space, which it asks after each burst and each ACK: the buffer that a writer waits for grows with
/// the window, unless the window is full.
void Connection::widen_send_buffer(Time now) {
  if (sender_.in_flight() >= sender_.window().cwnd) return;
  send_buffer_.fit_to_window(sender_.window().cwnd, sender_.smss(), sender_.cc_needs().long_buffer ? 3 : 2);
  sender_.note_window_in_use(now);
}

/// Linux begins a piece while there is any memory left, and then fills it.
bool Connection::takes_another_piece() const {
  return send_buffer_.room(send_memory()) != 0 && unsent() < notsent_lowat_;
}

bool Connection::is_writable() const {
  const std::uint64_t waiting = unsent();
  const std::uint64_t memory = send_buffer_.memory(sender_.bursts_out(), waiting != 0);
  return send_buffer_.is_writable(memory) && 2 * waiting < notsent_lowat_;
}

void Connection::lend_memory(Time now) {
  if (notices_ == nullptr) notices_ = std::make_unique<SendNotices>();
  notices_->on_lent(send_buffer_.end());
  if (state_ == State::Closed || reset_) {
    notices_->on_end(now);
  } else {
    notices_->on_acked(send_buffer_.una(), now);
  }
}

void Connection::want_send_notices(std::uint8_t wishes, bool numbered, bool from_written) {
  if (notices_ == nullptr) notices_ = std::make_unique<SendNotices>();
  const std::uint64_t from = from_written ? send_buffer_.end() : send_buffer_.una();
  notices_->want(wishes, numbered ? std::optional(from) : std::nullopt);
}

void Connection::set_send_buffer(Bytes limit) { send_buffer_.set_limit(limit); }

void Connection::set_notsent_lowat(std::uint32_t bytes, Time now) {
  notsent_lowat_ = bytes;
  tell_user(now);
}

}  // namespace wirelab::tcp
