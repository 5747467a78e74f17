#include "app/dialog.h"

#include "app/random_value.h"

namespace wirelab {

std::int64_t DialogInstance::first_bytes() const {
  if (app_.client.empty() || app_.client[0].kind != DialogStep::Kind::Send) return 0;
  RandomStream sizes = stream(Purpose::AppSize, 0);  // the program's own: its first draw will be the same
  return draw(app_.client[0].amount, sizes);
}

// A program that comes to its end closes what is open, as an exiting process does.
Task DialogInstance::play(Role role, const std::vector<DialogStep>& steps) {
  TcpSocket& socket = side(role).socket;
  Process& process = side(role).process;
  RandomStream sizes = stream(Purpose::AppSize, role == Role::Client ? 0 : 1);
  RandomStream waits = stream(Purpose::ThinkTime, role == Role::Client ? 0 : 1);
  while (socket.is_connecting()) co_await process.woken();
  tcp::Error error = socket.error();
  for (std::size_t i = 0; i < steps.size() && error == tcp::Error::None && !stopping_; ++i) {
    const DialogStep& step = steps[i];
    if (step.kind == DialogStep::Kind::ShutdownWrite || step.kind == DialogStep::Kind::Close) {
      const Time next_call = process.now() + kNextCall;
      while (socket.has_unsent() && process.now() < next_call && !stopping_) co_await process.woken_or(next_call);
    }
    switch (step.kind) {
      case DialogStep::Kind::Wait: {
        const Time until = process.now() + draw_duration(step.amount, waits);
        while (process.now() < until && !stopping_) co_await process.woken_or(until);
        break;
      }
      case DialogStep::Kind::Send: {
        std::int64_t left = draw(step.amount, sizes);
        while (left > 0 && error == tcp::Error::None && !stopping_) {
          const tcp::IoResult r = socket.send(left, process.now());
          left -= r.bytes;
          error = first_failure(r, {});
          if (error == tcp::Error::None && left > 0) co_await process.woken();
        }
        break;
      }
      case DialogStep::Kind::Recv: {
        std::int64_t left = draw(step.amount, sizes);
        while (left > 0 && error == tcp::Error::None && !stopping_) {
          const tcp::IoResult r = socket.recv(left, process.now());
          if (r.is_eof()) break;
          left -= r.bytes;
          result_.bytes += r.bytes;
          error = first_failure(r, {});
          if (error == tcp::Error::None && left > 0) co_await process.woken();
        }
        break;
      }
      case DialogStep::Kind::ShutdownWrite: socket.shutdown_write(process.now()); break;
      case DialogStep::Kind::Close: socket.close(process.now()); break;
      case DialogStep::Kind::Abort: socket.abort(process.now()); break;
    }
  }
  if (aborting_ && role == Role::Client) socket.abort(process.now());
  socket.close(process.now());
  if (error == tcp::Error::None && !stopping_ && ++played_out_ == 2) complete(process.now());
  finish(role, process.now(), error);
}

}  // namespace wirelab
