#include "setup.h"

#include "tcp/cc_registry.h"
#include "tcp/option_table.h"

namespace wirelab::tcp::fuzz {
namespace {

constexpr std::uint16_t kMtus[] = {1500, 1500, 1500, 9000, 1280, 576, 128, 65535};
constexpr std::int64_t kBuffers[] = {0, 0, 0, 1 << 20, 65535, 20000, 4000, 700};

bool bit(std::uint8_t bits, int n) { return (bits >> n & 1) != 0; }

/// Nine bytes an end. In most of them 0 is the profile as it is.
EndSetup end_from(Input& in) {
  const std::uint8_t kind = in.byte();
  TcpConfig c = defaults(bit(kind, 0) ? Profile::Rfc : Profile::Linux);
  if (const std::uint32_t cc = in.byte(); cc != 0) {
    const auto known = congestion_controls();
    c.cc.name = known[cc % known.size()]->name;
  }
  const std::uint8_t terms = in.byte();
  c.sack = !bit(terms, 0);
  c.timestamps = !bit(terms, 1);
  c.window_scaling = !bit(terms, 2);
  c.ecn = bit(terms, 3);
  c.dsack = !bit(terms, 4);
  c.mtu_discovery = !bit(terms, 5);
  c.exact_timers = bit(terms, 6);
  c.keepalive = bit(terms, 7);
  const std::uint8_t recovery = in.byte();
  if (recovery != 0) {
    c.recovery = static_cast<Recovery>(recovery & 3);
    c.rack = recovery >> 2 & 7;
    c.early_retrans = bit(recovery, 5) ? 3 : 0;
    c.prr = bit(recovery, 6);
    c.frto = bit(recovery, 7);
  }
  const std::uint8_t sending = in.byte();
  c.nodelay = bit(sending, 0);
  c.cork = bit(sending, 1);
  c.cwnd_validation = bit(sending, 2) != c.cwnd_validation;
  c.flight_ssthresh = bit(sending, 3) != c.flight_ssthresh;
  c.loss_undo = bit(sending, 4) != c.loss_undo;
  c.rescue_retransmission = bit(sending, 5) != c.rescue_retransmission;
  if (bit(sending, 6)) c.initial_window = 1;
  if (bit(sending, 7)) c.min_burst = 8;
  const std::uint8_t buffers = in.byte();
  c.rcvbuf = Bytes(kBuffers[buffers & 7]);
  c.sndbuf = Bytes(kBuffers[buffers >> 3 & 7]);
  if (bit(buffers, 6)) c.user_timeout = Duration::s(3);
  if (bit(buffers, 7)) c.delayed_ack = Duration{};
  EndSetup end;
  const std::uint8_t path = in.byte();
  end.mtu = kMtus[path & 7];
  if (bit(path, 3)) c.mss = Bytes(300);
  if (bit(path, 4)) c.rto_min = Duration::ms(1);
  if (bit(path, 5)) c.hz = 1000;
  end.ns_per_byte = bit(path, 6) ? 80 : 0;
  const std::uint8_t application = in.byte();
  end.eager = bit(application, 7);
  end.to_write = (application & 127u) * 1000u;
  const std::uint8_t limits = in.byte();
  if (limits != 0) c.challenge_ack_limit = limits;
  if (bit(limits, 0)) c.invalid_ratelimit = Duration{};
  if (bit(limits, 1)) c.retries2 = 2;
  if (bit(limits, 2)) c.backlog = 0;
  if (bit(limits, 3)) c.abort_on_overflow = true;
  end.config = std::make_shared<const TcpConfig>(std::move(c));
  return end;
}

}  // namespace

Setup setup_from(Input& in) {
  Setup s;
  const std::uint8_t kind = in.byte();
  s.honest = kind % 4 == 1;
  s.client = end_from(in);
  s.server = end_from(in);
  return s;
}

}  // namespace wirelab::tcp::fuzz
