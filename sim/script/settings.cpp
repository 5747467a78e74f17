#include "script/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "script/counters.h"
#include "tcp/cc_registry.h"
#include "tcp/option_table.h"

namespace wirelab::script {

namespace {

using Words = std::vector<std::string>;

[[noreturn]] void refuse(int line, const std::string& reason) { throw Unsupported{line, reason}; }

std::int64_t number(std::string_view text, int line, std::string_view name) {
  std::int64_t n = 0;
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n, hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) {
    refuse(line, fmt::format("the value '{}' of {} is not a number", text, name));
  }
  return n;
}

/// The three numbers of tcp_rmem and tcp_wmem.
std::vector<std::int64_t> numbers(std::string_view text, int line, std::string_view name) {
  std::vector<std::int64_t> all;
  while (true) {
    const std::size_t first = text.find_first_not_of(" \t,");
    if (first == std::string_view::npos) break;
    text.remove_prefix(first);
    const std::size_t end = std::min(text.find_first_of(" \t,"), text.size());
    all.push_back(number(text.substr(0, end), line, name));
    text.remove_prefix(end);
  }
  if (all.size() != 3) refuse(line, fmt::format("{} has three values", name));
  return all;
}

/// Sysctls in another unit than the option's own.
struct Unit {
  std::string_view sysctl, option;
  Duration one;
};
constexpr Unit kUnits[] = {
    {"fin_timeout", "fin_timeout", Duration::s(1)},
    {"keepalive_time", "keepalive_time", Duration::s(1)},
    {"keepalive_intvl", "keepalive_intvl", Duration::s(1)},
    {"invalid_ratelimit", "invalid_ratelimit", Duration::ms(1)},
    {"fastopen_blackhole_timeout_sec", "fastopen_blackhole_timeout", Duration::s(1)},
    {"rto_max_ms", "rto_max", Duration::ms(1)},
    {"rto_min_us", "rto_min", Duration::us(1)},
    {"comp_sack_delay_ns", "comp_sack_delay", Duration::ns(1)},
    {"comp_sack_slack_ns", "comp_sack_slack", Duration::ns(1)},
};

/// Sysctls with one value that changes nothing of what is simulated; any other value is not modelled.
struct Fixed {
  std::string_view sysctl;
  std::int64_t value;
};
constexpr Fixed kFixed[] = {
    {"abc", 0},
    {"app_win", 31},
    {"backlog_ack_defer", 1},
    {"dsack_undo", 1},
    {"ecn_fallback", 1},
    {"min_snd_mss", 48},
    {"mtu_probe_floor", 48},
    {"pingpong_thresh", 1},
    {"plb_enabled", 0},
    {"probe_interval", 600},
    {"probe_threshold", 8},
    {"reflect_tos", 0},
    {"retrans_collapse", 1},
    {"shrink_window", 0},
    {"stdurg", 0},
    {"thin_linear_timeouts", 0},
    {"tso_rtt_log", 9},
    {"workaround_signed_windows", 0},
};
/// Sysctls of what is not there to be changed: caches of earlier connections, limits of the whole machine, devices that
/// take packets at their own pace, Accurate ECN (which only runs with tcp_ecn above 2).
constexpr std::string_view kOfNoEffect[] = {"adv_win_scale",
                                            "autocorking",
                                            "collapse_max_bytes",
                                            "ecn_option",
                                            "ecn_option_beacon",
                                            "fack",
                                            "limit_output_bytes",
                                            "low_latency",
                                            "max_orphans",
                                            "max_tw_buckets",
                                            "mem",
                                            "migrate_req",
                                            "no_metrics_save",
                                            "no_ssthresh_metrics_save",
                                            "tw_reuse_delay"};
/// Sysctls that have another name than the option.
constexpr std::pair<std::string_view, std::string_view> kRenamed[] = {
    {"recovery", "rack"},
    {"min_tso_segs", "min_burst"},
};
/// Four hexadecimal words, each little-endian in the key; a comma parts a backup key from it.
tcp::FastOpenKeys fast_open_keys(std::string_view text, int line) {
  tcp::FastOpenKeys keys;
  while (keys.count < keys.keys.size()) {
    const std::string_view one = text.substr(0, text.find(','));
    std::array<std::uint32_t, 4> words{};
    const char* at = one.data();
    const char* const end = one.data() + one.size();
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (i != 0 && (at == end || *at++ != '-')) refuse(line, fmt::format("'{}' is not a Fast Open key", text));
      const auto [next, error] = std::from_chars(at, end, words[i], 16);
      if (error != std::errc()) refuse(line, fmt::format("'{}' is not a Fast Open key", text));
      at = next;
    }
    if (at != end) refuse(line, fmt::format("'{}' is not a Fast Open key", text));
    keys.keys[keys.count++] = {std::uint64_t{words[1]} << 32 | words[0], std::uint64_t{words[3]} << 32 | words[2]};
    if (one.size() == text.size()) return keys;
    text.remove_prefix(one.size() + 1);
  }
  refuse(line, "there are at most two Fast Open keys");
}

