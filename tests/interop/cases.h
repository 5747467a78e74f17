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
  /// What the path becomes, so long after what was before it; the first counts from when the simulated program has
  /// read `later_after` bytes, so that it finds both ends amid their data however slowly they came to it.
  std::vector<std::pair<Duration, Path>> later;
  std::int64_t later_after = 0;
  tcp::Error connect_error = tcp::Error::None;  ///< what connect answers, with nobody listening
  bool far = false;                             ///< with the far host
  bool same_ports = false;                      ///< those of the case before
  int kernel_receive_buffer = 0;
  KernelOptions kernel_options;
  std::vector<std::pair<std::string, std::string>> sysctls;  ///< of net/ipv4, for this case
  std::function<void(tcp::TcpConfig&)> configure;
  /// Empty: all is well; else what is not.
  std::function<std::string(const Facts&)> judge;
};

inline constexpr std::int64_t kSmall = 20'000, kMegabyte = 1'000'000, kBulk = 10 * kMegabyte;

inline Path lossy() {
  Path path;
  path.loss = 0.01;
  return path;
}

/// Judges of the terms that both ends have agreed on: `wanted` in the bits of tcpi_options, of both ends.
inline constexpr int kUsualTerms = TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE;
std::string agreed(const Facts& f, int wanted);
std::string usual_terms(const Facts& f);

// Added in this order: connections made and ended, data in plenty, windows, and paths that do harm.
void add_openings(std::vector<Case>& all);
void add_terms(std::vector<Case>& all);
void add_requests(std::vector<Case>& all);
void add_endings(std::vector<Case>& all);
void add_bulk(std::vector<Case>& all);
void add_windows(std::vector<Case>& all);
void add_mishaps(std::vector<Case>& all);
void add_outages(std::vector<Case>& all);

inline std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto add :
       {add_openings, add_terms, add_requests, add_endings, add_bulk, add_windows, add_mishaps, add_outages}) {
    add(all);
  }
  return all;
}

}  // namespace wirelab::interop
