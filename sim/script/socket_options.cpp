// setsockopt and getsockopt: what the options do that act on a connection or its listener (option_rules.h has what all
// of them may be).

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "script/option_rules.h"
#include "script/program.h"
#include "script/symbols.h"
#include "tcp/cc_registry.h"

namespace wirelab::script {

namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

std::string text_of(std::int64_t level, std::int64_t name) {
  const char* const layer = level == option_level::Socket ? "SOL_SOCKET"
                            : level == option_level::Tcp  ? "SOL_TCP"
                            : level == option_level::Ip   ? "SOL_IP"
                                                          : "another level";
  return fmt::format("the option {} of {}", name, layer);
}

[[noreturn]] void refuse(std::int64_t level, std::int64_t name) {
  throw Unsupported{0, text_of(level, name) + " is not modelled"};
}

/// Linux counts these times in ticks of a millisecond, and rounds up.
Duration in_ticks(std::int64_t us) { return Duration::ms((us + 999) / 1000); }

[[noreturn]] void refuse_when_connected(const char* name) {
  throw Unsupported{0, fmt::format("{} cannot be changed once the connection exists", name)};
}

/// What is read back of TCP_DEFER_ACCEPT: the time that the SYN-ACK's timeouts take which make up what was asked for.
std::int64_t seconds_of_retries(const tcp::TcpConfig& config) {
  if (config.defer_accept == Duration{}) return 0;
  Duration step = config.rto_initial, total = step;
  while (config.defer_accept > total) total += step = std::min(step * 2, config.rto_max);
  return total.ms() / 1000;
}

/// What SO_SNDBUF and SO_RCVBUF make of a number: the double of it, within what the machine grants.
std::int64_t buffer_memory(std::int64_t asked, std::int64_t most, std::int64_t least) {
  const std::int64_t value = asked < 0 ? most : std::min(asked, most);  // as a number without sign
  return std::max(2 * std::min(value, kMost / 2), least);
}

}  // namespace

Program::Answer Program::set_option(Descriptor& d, const SystemCall& call, Progress&) {
  const Arguments& a = call.arguments;
  const std::int64_t level = a[1].number, name = a[2].number;
  const Answer answer = set_one_option(d, level, name, a);
  if (d.listener != nullptr) d.listener->set_config(std::make_shared<const tcp::TcpConfig>(d.config));
  return answer;
}

Program::Answer Program::set_one_option(Descriptor& d, std::int64_t level, std::int64_t name, const Arguments& a) {
  if (level == option_level::Socket && name == so::Linger) return set_linger(d, a[3]);
  if (level == option_level::Tcp && name == topt::Congestion) return set_congestion_control(d, a[3].text);
  if (level == option_level::Tcp && name == topt::FastOpenKey) return *set_fast_open_option(d, a);
  const OptionRule* const rule = find_option_rule(level, name);
  if (rule == nullptr) refuse(level, name);
  if (rule->form == OptionRule::Form::ReadOnly) return failure("ENOPROTOOPT");
  if (a[4].number < 4 && (level != option_level::Ip || a[4].number < 1)) return failure("EINVAL");
  std::int64_t value = value_of(a[3]);
  if (rule->form == OptionRule::Form::Flag) value = value != 0 ? 1 : 0;
  // 0 takes the largest segment and the lifetime back to what the host has.
  const bool is_zero_kept = level == option_level::Tcp && name == topt::MaxSeg && value == 0;
  const bool is_no_ttl = level == option_level::Ip && name == iopt::Ttl && value == 0;
  if (!is_zero_kept && (value < rule->least || value > rule->most || is_no_ttl) &&
      rule->form == OptionRule::Form::Number) {
    return failure("EINVAL");
  }
  if (rule->effect == OptionRule::Effect::Refused && value != rule->initial) {
    throw Unsupported{0, fmt::format("{} = {} is not modelled", text_of(level, name), value)};
  }
  if (rule->effect == OptionRule::Effect::Acts) {
    Answer answer = level == option_level::Socket ? set_socket_option(d, name, value)
                    : level == option_level::Tcp  ? set_tcp_option(d, name, value, a)
                                                  : set_ip_option(d, name, value);
    if (!answer->error.empty()) return answer;
  }
  d.options[{level, name}] = value;
  return success();
}

Program::Answer Program::set_linger(Descriptor& d, const Argument& given) {
  const Argument& s = given.kind == Argument::Kind::List && !given.items.empty() ? given.items[0] : given;
  const Argument* const on = s.find("onoff");
  const Argument* const linger = s.find("linger");
  if (on == nullptr || linger == nullptr) return failure("EINVAL");
  d.abort_on_close = on->number != 0 && linger->number == 0;
  d.linger = on->number != 0 ? Duration::s(std::clamp<std::int64_t>(linger->number, 0, kMost)) : Duration{};
  return success();
}

