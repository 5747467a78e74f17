#pragma once
// What is tried: each case is one connection, two programs, a path, and what must be true of it afterwards.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bridge.h"
#include "kernel_counters.h"
#include "kernel_end.h"
#include "simulated_end.h"
#include "step.h"

namespace wirelab::interop {

/// What is known of a case when both programs have ended.
struct Facts {
  const tcp_info& kernel;
  const SimulatedEnd& simulated;
  KernelCounters kernel_counted;  ///< during the case
  tcp::LayerCounters before, after;
};

struct Case {
  std::string name;
  Opens opens = Opens::Kernel;
  Steps kernel, simulated;
  Path path;
  tcp::Error connect_error = tcp::Error::None;  ///< what connect answers, with nobody listening
  bool far = false;                             ///< with the far host
  bool same_ports = false;                      ///< those of the case before
  int kernel_receive_buffer = 0;
  std::vector<std::pair<std::string, std::string>> sysctls;  ///< of net/ipv4, for this case
  std::function<void(tcp::TcpConfig&)> configure;
  /// Empty: all is well; else what is not.
  std::function<std::string(const Facts&)> judge;
};

std::vector<Case> cases();

}  // namespace wirelab::interop
