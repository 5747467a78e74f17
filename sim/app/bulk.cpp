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

// Writes all, says that it is all, and waits for the peer's end, so that a failure on the way is noticed.
Task BulkInstance::send(Role role) {
  TcpSocket& socket = side(role).socket;
  Process& process = side(role).process;
  while (socket.is_connecting()) {
    co_await process.woken();
    if (stopping_) break;
  }
  std::int64_t left = size_ ? *size_ : kAllAtOnce;
  tcp::Error error = socket.error();
  while (left > 0 && !stopping_ && error == tcp::Error::None) {
    const tcp::IoResult r = socket.send(left, process.now());
    if (r.error != tcp::Error::None && r.error != tcp::Error::Again) {
      error = r.error;
      break;
    }
    if (size_) left -= r.bytes;
    if (left > 0) co_await process.woken();
  }
  if (aborting_) {
    socket.abort(process.now());
  } else if (error == tcp::Error::None) {
    const Time next_call = process.now() + kNextCall;
    while (socket.has_unsent() && process.now() < next_call && !stopping_) co_await process.woken_or(next_call);
    socket.shutdown_write(process.now());
    while ((error = socket.drain(process.now())) == tcp::Error::Again && !aborting_) co_await process.woken();
    if (aborting_) socket.abort(process.now());
  }
  if (aborting_) error = tcp::Error::None;
  socket.close(process.now());
  finish(role, process.now(), error);
}

Time BulkInstance::may_read_at(Time now) const {
  if (app_.read.pause && app_.read.pause->first <= now && now < app_.read.pause->second) return app_.read.pause->second;
  return std::max(now, next_read_);
}

Task BulkInstance::receive(Role role) {
  TcpSocket& socket = side(role).socket;
  Process& process = side(role).process;
  while (socket.is_connecting()) co_await process.woken();
  tcp::Error error = socket.error();
  while (error == tcp::Error::None) {
    const Time now = process.now();
    if (aborting_ && role == Role::Client) {
      socket.abort(now);
      break;
    }
    if (const Time at = may_read_at(now); at > now) {
      co_await process.woken_or(at);
      continue;
    }
    const tcp::IoResult r = socket.recv(app_.read.rate ? kSlowReadStep.count() : kAllAtOnce, now);
    if (r.error == tcp::Error::Again) {
      co_await process.woken();
      continue;
    }
    error = r.error;
    result_.bytes += r.bytes;
    if (app_.read.rate) next_read_ = now + app_.read.rate->time_to_send(Bytes(r.bytes));
    if (size_ && result_.bytes >= *size_) complete(now);
    if (r.is_eof()) break;
  }
  socket.close(process.now());
  finish(role, process.now(), error);
}

}  // namespace wirelab
