#include "tcp/ack_policy.h"

#include <algorithm>
#include <utility>

namespace wirelab::tcp {
namespace {
constexpr Duration kMaxAto = Duration::ms(500);
constexpr Duration kMaxInteractiveAto = Duration::ms(200);
}  // namespace

void AckPolicy::start(const TcpConfig& config, std::uint32_t advertised_mss, std::uint32_t rcv_wnd) {
  advertised_mss_ = advertised_mss;
  // Linux's first guess: not above 536, so that the second small segment is not taken for half a full one.
  rcv_mss_ = std::clamp(std::min(advertised_mss, rcv_wnd / 2), std::uint32_t{kMinMss}, std::uint32_t{kDefaultMss});
  force_after_ = static_cast<std::uint16_t>(config.ack_segments);
  quick_limit_ = static_cast<std::uint8_t>(config.quickack);
  each_ = config.delayed_ack == Duration{};
  ato_ = config.delayed_ack;
}

void AckPolicy::add_quickacks(std::uint32_t rcv_wnd, std::uint32_t most) {
  const std::uint32_t half = rcv_wnd / (2 * rcv_mss_), fit = half != 0 ? half : 2;
  quick_ = std::max(quick_, static_cast<std::uint8_t>(std::min({fit, std::uint32_t{quick_limit_}, most})));
}

/// A segment that is not full, and one with PSH, probably ends what the peer's application wrote: the peer may be
/// waiting for the ACK. Two of the same size are full segments of a peer with a small MSS.
void AckPolicy::measure_segment(std::uint32_t length, bool push) {
  const std::uint32_t last = std::exchange(last_size_, std::uint16_t{0});
  if (length >= rcv_mss_) {
    rcv_mss_ = std::min(length, advertised_mss_);
    if (push && pushes_ == 0) pushes_ = 1;
    return;
  }
  if (length >= kDefaultMss || (length >= kMinMss && !push)) {
    last_size_ = static_cast<std::uint16_t>(length);
    if (length == last) {
      rcv_mss_ = length;
      return;
    }
  }
  pushes_ = static_cast<std::uint8_t>(std::min(pushes_ + 1, 2));
}

void AckPolicy::on_data(const TcpConfig& config, std::uint32_t length, bool push, std::uint32_t rcv_wnd, Duration rto,
                        Time now) {
  pending_ = true;
  measure_segment(length, push);
  const Duration least = config.delayed_ack;
  if (!seen_data_) {
    seen_data_ = true;
    ato_ = least;
    if (quick_limit_ != 0) add_quickacks(rcv_wnd);
  } else if (config.adaptive_ato) {
    const Duration gap = now - last_data_;
    if (gap <= least / 2) {
      ato_ = ato_ / 2 + least / 2;
    } else if (gap < ato_) {
      ato_ = std::min(ato_ / 2 + gap, rto);
    } else if (gap > rto && quick_limit_ != 0) {
      add_quickacks(rcv_wnd);  // the peer has probably restarted from a small window
    }
  }
  last_data_ = now;
}

void AckPolicy::on_unexpected(const TcpConfig& config, std::uint32_t rcv_wnd) {
  pending_ = true;
  now_ = true;
  be_quick(config, rcv_wnd);
}

void AckPolicy::be_quick(const TcpConfig& config, std::uint32_t rcv_wnd, std::uint32_t most) {
  if (quick_limit_ == 0 && most != kAsConfigured) return require_now();  // without Linux's count this one goes
  pingpong_ = false;
  if (!seen_data_) most = kAsConfigured;  // the first data asks for as many in any case
  seen_data_ = true;
  ato_ = config.delayed_ack;
  if (quick_limit_ != 0) add_quickacks(rcv_wnd, most);
}

void AckPolicy::on_handshake_held(const TcpConfig& config, std::uint32_t rcv_wnd) {
  seen_data_ = true;
  ato_ = config.delayed_ack;
  if (quick_limit_ != 0) add_quickacks(rcv_wnd);
}

AckPolicy::Decision AckPolicy::decide(std::uint32_t unacknowledged, bool window_keeps_up, bool has_gap) const {
  if (!pending_) return Decision::Nothing;
  if (now_ || each_ || in_quickack_mode()) return Decision::Now;
  if (is_enough(unacknowledged) && window_keeps_up) return Decision::Now;
  return has_gap ? Decision::BehindGap : Decision::Later;
}

bool AckPolicy::ack_after_read(std::uint32_t unacknowledged, bool buffer_is_empty) const {
  if (!pending_) return false;
  if (is_enough(unacknowledged)) return true;
  return quick_limit_ != 0 && pushes_ > (pingpong_ ? 1 : 0) && buffer_is_empty;
}

Duration AckPolicy::delay(const TcpConfig& config, Duration srtt) const {
  if (!seen_data_ && config.adaptive_ato) return {};  // a FIN alone: nothing is known yet of how the peer writes
  if (!config.adaptive_ato) return std::min(ato_, kMaxAto);
  return std::min(adaptive_delay(config, srtt), most_delay(config));
}

/// The peer's RTO is hardly shorter than the one that this host would have at least; a tick before, the ACK leaves.
Duration AckPolicy::most_delay(const TcpConfig& config) {
  const Duration tick = Duration::s(1) / config.hz;
  return std::min(config.delack_max, std::max(config.rto_min, 2 * tick) - tick);
}

Duration AckPolicy::adaptive_delay(const TcpConfig& config, Duration srtt) const {
  if (ato_ <= config.delayed_ack) return ato_;
  Duration most = pingpong_ || pushes_ != 0 ? kMaxInteractiveAto : kMaxAto;
  if (srtt != Duration{}) most = std::min(most, std::max(srtt, config.delayed_ack));
  return std::min(ato_, most);
}

void AckPolicy::on_timer(const TcpConfig& config, Duration rto) {
  if (!config.adaptive_ato) return;
  if (!pingpong_) {
    ato_ = std::min(ato_ * 2, rto);  // the guess was too short for this peer
  } else {
    pingpong_ = false;
    ato_ = config.delayed_ack;
  }
}

void AckPolicy::on_ack_sent(const TcpConfig& config) {
  if (quick_ != 0 && pending_ && --quick_ == 0) ato_ = config.delayed_ack;
  pending_ = now_ = false;
  pushes_ = 0;
}

void AckPolicy::on_data_sent(Time now) {
  if (quick_limit_ != 0 && seen_data_ && now - last_data_ < ato_) pingpong_ = true;
}

}  // namespace wirelab::tcp
