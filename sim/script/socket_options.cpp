// setsockopt and getsockopt.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "script/program.h"
#include "script/symbols.h"
#include "tcp/cc_registry.h"

namespace wirelab::script {

namespace {

constexpr std::int64_t kSocketLevel = 1, kIpLevel = 0, kTcpLevel = 6;
namespace so {
constexpr std::int64_t ReuseAddr = 2, Error = 4, SndBuf = 7, RcvBuf = 8, KeepAlive = 9, Linger = 13, ReusePort = 15,
                       SndBufForce = 32, RcvBufForce = 33, Timestamping = 37, MaxPacingRate = 47, ZeroCopy = 60;
// Fields that tell packets apart on their way and change nothing of TCP.
constexpr std::int64_t kOfNoEffect[] = {ReuseAddr, 12 /* SO_PRIORITY */, ReusePort, 36 /* SO_MARK */};
}  // namespace so
namespace opt {
constexpr std::int64_t NoDelay = 1, MaxSeg = 2, Cork = 3, KeepIdle = 4, KeepIntvl = 5, KeepCnt = 6, SynCnt = 7,
                       QuickAck = 12, Congestion = 13, UserTimeout = 18, FastOpen = 23, NotsentLowat = 25,
                       FastOpenConnect = 30, FastOpenNoCookie = 34, Inq = 36, RtoMaxMs = 44;
}

[[noreturn]] void refuse(std::int64_t level, std::int64_t name) {
  const char* const layer = level == kSocketLevel ? "SOL_SOCKET" : level == kTcpLevel ? "SOL_TCP" : "SOL_IP";
  throw Unsupported{0, fmt::format("the option {} of {} is not modelled", name, layer)};
}

[[noreturn]] void refuse_when_connected(const char* name) {
  throw Unsupported{0, fmt::format("{} cannot be changed once the connection exists", name)};
}

/// The number in `[1]`, or alone.
std::int64_t value_of(const Argument& a) {
  if (a.kind == Argument::Kind::List && !a.items.empty()) return a.items[0].number;
  return a.number;
}

}  // namespace

/// Notices of what is sent. Stamps of what comes in are not asked for by scripts, and hardware has none to give.
Program::Answer Program::set_timestamping(Descriptor& d, std::int64_t flags) {
  using tcp::SendNotices;
  const auto has = [&](std::string_view name) { return (flags & symbol_value(name)) != 0; };
  const std::int64_t known = 0x10fdb & ~std::int64_t{0xc};  // not those of received packets
  if ((flags & ~known) != 0)
    throw Unsupported{0, fmt::format("the flags {:#x} of SO_TIMESTAMPING are not modelled", flags)};
  const bool numbered = has("SOF_TIMESTAMPING_OPT_ID");
  if (d.connection == nullptr) return numbered ? CallResult{-1, "EINVAL", {}} : CallResult{};
  std::uint8_t wishes = 0;
  if (has("SOF_TIMESTAMPING_SOFTWARE")) {
    if (has("SOF_TIMESTAMPING_TX_SCHED")) wishes |= SendNotices::OnSchedule;
    if (has("SOF_TIMESTAMPING_TX_SOFTWARE")) wishes |= SendNotices::OnSend;
    if (has("SOF_TIMESTAMPING_TX_ACK")) wishes |= SendNotices::OnAck;
  }
  d.stamps_only = has("SOF_TIMESTAMPING_OPT_TSONLY");
  d.connection->want_send_notices(wishes, numbered, has("SOF_TIMESTAMPING_OPT_ID_TCP"));
  return CallResult{};
}

Program::Answer Program::set_option(Descriptor& d, const std::vector<Argument>& a) {
  const Answer answer = set_one_option(d, a);
  if (d.listener != nullptr) d.listener->set_config(std::make_shared<const tcp::TcpConfig>(d.config));
  return answer;
}

Program::Answer Program::set_one_option(Descriptor& d, const std::vector<Argument>& a) {
  const std::int64_t level = a[1].number, name = a[2].number;
  const std::int64_t value = std::clamp<std::int64_t>(value_of(a[3]), 0, std::numeric_limits<std::int32_t>::max());
  tcp::Connection* const c = d.connection;
  const Time now = machine_.now();
  if (level == kSocketLevel) {
    if (std::find(std::begin(so::kOfNoEffect), std::end(so::kOfNoEffect), name) != std::end(so::kOfNoEffect)) {
      return CallResult{};
    }
    if (name == so::Timestamping) return set_timestamping(d, value);
    if (name == so::ZeroCopy) {
      d.lends_memory = value != 0;
      return CallResult{};
    }
    if (name == so::SndBuf || name == so::RcvBuf || name == so::SndBufForce || name == so::RcvBufForce) {
      // Linux doubles what is asked for; half of receive memory is window.
      if (name == so::SndBuf || name == so::SndBufForce) {
        constexpr std::int64_t kLeast = 4608;  // two small buffers with all that belongs to them
        d.config.sndbuf = Bytes(std::max(2 * value, kLeast));
        if (c != nullptr) c->set_send_buffer(d.config.sndbuf);
      } else {
        constexpr std::int64_t kLeast = 2304;  // one small buffer
        const std::int64_t memory =
            std::clamp<std::int64_t>(2 * value, kLeast, std::numeric_limits<std::int32_t>::max());
        if (c != nullptr) c->set_receive_buffer(static_cast<std::uint32_t>(memory));
        d.config.so_rcvbuf = Bytes(memory / 2);
      }
      return CallResult{};
    }
    if (name == so::KeepAlive) {
      d.config.keepalive = value != 0;
      if (c != nullptr) c->set_keepalive(value != 0, now);
      return CallResult{};
    }
    if (name == so::Linger) {
      const Argument& s = a[3].kind == Argument::Kind::List && !a[3].items.empty() ? a[3].items[0] : a[3];
      const Argument* const on = s.find("onoff");
      const Argument* const linger = s.find("linger");
      d.abort_on_close = on != nullptr && on->number != 0 && linger != nullptr && linger->number == 0;
      return CallResult{};
    }
    if (name == so::MaxPacingRate) {
      const std::int64_t whole = value_of(a[3]);  // all ones: no bound
      const bool none = whole < 0 || whole == std::numeric_limits<std::uint32_t>::max();
      d.config.max_pacing_rate = none ? DataRate{} : DataRate::bps(8 * std::min<std::int64_t>(whole, 125'000'000'000));
      if (c != nullptr) c->set_max_pacing_rate(none ? tcp::Pacer::kUnlimited : static_cast<std::uint64_t>(whole), now);
      return CallResult{};
    }
    refuse(level, name);
  }
  if (level == kIpLevel) {
    constexpr std::int64_t kTos = 1, kMtuDiscover = 10;
    if (name == kTos && (value & 3) == 0) return CallResult{};  // scripts look at the ECN bits alone
    // IP_TTL, IP_RECVERR, IP_RECVTTL, IP_RECVTOS, IP_FREEBIND, IP_MINTTL, IP_BIND_ADDRESS_NO_PORT: not of TCP's concern
    constexpr std::int64_t kOfNoEffect[] = {2, 11, 12, 13, 15, 21, 24};
    if (std::find(std::begin(kOfNoEffect), std::end(kOfNoEffect), name) != std::end(kOfNoEffect)) return CallResult{};
    if (name != kMtuDiscover) refuse(level, name);
    if (c != nullptr) refuse_when_connected("IP_MTU_DISCOVER");
    d.config.mtu_discovery = value != 0;
    return CallResult{};
  }
  if (level != kTcpLevel) refuse(level, name);
  if (std::optional<Answer> answer = set_fast_open_option(d, a)) return *answer;
  switch (name) {
    case opt::NoDelay:
      d.config.nodelay = value != 0;
      if (c != nullptr) c->set_nodelay(value != 0, now);
      return CallResult{};
    case opt::Cork:
      d.config.cork = value != 0;
      if (c != nullptr) c->set_cork(value != 0, now);
      return CallResult{};
    case opt::MaxSeg:
      if (c != nullptr) refuse_when_connected("TCP_MAXSEG");
      d.config.mss = Bytes(value);
      return CallResult{};
    case opt::SynCnt:
      if (value < 1 || value > 127) return CallResult{-1, "EINVAL", {}};
      d.config.syn_retries = static_cast<std::uint32_t>(value);
      if (c != nullptr) c->set_syn_retries(static_cast<std::uint8_t>(value));
      return CallResult{};
    case opt::UserTimeout:
      d.config.user_timeout = Duration::ms(value);
      if (c != nullptr) c->set_user_timeout(Duration::ms(value));
      return CallResult{};
    case opt::QuickAck:
      if (value == 0) refuse(level, name);
      if (c != nullptr) c->set_quickack(now);
      return CallResult{};
    case opt::KeepIdle:
    case opt::KeepIntvl:
    case opt::KeepCnt:
      if (c != nullptr) refuse_when_connected("keep-alive times");
      if (name == opt::KeepIdle) d.config.keepalive_time = Duration::s(std::min<std::int64_t>(value, 32767));
      if (name == opt::KeepIntvl) d.config.keepalive_intvl = Duration::s(std::min<std::int64_t>(value, 32767));
      if (name == opt::KeepCnt) d.config.keepalive_probes = static_cast<std::uint32_t>(value);
      return CallResult{};
    case opt::Congestion:
      if (c != nullptr) refuse_when_connected("TCP_CONGESTION");
      if (tcp::find_congestion_control(a[3].text) == nullptr) refuse(level, name);
      d.config.cc = {a[3].text, {}};
      return CallResult{};
    case opt::RtoMaxMs:
      if (c != nullptr) refuse_when_connected("TCP_RTO_MAX_MS");
      if (value < 1000 || value > 120000) return CallResult{-1, "EINVAL", {}};
      d.config.rto_max = Duration::ms(value);
      return CallResult{};
    case opt::NotsentLowat:
      d.lowat = value;
      d.config.notsent_lowat = value != 0 ? Bytes(value) : settings_.config.notsent_lowat;
      if (c != nullptr) c->set_notsent_lowat(static_cast<std::uint32_t>(d.config.notsent_lowat.count()), now);
      return CallResult{};
    case opt::Inq: d.tells_readable = value != 0; return CallResult{};
    default: refuse(level, name);
  }
}

Program::Answer Program::get_option(Descriptor& d, const std::vector<Argument>& a) {
  const std::int64_t level = a[1].number, name = a[2].number;
  std::int64_t value = 0;
  if (level == kSocketLevel && name == so::Error) {
    const tcp::Error e = d.connection != nullptr ? d.connection->take_error() : tcp::Error::None;
    // The script writes the number; only whether there was an error can be told from a name.
    const bool expected = value_of(a[3]) != 0;
    CallResult r;
    if (expected != (e != tcp::Error::None)) r.note = fmt::format("the error is '{}'", tcp::name_of(e));
    return r;
  }
  if (level == kTcpLevel && name == opt::Congestion) {
    CallResult r;
    if (!a[3].text.empty() && a[3].text != d.config.cc.name) r.note = fmt::format("the value is {}", d.config.cc.name);
    return r;
  }
  if (level == kSocketLevel && name == so::SndBuf) {
    value = d.config.sndbuf == Bytes(0) ? d.config.wmem_default.count() : d.config.sndbuf.count();
  } else if (level == kTcpLevel && name == opt::MaxSeg) {
    // Before a connection there is only what was asked for; Linux then says 536.
    value = d.connection != nullptr   ? d.connection->smss().count()
            : d.config.mss > Bytes(0) ? d.config.mss.count()
                                      : 536;
  } else if (level == kTcpLevel && name == opt::FastOpen) {
    value = d.fast_open_queue;
  } else if (level == kTcpLevel && name == opt::FastOpenConnect) {
    value = d.fast_open_connect ? 1 : 0;
  } else if (level == kTcpLevel && name == opt::FastOpenNoCookie) {
    value = d.fast_open_without_cookie ? 1 : 0;
  } else if (level == kTcpLevel && name == opt::SynCnt) {
    value = d.config.syn_retries;
  } else if (level == kTcpLevel && name == opt::UserTimeout) {
    value = d.config.user_timeout.ms();
  } else if (level == kTcpLevel && name == opt::NoDelay) {
    value = d.config.nodelay ? 1 : 0;
  } else if (level == kTcpLevel && name == opt::NotsentLowat) {
    value = d.lowat;
  } else if (level == kTcpLevel && name == opt::Inq) {
    value = d.tells_readable ? 1 : 0;
  } else if (level == kTcpLevel && name == opt::KeepIdle) {
    value = d.config.keepalive_time.ms() / 1000;
  } else if (level == kTcpLevel && name == opt::KeepIntvl) {
    value = d.config.keepalive_intvl.ms() / 1000;
  } else if (level == kTcpLevel && name == opt::KeepCnt) {
    value = d.config.keepalive_probes;
  } else if (level == kTcpLevel && name == opt::RtoMaxMs) {
    value = d.config.rto_max.ms();
  } else if (level == kSocketLevel && name == so::KeepAlive) {
    value = d.config.keepalive ? 1 : 0;
  } else if (level == kSocketLevel && name == so::ZeroCopy) {
    value = d.lends_memory ? 1 : 0;
  } else if (level == kTcpLevel && name == opt::Cork) {
    value = d.config.cork ? 1 : 0;
  } else {
    refuse(level, name);
  }
  CallResult r;
  if (value_of(a[3]) != value) r.note = fmt::format("the value is {}", value);
  return r;
}

}  // namespace wirelab::script