void set_option(Settings& s, std::string_view name, std::int64_t value, int line) {
  const tcp::OptionInfo* const option = tcp::find_option(name);
  if (option == nullptr) refuse(line, fmt::format("the sysctl tcp_{} is not modelled", name));
  if (option->kind == tcp::OptionKind::Flag) value = value != 0 ? 1 : 0;
  if (value < option->minimum || value > option->maximum) {
    refuse(line, fmt::format("the value {} of tcp_{} is outside what is modelled", value, name));
  }
  option->set(s.config, value);
}

void set_tcp_sysctl(Settings& s, std::string_view name, const std::string& value, int line) {
  if (name == "fastopen_key") {
    s.config.fastopen_keys = fast_open_keys(value, line);
    return;
  }
  if (name == "fastopen_cookies") {  // a sysctl of old kernels, set to forget them
    s.flush_metrics = true;
    return;
  }
  if (name == "mem") return;
  if (name == "rmem" || name == "wmem") {
    const auto three = numbers(value, line, name);
    // Linux makes room for the initial window whatever the sysctl says.
    const std::int64_t floor = name == "rmem" ? 0 : 87040;
    set_option(s, std::string(name) + "_default", std::max(three[1], floor), line);
    set_option(s, std::string(name) + "_max", std::max(three[2], floor), line);
    return;
  }
  if (name == "congestion_control") {
    if (tcp::find_congestion_control(value) == nullptr) {
      refuse(line, fmt::format("the congestion control {} is not modelled", value));
    }
    s.config.cc = {value, {}};
    return;
  }
  const std::int64_t n = number(value, line, name);
  if (name == "ecn") {
    if (n < 0 || n > 2) refuse(line, "Accurate ECN (tcp_ecn above 2) is not modelled");
    s.ecn_asked = n == 1;
    s.ecn_granted = n != 0;
    return;
  }
  if (std::find(std::begin(kOfNoEffect), std::end(kOfNoEffect), name) != std::end(kOfNoEffect)) return;
  for (const auto& [sysctl, option] : kRenamed) {
    if (sysctl == name) return set_option(s, option, name == "min_tso_segs" ? std::max<std::int64_t>(n, 1) : n, line);
  }
  for (const Fixed& f : kFixed) {
    if (f.sysctl != name) continue;
    if (n != f.value) refuse(line, fmt::format("tcp_{} = {} is not modelled", name, n));
    return;
  }
  for (const Unit& u : kUnits) {
    if (u.sysctl == name) return set_option(s, u.option, n * u.one.ps(), line);
  }
  set_option(s, name, n, line);
}

/// `net.ipv4.tcp_x=1`, `/proc/sys/net/ipv4/tcp_x=1`.
void set_sysctl(Settings& s, std::string assignment, int line) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos) refuse(line, fmt::format("'{}' is not NAME=VALUE", assignment));
  std::string name = assignment.substr(0, equals);
  std::replace(name.begin(), name.end(), '/', '.');
  for (const std::string_view other : {"net.core.rmem_", "net.core.wmem_", "net.core.optmem_max", "net.core.netdev_",
                                       "net.ipv4.ip_local_port_range", "net.ipv4.icmp_"}) {
    if (name.starts_with(other)) return;  // limits of what a program may ask for, and of ICMP
  }
  for (const std::string_view prefix : {".proc.sys.", "net.ipv4.", "tcp_"}) {
    if (!name.starts_with(prefix)) {
      if (prefix == ".proc.sys.") continue;
      refuse(line, fmt::format("the setting {} is not modelled", assignment.substr(0, equals)));
    }
    name.erase(0, prefix.size());
  }
  set_tcp_sysctl(s, name, assignment.substr(equals + 1), line);
}

/// What the scripts' defaults.sh sets. There are two: one in a folder for all, and one beside the scripts, which differ
/// in whether every listener takes Fast Open.
void set_base_values(Settings& s, bool is_common, int line) {
  s = initial_settings();
  const std::pair<std::string_view, const char*> kBase[] = {{"rmem", "4096 540000 15728640"},
                                                            {"wmem", "4096 262144 4194304"},
                                                            {"timestamps", "1"},
                                                            {"sack", "1"},
                                                            {"dsack", "1"},
                                                            {"syn_retries", "5"},
                                                            {"synack_retries", "5"},
                                                            {"frto", "2"},
                                                            {"reordering", "3"},
                                                            {"congestion_control", "cubic"},
                                                            {"slow_start_after_idle", "0"},
                                                            {"ecn", "0"},
                                                            {"fastopen", is_common ? "0x70403" : "0x3"},
                                                            {"fastopen_key", "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"}};
  for (const auto& [name, value] : kBase) set_tcp_sysctl(s, name, value, line);
}

struct ShellCommand {
  int line;
  Words words;
};

