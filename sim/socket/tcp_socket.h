#pragma once
// A program's hold on one TCP connection. Calls never block: what cannot be done now answers Again, and the program is
// woken when that may have changed.

#include "socket/process.h"
#include "tcp/connection.h"
#include "tcp/layer.h"

namespace wirelab {

class TcpSocket final : private tcp::ConnectionUser {
 public:
  explicit TcpSocket(Process& program) : program_(program) {}
  TcpSocket(const TcpSocket&) = delete;
  TcpSocket& operator=(const TcpSocket&) = delete;
  /// A socket that is still open is cut off without a word: its run is over.
  ~TcpSocket() {
    if (connection_ != nullptr) connection_->set_user(nullptr);
  }

  /// Begins to connect; `options.user` is set here. With a Fast Open request the SYN may carry what the program will
  /// write first; `send` then takes so many bytes without sending them again. Errors: those of tcp::Layer::connect.
  tcp::Error connect(tcp::Layer& layer, tcp::OpenOptions options, Time now);
  /// Takes over what a listener has accepted.
  void adopt(tcp::Connection& connection);

  bool is_connecting() const {
    return connection_ != nullptr && connection_->error() == tcp::Error::None &&
           connection_->state() < tcp::State::Established && connection_->state() != tcp::State::Closed &&
           !connection_->is_half_open();
  }
  /// What ended the connection, if something has; NotConnected without one.
  tcp::Error error() const { return connection_ != nullptr ? connection_->error() : tcp::Error::NotConnected; }
  tcp::Endpoint local() const { return connection_ != nullptr ? connection_->local() : tcp::Endpoint{}; }

  /// Some of what was written has not left yet.
  bool has_unsent() const { return connection_ != nullptr && connection_->notsent() != 0; }

  tcp::IoResult send(std::int64_t bytes, Time now);
  [[gnu::hot]] tcp::IoResult recv(std::int64_t most, Time now);
  /// Throws away what comes. None: the peer has closed; Again: more may come; or what went wrong.
  tcp::Error drain(Time now);
  void shutdown_write(Time now);
  void close(Time now);  ///< harmless when it is closed already
  void abort(Time now);

 private:
  [[gnu::hot]] void on_readiness(tcp::Connection&, tcp::Readiness, Time) override { program_.wake(); }

  Process& program_;
  tcp::Connection* connection_ = nullptr;
  std::int64_t on_syn_ = 0;  // bytes that have left on the SYN and that the program has yet to write
};

/// The first of two results that is a failure; Again is none.
inline tcp::Error first_failure(tcp::IoResult a, tcp::IoResult b) {
  if (a.error != tcp::Error::None && a.error != tcp::Error::Again) return a.error;
  if (b.error != tcp::Error::None && b.error != tcp::Error::Again) return b.error;
  return tcp::Error::None;
}

}  // namespace wirelab
