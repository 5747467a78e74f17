#pragma once
// The machine's settings as a script's shell texts make them. Nothing is executed: the commands that scripts use are
// understood here, and an unknown one makes the script unsupported.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/units.h"
#include "script/script.h"
#include "tcp/config.h"

namespace wirelab::script {

struct Settings {
  tcp::TcpConfig config;     ///< of sockets to come; `ecn` is set from the two below when they open
  bool ecn_asked = false;    ///< sysctl tcp_ecn 1: asked for by connections that this side opens
  bool ecn_granted = false;  ///< sysctl tcp_ecn 1 or 2: granted to those that the peer opens
  std::uint16_t mtu = 1500;
  bool mtu_is_of_route = false;  // set by a route, and not by the device
  bool refuses = false;          ///< the device's queue takes nothing
  /// What SO_RCVBUF, SO_SNDBUF and listen may ask for at most: sysctls rmem_max, wmem_max, somaxconn of net.core.
  std::int64_t rcvbuf_most = 4194304, sndbuf_most = 4194304, backlog_most = 4096;
  /// Bytes of the files that commands have made; nothing: removed. They hold zeros.
  std::map<std::string, std::optional<std::int64_t>, std::less<>> files;

  // What a command asks of the machine, once.
  bool flush_metrics = false;  ///< cookies of servers are forgotten
  bool count_afresh = false;   ///< nstat: counters are looked at from here on
  /// nstat | grep NAME: must have grown since; by so much if a second grep says how much. `-s` keeps what it grew from.
  struct WantedCounter {
    std::string name;
    std::optional<std::uint64_t> by;
    bool keeps_start = false;
  };
  std::vector<WantedCounter> wanted_counters;
  Duration pause{};             ///< sleep: the clock goes on by so much
  bool wants_listener = false;  ///< grep in /proc/net/tcp: somebody must listen on the port of the service
};

/// Linux's defaults with exact timers.
Settings initial_settings();

/// Does what the text would do. Throws Unsupported with the line of the command at fault.
void run_shell(const ShellText& shell, Settings& settings);

}  // namespace wirelab::script
