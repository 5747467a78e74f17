#include "app/bulk.h"

#include <algorithm>

#include "app/random_value.h"

namespace wirelab {

namespace {

constexpr std::int64_t kAllAtOnce = std::int64_t{1} << 40;  // more than any socket takes
constexpr Bytes kSlowReadStep = Bytes(4096);                // what a program with a rate reads at a time

}  // namespace

BulkInstance::BulkInstance(Line& line, std::uint64_t number, const LineEndConfig& from, const LineEndConfig& to,
                           const BulkApp& app)
    : TcpInstance(line, number, from, to), app_(app) {
  if (app_.size) {
    RandomStream random = stream(Purpose::AppSize);
    size_ = draw(*app_.size, random);
  }
}

Task BulkInstance::client_program() { return line_.config().reverse ? receive(Role::Client) : send(Role::Client); }
Task BulkInstance::server_program() { return line_.config().reverse ? send(Role::Server) : receive(Role::Server); }

std::int64_t BulkInstance::first_bytes() const {
  if (line_.config().reverse) return 0;
  return size_ ? *size_ : kAllAtOnce;
}

void BulkInstance::write(Role role, Time now, std::int64_t& left, tcp::Error& error) {
  const tcp::IoResult r = side(role).socket.send(left, now);
  if (r.error != tcp::Error::None && r.error != tcp::Error::Again) {
    error = r.error;
  } else if (size_) {
    left -= r.bytes;
  }
}

// Writes all, says that it is all, and waits for the peer's end, so that a failure on the way is noticed. What a
// program keeps while it waits is paid for by each of thousands, so calls that need more are functions.
Task BulkInstance::send(Role role) {
  Side& here = side(role);
  Process& process = here.process;
  while (here.socket.is_connecting()) {
    co_await process.woken();
    if (stopping_) break;
  }
  tcp::Error error = here.socket.error();
  std::int64_t left = size_ ? *size_ : kAllAtOnce;
  while (left > 0 && !stopping_ && error == tcp::Error::None) {
    write(role, process.now(), left, error);
    if (left > 0 && error == tcp::Error::None) co_await process.woken();
  }
  if (aborting_) {
    here.socket.abort(process.now());
  } else if (error == tcp::Error::None) {
    const Time next_call = process.now() + kNextCall;
    while (here.socket.has_unsent() && process.now() < next_call && !stopping_) co_await process.woken_or(next_call);
    here.socket.shutdown_write(process.now());
    while ((error = here.socket.drain(process.now())) == tcp::Error::Again && !aborting_) co_await process.woken();
    if (aborting_) here.socket.abort(process.now());
  }
  if (aborting_) error = tcp::Error::None;
  here.socket.close(process.now());
  finish(role, process.now(), error);
}

Time BulkInstance::may_read_at(Time now) const {
  if (app_.read.pause && app_.read.pause->first <= now && now < app_.read.pause->second) return app_.read.pause->second;
  return std::max(now, next_read_);
}

/// Reads what there is and what it may. Returns until when to wait, Time::never() for whatever comes; `now`: the peer
/// has closed, or `error` says what went wrong.
Time BulkInstance::read(Role role, Time now, tcp::Error& error) {
  const std::int64_t most = app_.read.rate ? kSlowReadStep.count() : kAllAtOnce;
  while (true) {
    if (const Time at = may_read_at(now); at > now) return at;
    const tcp::IoResult r = side(role).socket.recv(most, now);
    if (r.error == tcp::Error::Again) return Time::never();
    result_.bytes += r.bytes;
    if (app_.read.rate) next_read_ = now + app_.read.rate->time_to_send(Bytes(r.bytes));
    if (size_ && result_.bytes >= *size_) complete(now);
    if (r.is_eof() || r.error != tcp::Error::None) {
      error = r.error;
      return now;
    }
  }
}

Task BulkInstance::receive(Role role) {
  Side& here = side(role);
  Process& process = here.process;
  while (here.socket.is_connecting()) co_await process.woken();
  tcp::Error error = here.socket.error();
  while (error == tcp::Error::None) {
    if (aborting_ && role == Role::Client) {
      here.socket.abort(process.now());
      break;
    }
    const Time next = read(role, process.now(), error);
    if (next <= process.now()) break;
    co_await process.woken_or(next);
  }
  here.socket.close(process.now());
  finish(role, process.now(), error);
}

}  // namespace wirelab
