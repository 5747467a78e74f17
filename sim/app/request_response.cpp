#include "app/request_response.h"

#include <algorithm>

#include "app/random_value.h"

namespace wirelab {

namespace {

constexpr std::int64_t kAllThatIsThere = std::int64_t{1} << 40;

// An empty message cannot be seen to arrive; the smallest is one byte.
std::int64_t draw_message(const Distribution& d, RandomStream& random) {
  return std::max<std::int64_t>(1, draw(d, random));
}

}  // namespace

RequestResponseInstance::RequestResponseInstance(Line& line, std::uint64_t number, const LineEndConfig& from,
                                                 const LineEndConfig& to, const RequestResponseApp& app)
    : TcpInstance(line, number, from, to),
      app_(app),
      requests_(stream(Purpose::AppSize, 0)),
      responses_(stream(Purpose::AppSize, 1)),
      thinking_(stream(Purpose::ThinkTime)) {
  RandomStream random = stream(Purpose::AppSize, 2);
  rounds_ = std::max<std::int64_t>(1, draw(app.requests, random));
  // The first question may leave on the SYN, before the client's program runs.
  requested_in_all_ = draw_message(app_.request, requests_);
  response_size_ = draw_message(app_.response, responses_);
}

Task RequestResponseInstance::client_program() {
  TcpSocket& socket = client_.socket;
  Process& process = client_.process;
  while (socket.is_connecting()) co_await process.woken();
  tcp::Error error = socket.error();
  std::int64_t round = 0;
  for (; round < rounds_ && !stopping_ && error == tcp::Error::None; ++round) {
    if (round > 0) {
      const Time next = process.now() + draw_duration(app_.think, thinking_);
      while (process.now() < next && !stopping_) co_await process.woken_or(next);
      if (stopping_) break;
    }
    std::int64_t to_send = requested_in_all_;
    if (round > 0) {
      to_send = draw_message(app_.request, requests_);
      response_size_ = draw_message(app_.response, responses_);
      requested_in_all_ += to_send;
    }
    std::int64_t to_read = response_size_;
    while ((to_send > 0 || to_read > 0) && !stopping_ && error == tcp::Error::None) {
      const tcp::IoResult sent = to_send > 0 ? socket.send(to_send, process.now()) : tcp::IoResult{};
      to_send -= sent.bytes;
      const tcp::IoResult got = socket.recv(to_read, process.now());  // never 0: the answer ends after the request
      to_read -= got.bytes;
      result_.bytes += got.bytes;
      error = first_failure(sent, got);
      if (got.is_eof()) error = tcp::Error::ConnReset;  // the server went away before it had answered
      if (error == tcp::Error::None && to_read > 0) co_await process.woken();
    }
  }
  if (error == tcp::Error::None && !stopping_) complete(process.now());
  if (aborting_) {
    socket.abort(process.now());
  } else {
    socket.shutdown_write(process.now());
    while (error == tcp::Error::None && socket.drain(process.now()) == tcp::Error::Again && !aborting_) {
      co_await process.woken();
    }
  }
  socket.close(process.now());
  finish(Role::Client, process.now(), error);
}

Task RequestResponseInstance::server_program() {
  TcpSocket& socket = server_.socket;
  Process& process = server_.process;
  tcp::Error error = tcp::Error::None;
  std::int64_t got_in_all = 0, answered = 0, to_send = 0;
  bool at_end = false;
  while (!at_end && error == tcp::Error::None) {
    const tcp::IoResult got = socket.recv(kAllThatIsThere, process.now());
    at_end = got.is_eof();
    got_in_all += got.bytes;
    result_.bytes += got.bytes;
    if (got_in_all == requested_in_all_ && got_in_all > answered) {
      answered = got_in_all;
      to_send = response_size_;
    }
    const tcp::IoResult sent = to_send > 0 ? socket.send(to_send, process.now()) : tcp::IoResult{};
    to_send -= sent.bytes;
    error = first_failure(sent, got);
    if (!at_end && error == tcp::Error::None) co_await process.woken();
  }
  socket.close(process.now());
  finish(Role::Server, process.now(), error);
}

}  // namespace wirelab
