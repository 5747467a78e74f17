#include "simulated_end.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wirelab::interop {

SimulatedEnd::SimulatedEnd(Node& host, Setup setup)
    : host_(host), setup_(std::move(setup)), process_(host.ready(), host.timers()), socket_(process_) {}

SimulatedEnd::~SimulatedEnd() = default;

void SimulatedEnd::start(Time now) {
  const auto config = std::make_shared<const tcp::TcpConfig>(setup_.config);
  const tcp::Endpoint own{setup_.ends.simulated, setup_.ends.simulated_port};
  tcp::Error error = tcp::Error::None;
  if (setup_.listens) {
    const tcp::Listening opened = host_.tcp().listen(own, config, this, this, 0, now);
    listener_ = opened.listener;
    error = opened.error;
  } else {
    tcp::OpenOptions options;
    options.local = own;
    options.remote = {setup_.ends.kernel, setup_.ends.kernel_port};
    options.config = config;
    options.observer = this;
    error = socket_.connect(host_.tcp(), options, now);
  }
  if (error != tcp::Error::None) {
    fail(fmt::format("cannot open: {}", tcp::name_of(error)));
    return;
  }
  process_.load(program());
  process_.wake();
}

void SimulatedEnd::stop(Time now) {
  process_.load({});
  socket_.abort(now);
  if (listener_ != nullptr) std::exchange(listener_, nullptr)->close(now);
}

void SimulatedEnd::on_acceptable(tcp::Listener& listener, Time now) {
  while (tcp::Connection* const c = listener.accept()) {
    if (std::exchange(accepted_, true)) {
      c->abort(now);  // a case has one connection
    } else {
      socket_.adopt(*c);
      process_.wake();
    }
  }
}

void SimulatedEnd::note(const tcp::Connection& c) {
  counters_ = c.sender().counters();
  terms_ = c.terms();
}

Task SimulatedEnd::program() {
  while (setup_.listens ? !accepted_ : socket_.is_connecting()) co_await process_.woken();
  if (const tcp::Error error = socket_.error(); error != setup_.connect_error) {
    fail(fmt::format("connecting answers '{}' and not '{}'", tcp::name_of(error), tcp::name_of(setup_.connect_error)));
  }
  for (std::size_t i = 0; i < setup_.steps.size() && fault_.empty(); ++i) {
    const Step& step = setup_.steps[i];
    if (step.kind == Step::Kind::Wait) {
      const Time until = process_.now() + step.time;
      while (process_.now() < until) co_await process_.woken_or(until);
    } else if (step.kind == Step::Kind::Exchange) {
      std::int64_t to_send = step.send, to_receive = step.receive;
      while (to_send > 0 || to_receive > 0) {
        std::int64_t chunk = step.chunk > 0 ? std::min(step.chunk, to_receive) : to_receive;
        const std::int64_t before = chunk;
        if (!move_data(to_send, chunk)) break;
        to_receive -= before - chunk;
        if (step.chunk > 0 && chunk < before) {
          const Time until = process_.now() + step.time;
          while (process_.now() < until) co_await process_.woken_or(until);
        } else if (to_send > 0 || to_receive > 0) {
          co_await process_.woken();
        }
      }
    } else {
      while (!do_at_once(step)) co_await process_.woken();
    }
  }
}

/// False: it must wait.
bool SimulatedEnd::do_at_once(const Step& step) {
  const Time now = process_.now();
  switch (step.kind) {
    case Step::Kind::HalfClose: socket_.shutdown_write(now); return true;
    case Step::Kind::Close: socket_.close(now); return true;
    case Step::Kind::Reset: socket_.abort(now); return true;
    default: break;
  }
  const tcp::IoResult r = socket_.recv(1, now);
  if (r.error == tcp::Error::Again) return false;
  if (r.bytes != 0) return !fail("a byte came in place of the end");
  if (r.error == step.error) return true;  // None: the end of data
  return !fail(fmt::format("recv answers '{}' and not '{}'", tcp::name_of(r.error), tcp::name_of(step.error)));
}

bool SimulatedEnd::move_data(std::int64_t& to_send, std::int64_t& to_receive) {
  while (to_receive > 0) {
    const tcp::IoResult r = socket_.recv(to_receive, process_.now());
    if (r.error == tcp::Error::Again) break;
    if (r.error != tcp::Error::None) return fail(fmt::format("recv: {}", tcp::name_of(r.error)));
    if (r.is_eof()) return fail(fmt::format("the peer's data ends after {} bytes", received_));
    received_ += r.bytes;
    to_receive -= r.bytes;
  }
  while (to_send > 0) {
    const tcp::IoResult r = socket_.send(to_send, process_.now());
    if (r.error == tcp::Error::Again) break;
    if (r.error != tcp::Error::None) return fail(fmt::format("send: {}", tcp::name_of(r.error)));
    to_send -= r.bytes;
  }
  return true;
}

bool SimulatedEnd::fail(const std::string& what) {
  fault_ = "simulated: " + what;
  return false;
}

}  // namespace wirelab::interop
