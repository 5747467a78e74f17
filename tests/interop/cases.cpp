// How connections are made and ended, and what is agreed on.

#include "cases.h"

#include <fmt/format.h>

namespace wirelab::interop {

using tcp::Error;

std::string agreed(const Facts& f, int wanted) {
  const int got = f.kernel.tcpi_options & (TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE | TCPI_OPT_ECN);
  const tcp::Terms& t = f.simulated.terms();
  const int ours = (t.timestamps ? TCPI_OPT_TIMESTAMPS : 0) | (t.sack ? TCPI_OPT_SACK : 0) |
                   (t.scaling ? TCPI_OPT_WSCALE : 0) | (t.ecn ? TCPI_OPT_ECN : 0);
  if (got == wanted && ours == wanted) return {};
  return fmt::format("options agreed on: {:#x} by the kernel, {:#x} by us, and not {:#x}", got, ours, wanted);
}

std::string usual_terms(const Facts& f) {
  if (std::string fault = agreed(f, kUsualTerms); !fault.empty()) return fault;
  if (f.kernel.tcpi_snd_wscale != f.simulated.terms().rcv_wscale) return "the kernel scales our window otherwise";
  if (f.kernel.tcpi_rcv_wscale != f.simulated.terms().snd_wscale) return "we scale the kernel's window otherwise";
  return {};
}

void add_openings(std::vector<Case>& all) {
  const Steps client = {send(100), receive(kSmall), end_of_data(), close()};
  const Steps server = {receive(100), send(kSmall), half_close(), end_of_data(), close()};
  for (const Opens opens : {Opens::Kernel, Opens::Simulated}) {
    Case c;
    const bool kernel = opens == Opens::Kernel;
    c.name = kernel ? "kernel connects" : "simulated host connects";
    c.opens = opens;
    c.kernel = kernel ? client : server;
    c.simulated = kernel ? server : client;
    c.judge = usual_terms;
    all.push_back(c);
  }
  for (const Opens opens : {Opens::Kernel, Opens::Simulated}) {
    Case c;
    c.name = opens == Opens::Kernel ? "kernel is refused" : "simulated host is refused";
    c.opens = opens;
    c.connect_error = Error::ConnRefused;
    all.push_back(c);
  }
  Case both;
  both.name = "simultaneous open";
  both.opens = Opens::Both;
  both.path.delay = Duration::ms(50);
  both.kernel = {exchange(kSmall, kSmall), half_close(), end_of_data(), close()};
  both.simulated = both.kernel;
  both.judge = usual_terms;
  all.push_back(both);
}

/// The same with less agreed on, switched off on one side or the other.
void add_terms(std::vector<Case>& all) {
  Case c;
  c.path = lossy();
  c.kernel = c.simulated = {exchange(kMegabyte, kMegabyte), half_close(), end_of_data(), close()};

  c.name = "no SACK by the kernel, 1 % lost";
  c.sysctls = {{"tcp_sack", "0"}};
  c.judge = [](const Facts& f) { return agreed(f, TCPI_OPT_TIMESTAMPS | TCPI_OPT_WSCALE); };
  all.push_back(c);
  c.name = "no timestamps by the kernel, 1 % lost";
  c.sysctls = {{"tcp_timestamps", "0"}};
  c.judge = [](const Facts& f) { return agreed(f, TCPI_OPT_SACK | TCPI_OPT_WSCALE); };
  all.push_back(c);
  c.name = "no window scaling by the kernel, 1 % lost";
  c.sysctls = {{"tcp_window_scaling", "0"}};
  c.judge = [](const Facts& f) { return agreed(f, TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK); };
  all.push_back(c);
  c.opens = Opens::Simulated;
  c.name = "no options of ours, 1 % lost";
  c.sysctls = {};
  c.configure = [](tcp::TcpConfig& config) { config.sack = config.timestamps = config.window_scaling = false; };
  c.judge = [](const Facts& f) { return agreed(f, 0); };
  all.push_back(c);
  c.path = {};
  c.sysctls = {{"tcp_ecn", "1"}};  // RFC 3168
  c.configure = [](tcp::TcpConfig& config) { config.ecn = true; };
  c.judge = [](const Facts& f) { return agreed(f, kUsualTerms | TCPI_OPT_ECN); };
  for (const Opens opens : {Opens::Kernel, Opens::Simulated}) {
    c.opens = opens;
    c.name = opens == Opens::Kernel ? "ECN asked for by the kernel" : "ECN asked for by the simulated host";
    all.push_back(c);
  }
}

/// What a peer may ask of us on its SYN or afterwards.
void add_requests(std::vector<Case>& all) {
  Case c;
  c.kernel = c.simulated = {exchange(kSmall, kSmall), half_close(), end_of_data(), close()};
  c.judge = usual_terms;
  c.name = "SYN cookies by the kernel";
  c.opens = Opens::Simulated;
  c.sysctls = {{"tcp_syncookies", "2"}};
  all.push_back(c);
  c.opens = Opens::Kernel;
  c.sysctls = {};
  c.name = "Fast Open asked for by the kernel";
  c.kernel_options = {{TCP_FASTOPEN_CONNECT, 1}};
  all.push_back(c);
  c.name = "segments of 536 bytes asked for by the kernel";
  c.kernel_options = {{TCP_MAXSEG, 536}};
  c.judge = [](const Facts& f) -> std::string {
    const auto segments = f.simulated.counters().segments_sent;
    if (segments < kSmall / (536 - 12)) return fmt::format("we have sent no more than {} segments", segments);
    return usual_terms(f);
  };
  all.push_back(c);
  c.judge = usual_terms;
  c.name = "keep-alives of both";
  c.kernel_options = {{TCP_KEEPIDLE, 1}, {TCP_KEEPINTVL, 1}, {TCP_KEEPCNT, 1}};
  c.configure = [](tcp::TcpConfig& config) {
    config.keepalive = true;
    config.keepalive_time = config.keepalive_intvl = Duration::s(1);
    config.keepalive_probes = 1;
  };
  c.kernel.insert(c.kernel.begin(), wait(Duration::ms(2600)));
  c.simulated = c.kernel;
  all.push_back(c);
}

namespace {

/// The second connection between the same ports meets the first in TIME-WAIT.
void add_reuse(std::vector<Case>& all) {
  const Steps first = {exchange(100, 100), half_close(), end_of_data(), close()};
  const Steps second = {exchange(100, 100), end_of_data(), close()};
  for (const Opens opens : {Opens::Kernel, Opens::Simulated}) {
    const bool kernel = opens == Opens::Kernel;
    Case c;
    c.opens = opens;
    c.name = kernel ? "simulated host goes into TIME-WAIT" : "kernel goes into TIME-WAIT";
    c.kernel = kernel ? second : first;
    c.simulated = kernel ? first : second;
    all.push_back(c);
    c.name = kernel ? "kernel connects to TIME-WAIT" : "simulated host connects to TIME-WAIT";
    c.same_ports = true;
    all.push_back(c);
  }
}

}  // namespace

void add_endings(std::vector<Case>& all) {
  Case c;
  c.name = "half-close by the kernel, then 1 MB to it, 1 % lost";
  c.path = lossy();
  c.kernel = {send(kSmall), half_close(), receive(kMegabyte), end_of_data(), close()};
  c.simulated = {receive(kSmall), end_of_data(), send(kMegabyte), half_close(), close()};
  all.push_back(c);
  std::swap(c.kernel, c.simulated);
  c.name = "half-close by the simulated host, then 1 MB to it, 1 % lost";
  all.push_back(c);

  c.path = {};
  c.name = "reset by the kernel";
  c.kernel = {exchange(kSmall, kSmall), reset()};
  c.simulated = {exchange(kSmall, kSmall), fails(Error::ConnReset)};
  all.push_back(c);
  std::swap(c.kernel, c.simulated);
  c.name = "reset by the simulated host";
  all.push_back(c);

  c.name = "kernel closes with unread data";
  c.kernel = {send(100), wait(Duration::ms(100)), close()};
  c.simulated = {receive(100), send(kSmall), fails(Error::ConnReset)};
  all.push_back(c);
  std::swap(c.kernel, c.simulated);
  c.name = "simulated host closes with unread data";
  all.push_back(c);
  add_reuse(all);
}

}  // namespace wirelab::interop
