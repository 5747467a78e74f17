// What a connection sends without text: ACKs and when they are due, answers to what is not acceptable, probes, resets.

#include "tcp/connection.h"
#include "tcp/layer.h"
#include "tcp/sack_compression.h"
#include "tcp/segment.h"

namespace wirelab::tcp {

/// Where a segment without data stands: at SND.NXT, or where the window ends that the peer has taken back since, as it
/// would find it unacceptable beyond (Linux).
Seq Connection::acceptable_seq() const {
  const Seq nxt = snd_nxt();
  if (!started_) return nxt;
  const Seq edge = sender_.window_edge();
  if (edge >= nxt || (terms_.scaling && nxt - edge < 1 << terms_.rcv_wscale)) return nxt;
  return edge;
}

void Connection::send_ack(Time now) { hand_over(make_segment(acceptable_seq(), 0, tcp_flag::Ack, now), now); }

/// RFC 5961 section 7: limited, so that it cannot be used to make traffic.
void Connection::send_challenge_ack(Time now) {
  if (!answers_.is_open(now, config_->invalid_ratelimit)) return;
  if (!layer_->may_challenge(config_->challenge_ack_limit, now)) return;
  answers_.on_answer(now);
  send_ack(now);
}

/// The answer to a segment without SYN out of the window (RFC 9293 section 3.10.7.4, first step). Text or a FIN that
/// came again is always answered, as its sender lacks our ACK; the rest at a limited rate, lest two ends answer each
/// other for ever.
void Connection::send_duplicate_ack(const Packet& p, Time now) {
  const std::uint32_t length = sequence_length(p);
  if (length == 0 && !answers_.allows(now, config_->invalid_ratelimit)) return;
  if (length != 0 && p.seq < receiver_.rcv_nxt()) {
    receiver_.acks.be_quick(*config_, receiver_.window.rcv_wnd());
    if (terms_.sack && config_->dsack) receiver_.report_duplicate(p.seq, min(p.seq + length, receiver_.rcv_nxt()));
  }
  send_ack(now);
}

/// A segment that the peer must answer: one sequence number below what it has acknowledged, and no data.
/// With urgent data another goes before it, which points at that.
void Connection::send_probe(Time now) {
  if (is_urgent()) hand_over(make_segment(snd_una(), 0, tcp_flag::Ack, now), now);
  hand_over(make_segment(snd_una() - 1, 0, tcp_flag::Ack, now), now);
}

void Connection::send_reset(Time now) {
  ++layer_->counters_.resets_out;
  hand_over(make_segment(acceptable_seq(), 0, tcp_flag::Rst | tcp_flag::Ack, now), now);
}

void Connection::acknowledge_if_due(Time now) {
  AckPolicy& acks = receiver_.acks;
  if (!acks.is_pending()) return;
  const ReceiveWindow& window = receiver_.window;
  const auto unacknowledged = static_cast<std::uint32_t>(receiver_.rcv_nxt() - window.rcv_wup());
  bool keeps_up = true;
  if (acks.is_enough(unacknowledged) && receiver_.readable() != 0) {
    bool tight = false;
    keeps_up = window.select(receiver_.rcv_nxt(), receiver_.used(), acks.rcv_mss(), &tight) >= window.rcv_wnd();
    if (tight) acks.on_tight_buffer();
  }
  switch (acks.decide(unacknowledged, keeps_up, receiver_.has_gap())) {
    case AckPolicy::Decision::Now: send_ack(now); break;
    case AckPolicy::Decision::BehindGap:
      if (!terms_.sack || !receiver_.holds_back_ack(*config_)) {
        send_ack(now);
      } else if (!deadlines_.is_set(DelayedAck)) {  // free while there is a gap: one deadline serves both
        deadlines_.set(DelayedAck, now + SackCompression::delay(*config_, window.rtt(), sender_.rtt().srtt()));
      }
      break;
    case AckPolicy::Decision::Later: acknowledge_later(acks.delay(*config_, sender_.rtt().srtt()), now); break;
    case AckPolicy::Decision::Nothing: break;
  }
}

/// An ACK that was to leave soon anyway leaves now; else the earlier time holds.
void Connection::acknowledge_later(Duration delay, Time now) {
  if (deadlines_.is_set(DelayedAck) && config_->adaptive_ato) {
    if (deadlines_.at(DelayedAck) <= now + delay / 4) return send_ack(now);
    if (deadlines_.at(DelayedAck) <= now + delay) return;
  } else if (deadlines_.is_set(DelayedAck)) {
    return;
  }
  set_timer(DelayedAck, delay, now);
}

}  // namespace wirelab::tcp