Program::Answer Program::set_congestion_control(Descriptor& d, const std::string& name) {
  if (tcp::find_congestion_control(name) == nullptr) {
    constexpr std::string_view kOfLinux[] = {"bic",   "cdg", "highspeed", "htcp", "hybla",    "illinois", "lp",
                                             "mptcp", "nv",  "scalable",  "veno", "westwood", "yeah"};
    if (std::find(std::begin(kOfLinux), std::end(kOfLinux), name) == std::end(kOfLinux)) return failure("ENOENT");
    throw Unsupported{0, fmt::format("the congestion control {} is not modelled (wirelab list cc)", name)};
  }
  if (d.connection != nullptr && name == d.config.cc.name) return success();
  d.config.cc = {name, {}};
  if (d.connection != nullptr) {
    d.connection->change_congestion_control(std::make_shared<const tcp::TcpConfig>(d.config), machine_.now());
  }
  return success();
}

/// Notices of what is sent. Stamps of what comes in are not asked for by scripts, and hardware has none to give.
Program::Answer Program::set_timestamping(Descriptor& d, std::int64_t flags) {
  using tcp::SendNotices;
  const auto has = [&](std::string_view name) { return (flags & symbol_value(name)) != 0; };
  const std::int64_t known = 0x10fdb & ~std::int64_t{0xc};  // not those of received packets
  if ((flags & ~known) != 0)
    throw Unsupported{0, fmt::format("the flags {:#x} of SO_TIMESTAMPING are not modelled", flags)};
  const bool numbered = has("SOF_TIMESTAMPING_OPT_ID");
  if (d.connection == nullptr) return numbered ? failure("EINVAL") : success();
  std::uint8_t wishes = 0;
  if (has("SOF_TIMESTAMPING_SOFTWARE")) {
    if (has("SOF_TIMESTAMPING_TX_SCHED")) wishes |= SendNotices::OnSchedule;
    if (has("SOF_TIMESTAMPING_TX_SOFTWARE")) wishes |= SendNotices::OnSend;
    if (has("SOF_TIMESTAMPING_TX_ACK")) wishes |= SendNotices::OnAck;
  }
  d.stamps_only = has("SOF_TIMESTAMPING_OPT_TSONLY");
  d.connection->want_send_notices(wishes, numbered, has("SOF_TIMESTAMPING_OPT_ID_TCP"));
  return success();
}

/// Linux doubles what is asked for; half of receive memory is window.
Program::Answer Program::set_buffer(Descriptor& d, std::int64_t name, std::int64_t asked) {
  constexpr std::int64_t kLeastSend = 4608,
                         kLeastReceive = 2304;  // two small buffers with all that belongs to them; one
  const bool forced = name == so::SndBufForce || name == so::RcvBufForce;
  if (forced) asked = std::max<std::int64_t>(asked, 0);
  if (name == so::SndBuf || name == so::SndBufForce) {
    const std::int64_t memory = buffer_memory(asked, forced ? kMost : settings_.sndbuf_most, kLeastSend);
    d.config.sndbuf = Bytes(memory);
    if (d.connection != nullptr) d.connection->set_send_buffer(d.config.sndbuf);
    return success();
  }
  tcp::Connection* const c = d.connection;
  const std::int64_t memory = buffer_memory(asked, forced ? kMost : settings_.rcvbuf_most, kLeastReceive);
  if (c != nullptr) c->set_receive_buffer(static_cast<std::uint32_t>(memory));
  d.config.so_rcvbuf = Bytes(memory / 2);
  d.receive_memory = memory;
  return success();
}

