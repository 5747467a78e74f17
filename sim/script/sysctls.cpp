#include "script/sysctls.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <limits>

#include "tcp/cc_registry.h"
#include "tcp/option_table.h"
#include "tcp/rack.h"

namespace wirelab::script {

namespace {

[[noreturn]] void refuse(int line, const std::string& reason) { throw Unsupported{line, reason}; }

/// The three numbers of tcp_rmem and tcp_wmem.
std::vector<std::int64_t> numbers(std::string_view text, int line, std::string_view name) {
  std::vector<std::int64_t> all;
  while (true) {
    const std::size_t first = text.find_first_not_of(" \t,");
    if (first == std::string_view::npos) break;
    text.remove_prefix(first);
    const std::size_t end = std::min(text.find_first_of(" \t,"), text.size());
    all.push_back(number_of(text.substr(0, end), line, name));
    text.remove_prefix(end);
  }
  if (all.size() != 3) refuse(line, fmt::format("{} has three values", name));
  return all;
}

/// Sysctls that are an option of TCP under another name, or in another unit than the option's own.
struct Renamed {
  std::string_view sysctl, option;
  std::int64_t factor = 1;
};
constexpr Renamed kRenamed[] = {
    {"comp_sack_delay_ns", "comp_sack_delay", Duration::ns(1).ps()},
    {"comp_sack_slack_ns", "comp_sack_slack", Duration::ns(1).ps()},
    {"fastopen_blackhole_timeout_sec", "fastopen_blackhole_timeout", Duration::s(1).ps()},
    {"fin_timeout", "fin_timeout", Duration::s(1).ps()},
    {"invalid_ratelimit", "invalid_ratelimit", Duration::ms(1).ps()},
    {"keepalive_intvl", "keepalive_intvl", Duration::s(1).ps()},
    {"keepalive_time", "keepalive_time", Duration::s(1).ps()},
    {"min_tso_segs", "min_burst"},
    {"recovery", "rack"},
    {"rto_max_ms", "rto_max", Duration::ms(1).ps()},
    {"rto_min_us", "rto_min", Duration::us(1).ps()},
};

/// Sysctls that are the option of the same name.
constexpr std::string_view kOptions[] = {
    "abort_on_overflow",
    "base_mss",
    "challenge_ack_limit",
    "comp_sack_nr",
    "dsack",
    "early_retrans",
    "ecn_fallback",
    "fastopen",
    "frto",
    "keepalive_probes",
    "max_reordering",
    "max_syn_backlog",
    "moderate_rcvbuf",
    "min_snd_mss",
    "mtu_probing",
    "notsent_lowat",
    "orphan_retries",
    "pacing_ca_ratio",
    "pacing_ss_ratio",
    "reordering",
    "retries1",
    "retries2",
    "retrans_collapse",
    "rfc1337",
    "sack",
    "shrink_window",
    "slow_start_after_idle",
    "syn_linear_timeouts",
    "syn_retries",
    "synack_retries",
    "syncookies",
    "thin_linear_timeouts",
    "timestamps",
    "tso_win_divisor",
    "window_scaling",
};

/// Sysctls of which one value is what is simulated; any other would change it and is not modelled.
struct Fixed {
  std::string_view sysctl;
  std::int64_t value;
};
constexpr Fixed kFixed[] = {
    {"app_win", 31},         {"min_rtt_wlen", 300},
    {"mtu_probe_floor", 48}, {"pingpong_thresh", 1},
    {"plb_enabled", 0},      {"probe_interval", 600},
    {"probe_threshold", 8},  {"reflect_tos", 0},
    {"tso_rtt_log", 9},      {"workaround_signed_windows", 0},
};

/// Sysctls of what is not there to be changed: caches of earlier connections, limits of the whole machine, hash tables,
/// devices that take packets at their own pace, other listeners, Accurate ECN (which only runs with tcp_ecn above 2);
/// and those that Linux has kept without a use.
constexpr std::string_view kOfNoEffect[] = {
    "adv_win_scale",
    "allowed_congestion_control",
    "autocorking",
    "backlog_ack_defer",
    "child_ehash_entries",
    "early_demux",
    "ecn_option",
    "ecn_option_beacon",
    "fack",
    "fwmark_accept",
    "l3mdev_accept",
    "limit_output_bytes",
    "low_latency",
    "max_orphans",
    "max_tw_buckets",
    "mem",
    "migrate_req",
    "no_metrics_save",
    "no_ssthresh_metrics_save",
    "plb_cong_thresh",
    "plb_idle_rehash_rounds",
    "plb_rehash_rounds",
    "plb_suspend_rto_sec",
    "tw_reuse",
    "tw_reuse_delay",
};

/// Outside TCP: the device's and the network layer's own, and the other IP. A script's flow does not meet them.
constexpr std::string_view kOutside[] = {
    "net.core.busy_",
    "net.core.default_qdisc",
    "net.core.netdev_",
    "net.core.optmem_max",
    "net.core.rmem_default",
    "net.core.wmem_default",
    "net.ipv4.conf.",
    "net.ipv4.fib_",
    "net.ipv4.igmp_",
    "net.ipv4.inet_peer_",
    "net.ipv4.ip_autobind_reuse",
    "net.ipv4.ip_default_ttl",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ipfrag_",
    "net.ipv4.route.",
    "net.ipv4.icmp_",
    "net.ipv4.ip_forward",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_nonlocal_bind",
    "net.ipv4.neigh.",
    "net.ipv4.ping_group_range",
    "net.ipv4.udp_",
    "net.ipv6.",
    "net.mptcp.",
};

template <class List>
bool contains(const List& list, std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

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

void set_tcp_sysctl(Settings& s, std::string_view name, const std::string& value, int line) {
  if (name == "fastopen_key") {
    s.config.fastopen_keys = fast_open_keys(value, line);
    return;
  }
  if (name == "fastopen_cookies") {  // a sysctl of old kernels, set to forget them
    s.flush_metrics = true;
    return;
  }
  if (name == "rmem" || name == "wmem") {
    const auto three = numbers(value, line, name);
    // Linux makes room for the initial window whatever the sysctl says.
    const std::int64_t floor = name == "rmem" ? 0 : 46080;
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
  if (contains(kOfNoEffect, name)) return;
  std::int64_t n = number_of(value, line, name);
  if (name == "ecn") {
    if (n < 0 || n > 2) refuse(line, "Accurate ECN (tcp_ecn above 2) is not modelled");
    s.ecn_asked = n == 1;
    s.ecn_granted = n != 0;
    return;
  }
  if (name == "stdurg") {
    s.config.urgent_points_at = n != 0;
    return;
  }
  if (name == "orphan_retries" && n == 0) n = 8;  // RFC 1122's 100 seconds
  if (name == "min_tso_segs") n = std::max<std::int64_t>(n, 1);
  if (contains(kOptions, name)) return set_option(s, name, n, line);
  for (const Renamed& r : kRenamed) {
    if (r.sysctl != name) continue;
    constexpr std::int64_t kMost = 1'000'000'000;
    if (n < 0 || n > kMost) refuse(line, fmt::format("the value {} of tcp_{} is outside what is modelled", n, name));
    const std::int64_t always = r.option == "rack" ? tcp::rack_option::On : 0;  // since 6.17 it cannot be switched off
    return set_option(s, r.option, n * r.factor | always, line);
  }
  for (const Fixed& f : kFixed) {
    if (f.sysctl != name) continue;
    if (n != f.value) refuse(line, fmt::format("tcp_{} = {} is not modelled, only {}", name, n, f.value));
    return;
  }
  refuse(line, fmt::format("Linux 6.18 has no sysctl tcp_{} that could be set", name));
}

}  // namespace

std::int64_t number_of(std::string_view text, int line, std::string_view name) {
  std::int64_t n = 0;
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n, hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) {
    refuse(line, fmt::format("the value '{}' of {} is not a number", text, name));
  }
  return n;
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

void set_sysctl(Settings& s, const std::string& assignment, int line) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos) refuse(line, fmt::format("'{}' is not NAME=VALUE", assignment));
  std::string name = assignment.substr(0, equals);
  const std::string value = assignment.substr(equals + 1);
  std::replace(name.begin(), name.end(), '/', '.');
  constexpr std::string_view kFile = ".proc.sys.", kTcp = "net.ipv4.tcp_";
  if (name.starts_with(kFile)) name.erase(0, kFile.size());
  if (name.starts_with(kTcp)) return set_tcp_sysctl(s, name.substr(kTcp.size()), value, line);
  if (name == "net.core.rmem_max" || name == "net.core.wmem_max" || name == "net.core.somaxconn") {
    const std::int64_t n = number_of(value, line, name);
    if (n < 0 || n > std::numeric_limits<std::int32_t>::max()) refuse(line, fmt::format("{} = {} is no size", name, n));
    if (name == "net.core.rmem_max") s.config.core_rmem_max = Bytes(n);
    (name == "net.core.rmem_max" ? s.rcvbuf_most : name == "net.core.wmem_max" ? s.sndbuf_most : s.backlog_most) = n;
    return;
  }
  if (name == "net.ipv4.route.min_pmtu") return set_option(s, "min_pmtu", number_of(value, line, name), line);
  const bool outside = std::any_of(std::begin(kOutside), std::end(kOutside),
                                   [&](std::string_view prefix) { return name.starts_with(prefix); });
  if (!outside) refuse(line, fmt::format("the setting {} is not modelled", name));
}

void set_base_values(Settings& s, bool is_common, int line) {
  s.config = initial_settings().config;
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

}  // namespace wirelab::script
