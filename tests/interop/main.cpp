// TCP of a simulated host against TCP of the machine's own kernel, in real time over a TUN device.

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>

#include "cases.h"
#include "tcp/option_table.h"

namespace wirelab::interop {

namespace {

constexpr int kFailed = 1, kUsage = 2, kSkipped = 77;
constexpr Duration kPatience = Duration::s(30);  // for one case
constexpr std::string_view kHelp =
    "usage: interop [-h] [-v] [--keep-pcap FILE] [CASE...]\n"
    "\n"
    "A simulated host at the end of a TUN device talks to this machine's own TCP, in real time and in a network\n"
    "namespace of its own. CASE: words that must occur in a case's name; none: all cases.\n"
    "\n"
    "  --keep-pcap FILE  writes all that crosses the device\n"
    "  -v                shows what the kernel has counted in each case\n"
    "\n"
    "Exit status: 0 all passed, 1 a case failed, 2 wrong command line, 77 skipped: no root, or no /dev/net/tun.\n";

struct Options {
  std::string pcap;
  bool verbose = false;
  std::vector<std::string> words;
};

/// What a path that neither corrupts nor reorders never makes the kernel count: packets that make no sense to it.
constexpr std::array<const char*, 4> kNever = {"Tcp.InErrs", "Tcp.InCsumErrors", "Ip.InHdrErrors", "TcpExt.PAWSEstab"};

class Session {
 public:
  Session(Bridge& bridge, int wake, bool verbose) : bridge_(bridge), wake_(wake), verbose_(verbose) {}

  /// Plays the case and says in a line how it went.
  bool run(const Case& c) {
    if (!c.same_ports) ++number_;
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::pair<std::string, std::string>> before;
    for (const auto& [name, value] : c.sysctls) {
      before.emplace_back(name, set_sysctl("net/ipv4/" + name, value).value_or(""));
    }
    const std::vector<std::string> faults = play(c);
    for (const auto& [name, value] : before) set_sysctl("net/ipv4/" + name, value);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    fmt::print("{}  {:<58} {:6.2f} s   {}\n", faults.empty() ? "pass" : "FAIL", c.name, took.count(), figures_);
    for (const std::string& fault : faults) fmt::print("        {}\n", fault);
    if (verbose_) fmt::print("{}", details_);
    std::fflush(stdout);
    return faults.empty();
  }

 private:
  std::vector<std::string> play(const Case& c) {
    Ends ends{kKernelAddress, c.far ? kFarAddress : kHostAddress, static_cast<std::uint16_t>(40000 + number_),
              static_cast<std::uint16_t>(7000 + number_)};
    const bool refused = c.connect_error != tcp::Error::None;
    KernelEnd kernel(
        {ends, c.kernel, c.opens == Opens::Simulated && !refused,
         c.opens == Opens::Kernel ? c.connect_error : tcp::Error::None, c.kernel_receive_buffer, c.kernel_options},
        wake_);
    ends_.push_back(std::make_unique<SimulatedEnd>(
        bridge_.host(ends.simulated),
        SimulatedEnd::Setup{ends, c.simulated, c.opens == Opens::Kernel,
                            c.opens == Opens::Simulated ? c.connect_error : tcp::Error::None, config_of(c)}));
    SimulatedEnd& simulated = *ends_.back();
    const tcp::LayerCounters before = bridge_.host(ends.simulated).tcp().counters();
    const KernelCounters kernel_before = read_kernel_counters();
    bridge_.set_path(c.path);

    const bool has_kernel = !(refused && c.opens == Opens::Simulated);
    const bool has_simulated = !(refused && c.opens == Opens::Kernel);
    const std::uint64_t packets = bridge_.packets_in();
    if (has_kernel && c.opens == Opens::Both) {
      kernel.start();  // ours leaves while the kernel's SYN is under way
      bridge_.run_until([&] { return bridge_.packets_in() > packets; }, kPatience);
    }
    if (has_simulated) simulated.start(bridge_.now());
    if (has_kernel && c.opens != Opens::Both) kernel.start();
    std::optional<Time> changed;  // the path, last
    std::size_t changes = 0;
    bool ended = bridge_.run_until(
        [&] {
          if (!changed && simulated.received() >= c.later_after) changed = bridge_.now();
          if (changed && changes < c.later.size() && bridge_.now() - *changed >= c.later[changes].first) {
            bridge_.set_path(c.later[changes++].second);
            changed = bridge_.now();
          }
          if (!simulated.fault().empty() || (kernel.finished() && !kernel.fault().empty())) return true;
          return (!has_kernel || kernel.finished()) && (!has_simulated || simulated.finished());
        },
        kPatience);
    if (ended && simulated.fault().empty() &&
        kernel.fault().empty()) {  // the last segments still have to find their way
      ended = bridge_.run_until([&] { return simulated.is_closed(); }, kPatience);
      bridge_.run_until([] { return false; }, 4 * c.path.delay + Duration::ms(20));
    }
    kernel.stop();
    simulated.stop(bridge_.now());

    std::vector<std::string> faults = bridge_.take_complaints();
    if (!ended) faults.push_back(interrupted() ? "interrupted" : "it does not end");
    if (has_kernel && !kernel.fault().empty()) faults.push_back(kernel.fault());
    if (has_simulated && !simulated.fault().empty()) faults.push_back(simulated.fault());
    const Facts facts{kernel.info(), simulated, growth(kernel_before, read_kernel_counters()), before,
                      bridge_.host(ends.simulated).tcp().counters()};
    judge(c, facts, faults);
    tell(facts);
    return faults;
  }

