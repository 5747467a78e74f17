#pragma once
// The machine's settings as a script's shell texts make them. Nothing is executed: the commands that scripts use are
// understood here, and an unknown one makes the script unsupported.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "script/script.h"
#include "tcp/config.h"

namespace wirelab::script {

struct Settings {
  tcp::TcpConfig config;     ///< of sockets to come; `ecn` is set from the two below when they open
  bool ecn_asked = false;    ///< sysctl tcp_ecn 1: asked for by connections that this side opens
  bool ecn_granted = false;  ///< sysctl tcp_ecn 1 or 2: granted to those that the peer opens
  std::uint16_t mtu = 1500;
  bool refuses = false;  ///< the device's queue takes nothing

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
};

/// Linux's defaults with exact timers.
Settings initial_settings();

/// Does what the text would do. Throws Unsupported with the line of the command at fault.
void run_shell(const ShellText& shell, Settings& settings);

}  // namespace wirelab::script
