// What the congestion control is told: the event of each ACK and, where it asks, the rate of delivery.

#include <algorithm>

#include "tcp/sender.h"

namespace wirelab::tcp {

void Sender::tell_congestion_control(const AckInput& in, const AckSummary& told, const RttSample& sample,
                                     const RateSample* rate, Segments newly_lost, Segments prior_in_flight,
                                     Window& window) {
  Flight& f = *flight_;
  const bool in_reduction = f.recovery.in_reduction();
  AckEvent event;
  event.now = in.now;
  event.acked = told.acked;
  event.delivered = told.delivered;
  // Linux: where much reordering was seen, what is SACKed is progress too.
  const bool progress = told.acked != 0 || (told.sacked != 0 && f.recovery.reordering() > config_->reordering);
  if (progress && !in_reduction) {
    event.growth = told.delivered;
    // RFC 3465 sections 2.2 and 2.3: L = 2, and 1 after a timeout.
    if (config_->byte_counting && window.in_slow_start()) {
      event.growth = std::min<Segments>(event.growth, f.recovery.state() == CaState::Loss ? 1 : 2);
    }
    f.validation.touch(in.now);
  }
  event.lost = newly_lost;
  event.prior_in_flight = prior_in_flight;
  event.packets_out = f.board.packets_out();
  event.ca_state = f.recovery.state();
  event.ece = in.ece;
  event.cwnd_limited = !config_->cwnd_validation || f.validation.cwnd_limited(window);
  event.has_rtt = sample.valid;
  event.rtt = sample.latest;
  event.min_rtt = rtt_.min_rtt();
  event.srtt = rtt_.srtt();
  event.snd_una = snd_una_;
  event.snd_nxt = snd_nxt_;
  event.smss = Bytes(smss_);
  event.rate = rate;
  if (!in_reduction || needs_.owns_window) {
    window = cc_->on_ack(event, window);
  } else {  // PRR's window; asked about is the one before this ACK, as in Linux, and a reduction begun with it stands
    const Segments found = cc_->on_ack(event, window_).ssthresh;
    if (window.ssthresh == window_.ssthresh) window.ssthresh = found;
  }
}

/// Linux's tcp_rate_check_app_limited: less than a segment waits, though cwnd has room and nothing is to be sent again.
void Sender::look_for_app_limit(std::uint64_t unsent, bool port_is_idle) {
  const Flight& f = sent();
  if (unsent >= smss_ || !port_is_idle || f.board.in_flight() >= window_.cwnd) return;
  if (f.board.lost_out() > f.board.retrans_out()) return;
  rate_->set_app_limited(f.board.delivered(), f.board.in_flight());
}

/// What a timer has just taken out of flight is lost.
void Sender::note_lost(Segments in_flight_before) {
  if (needs_.rate_sample) rate_->on_lost(in_flight_before - std::min(in_flight_before, flight_->board.in_flight()));
}

}  // namespace wirelab::tcp
