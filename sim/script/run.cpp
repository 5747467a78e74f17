#include "script/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>

#include "script/runner.h"
#include "script/tcp_info.h"

namespace wirelab::script {

namespace {

/// There is no IPv6 here. All that a client sees of it is a header of 40 bytes in place of 20 and an ICMP error of
/// another name, so that is what scripts with such an error get.
constexpr std::uint16_t kLongerHeader = 20;

std::int64_t option_number(const Option& o) {
  std::int64_t n = 0;
  const char* const end = o.value.data() + o.value.size();
  const auto [read, error] = std::from_chars(o.value.data(), end, n);
  if (error != std::errc() || read != end || n < 0 || n > 1'000'000'000) {
    throw Unsupported{o.line, fmt::format("the value '{}' of --{} is not a number", o.value, o.name), 1};
  }
  return n;
}

/// What is about the tool's own device, its address and what it prints.
constexpr std::string_view kWithoutEffect[] = {
    "send_omit_free", "mss",      "speed",        "gateway_ip",   "netmask_ip",  "define",   "verbose",
    "debug",          "is_anyip", "code_command", "code_sockopt", "code_format", "non_fatal"};

void take_option(const Option& o, RunnerOptions& r) {
  if (o.name == "tolerance_usecs") {
    r.tolerance.fixed = Duration::us(option_number(o));
  } else if (o.name == "tolerance_percent") {
    const std::int64_t percent = option_number(o);
    if (percent < 1) throw Unsupported{o.line, "--tolerance_percent is at least 1", 1};
    r.tolerance.fraction = std::max<std::int64_t>(100 / percent, 1);
  } else if (o.name == "tcp_ts_tick_usecs") {
    r.timestamp_tick = Duration::us(option_number(o));
  } else if (o.name == "tcp_ts_ecr_scaled") {
    r.scaled_echoes = true;
  } else if (o.name == "strict_segments") {
    r.strict_segments = true;
  } else if (o.name == "mtu") {
    r.mtu = static_cast<std::uint16_t>(std::clamp<std::int64_t>(option_number(o), 68, 65535));
  } else if (o.name == "bind_port" || o.name == "connect_port") {
    if (option_number(o) != kServicePort) throw Unsupported{o.line, fmt::format("--{} is not modelled", o.name)};
  } else if (o.name == "local_ip" || o.name == "remote_ip") {
    const auto address = Ipv4Address::parse(o.value);
    if (!address && o.value.find(':') != std::string::npos) throw Unsupported{o.line, "IPv6 is not modelled"};
    if (!address) {
      throw Unsupported{o.line, fmt::format("the value '{}' of --{} is not an IPv4 address", o.value, o.name), 1};
    }
    (o.name == "local_ip" ? r.addresses.host : r.addresses.remote) = *address;
  } else if (o.name == "ip_version") {
    if (o.value != "ipv4") throw Unsupported{o.line, fmt::format("the IP version {} is not modelled", o.value)};
  } else if (std::find(std::begin(kWithoutEffect), std::end(kWithoutEffect), o.name) == std::end(kWithoutEffect)) {
    throw Unsupported{o.line, fmt::format("the option --{} is not modelled", o.name)};
  }
}

RunnerOptions runner_options(const Script& script, const RunOptions& options) {
  RunnerOptions r;
  for (const Option& o : script.options) take_option(o, r);
  const bool is_v6 = std::any_of(script.events.begin(), script.events.end(), [](const Event& e) {
    const auto* const icmp = std::get_if<InboundIcmp>(&e.action);
    return icmp != nullptr && icmp->is_v6;
  });
  if (is_v6) r.header_growth = kLongerHeader;
  if (options.tolerance) r.tolerance.fixed = *options.tolerance;
  if (options.strict) r.tolerance = Tolerance::strict();
  return r;
}

/// Everything that can be known to be unsupported before anything runs, so that no part of such a script counts.
void check_is_modelled(const Script& script) {
  Settings scratch = initial_settings();
  if (script.init) run_shell(*script.init, scratch);
  std::set<std::string, std::less<>> assigned;
  for (const Event& event : script.events) {
    if (const auto* const command = std::get_if<Command>(&event.action))
      run_shell({event.line, command->text}, scratch);
    if (const auto* const call = std::get_if<SystemCall>(&event.action)) {
      try {
        Program::check_is_modelled(*call);
      } catch (Unsupported& fault) { throw Unsupported{event.line, std::move(fault.reason)}; }
    }
    const auto* const check = std::get_if<Check>(&event.action);
    if (check == nullptr) continue;
    for (std::string& name : check->assigned()) assigned.insert(std::move(name));
    for (const Check::Name& n : check->names()) {
      if (!assigned.contains(n.name) && !is_tcp_info_field(n.name) && !check_constant(n.name)) {
        throw Unsupported{n.line, fmt::format("{} is not modelled", n.name)};
      }
    }
  }
}

}  // namespace

Outcome run_script(std::string_view text, const RunOptions& options) {
  try {
    const Script script = parse_script(text, options.definitions);
    const RunnerOptions how = runner_options(script, options);
    check_is_modelled(script);
    PcapWriter pcap;
    const bool captures = !options.pcap.empty();
    std::string file_error;
    if (captures) {
      if (const auto error = pcap.open(options.pcap)) file_error = error->message();
    }
    Runner runner(script, how, captures && file_error.empty() ? &pcap : nullptr);
    Outcome outcome = runner.run();
    if (captures && file_error.empty()) {
      if (const auto error = pcap.commit()) file_error = error->message();
    }
    outcome.file_error = std::move(file_error);
    return outcome;
  } catch (const Unsupported& fault) {
    Outcome outcome;
    outcome.verdict = Verdict::Unsupported;
    outcome.line = fault.line;
    outcome.column = fault.column;
    outcome.reason = fault.reason;
    outcome.strict = false;
    return outcome;
  }
}

}  // namespace wirelab::script