Program::Answer Program::set_socket_option(Descriptor& d, std::int64_t name, std::int64_t value) {
  tcp::Connection* const c = d.connection;
  const Time now = machine_.now();
  switch (name) {
    case so::SndBuf:
    case so::SndBufForce:
    case so::RcvBuf:
    case so::RcvBufForce: return set_buffer(d, name, value);
    case so::Timestamping: return set_timestamping(d, value);
    case so::OobInline: d.urgent_inline = value != 0; break;
    case so::ZeroCopy: d.lends_memory = value != 0; break;
    case so::RcvLowat: {
      const std::int64_t most = d.receive_memory != 0 ? d.receive_memory / 2 : d.config.rmem_max.count() / 2;
      d.least_read = std::max<std::int64_t>(std::min(value < 0 ? kMost : value, most), 1);
      // More than the window holds makes Linux grow the buffer, of which half is window at first.
      if (d.receive_memory != 0) break;
      if (c != nullptr) c->make_room_for(static_cast<std::uint32_t>(d.least_read));
      d.config.rmem_default = std::max(d.config.rmem_default, Bytes(2 * d.least_read));
      break;
    }
    case so::KeepAlive:
      d.config.keepalive = value != 0;
      if (c != nullptr) c->set_keepalive(value != 0, now);
      break;
    case so::MaxPacingRate: {  // all ones: no bound
      const bool none = value < 0 || value == std::numeric_limits<std::uint32_t>::max();
      d.config.max_pacing_rate = none ? DataRate{} : DataRate::bps(8 * value);
      if (c != nullptr) c->set_max_pacing_rate(none ? tcp::Pacer::kUnlimited : static_cast<std::uint64_t>(value), now);
      break;
    }
    default: refuse(option_level::Socket, name);
  }
  return success();
}

Program::Answer Program::set_ip_option(Descriptor& d, std::int64_t name, std::int64_t value) {
  if (name == iopt::RecvErr) d.config.icmp_errors = value != 0;
  if (name == iopt::MtuDiscover) d.config.mtu_discovery = value != 0;
  if (name == iopt::MtuDiscover || name == iopt::RecvErr) {
    if (d.connection != nullptr) { d.connection->set_config(std::make_shared<const tcp::TcpConfig>(d.config)); }
  }
  return success();  // type of service and time to live: scripts look at the ECN bits alone
}

Program::Answer Program::set_tcp_option(Descriptor& d, std::int64_t name, std::int64_t value, const Arguments& a) {
  if (std::optional<Answer> answer = set_fast_open_option(d, a)) return *answer;
  tcp::Connection* const c = d.connection;
  const Time now = machine_.now();
  switch (name) {
    case topt::NoDelay:
      d.config.nodelay = value != 0;
      if (c != nullptr) c->set_nodelay(value != 0, now);
      break;
    case topt::Cork:
      d.config.cork = value != 0;
      if (c != nullptr) c->set_cork(value != 0, now);
      break;
    case topt::MaxSeg:
      d.config.mss = Bytes(value);  // of no effect on what the handshake has settled
      if (c != nullptr && c->state() == tcp::State::SynSent) refuse_when_connected("TCP_MAXSEG");
      break;
    case topt::SynCnt:
      d.config.syn_retries = d.config.synack_retries = static_cast<std::uint32_t>(value);  // a listener's SYN-ACKs too
      if (c != nullptr) c->set_syn_retries(static_cast<std::uint8_t>(value));
      break;
    case topt::UserTimeout:
      d.config.user_timeout = Duration::ms(value);
      if (c != nullptr) c->set_user_timeout(Duration::ms(value));
      break;
    case topt::QuickAck:
      d.config.hold_handshake_ack = value == 0 || d.config.defer_accept != Duration{};
      if (c != nullptr) c->set_quickack(value != 0, now);
      break;
    case topt::NotsentLowat:
      d.lowat = value;
      d.config.notsent_lowat = value != 0 ? Bytes(static_cast<std::uint32_t>(value)) : settings_.config.notsent_lowat;
      if (c != nullptr) c->set_notsent_lowat(static_cast<std::uint32_t>(d.config.notsent_lowat.count()), now);
      break;
    case topt::WindowClamp:
      if (value == 0 && (c != nullptr || d.listener != nullptr)) return failure("EINVAL");
      d.config.window_clamp = Bytes(value == 0 ? 0 : std::max<std::int64_t>(value, 1152));
      if (c != nullptr) c->set_window_clamp(static_cast<std::uint32_t>(d.config.window_clamp.count()));
      break;
    case topt::Inq: d.tells_readable = value != 0; break;
    default: set_configured(d, name, value);
  }
  return success();
}

