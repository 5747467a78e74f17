// Data in plenty, windows that close, and paths that do harm.

#include <fmt/format.h>

#include "cases.h"

namespace wirelab::interop {

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

/// What goes silent for a while, and what is late for a while.
void add_outages(std::vector<Case>& all) {
  Case c;
  c.kernel = c.simulated = {exchange(2 * kMegabyte, 2 * kMegabyte), half_close(), end_of_data(), close()};

  c.name = "15 % lost";
  c.path.loss = 0.15;
  c.kernel = c.simulated = {exchange(300'000, 300'000), half_close(), end_of_data(), close()};
  all.push_back(c);

  c.name = "nothing passes for 1.5 s";
  c.kernel = c.simulated = {exchange(kBulk, kBulk), half_close(), end_of_data(), close()};
  c.path = lossy();
  Path down;
  down.up = false;
  c.later_after = kMegabyte / 5;
  c.later = {{Duration{}, down}, {Duration::ms(1500), c.path}};
  // What the kernel's program has not come to read must not close the window: a sender that waits for one has nothing
  // in flight, so neither a timeout.
  c.sysctls = {{"tcp_rmem", "4096 8388608 33554432"}};
  c.judge = [](const Facts& f) -> std::string {
    const tcp::SenderCounters& ours = f.simulated.counters();
    if (ours.timeouts == 0) {
      return fmt::format("we had no timeout, but {} recoveries and {} undos", ours.fast_recoveries, ours.undos);
    }
    if (counted(f.kernel_counted, "TcpExt.TCPTimeouts") == 0) return "the kernel had no timeout";
    return {};
  };
  all.push_back(c);

  c.name = "everything is 0.6 s late for a while";
  c.path = {};
  Path late;
  late.delay = Duration::ms(600);
  c.later = {{Duration{}, late}, {Duration::ms(780), {}}};
  c.judge = [](const Facts& f) -> std::string {
    const tcp::SenderCounters& ours = f.simulated.counters();
    if (ours.timeouts == 0 || ours.undos == 0) return "we have had no needless timeout, or not taken it back";
    return {};
  };
  all.push_back(c);

  c.kernel = {send(kBulk), half_close(), end_of_data(), close()};
  c.simulated = {receive(kBulk), end_of_data(), close()};
  c.judge = nullptr;
  c.later = {};
  c.sysctls = {};
  c.path.delay = Duration::ms(50);
  c.name = "100 ms, kernel sends 10 MB";
  all.push_back(c);
  std::swap(c.kernel, c.simulated);
  c.name = "100 ms, kernel receives 10 MB";
  all.push_back(c);
}

}  // namespace wirelab::interop
