#pragma once
// The end of a case that a program on the simulated host plays.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/node.h"
#include "socket/task.h"
#include "socket/tcp_socket.h"
#include "step.h"
#include "tcp/sender.h"

namespace wirelab::interop {

class SimulatedEnd final : private tcp::ListenerUser, private tcp::ConnectionObserver {
 public:
  struct Setup {
    Ends ends;
    Steps steps;
    bool listens = false;
    tcp::Error connect_error = tcp::Error::None;
    tcp::TcpConfig config;
  };

  SimulatedEnd(Node& host, Setup setup);
  ~SimulatedEnd();

  /// Connects, or listens.
  void start(Time now);
  bool finished() const { return process_.finished(); }
  void stop(Time now);

  const std::string& fault() const { return fault_; }
  std::int64_t received() const { return received_; }  ///< bytes that the program has read
  const tcp::SenderCounters& counters() const { return counters_; }
  const tcp::Terms& terms() const { return terms_; }
  /// There is no connection any more, or it is in TIME-WAIT.
  bool is_closed() const { return last_state_ == tcp::State::Closed || last_state_ == tcp::State::TimeWait; }

 private:
  void on_acceptable(tcp::Listener& listener, Time now) override;
  void on_state(const tcp::StateChange& change) override { last_state_ = change.to; }
  void on_change(const tcp::Connection& c, tcp::ChangeKinds, Time) override { note(c); }
  void on_end(const tcp::Connection& c, Time) override { note(c); }
  void note(const tcp::Connection& c);

  Task program();
  bool do_at_once(const Step& step);
  bool move_data(std::int64_t& to_send, std::int64_t& to_receive);
  bool fail(const std::string& what);

  Node& host_;
  Setup setup_;
  Process process_;
  TcpSocket socket_;
  tcp::Listener* listener_ = nullptr;
  bool accepted_ = false;
  std::int64_t received_ = 0;
  std::string fault_;
  tcp::SenderCounters counters_;
  tcp::Terms terms_;
  tcp::State last_state_ = tcp::State::Closed;
};

}  // namespace wirelab::interop
