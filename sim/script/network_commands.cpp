#include "script/network_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "script/counters.h"
#include "script/sysctls.h"

namespace wirelab::script {

namespace {

/// `tc qdisc add dev tun0 root pfifo limit 0`: only whether the queue takes anything shows, since the device empties it
/// at once; and fq paces, what the plain ones do not.
bool set_queue(const Words& words, Settings& s) {
  const auto has = [&](std::string_view word) { return std::find(words.begin(), words.end(), word) != words.end(); };
  if (words.size() < 3 || words[1] != "qdisc") return false;
  if (words[2] == "del" || words[2] == "delete" || words[2] == "show") {
    if (words[2] != "show") s.refuses = s.config.pacing = false;
    return true;
  }
  s.config.pacing = has("fq");
  if (!has("fq") && !has("pfifo") && !has("bfifo") && !has("pfifo_fast") && !has("noqueue")) return false;
  const auto limit = std::find(words.begin(), words.end(), "limit");
  s.refuses = limit != words.end() && limit + 1 != words.end() && limit[1] == "0";
  return true;
}

bool begins_with(const Words& words, std::initializer_list<std::string_view> wanted) {
  return words.size() >= wanted.size() && std::equal(wanted.begin(), wanted.end(), words.begin());
}

/// `nstat`, which counts from here on, and `nstat | grep NAME`, which fails if the counter has not grown.
bool run_nstat(const Words& words, Settings& s) {
  if (words.size() == 1 || (words.size() == 2 && words[1] == "-n")) {
    s.count_afresh = true;
    return true;
  }
  Settings::WantedCounter wanted;
  wanted.keeps_start = words.size() > 1 && words[1] == "-s";
  const std::size_t grep = wanted.keeps_start ? 2 : 1;  // words[grep] is the bar
  if (words.size() < grep + 3 || words[grep] != "|" || words[grep + 1] != "grep") return false;
  wanted.name = words[grep + 2];
  if (!is_counter(wanted.name)) return false;
  if (words.size() == grep + 7 && words[grep + 3] == "|" && words[grep + 4] == "grep" && words[grep + 5] == "-q") {
    std::string_view count = words[grep + 6];  // " 3 "
    if (count.size() < 3 || count.front() != ' ' || count.back() != ' ') return false;
    count = count.substr(1, count.size() - 2);
    std::uint64_t by = 0;
    const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), by);
    if (error != std::errc() || end != count.data() + count.size()) return false;
    wanted.by = by;
  } else if (words.size() != grep + 3) {
    return false;
  }
  s.wanted_counters.push_back(wanted);
  return true;
}

/// `grep " 0A " /proc/net/tcp | grep ":1F90"`: is there a listener on port 8080?
bool look_for_listener(const Words& words, Settings& s) {
  if (!begins_with(words, {"grep", " 0A ", "/proc/net/tcp"})) return false;
  const auto bar = std::find(words.begin(), words.end(), "|");
  if (words.end() - bar != 3 || bar[1] != "grep" || bar[2] != ":1F90") return false;
  s.wants_listener = true;
  return true;
}

std::uint16_t mtu_of(std::string_view text, int line) {
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(number_of(text, line, "mtu"), 68, 65535));
}

/// What `rto_min` of a route may be written as: 50ms, 1s, 200.
Duration route_time(std::string_view text, int line) {
  std::int64_t unit = 1;
  if (text.ends_with("ms")) {
    text.remove_suffix(2);
  } else if (text.ends_with('s')) {
    text.remove_suffix(1);
    unit = 1000;
  }
  return Duration::ms(number_of(text, line, "rto_min") * unit);
}

/// Attributes of a route that change what TCP does, and are not modelled.
constexpr std::string_view kOtherMetrics[] = {"initrwnd", "quickack", "window",     "features", "cwnd",
                                              "ssthresh", "rtt",      "reordering", "rttvar",   "fastopen_no_cookie"};

/// `ip route change 192.0.2.1 via ... dev tun0 advmss 1460 mtu lock 1500 initcwnd 10`: the only route there is.
void set_route(const ShellCommand& command, Settings& s) {
  const Words& words = command.words;
  std::int64_t advmss = 0;
  for (std::size_t i = 3; i + 1 < words.size(); ++i) {
    if (words[i] == "advmss") advmss = number_of(words[i + 1], command.line, "advmss");
    if (words[i] == "initcwnd") {
      set_option(s, "initial_window", number_of(words[i + 1], command.line, "initcwnd"), command.line);
    }
    if (words[i] == "rto_min") {
      const bool lock = words[i + 1] == "lock" && i + 2 < words.size();
      set_option(s, "rto_min", route_time(words[i + (lock ? 2 : 1)], command.line).ps(), command.line);
    }
    if (words[i] == "congctl") set_sysctl(s, "net.ipv4.tcp_congestion_control=" + words[i + 1], command.line);
    if (std::find(std::begin(kOtherMetrics), std::end(kOtherMetrics), words[i]) != std::end(kOtherMetrics)) {
      throw Unsupported{command.line, fmt::format("a route's {} is not modelled", words[i])};
    }
    if (words[i] != "mtu") continue;
    const bool lock = words[i + 1] == "lock";
    if (lock && i + 2 >= words.size()) break;
    s.mtu = mtu_of(words[i + (lock ? 2 : 1)], command.line);
    s.mtu_is_of_route = true;
  }
  if (advmss != 0 && advmss < s.mtu - 40)
    throw Unsupported{command.line, "an advmss below what the mtu allows is not modelled"};
}

}  // namespace

bool run_network_command(const ShellCommand& command, Settings& s) {
  const Words& words = command.words;
  const std::string program = program_of(words);
  if (program == "nstat") return run_nstat(words, s);
  if (program == "tc") return set_queue(words, s);
  // TCP makes its bursts all the same, and cuts them itself; here it always has.
  if (program == "ethtool") return words.size() > 2 && words[1] == "-K";
  if (program == "grep") return look_for_listener(words, s);
  if (program != "ip") return false;
  if (begins_with(words, {"ip", "tcp_metrics", "flush"}) || begins_with(words, {"ip", "tcp_metrics", "delete"})) {
    s.flush_metrics = true;
    return true;
  }
  if (begins_with(words, {"ip", "route", "change"}) || begins_with(words, {"ip", "route", "replace"})) {
    set_route(command, s);
    return true;
  }
  const auto mtu = std::find(words.begin(), words.end(), "mtu");
  if (begins_with(words, {"ip", "link", "set"}) && mtu != words.end() && mtu + 1 != words.end()) {
    s.mtu = mtu_of(mtu[1], command.line);
    s.mtu_is_of_route = false;
    return true;
  }
  // What only shows something.
  return words.size() >= 3 && (words[2] == "show" || words[2] == "list" || words[2] == "ls");
}

}  // namespace wirelab::script
