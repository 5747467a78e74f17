// Fast Open, the client's side: data on the SYN (RFC 7413 sections 4.1.3 and 4.2.1), as Linux does it.

#include <algorithm>

#include "tcp/connection.h"
#include "tcp/layer.h"
#include "tcp/segment.h"
#include "tcp/segment_size.h"

namespace wirelab::tcp {

namespace {

/// Room left for options, also those that boxes on the path may add.
constexpr std::int64_t kMostOptionBytes = 40;
constexpr Duration kLastAckWait = Duration::ms(200);

}  // namespace

/// What the SYN will carry. Without a cookie it asks for one, and the data waits for the handshake.
void Connection::begin_fast_open(const FastOpenRequest& request, Time now) {
  FastOpenCache& cache = layer_->fast_open_cache_;
  fast_open_ = std::make_unique<FastOpen>();
  FastOpen& f = *fast_open_;
  f.writer_waits = request.writer_waits;
  if (cache.is_paused(config_->fastopen_blackhole_timeout, now)) return;
  f.on_probation = cache.is_on_probation();
  const FastOpenCache::Advice advice = cache.look_up(id_.local, id_.remote);
  const bool without_cookie = (config_->fastopen & fast_open_bit::ClientNoCookie) != 0;
  if (!without_cookie) {
    f.option = advice.option;
    f.asked = true;
    f.experimental = advice.option.experimental;
    if (request.is_unreadable && request.bytes > 0) f.option->length = 0;
    if (f.option->length == 0) return;
  }
  if (request.is_unreadable) return;
  const std::int64_t own_limit = own_mss_limit(*config_);
  const std::int64_t known = advice.mss != 0 ? advice.mss : opening_.announced_mss;
  const std::int64_t room = std::min<std::int64_t>({known, own_limit, path_payload_}) - kMostOptionBytes;
  const std::int64_t bytes = std::clamp<std::int64_t>(request.bytes, 0, std::max<std::int64_t>(room, 0));
  f.syn_data = static_cast<std::uint32_t>(send_buffer_.write_sent(static_cast<std::uint64_t>(bytes)));
  f.writer_waits = request.writer_waits && f.syn_data < request.bytes;
}

/// For the first SYN, or a Fast Open child's first SYN-ACK.
void Connection::put_fast_open(Packet& syn) {
  FastOpen& f = *fast_open_;
  if (f.option) add_fast_open_option(layer_->output().domain().pool, syn, *f.option);
  f.option.reset();
  if (f.syn_data == 0 || state_ != State::SynSent) return;
  syn.payload = static_cast<std::uint16_t>(f.syn_data);
  syn.size = static_cast<std::uint16_t>(syn.size + f.syn_data);
  syn.payload_stream = stream_;
}

/// A SYN-ACK that echoes a timestamp from before the first SYN, or from the future, belongs to another connection.
bool Connection::answers_our_timestamps(const Packet& p, Time now) const {
  if (!config_->timestamps || !p.has(mark::Timestamps) || p.ts_ecr == 0) return true;
  const std::uint32_t first = ts_.clock(opening_.at);
  if (p.ts_ecr - first <= ts_.clock(now) - first) return true;
  ++layer_->counters_.paws_drops;
  return false;
}

bool Connection::is_fast_open_answer(const Packet&) const {
  return fast_open_ != nullptr && (fast_open_->asked || fast_open_->syn_data != 0 || fast_open_->writer_waits);
}

/// The SYN-ACK, after the connection was established by it.
void Connection::on_fast_open_answer(const Packet& p, Time now) {
  FastOpen& f = *fast_open_;
  const bool fell_back = !sender_.nothing_in_flight();
  if (f.asked || f.syn_data != 0) {
    FastOpenCache::Answer answer;
    answer.mss = terms_.peer_mss;
    if (f.asked) answer.cookie = fast_open_option_of(layer_->output().domain().pool, p);
    answer.refused = f.asked && !answer.cookie && opening_.resent == 0 && f.syn_data == 0;
    answer.experimental = f.experimental;
    layer_->fast_open_cache_.note(id_.local, id_.remote, answer);
    if (fell_back) {
      ++layer_->counters_.fast_open_fallbacks;
      return;  // the data is sent again at once and carries the ACK
    }
    f.data_acked = f.syn_data != 0;
    if (f.data_acked) ++layer_->counters_.fast_opens_active;
    if (notices_) notices_->on_acked(send_buffer_.una(), now);
    take_syn_text(p, now);
  }
  if (f.writer_waits) {
    receiver_.acks.on_handshake_held(*config_, receiver_.window.rcv_wnd());
    return set_timer(DelayedAck, kLastAckWait, now);
  }
  send_ack(now);
}

/// Data and FIN that came on a SYN or SYN-ACK; the receiver stands behind the SYN.
void Connection::take_syn_text(const Packet& syn, Time now) {
  if (syn.payload == 0 && !syn.has_flag(tcp_flag::Fin)) return;
  Packet text = syn;
  text.seq = syn.seq + 1;
  text.flags = static_cast<std::uint8_t>(syn.flags & ~tcp_flag::Syn);
  const Receiver::Arrival arrival = receiver_.take(text, *config_, layer_->counters_.receive);
  if (arrival.fin) on_fin(now);
}

/// Boxes on the path may swallow what comes after a SYN with data or with an option that they do not know. The second
/// timeout in a row, or the end, counts.
void Connection::watch_for_black_hole(std::uint32_t timeouts, bool gives_up, Time now) {
  if (!fast_open_->asked && fast_open_->syn_data == 0) return;
  if (timeouts == 2 || (timeouts < 2 && gives_up)) {
    layer_->fast_open_cache_.on_black_hole(config_->fastopen_blackhole_timeout, now);
  }
}

/// A RST or FIN from the middle of a stream of which nothing else has come: what lies between was swallowed (Linux).
void Connection::suspect_fast_open(Time now) {
  const bool used = fast_open_->asked || fast_open_->syn_data != 0;
  if (used) layer_->fast_open_cache_.on_black_hole(config_->fastopen_blackhole_timeout, now);
}

void Connection::end_fast_open(Time now) {
  if (receiver_.has_lone_fin()) suspect_fast_open(now);
  if (fast_open_->on_probation && !reset_) layer_->fast_open_cache_.on_success();
}

}  // namespace wirelab::tcp
