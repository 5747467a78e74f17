// What the application asks of a connection, writing apart (connection_write.cpp).

#include <algorithm>
#include <utility>

#include "tcp/connection.h"
#include "tcp/layer.h"

namespace wirelab::tcp {

IoResult Connection::recv(std::int64_t most, Time now) {
  if (most < 0) return {0, Error::Invalid};
  const std::int64_t taken = receiver_.read(most);
  const bool is_empty = receiver_.readable() == 0;
  if (is_empty && !receiver_.fin_received()) told_ &= static_cast<Readiness>(~ready::Readable);
  if (taken == 0) {
    if (receiver_.fin_received()) return {0, Error::None};  // what came after the end of the stream does not undo it
    if (error_ != Error::None) return {0, take_error()};
    if (reset_) return {0, Error::None};
    if (state_ == State::Closed || state_ == State::Listen) return {0, Error::NotConnected};
    return {0, most == 0 ? Error::None : Error::Again};
  }
  if (!can_receive(state_)) return {taken, Error::None};
  ReceiveWindow& window = receiver_.window;
  if (window.is_round_over(now)) {
    // Linux measures with the first sk_buff that it copies out: one segment, as a virtual device's packets are not
    // joined (their bytes are no page that could be handed on). What a gap held up has not been read by then.
    const std::int64_t first = std::min<std::int64_t>(taken, receiver_.acks.rcv_mss());
    const auto rest = static_cast<std::uint32_t>(taken - first);
    const auto unread = static_cast<std::uint32_t>(receiver_.readable()) + rest;
    window.on_read(receiver_.read_total() - rest, unread, receiver_.beyond_gap(), now);
  }
  const auto unacknowledged = static_cast<std::uint32_t>(receiver_.rcv_nxt() - window.rcv_wup());
  bool send_now = receiver_.acks.ack_after_read(unacknowledged, is_empty && receiver_.holds_nothing_else());
  if (!send_now) {
    // Tell a window that has opened by a lot: doubled, or by half the buffer (RFC 9293 section 3.8.6.2.2).
    const std::uint32_t standing = receiver_.rcv_wnd();
    if (2 * std::uint64_t{standing} <= window.clamp()) {
      bool tight = false;
      const std::uint32_t fresh =
          window.select(receiver_.rcv_nxt(), receiver_.used(), receiver_.acks.rcv_mss(), &tight);
      if (tight) receiver_.acks.on_tight_buffer();
      send_now = fresh != 0 && fresh >= 2 * std::uint64_t{standing};
    }
  }
  if (send_now) {
    send_ack(now);
    finish(now);
  }
  return {taken, Error::None};
}

Error Connection::shutdown_write(Time now) {
  if (fin_wanted_ || reset_) return Error::None;
  if (state_ == State::SynSent) {
    error_ = Error::ConnReset;  // what the next call is told (Linux)
    become(State::Closed, Cause::Close, now);
    leave_table();
    finish(now);
    return Error::None;
  }
  if (!can_send(state_) && state_ != State::SynReceived) return Error::NotConnected;
  if (half_open_) {
    fast_open_->shut_down = true;
    return Error::None;
  }
  begin_close(now);
  finish(now);
  return Error::None;
}

/// RFC 9293 section 3.10.4: the state changes at once, the FIN follows the last byte.
void Connection::begin_close(Time now) {
  fin_wanted_ = true;
  const bool half_open = half_open_ && state_ == State::SynReceived;
  if (state_ == State::Established || half_open) become(State::FinWait1, Cause::Close, now);
  if (state_ == State::CloseWait) become(State::LastAck, Cause::Close, now);
}

void Connection::close(Time now) {
  user_ = nullptr;
  orphan_ = true;
  const bool unread = receiver_.readable() > 0;
  if (unread && state_ != State::Closed && state_ != State::TimeWait) {
    abort(now);
    return;
  }
  if (state_ == State::SynSent) {
    become(State::Closed, Cause::Close, now);
    leave_table();
  } else if (!fin_wanted_ && (can_send(state_) || state_ == State::SynReceived)) {
    begin_close(now);
  } else if (state_ == State::FinWait2) {
    if (config_->fin_timeout < Duration{}) return abort(now);
    enter_fin_wait_2(now);
  }
  finish(now);
}

void Connection::abort(Time now) {
  user_ = nullptr;
  orphan_ = true;
  switch (state_) {
    case State::SynReceived:
    case State::Established:
    case State::FinWait1:
    case State::FinWait2:
    case State::CloseWait: send_reset(now); break;
    default: break;  // RFC 9293 section 3.10.5: nothing to tell
  }
  if (state_ != State::Closed && state_ != State::TimeWait) fail(Error::ConnAborted, Cause::Abort, now);
  finish(now);
}

void Connection::set_nodelay(bool on, Time now) {
  nagle_.nodelay = on;
  if (!on) return;
  nagle_.push_now = true;
  finish(now);
  nagle_.push_now = false;
}

void Connection::set_cork(bool on, Time now) {
  nagle_.cork = on;
  if (!on) finish(now);
}

void Connection::set_receive_buffer(std::uint32_t memory) {
  if (state_ == State::SynSent) {
    opening_.offered.buffer = config_->rcvbuf_skbs ? memory : memory / 2;
    opening_.offered.is_set = true;
  } else {
    receiver_.window.set_buffer(memory);
  }
}

void Connection::change_congestion_control(std::shared_ptr<const TcpConfig> config, Time now) {
  if (started_) sender_.change_congestion_control(now, *config);
  set_config(std::move(config));
  if (started_) begin_pacing();
}

void Connection::set_keepalive(bool on, Time now) {
  const bool was_on = std::exchange(keepalive_, on);
  if (on && started_) {
    if (was_on) return;
    set_timer(Keepalive, config_->keepalive_time, now);
    arm();
  } else {
    deadlines_.clear(Keepalive);
  }
}

void Connection::set_config(std::shared_ptr<const TcpConfig> config) {
  sender_.set_config(*config);
  config_ = std::move(config);
}

void Connection::restart_keepalive(Time now) {
  if (!keepalive_ || !started_) return;
  const Duration idle = now - last_received_;
  set_timer(Keepalive, std::max(config_->keepalive_time - idle, Duration{}), now);
  arm();
}

void Connection::set_quickack(bool on, Time now) {
  if (!on) return receiver_.acks.enter_exchange();
  receiver_.acks.leave_exchange();
  if (!started_ || !can_receive(state_) || !receiver_.acks.is_pending()) return;
  const auto unacknowledged = static_cast<std::uint32_t>(receiver_.rcv_nxt() - receiver_.window.rcv_wup());
  if (!receiver_.acks.ack_after_read(unacknowledged, receiver_.readable() == 0)) return;
  send_ack(now);
  finish(now);
}

Readiness Connection::readiness() const {
  Readiness r = 0;
  const bool over = state_ == State::Closed || state_ == State::TimeWait;
  if (receiver_.readable() > 0 || receiver_.fin_received() || over) r |= ready::Readable;
  if (over || fin_wanted_ || (may_write() && is_writable())) r |= ready::Writable;
  if (error_ != Error::None) r |= ready::Error;
  if (over || (fin_wanted_ && receiver_.fin_received())) r |= ready::HangUp;
  return r;
}

Error Connection::take_error() { return std::exchange(error_, Error::None); }

Error Connection::take_any_error() {
  return error_ != Error::None ? take_error() : std::exchange(soft_error_, Error::None);
}

}  // namespace wirelab::tcp
