#include "tcp/syn_cookie.h"

#include <algorithm>

#include "tcp/cc_registry.h"
#include "tcp/connection.h"
#include "tcp/isn.h"
#include "tcp/layer.h"
#include "tcp/segment_size.h"

namespace wirelab::tcp {
namespace {

constexpr std::uint32_t kDataBits = 24, kDataMask = (1u << kDataBits) - 1;
constexpr std::uint32_t kNoScale = 15, kSackBit = 16, kEcnBit = 32, kOptionMask = 63;
/// One hash hides the minute, the other, which changes with it, the segment size.
enum class Purpose : std::uint32_t { Minute, Data };

std::uint32_t minute_of(Time now) { return static_cast<std::uint32_t>(now.ps() / kCookieMinute.ps()); }

std::uint32_t hash(const SynCookieKey& key, const FourTuple& id, Purpose purpose, std::uint32_t minute) {
  return static_cast<std::uint32_t>(
      siphash(key.low, key.high,
              std::array{std::uint64_t{id.local.bits()} << 32 | id.remote.bits(),
                         std::uint64_t{id.local_port} << 32 | id.remote_port,
                         std::uint64_t{minute} << 32 | static_cast<std::uint32_t>(purpose)}));
}

}  // namespace

Seq make_syn_cookie(const SynCookieKey& key, const FourTuple& id, Seq irs, std::uint16_t mss, Time now) {
  std::uint32_t index = kCookieMss.size() - 1;
  while (index > 0 && mss < kCookieMss[index]) --index;
  const std::uint32_t minute = minute_of(now);
  return irs + hash(key, id, Purpose::Minute, 0) + (minute << kDataBits) +
         ((hash(key, id, Purpose::Data, minute) + index) & kDataMask);
}

std::optional<std::uint16_t> mss_in_syn_cookie(const SynCookieKey& key, const FourTuple& id, Seq irs, Seq cookie,
                                               Time now) {
  const std::uint32_t bare = cookie.raw() - irs.raw() - hash(key, id, Purpose::Minute, 0);
  const std::uint32_t minute = minute_of(now);
  const std::uint32_t age = (minute - (bare >> kDataBits)) & (0xffffffffu >> kDataBits);
  if (age >= kCookieMinutes) return std::nullopt;
  const std::uint32_t index = (bare - hash(key, id, Purpose::Data, minute - age)) & kDataMask;
  if (index >= kCookieMss.size()) return std::nullopt;
  return kCookieMss[index];
}

std::uint32_t cookie_timestamp(Time now, const Terms& terms) {
  const std::uint32_t options =
      (terms.scaling ? terms.snd_wscale : kNoScale) | (terms.sack ? kSackBit : 0) | (terms.ecn ? kEcnBit : 0);
  const std::uint32_t clock = timestamp_at(now, 0);
  const std::uint32_t stamp = (clock & ~kOptionMask) | options;
  return stamp > clock ? stamp - (kOptionMask + 1) : stamp;
}

void read_cookie_timestamp(std::uint32_t timestamp, Terms& terms) {
  terms.sack = (timestamp & kSackBit) != 0;
  terms.ecn = (timestamp & kEcnBit) != 0;
  terms.scaling = (timestamp & kNoScale) != kNoScale;
  terms.snd_wscale = static_cast<std::uint8_t>(terms.scaling ? timestamp & kNoScale : 0);
}

// ---- The listener's side

void SynReceived::send_cookie(const Packet& syn, Time now) {
  is_cookie_ = true;
  learn(syn, now);
  if (!terms_.timestamps) {  // there is no room for anything else
    terms_.sack = terms_.scaling = terms_.ecn = false;
    terms_.snd_wscale = terms_.rcv_wscale = 0;
  }
  const auto mss = static_cast<std::uint16_t>(std::min<std::uint32_t>(own_mss_limit(config()), terms_.peer_mss));
  iss_ = make_syn_cookie(layer_->syn_cookie_key(), id_, irs_, mss, now);
  send_syn_ack(now);
}

bool SynReceived::recall(const Packet& ack, std::uint16_t mss, Time now) {
  const TcpConfig& c = config();
  is_cookie_ = true;
  iss_ = ack.ack - 1;
  irs_ = ack.seq - 1;
  sent_ = now;
  announced_mss_ = mss_to_announce(now);
  terms_.peer_mss = mss;
  if (ack.has(mark::Timestamps) && c.timestamps) {
    terms_.timestamps = true;
    ts_.recent = ack.ts_val;
    // Linux: an echo of 0 was never ours.
    ts_.offset = ack.ts_ecr == 0 ? 0 : timestamp_offset(id_, layer_->seeds_.timestamp_secret);
    read_cookie_timestamp(ack.ts_ecr - ts_.offset, terms_);
    terms_.ecn = terms_.ecn && (c.ecn || needs_of(c).ecn);
    if ((terms_.sack && !c.sack) || (terms_.scaling && !c.window_scaling)) return false;
  }
  const InitialWindow offered = initial_window(c, mss);
  rcv_wnd_ = offered.rcv_wnd;
  if (terms_.scaling) terms_.rcv_wscale = offered.wscale;
  return true;
}

void Layer::send_syn_cookie(Listener& listener, const Packet& syn, const FourTuple& id, Time now) {
  ++counters_.syn_cookies_sent;
  if (listener.last_cookie_ < Time{} || now - listener.last_cookie_ > Duration::s(1)) listener.last_cookie_ = now;
  SynReceived(*this, listener, id).send_cookie(syn, now);
}

bool Layer::take_syn_cookie(Listener& listener, Packet* ack, const FourTuple& id, Time now) {
  if (listener.config_->syncookies == 0 || ack->has_flag(tcp_flag::Syn)) return false;
  if (listener.last_cookie_ < Time{} || now - listener.last_cookie_ > kCookieMinute * kCookieMinutes) return false;
  const std::optional<std::uint16_t> mss = mss_in_syn_cookie(syn_cookie_key(), id, ack->seq - 1, ack->ack - 1, now);
  if (!mss) {
    ++counters_.syn_cookies_failed;
    return false;
  }
  ++counters_.syn_cookies_received;
  SynReceived record(*this, listener, id);
  if (!record.recall(*ack, *mss, now)) return false;
  if (listener.accept_queue_is_full()) {  // as if this ACK had been lost; but no SYN-ACK comes again
    ++counters_.listen_overflows;
    ++listener.overflows_;
    output_->domain().deliver(ack);
    return true;
  }
  record.report(State::Listen, State::SynReceived, Cause::Ack, now);
  Connection& c = make_accepted(listener, id, now);
  c.open_passively(record, *ack, now);
  const bool was_empty = !listener.is_acceptable();
  listener.ready_.push(&c);
  c.receive(ack, now);  // it may carry data, or a FIN
  if (was_empty && listener.user_ != nullptr) listener.user_->on_acceptable(listener, now);
  return true;
}

}  // namespace wirelab::tcp
