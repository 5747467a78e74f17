#pragma once
// An instance whose two programs talk over one TCP connection: the client's connects, the server's gets the connection
// that a listener of the line has accepted (or connects as well, at a simultaneous open).

#include "app/instance.h"
#include "app/line.h"
#include "core/random.h"
#include "socket/tcp_socket.h"

namespace wirelab {

class TcpInstance : public Instance {
 public:
  TcpInstance(Line& line, std::uint64_t number, const LineEndConfig& from, const LineEndConfig& to);
  ~TcpInstance() override;

  void begin(Time now) override;
  void stop(bool abort, Time now) override;
  void on_accepted(tcp::Connection& connection, Time now) override;

 protected:
  enum class Role : std::uint8_t { Client, Server };
  /// One program with its socket.
  struct Side {
    explicit Side(Host& host) : process(host.ready(), host.timers()), socket(process) {}
    Process process;
    TcpSocket socket;
    bool started = false, ended = false;
  };

  /// What the two ends do. Each runs once its socket has been opened, and must end by `finish`.
  virtual Task client_program() = 0;
  virtual Task server_program() = 0;
  /// What the client's program writes first: with Fast Open it may leave on the SYN. 0: the server speaks first.
  virtual std::int64_t first_bytes() const { return 0; }
  /// Both ends connect from and to the line's port.
  virtual bool opens_simultaneously() const { return false; }

  Side& side(Role r) { return r == Role::Client ? client_ : server_; }
  /// The program has ended, for a reason if there is one. The instance ends with the second.
  void finish(Role r, Time now, tcp::Error error = tcp::Error::None);
  /// All that the instance was asked for has been done.
  void complete(Time now);
  RandomStream stream(Purpose purpose, std::uint64_t which = 0) const;

  /// A program's calls take time: what it has written waits no longer in a fast port of the host when it says that this
  /// was all, and the FIN leaves by itself, which tells more of a loss at the end.
  static constexpr Duration kNextCall = Duration::us(10);

  Side client_, server_;
  bool stopping_ = false, aborting_ = false;

 private:
  tcp::Error connect(Role r, Time now);
  void end_if_done(Time now);

  tcp::Endpoint registered_;
};

}  // namespace wirelab
