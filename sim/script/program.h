#pragma once
// The program on the host under test: its descriptors and what its system calls do. A call answers at once or, if it
// is to block, waits to be tried again whenever something has happened on the host; no thread is needed.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "script/flow.h"
#include "script/machine.h"
#include "script/script.h"
#include "script/settings.h"
#include "tcp/connection.h"

namespace wirelab::script {

struct CallResult {
  std::int64_t value = 0;
  std::string error;  ///< name of the errno; empty: none
  std::string note;   ///< what the call wrote differs from what the script says; empty: it does not
};

/// Milliseconds; longer timeouts are cut to this.
inline constexpr std::int64_t kLongestWait = 1'000'000'000;

class Program {
 public:
  /// `tolerance`: by how much times may differ that are told of what was sent.
  Program(Machine& machine, const Settings& settings, Flow& flow, Duration tolerance)
      : machine_(machine), settings_(settings), flow_(flow), tolerance_(tolerance) {}
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Throws Unsupported (line 0) if the call, an option or a flag is not modelled. To be asked before anything runs.
  static void check_is_modelled(const SystemCall& call);

  /// What the call answers; nothing if it would block. Trying again goes on where it stopped.
  struct Progress {
    std::int64_t done = 0;  ///< bytes written so far
    bool begun = false;
    bool connecting = false;        ///< a write that began with a connect
    Time deadline = Time::never();  ///< of poll
  };
  /// A command has changed sysctls: those that Linux asks at every segment hold for open listeners too.
  void on_settings_changed();

  std::optional<CallResult> attempt(const SystemCall& call, Progress& progress);

  /// The connection of the flow under test, if the program holds a descriptor of it.
  const tcp::Connection* connection_under_test() const;

 private:
  /// A descriptor that an epoll descriptor watches.
  struct Watch {
    std::int64_t events = 0;
    std::uint64_t told = 0;  // edge-triggered: what had happened when it was reported last
    bool armed = true;       // one-shot: not reported since it was set
  };
  struct Descriptor {
    bool nonblocking = false, read_shut = false, connect_told = false, abort_on_close = false;
    bool tells_readable = false;            // TCP_INQ
    bool lends_memory = false;              // SO_ZEROCOPY
    bool stamps_only = false;               // notices come without what was sent
    std::int64_t lowat = 0;                 // TCP_NOTSENT_LOWAT
    std::map<std::int64_t, Watch> watched;  // of an epoll descriptor, by descriptor
    bool fast_open_connect = false;         // TCP_FASTOPEN_CONNECT
    bool fast_open_without_cookie = false;  // TCP_FASTOPEN_NO_COOKIE
    bool deferred = false;                  // connect has answered 0 and waits for the first write
    std::uint32_t fast_open_queue = 0;      // TCP_FASTOPEN; 0: a listener takes no data on SYNs
    std::uint16_t port = 0;
    tcp::TcpConfig config;  // of the connection or listener to come
    tcp::Listener* listener = nullptr;
    tcp::Connection* connection = nullptr;
  };
  using Arguments = std::vector<Argument>;
  using Answer = std::optional<CallResult>;

  Answer socket(const SystemCall& call);
  Answer listen(Descriptor& d, const Arguments& a);
  Answer accept(Descriptor& d, const SystemCall& call);
  Answer connect(Descriptor& d, Progress& progress);
  Answer open(Descriptor& d, const std::optional<tcp::FastOpenRequest>& request, Progress& progress);
  bool may_defer(const Descriptor& d) const;
  Answer write_by_call(Descriptor& d, const SystemCall& call, Progress& progress);
  Answer write_fast(Descriptor& d, std::int64_t bytes, bool waits, Progress& progress);
  Answer write(Descriptor& d, std::int64_t bytes, std::int64_t flags, Progress& progress);
  Answer read(Descriptor& d, std::int64_t bytes, std::int64_t flags);
  Answer shutdown(Descriptor& d, std::int64_t how);
  Answer close(Descriptor& d, std::int64_t fd);
  Answer fcntl(Descriptor& d, const Arguments& a);
  Answer set_option(Descriptor& d, const Arguments& a);
  Answer set_timestamping(Descriptor& d, std::int64_t flags);
  Answer set_one_option(Descriptor& d, const Arguments& a);
  std::optional<Answer> set_fast_open_option(Descriptor& d, const Arguments& a);
  void apply_fast_open(Descriptor& d) const;
  Answer get_option(Descriptor& d, const Arguments& a);
  Answer ioctl(Descriptor& d, const Arguments& a);
  Answer poll(const Arguments& a, Progress& progress);
  Answer write_message(Descriptor& d, const Arguments& a, Progress& progress);
  Answer read_message(Descriptor& d, const Arguments& a);
  Answer read_error_queue(Descriptor& d, const Arguments& a);
  Answer epoll_create(const SystemCall& call);
  Answer epoll_ctl(Descriptor& d, const Arguments& a);
  Answer epoll_wait(Descriptor& d, const Arguments& a, Progress& progress);
  std::uint64_t happenings(std::int64_t fd) const;
  std::int64_t poll_events(std::int64_t fd) const;

  Machine& machine_;
  const Settings& settings_;
  Flow& flow_;
  Duration tolerance_;
  std::map<std::int64_t, Descriptor> descriptors_;
};

}  // namespace wirelab::script