/// Words by the shell's rules as far as scripts need them: quotation marks, and ends of command at newline, ; and &&.
std::vector<ShellCommand> commands_in(const ShellText& shell) {
  std::vector<ShellCommand> commands;
  ShellCommand current{shell.line, {}};
  std::string word;
  bool in_word = false;
  char quote = '\0';
  int line = shell.line;
  const auto end_word = [&] {
    if (in_word) current.words.push_back(word);
    word.clear();
    in_word = false;
  };
  const auto end_command = [&] {
    end_word();
    if (!current.words.empty()) commands.push_back(current);
    current = {line, {}};
  };
  for (std::size_t i = 0; i < shell.text.size(); ++i) {
    const char c = shell.text[i];
    if (c == '\n') ++line;
    if (quote != '\0') {
      if (c == quote) {
        quote = '\0';
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      in_word = true;
    } else if (c == '\\' && i + 1 < shell.text.size() && shell.text[i + 1] == '\n') {
      end_word();
      ++i, ++line;
    } else if (c == '#' && !in_word) {
      while (i + 1 < shell.text.size() && shell.text[i + 1] != '\n') ++i;
    } else if (c == '\n' || c == ';') {
      end_command();
    } else if (c == '&' && i + 1 < shell.text.size() && shell.text[i + 1] == '&') {
      end_command();
      ++i;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      end_word();
    } else {
      word += c;
      in_word = true;
    }
  }
  end_command();
  return commands;
}

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
  const auto is_rest = [&](std::size_t from) {  // nothing more, or away with the output
    return words.size() == from || (words.size() == from + 2 && words[from] == ">" && words[from + 1] == "/dev/null");
  };
  if (is_rest(1) || (words.size() > 1 && words[1] == "-n" && is_rest(2))) {
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
  } else if (!is_rest(grep + 3)) {
    return false;
  }
  s.wanted_counters.push_back(wanted);
  return true;
}

/// `ip route change 192.0.2.1 via ... dev tun0 advmss 1460 mtu lock 1500 initcwnd 10`: the only route there is.
void set_route(const ShellCommand& command, Settings& s) {
  const Words& words = command.words;
  std::int64_t advmss = 0;
  for (std::size_t i = 3; i + 1 < words.size(); ++i) {
    if (words[i] == "advmss") advmss = number(words[i + 1], command.line, "advmss");
    if (words[i] == "initcwnd") {
      set_option(s, "initial_window", number(words[i + 1], command.line, "initcwnd"), command.line);
    }
    if (words[i] != "mtu") continue;
    const bool lock = words[i + 1] == "lock";
    if (lock && i + 2 >= words.size()) break;
    s.mtu = static_cast<std::uint16_t>(
        std::clamp<std::int64_t>(number(words[i + (lock ? 2 : 1)], command.line, "mtu"), 68, 65535));
  }
  if (advmss != 0 && advmss < s.mtu - 40) refuse(command.line, "an advmss below what the mtu allows is not modelled");
}

void run_command(const ShellCommand& command, Settings& s) {
  const Words& words = command.words;
  const std::string program = words[0].substr(words[0].find_last_of('/') + 1);
  if (program == "nstat" && run_nstat(words, s)) return;
  if (std::find(words.begin(), words.end(), "|") != words.end()) {
    refuse(command.line, fmt::format("the command '{}' is not modelled", fmt::join(words, " ")));
  }
  if (program == "defaults.sh") {
    return set_base_values(s, words[0].find("common/") != std::string::npos, command.line);
  }
  if (program == "sysctl" || program == "set_sysctls.py") {
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[i].starts_with('-') || words[i].starts_with('>')) continue;
      set_sysctl(s, words[i], command.line);
    }
    return;
  }
  if (program.starts_with("sysctl_restore_")) return;
  if (program == "tc" && set_queue(words, s)) return;
  if (begins_with(words, {"ip", "tcp_metrics", "flush"})) {
    s.flush_metrics = true;
    return;
  }
  // TCP makes its bursts all the same, and cuts them itself; here it always has.
  if (begins_with(words, {"ethtool", "-K", "tun0"})) return;
  // HyStart watches delay and ACK trains, as it does anyway.
  if (words == Words{"echo", "3", ">", "/sys/module/tcp_cubic/parameters/hystart_detect"}) return;
  if (begins_with(words, {"ip", "route", "change"}) || begins_with(words, {"ip", "route", "replace"})) {
    return set_route(command, s);
  }
  if (begins_with(words, {"ip", "link", "set", "dev", "tun0", "mtu"}) && words.size() == 7) {
    s.mtu = static_cast<std::uint16_t>(std::clamp<std::int64_t>(number(words[6], command.line, "mtu"), 68, 65535));
    return;
  }
  refuse(command.line, fmt::format("the command '{}' is not modelled", fmt::join(words, " ")));
}

}  // namespace

Settings initial_settings() {
  Settings s;
  s.config = tcp::defaults(tcp::Profile::Linux);
  s.config.exact_timers = true;
  s.config.hz = 1000;  // shortest waits are counted in ticks
  s.config.fastopen = tcp::fast_open_bit::Client;
  s.ecn_granted = true;  // tcp_ecn 2
  return s;
}

void run_shell(const ShellText& shell, Settings& settings) {
  for (const ShellCommand& command : commands_in(shell)) run_command(command, settings);
}

}  // namespace wirelab::script
