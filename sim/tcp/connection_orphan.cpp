// FIN-WAIT-2 when the application has gone: only the peer's FIN is waited for, and Linux keeps no more of such a
// connection than of one in TIME-WAIT (tcp_timewait_state_process).

#include <algorithm>

#include "tcp/connection.h"
#include "tcp/layer.h"
#include "tcp/segment.h"

namespace wirelab::tcp {

/// As long as the option says, and never shorter than three and a half timeouts: the peer may still repeat its FIN.
Duration Connection::fin_wait() const {
  const Duration rto = sender_.rtt().rto();
  return std::max(config_->fin_timeout, config_->rto_min_on_variance ? 4 * rto - rto / 2 : Duration{});
}

void Connection::enter_fin_wait_2(Time now) { set_timer(FinWait2, fin_wait(), now); }

/// A wait longer than TIME-WAIT's takes the whole connection.
bool Connection::lingers_as_record() const { return config_->adaptive_ato && fin_wait() <= 2 * config_->msl; }

void Connection::receive_orphaned(const Packet& p, Time now) {
  const bool is_rst = p.has_flag(tcp_flag::Rst), is_syn = p.has_flag(tcp_flag::Syn), is_fin = p.has_flag(tcp_flag::Fin);
  const bool is_old = terms_.timestamps && ts_.is_old(p);
  const std::uint32_t length = sequence_length(p);
  const Seq rcv_nxt = receiver_.rcv_nxt();
  if (is_old || !touches_window(p.seq, length, rcv_nxt, receiver_.window.right_edge())) {
    const bool is_text = length != 0 && !is_syn;
    if (is_text || answers_.allows(now, config_->invalid_ratelimit)) send_ack(now);
    return;
  }
  if (is_rst) {
    ++layer_->counters_.resets_in;
    return fail(Error::ConnReset, Cause::Rst, now);
  }
  const bool is_new_syn = is_syn && p.seq >= rcv_nxt;
  if (!is_new_syn && (!p.has_flag(tcp_flag::Ack) || length == 0 || p.seq + length <= rcv_nxt)) return;
  if (!is_new_syn && is_fin && p.seq + length == rcv_nxt + 1) {
    note_timestamp(p, now);
    return take_text(p, now);
  }
  // Data, or a new connection: what belonged to this one is gone.
  layer_->answer_unknown(p, now);
  fail(Error::ConnReset, Cause::Abort, now);
}

}  // namespace wirelab::tcp
