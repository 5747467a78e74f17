#include "cases.h"

#include <fmt/format.h>

namespace wirelab::interop {

namespace {

using tcp::Error;

constexpr std::int64_t kSmall = 20'000, kMegabyte = 1'000'000, kBulk = 10 * kMegabyte;

Path lossy() {
  Path path;
  path.loss = 0.01;
  return path;
}

/// What the kernel says was agreed on; `wanted` of tcpi_options' bits.
std::string agreed(const Facts& f, int wanted) {
  const int got = f.kernel.tcpi_options & (TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE | TCPI_OPT_ECN);
  const tcp::Terms& t = f.simulated.terms();
  const int ours = (t.timestamps ? TCPI_OPT_TIMESTAMPS : 0) | (t.sack ? TCPI_OPT_SACK : 0) |
                   (t.scaling ? TCPI_OPT_WSCALE : 0) | (t.ecn ? TCPI_OPT_ECN : 0);
  if (got == wanted && ours == wanted) return {};
  return fmt::format("options agreed on: {:#x} by the kernel, {:#x} by us, and not {:#x}", got, ours, wanted);
}
constexpr int kUsual = TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE;

std::string usual_terms(const Facts& f) {
  if (std::string fault = agreed(f, kUsual); !fault.empty()) return fault;
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

void add_bulk(std::vector<Case>& all) {
  for (const Opens opens : {Opens::Kernel, Opens::Simulated}) {
    const std::string who = opens == Opens::Kernel ? "kernel connects" : "simulated host connects";
    Case c;
    c.opens = opens;
    c.path = lossy();
    c.judge = usual_terms;
    c.name = who + ", kernel sends 10 MB, 1 % lost";
    c.kernel = {send(kBulk), half_close(), end_of_data(), close()};
    c.simulated = {receive(kBulk), end_of_data(), close()};
    all.push_back(c);
    c.name = who + ", kernel receives 10 MB, 1 % lost";
    std::swap(c.kernel, c.simulated);
    all.push_back(c);
    c.name = who + ", 10 MB each way at once, 1 % lost";
    c.kernel = {exchange(kBulk, kBulk), half_close(), end_of_data(), close()};
    c.simulated = c.kernel;
    all.push_back(c);
  }
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
  c.sysctls = {{"tcp_ecn", "1"}};
  c.configure = [](tcp::TcpConfig& config) { config.ecn = true; };
  c.judge = [](const Facts& f) { return agreed(f, kUsual | TCPI_OPT_ECN); };
  for (const Opens opens : {Opens::Kernel, Opens::Simulated}) {
    c.opens = opens;
    c.name = opens == Opens::Kernel ? "ECN asked for by the kernel" : "ECN asked for by the simulated host";
    all.push_back(c);
  }
}

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
}

void add_windows(std::vector<Case>& all) {
  const std::int64_t size = 400'000;
  const Steps writer = {send(size), half_close(), end_of_data(), close()};
  Case c;
  c.name = "kernel reads nothing for a while, 1 % lost";
  c.path = lossy();
  c.kernel_receive_buffer = 16384;
  c.kernel = {wait(Duration::ms(1500)), receive(size), end_of_data(), close()};
  c.simulated = writer;
  all.push_back(c);
  c.name = "kernel reads slowly";
  c.path = {};
  c.kernel = {receive_slowly(size, 3000, Duration::ms(8)), end_of_data(), close()};
  all.push_back(c);

  c.kernel_receive_buffer = 0;
  c.configure = [](tcp::TcpConfig& config) { config.rcvbuf = Bytes(16384); };
  c.kernel = writer;
  c.name = "simulated host reads slowly";
  c.simulated = {receive_slowly(size, 3000, Duration::ms(8)), end_of_data(), close()};
  all.push_back(c);
  c.name = "simulated host reads nothing for a while, 1 % lost";
  c.path = lossy();
  c.simulated = {wait(Duration::ms(1500)), receive(size), end_of_data(), close()};
  all.push_back(c);
}

void add_mishaps(std::vector<Case>& all) {
  Case c;
  c.kernel = c.simulated = {exchange(2 * kMegabyte, 2 * kMegabyte), half_close(), end_of_data(), close()};
  c.judge = usual_terms;

  c.name = "2 % in duplicate";
  c.path.duplicate = 0.02;
  c.judge = [](const Facts& f) -> std::string {
    if (f.kernel.tcpi_dsack_dups == 0) return "the kernel has seen no D-SACK of ours";
    return {};
  };
  all.push_back(c);
  c.judge = nullptr;
  c.name = "out of order";
  c.path = {};
  c.path.jitter = Duration::us(500);
  all.push_back(c);
  c.name = "1 % corrupted";
  c.path = {};
  c.path.corrupt = 0.01;
  c.judge = [](const Facts& f) -> std::string {
    if (counted(f.kernel_counted, "Tcp.InCsumErrors") == 0) return "the kernel has seen no bad checksum";
    return {};
  };
  all.push_back(c);
  for (const Opens opens : {Opens::Kernel, Opens::Simulated}) {
    Case far;
    far.opens = opens;
    far.far = true;
    far.name = opens == Opens::Kernel ? "path MTU, kernel connects" : "path MTU, simulated host connects";
    far.kernel = far.simulated = {exchange(kMegabyte, kMegabyte), half_close(), end_of_data(), close()};
    far.judge = [](const Facts& f) -> std::string {
      if (f.kernel.tcpi_pmtu != 1000) return fmt::format("the kernel thinks of an MTU of {}", f.kernel.tcpi_pmtu);
      return {};
    };
    all.push_back(far);
  }
}

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

std::vector<Case> cases() {
  std::vector<Case> all;
  add_openings(all);
  add_bulk(all);
  add_terms(all);
  add_endings(all);
  add_windows(all);
  add_mishaps(all);
  add_reuse(all);
  return all;
}

}  // namespace wirelab::interop
