#include "socket/tcp_socket.h"

#include <algorithm>
#include <utility>

namespace wirelab {

namespace {

constexpr std::int64_t kAll = std::int64_t{1} << 40;

}  // namespace

tcp::Error TcpSocket::connect(tcp::Layer& layer, tcp::OpenOptions options, Time now) {
  options.user = this;
  const tcp::Opened opened = layer.connect(options, now);
  connection_ = opened.connection;
  on_syn_ = opened.taken;
  return opened.error;
}

void TcpSocket::adopt(tcp::Connection& connection) {
  connection_ = &connection;
  connection.set_user(this);
}

tcp::IoResult TcpSocket::send(std::int64_t bytes, Time now) {
  if (connection_ == nullptr) return {0, tcp::Error::NotConnected};
  if (on_syn_ == 0) return connection_->send(bytes, now);
  const std::int64_t gone = std::min(bytes, on_syn_);
  on_syn_ -= gone;
  tcp::IoResult rest = bytes == gone ? tcp::IoResult{} : connection_->send(bytes - gone, now);
  rest.bytes += gone;
  if (rest.error == tcp::Error::Again) rest.error = tcp::Error::None;
  return rest;
}

tcp::IoResult TcpSocket::recv(std::int64_t most, Time now) {
  if (connection_ == nullptr) return {0, tcp::Error::NotConnected};
  return connection_->recv(most, now);
}

tcp::Error TcpSocket::drain(Time now) {
  while (true) {
    const tcp::IoResult r = recv(kAll, now);
    if (r.bytes == 0) return r.error;
  }
}

void TcpSocket::shutdown_write(Time now) {
  if (connection_ != nullptr) connection_->shutdown_write(now);
}

void TcpSocket::close(Time now) {
  if (connection_ != nullptr) std::exchange(connection_, nullptr)->close(now);
}

void TcpSocket::abort(Time now) {
  if (connection_ != nullptr) std::exchange(connection_, nullptr)->abort(now);
}

}  // namespace wirelab
