#include "app/tcp_instance.h"

namespace wirelab {

TcpInstance::TcpInstance(Line& line, std::uint64_t number, const LineEndConfig& from, const LineEndConfig& to)
    : Instance(line, number, from, to), client_(*from.host), server_(*to.host) {}

TcpInstance::~TcpInstance() {
  if (registered_.port != 0) line_.forget_client(registered_);
}

tcp::Error TcpInstance::connect(Role r, Time now) {
  const LineEndConfig& here = r == Role::Client ? from_ : to_;
  const LineEndConfig& there = r == Role::Client ? to_ : from_;
  const auto tracking = line_.tracker().track_client(line_.number(), result_.instance, here.node);
  tcp::OpenOptions options;
  options.remote = {there.address, line_.config().port};
  if (opens_simultaneously()) options.local = {here.address, line_.config().port};
  options.config = here.tcp;
  options.observer = tracking.observer;
  options.tag = tracking.tag;
  if (r == Role::Client && !opens_simultaneously() && (here.tcp->fastopen & tcp::fast_open_bit::Client) != 0) {
    const std::int64_t bytes = first_bytes();
    options.fast_open = tcp::FastOpenRequest{bytes, bytes > 0};
  }
  side(r).started = true;
  return side(r).socket.connect(here.host->tcp(), options, now);
}

void TcpInstance::begin(Time now) {
  result_.start = now;
  result_.from = from_.node;
  result_.to = to_.node;
  if (const tcp::Error error = connect(Role::Client, now); error != tcp::Error::None) {
    finish(Role::Client, now, error);
    return;
  }
  registered_ = client_.socket.local();
  line_.register_client(registered_, result_.instance);
  client_.process.load(client_program());
  client_.process.wake();
  if (opens_simultaneously()) {
    if (const tcp::Error error = connect(Role::Server, now); error != tcp::Error::None) {
      finish(Role::Server, now, error);
      return;
    }
    server_.process.load(server_program());
    server_.process.wake();
  }
}

void TcpInstance::on_accepted(tcp::Connection& connection, Time now) {
  if (server_.started) {  // a second connection from the same address and port: not ours
    connection.abort(now);
    return;
  }
  server_.started = true;
  server_.socket.adopt(connection);
  server_.process.load(server_program());
  server_.process.wake();
}

void TcpInstance::stop(bool abort, Time) {
  stopping_ = true;
  aborting_ = abort;
  client_.process.wake();
  if (server_.started) server_.process.wake();
}

void TcpInstance::finish(Role r, Time now, tcp::Error error) {
  side(r).ended = true;
  if (error != tcp::Error::None && !result_.completed && result_.error == tcp::Error::None) result_.error = error;
  end_if_done(now);
}

void TcpInstance::complete(Time now) {
  if (result_.completed) return;
  result_.completed = true;
  result_.error = tcp::Error::None;
  result_.end = now;
}

// A server program that never began, because the handshake failed or the client gave up first, is not waited for.
void TcpInstance::end_if_done(Time now) {
  if (!client_.ended) return;
  const bool server_done = server_.started ? server_.ended : result_.error != tcp::Error::None || stopping_;
  if (!server_done) return;
  if (!result_.completed) result_.end = now;
  line_.on_ended(*this, now);
}

RandomStream TcpInstance::stream(Purpose purpose, std::uint64_t which) const {
  return RandomStream(line_.seed(), purpose, component_of(line_.instance_id(result_.instance), which));
}

}  // namespace wirelab
