// Fast Open, the server's side: a SYN with a good cookie makes a connection that may read and write before the
// handshake is over (RFC 7413 sections 4.1.2 and 4.2.2), as Linux does it.

#include <array>

#include "tcp/connection.h"
#include "tcp/isn.h"
#include "tcp/layer.h"
#include "tcp/rtt_estimator.h"
#include "tcp/segment.h"

namespace wirelab::tcp {

FastOpenKeys Layer::fast_open_keys(const Listener& listener) const {
  if (listener.config_->fastopen_keys.count != 0) return listener.config_->fastopen_keys;
  // The host's own: drawn from its secret, so that every host of a run has another one.
  constexpr std::uint64_t kPurpose = 0x66617374206f706eu;
  FastOpenKeys keys;
  keys.count = 1;
  keys.keys[0].low = siphash(seeds_.isn_secret[0], seeds_.isn_secret[1], std::array{kPurpose});
  keys.keys[0].high = siphash(seeds_.isn_secret[0], seeds_.isn_secret[1], std::array{~kPurpose});
  return keys;
}

bool Layer::open_fast(Listener& listener, const Packet& syn, const FourTuple& id, std::optional<FastOpenOption>& cookie,
                      Time now) {
  const std::optional<FastOpenOption> presented = fast_open_option_of(output_->domain().pool, syn);
  if ((syn.payload == 0 && !presented) || syn.has_flag(tcp_flag::Fin)) return false;
  if (listener.fast_open_ == nullptr) listener.fast_open_ = std::make_shared<FastOpenQueue>();
  if (!listener.fast_open_->has_room(listener.fast_open_limit(), now)) return false;
  if ((listener.config_->fastopen & fast_open_bit::ServerNoCookie) == 0) {
    if (!presented) return false;
    const FastOpenKeys keys = fast_open_keys(listener);
    const CookieMatch match = match_fast_open_cookie(keys, id.remote, id.local, *presented);
    if (match != CookieMatch::Current) {
      cookie = make_fast_open_cookie(keys.keys[0], id.remote, id.local);
      cookie->experimental = presented->experimental;
    }
    if (match == CookieMatch::None) return false;
  }
  SynReceived record(*this, listener, id);
  record.learn(syn, now);
  record.report(State::Listen, State::SynReceived, Cause::Syn, now);
  Connection& c = make_accepted(listener, id, now);
  c.open_fast(record, syn, cookie, now);
  ++counters_.fast_opens_passive;
  const bool was_empty = !listener.is_acceptable();
  listener.ready_.push(&c);
  if (was_empty && listener.user_ != nullptr) listener.user_->on_acceptable(listener, now);
  return true;
}

/// SYN-RECEIVED with everything that a connection needs; the SYN-ACK covers the SYN's data.
void Connection::open_fast(const SynReceived& record, const Packet& syn, const std::optional<FastOpenOption>& cookie,
                           Time now) {
  take_over(record);
  half_open_ = true;
  fast_open_ = std::make_unique<FastOpen>();
  fast_open_->queue = listener_->fast_open_queue();
  fast_open_->queue->enter();
  fast_open_->option = cookie;
  fast_open_->data_acked = syn.payload != 0;
  start_receiver(record.irs_, now);
  if (tally_ != nullptr && syn.payload != 0) tally_->data_in = 1;
  take_syn_text(syn, now);
  receiver_.window.start_behind(receiver_.rcv_nxt());
  last_ack_sent_ = receiver_.rcv_nxt();
  start_sender(syn, syn.window, 0, now);  // a window on a SYN is never scaled
  send_syn(now);
  set_timer(Retransmit, config_->rto_initial, now);
  finish(now);
}

/// The ACK of a handshake under way, as a listener sends it too: the SYN's window, and no SACK.
void Connection::send_handshake_ack(const Packet& p, Time now) {
  const bool is_limited = sequence_length(p) == 0 || p.has_flag(tcp_flag::Syn);
  if (is_limited && !answers_.allows(now, config_->invalid_ratelimit)) return;
  const auto window = static_cast<std::uint16_t>(syn_window(opening_.offered.rcv_wnd) >> terms_.rcv_wscale);
  Packet* const ack =
      make_bare_segment(layer_->output().domain(), id_, snd_nxt(), receiver_.rcv_nxt(), tcp_flag::Ack, window);
  if (terms_.timestamps) ts_.put_on(*ack, now);
  hand_over(ack, now);
}

/// What Linux checks of a segment for a handshake under way, before the steps that all segments take.
bool Connection::passes_half_open(const Packet& p, Time now) {
  const bool is_syn = p.has_flag(tcp_flag::Syn), is_rst = p.has_flag(tcp_flag::Rst);
  const bool is_old = terms_.timestamps && ts_.is_old(p);
  if (is_syn && p.seq == receiver_.irs() && !is_old && !p.has_flag(tcp_flag::Ack) && !is_rst) {
    // The client repeats its SYN, most likely without data: our SYN-ACK was lost.
    if (!answers_.allows(now, config_->invalid_ratelimit)) return false;
    opening_.count_resent();
    send_syn(now);
    return false;
  }
  const Seq rcv_nxt = receiver_.rcv_nxt();
  const bool is_inside =
      touches_window(p.seq, sequence_length(p), rcv_nxt, rcv_nxt + syn_window(opening_.offered.rcv_wnd));
  if (is_old || !is_inside) {
    if (!is_rst) send_handshake_ack(p, now);
    return false;
  }
  if (is_rst) {
    ++layer_->counters_.resets_in;
    if (p.seq != rcv_nxt) {  // RFC 5961 section 3.2
      send_handshake_ack(p, now);
      return false;
    }
    if (!unaccepted_) {
      fast_open_->queue->leave_by_reset(now);
      fast_open_->queue.reset();
    }
    fail(Error::ConnReset, Cause::Rst, now);
    return false;
  }
  if (is_syn) {
    layer_->answer_unknown(p, now);  // the connection stays: the SYN may be forged
    return false;
  }
  return p.has_flag(tcp_flag::Ack);
}

/// The ACK that ends the handshake, and acknowledges data that we may have sent meanwhile.
bool Connection::passes_first_ack(const Packet& p, Time now) {
  if (p.ack < sender_.snd_una() || p.ack > sender_.snd_nxt()) {
    layer_->answer_unknown(p, now);
    return false;
  }
  note_timestamp(p, now);
  leave_fast_open_queue();
  deadlines_.clear(Retransmit);
  changes_ |= change::Established;
  if (state_ == State::SynReceived) become(State::Established, Cause::Ack, now);
  process_ack(p, now);
  sender_.end_handshake(now, opening_.rtt(p, terms_.timestamps ? &ts_ : nullptr, now));
  if (keepalive_) set_timer(Keepalive, config_->keepalive_time, now);
  if (fast_open_->shut_down && !fin_wanted_) begin_close(now);
  follow_fin_ack(now);
  return true;
}

/// One retry more than an ordinary handshake has: the application may already be at work. From the second timeout on
/// the data counts as lost too; it is sent again when the handshake is over.
void Connection::on_half_open_timer(Time now) {
  FastOpen& f = *fast_open_;
  if (f.syn_ack_timeouts > config_->synack_retries) return time_out(now);
  if (f.syn_ack_timeouts == 1 && !sender_.nothing_in_flight()) changes_ |= sender_.on_handshake_timeout(now);
  ++f.syn_ack_timeouts;
  opening_.count_resent();
  changes_ |= change::Timeout;
  send_syn(now);
  set_timer(Retransmit, backed_off(config_->rto_initial, f.syn_ack_timeouts, config_->rto_max), now);
}

void Connection::leave_fast_open_queue() {
  half_open_ = false;
  if (fast_open_->queue != nullptr) fast_open_->queue->leave();
  fast_open_->queue.reset();
}

}  // namespace wirelab::tcp