/// What a connection reads from its configuration whenever it needs it.
void Program::set_configured(Descriptor& d, std::int64_t name, std::int64_t value) {
  switch (name) {
    case topt::KeepIdle: d.config.keepalive_time = Duration::s(value); break;
    case topt::KeepIntvl: d.config.keepalive_intvl = Duration::s(value); break;
    case topt::KeepCnt: d.config.keepalive_probes = static_cast<std::uint32_t>(value); break;
    case topt::Linger2: {
      constexpr std::int64_t kLongest = 120;  // seconds
      d.config.fin_timeout = value == 0 ? settings_.config.fin_timeout : Duration::s(std::min(value, kLongest));
      if (value < 0) d.config.fin_timeout = Duration::ps(-1);
      break;
    }
    case topt::RtoMaxMs: d.config.rto_max = Duration::ms(value); break;
    case topt::RtoMinUs: d.config.rto_min = in_ticks(value); break;
    case topt::DelackMaxUs: d.config.delack_max = in_ticks(value); break;
    case topt::DeferAccept:
      d.config.defer_accept = Duration::s(std::clamp<std::int64_t>(value, 0, 3600));
      d.config.hold_handshake_ack = value > 0;
      break;
    case topt::ThinLinearTimeouts: d.config.thin_linear_timeouts = value != 0; break;
    default: refuse(option_level::Tcp, name);
  }
  if (d.connection == nullptr) return;
  d.connection->set_config(std::make_shared<const tcp::TcpConfig>(d.config));
  if (name == topt::KeepIdle) d.connection->restart_keepalive(machine_.now());
}

Program::Answer Program::get_option(Descriptor& d, const SystemCall& call, Progress&) {
  const Arguments& a = call.arguments;
  const std::int64_t level = a[1].number, name = a[2].number;
  CallResult r;
  if (level == option_level::Tcp && name == topt::Congestion) {
    if (!a[3].text.empty() && a[3].text != d.config.cc.name) r.note = fmt::format("the value is {}", d.config.cc.name);
    return r;
  }
  if (level == option_level::Ip && name == iopt::Mtu && d.connection == nullptr) return failure("ENOTCONN");
  const OptionRule* const rule = find_option_rule(level, name);
  if (rule == nullptr) refuse(level, name);
  const std::int64_t value = option_value(d, *rule);
  if (value_of(a[3]) != value) r.note = fmt::format("the value is {}", value);
  return r;
}

std::int64_t Program::option_value(Descriptor& d, const OptionRule& rule) const {
  const auto kept = d.options.find({rule.level, rule.name});
  const std::int64_t set = kept != d.options.end() ? kept->second : rule.initial;
  if (rule.effect != OptionRule::Effect::Acts) return set;
  const tcp::Connection* const c = d.connection;
  if (rule.level == option_level::Ip) {
    if (rule.name == iopt::Tos) return set & 0xfc;
    if (rule.name == iopt::Ttl && set < 0) return rule.initial;
    return rule.name == iopt::Mtu && c != nullptr ? c->path_mtu() : set;
  }
  if (rule.level == option_level::Socket) {
    switch (rule.name) {
      case so::Error: return d.connection != nullptr ? errno_of(d.connection->take_any_error()) : 0;
      case so::AcceptConn: return d.listener != nullptr ? 1 : 0;
      case so::RcvLowat: return d.least_read;
      case so::SndBuf: return d.config.sndbuf == Bytes(0) ? d.config.wmem_default.count() : d.config.sndbuf.count();
      case so::RcvBuf:
        if (d.receive_memory != 0) return d.receive_memory;
        return c == nullptr ? d.config.rmem_default.count() : c->receiver().window.buffer();
      case so::KeepAlive: return d.config.keepalive ? 1 : 0;
      default: return set;
    }
  }
  switch (rule.name) {
    // Before a connection there is only what was asked for.
    case topt::MaxSeg: return c != nullptr ? c->smss().count() : set != 0 ? set : rule.initial;
    case topt::FastOpen: return d.fast_open_queue;
    case topt::FastOpenConnect: return d.fast_open_connect ? 1 : 0;
    case topt::FastOpenNoCookie: return d.fast_open_without_cookie ? 1 : 0;
    case topt::SynCnt: return d.config.syn_retries;
    case topt::NoDelay: return d.config.nodelay ? 1 : 0;
    case topt::Cork: return d.config.cork ? 1 : 0;
    case topt::KeepIdle: return d.config.keepalive_time.ms() / 1000;
    case topt::KeepIntvl: return d.config.keepalive_intvl.ms() / 1000;
    case topt::KeepCnt: return d.config.keepalive_probes;
    case topt::UserTimeout: return d.config.user_timeout.ms();
    case topt::Linger2: return d.config.fin_timeout < Duration{} ? -1 : d.config.fin_timeout.ms() / 1000;
    case topt::DeferAccept: return seconds_of_retries(d.config);
    case topt::WindowClamp: return c != nullptr ? c->receiver().window.clamp() : d.config.window_clamp.count();
    case topt::ThinLinearTimeouts: return d.config.thin_linear_timeouts ? 1 : 0;
    case topt::DelackMaxUs: return d.config.delack_max.us();
    case topt::RtoMaxMs: return d.config.rto_max.ms();
    case topt::RtoMinUs: return d.config.rto_min.us();
    default: return set;
  }
}

}  // namespace wirelab::script