  static tcp::TcpConfig config_of(const Case& c) {
    tcp::TcpConfig config = tcp::defaults(tcp::Profile::Linux);
    if (c.configure) c.configure(config);
    return config;
  }

  static void judge(const Case& c, const Facts& facts, std::vector<std::string>& faults) {
    if (faults.empty() && c.judge) {
      if (std::string fault = c.judge(facts); !fault.empty()) faults.push_back(std::move(fault));
    }
    if (c.path.corrupt > 0 || c.path.jitter > Duration{}) return;
    for (const char* const name : kNever) {
      const std::int64_t n = counted(facts.kernel_counted, name);
      if (n != 0) faults.push_back(fmt::format("the kernel has counted {} {}", n, name));
    }
    // A D-SACK of what the path has doubled is dubious to the kernel, since it has resent nothing; then it takes the
    // block for a SACK, which makes no sense.
    const std::int64_t senseless = counted(facts.kernel_counted, "TcpExt.TCPSACKDiscard") -
                                   counted(facts.kernel_counted, "TcpExt.TCPDSACKIgnoredDubious");
    if (senseless > 0) faults.push_back(fmt::format("the kernel makes no sense of {} SACK blocks", senseless));
  }

  void tell(const Facts& f) {
    const tcp::SenderCounters& ours = f.simulated.counters();
    figures_ = fmt::format("resent {} of {} by the kernel, {} of {} by us", f.kernel.tcpi_total_retrans,
                           f.kernel.tcpi_data_segs_out, ours.segments_retransmitted, ours.segments_sent);
    details_ = fmt::format(
        "        ours: recoveries {}, timeouts {}, undos {}; unacceptable {}, PAWS {}, challenge ACKs {}, RSTs {}\n",
        ours.fast_recoveries, ours.timeouts, ours.undos, f.after.unacceptable - f.before.unacceptable,
        f.after.paws_drops - f.before.paws_drops, f.after.challenge_acks - f.before.challenge_acks,
        f.after.resets_out - f.before.resets_out);
    details_ += "        kernel:";
    for (const auto& [name, more] : f.kernel_counted) {
      if (name.starts_with("Tcp")) details_ += fmt::format(" {} {}", name.substr(name.find('.') + 1), more);
    }
    details_ += "\n";
  }

  Bridge& bridge_;
  int wake_;
  bool verbose_;
  int number_ = 0;
  std::vector<std::unique_ptr<SimulatedEnd>> ends_;  // kept, since what is left in TIME-WAIT still reports to them
  std::string figures_, details_;
};

int skip(const std::string& why) {
  fmt::print("skipped: {}\n", why);
  return kSkipped;
}

bool is_wanted(const Case& c, const std::vector<std::string>& words) {
  bool wanted = true;
  for (const std::string& word : words) wanted = wanted && c.name.find(word) != std::string::npos;
  return wanted;
}

int run(const Options& options) {
  if (const auto fault = enter_own_namespace()) return skip(*fault);
  set_sysctl("net/ipv6/conf/default/disable_ipv6", "1");
  Tun tun;
  if (const auto fault = tun.open(kKernelAddress, kSubnet)) return skip(*fault);
  set_sysctl("net/ipv4/tcp_no_metrics_save", "1");  // a case must not slow the next one down
  RawCapture capture;
  if (!options.pcap.empty() && !capture.open(options.pcap)) {
    fmt::print(stderr, "cannot write {}\n", options.pcap);
    return kUsage;
  }
  end_on_signals();
  const int wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  Bridge bridge(tun, wake, capture);
  Session session(bridge, wake, options.verbose);
  int passed = 0, failed = 0;
  const std::vector<Case> all = cases();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool leads = i + 1 < all.size() && all[i + 1].same_ports && is_wanted(all[i + 1], options.words);
    if (!leads && !is_wanted(all[i], options.words)) continue;
    if (interrupted()) return 130;
    ++(session.run(all[i]) ? passed : failed);
  }
  fmt::print("{} passed, {} failed; {} packets from the kernel, {} to it\n", passed, failed, bridge.packets_in(),
             bridge.packets_out());
  return failed == 0 ? 0 : kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "-h" || word == "--help") {
      fmt::print("{}", kHelp);
      return 0;
    }
    if (word == "-v") {
      options.verbose = true;
    } else if (word == "--keep-pcap" && i + 1 < argc) {
      options.pcap = argv[++i];
    } else if (word.starts_with("-")) {
      fmt::print(stderr, "{}", kHelp);
      return kUsage;
    } else {
      options.words.emplace_back(word);
    }
  }
  return run(options);
}

}  // namespace wirelab::interop

int main(int argc, char** argv) { return wirelab::interop::main(argc, argv); }
