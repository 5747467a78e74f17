#pragma once
// The program on the host under test: its descriptors and what its system calls do. A call answers at once or, if it
// is to block, waits to be tried again whenever something has happened on the host; no thread is needed.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "script/call_arguments.h"
#include "script/descriptor.h"
#include "script/flow.h"
#include "script/machine.h"
#include "script/option_rules.h"
#include "script/script.h"
#include "script/settings.h"
#include "tcp/connection.h"

namespace wirelab::script {

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
  /// Somebody accepts connections.
  bool is_listening() const;

 private:
  using Arguments = std::vector<Argument>;
  using Answer = std::optional<CallResult>;

  /// A call as the table has it: on a descriptor, or one that needs none.
  struct Entry {
    std::string_view name;
    std::size_t arguments, most;
    int flags_at;       ///< which argument holds MSG_ flags; -1: none
    bool sockets_only;  ///< ENOTSOCK elsewhere
    Answer (Program::*on_descriptor)(Descriptor& d, const SystemCall& call, Progress& progress);
    Answer (Program::*without)(const SystemCall& call, Progress& progress);
  };
  static const Entry* find_entry(std::string_view name);

  // program.cpp
  CallResult bind_descriptor(const SystemCall& call, Descriptor d);
  Answer socket(const SystemCall& call, Progress& progress);
  Answer set_capability(const SystemCall& call, Progress& progress);
  Answer bind(Descriptor& d, const SystemCall& call, Progress& progress);
  Answer listen(Descriptor& d, const SystemCall& call, Progress& progress);
  Answer accept(Descriptor& d, const SystemCall& call, Progress& progress);
  Answer connect(Descriptor& d, const SystemCall& call, Progress& progress);
  Answer shutdown(Descriptor& d, const SystemCall& call, Progress& progress);
  bool lingers(Descriptor& d, Progress& progress);
  Answer close(Descriptor& d, const SystemCall& call, Progress& progress);
  Answer fcntl(Descriptor& d, const SystemCall& call, Progress& progress);
  Answer ioctl(Descriptor& d, const SystemCall& call, Progress& progress);

  // fast_open_calls.cpp
  Answer open(Descriptor& d, const std::optional<tcp::FastOpenRequest>& request, Progress& progress);
  bool may_defer(const Descriptor& d) const;
  Answer write_fast(Descriptor& d, const tcp::FastOpenRequest& request, Progress& progress);
  std::optional<Answer> set_fast_open_option(Descriptor& d, const Arguments& a);
  void apply_fast_open(Descriptor& d) const;

  // io_calls.cpp
  Answer write_by_call(Descriptor& d, const SystemCall& call, Progress& progress);
  Answer write(Descriptor& d, std::int64_t bytes, std::int64_t flags, Progress& progress);
  Answer write_nothing(Descriptor& d, std::int64_t bytes, Progress& progress);
  Answer write_message(Descriptor& d, const Arguments& a, Progress& progress);
  void lend(Descriptor& d, std::int64_t flags);
  std::optional<std::int64_t> urgent_byte(const Descriptor& d) const;
  std::int64_t readable(const Descriptor& d) const;
  tcp::IoResult take(Descriptor& d, std::int64_t bytes);
  Answer read_by_call(Descriptor& d, const SystemCall& call, Progress& progress);
  Answer read(Descriptor& d, std::int64_t bytes, std::int64_t flags, Progress& progress);
  Answer read_urgent(Descriptor& d, std::int64_t bytes, std::int64_t flags);
  void check_message(const Descriptor& d, const Argument& message, CallResult& answer) const;
  Answer read_error_queue(Descriptor& d, const Arguments& a);

  // file_calls.cpp
  Answer open_file(const SystemCall& call, Progress& progress);
  Answer make_pipe(const SystemCall& call, Progress& progress);
  Answer fill_pipe(Descriptor& d, std::int64_t most, bool waits);
  Answer write_pipe(Descriptor& d, std::int64_t bytes, Progress& progress);
  Answer read_pipe_or_file(Descriptor& d, std::int64_t bytes);
  Answer send_pages(Descriptor& d, std::int64_t bytes, bool more, bool waits, Progress& progress);
  Answer send_file(Descriptor& d, const SystemCall& call, Progress& progress);
  Answer splice(Descriptor& d, const SystemCall& call, Progress& progress);
  Answer splice_from_pipe(Descriptor& d, Descriptor& out, std::int64_t most, std::int64_t flags, Progress& progress);
  Answer splice_from_socket(Descriptor& d, Descriptor& out, std::int64_t most, std::int64_t flags);

  // socket_options.cpp
  Answer set_option(Descriptor& d, const SystemCall& call, Progress& progress);
  Answer get_option(Descriptor& d, const SystemCall& call, Progress& progress);
  Answer set_one_option(Descriptor& d, std::int64_t level, std::int64_t name, const Arguments& a);
  Answer set_linger(Descriptor& d, const Argument& given);
  Answer set_congestion_control(Descriptor& d, const std::string& name);
  Answer set_timestamping(Descriptor& d, std::int64_t flags);
  Answer set_buffer(Descriptor& d, std::int64_t name, std::int64_t asked);
  Answer set_socket_option(Descriptor& d, std::int64_t name, std::int64_t value);
  Answer set_ip_option(Descriptor& d, std::int64_t name, std::int64_t value);
  Answer set_tcp_option(Descriptor& d, std::int64_t name, std::int64_t value, const Arguments& a);
  void set_configured(Descriptor& d, std::int64_t name, std::int64_t value);
  std::int64_t option_value(Descriptor& d, const OptionRule& rule) const;

  // readiness.cpp
  std::int64_t poll_events(std::int64_t fd) const;
  std::uint64_t happenings(std::int64_t fd, std::int64_t events);
  Answer poll(const SystemCall& call, Progress& progress);
  Answer epoll_create(const SystemCall& call, Progress& progress);
  Answer epoll_ctl(Descriptor& d, const SystemCall& call, Progress& progress);
  Answer epoll_wait(Descriptor& d, const SystemCall& call, Progress& progress);

  Machine& machine_;
  const Settings& settings_;
  Flow& flow_;
  Duration tolerance_;
  std::map<std::int64_t, Descriptor> descriptors_;
};

}  // namespace wirelab::script
