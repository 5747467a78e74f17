// Pacing: how fast a connection lets its bursts go, as Linux's internal pacing or its fq queue would.

#include <algorithm>

#include "tcp/connection.h"

namespace wirelab::tcp {

/// If the options or the congestion control want it. The handshake is over.
void Connection::begin_pacing() {
  const bool limited = config_->max_pacing_rate > DataRate{};
  if (pacer_ == nullptr) {
    if (!config_->pacing && !limited && !sender_.cc_needs().pacing) return;
    pacer_ = std::make_unique<Pacer>();
    if (limited) pacer_->set_max_rate(static_cast<std::uint64_t>(config_->max_pacing_rate.bps() / 8));
  }
  set_pacing_rate();
}

void Connection::set_max_pacing_rate(std::uint64_t rate, Time now) {
  if (pacer_ == nullptr) {
    if (rate == Pacer::kUnlimited) return;
    pacer_ = std::make_unique<Pacer>(sender_.counters().segments_sent);
  }
  pacer_->set_max_rate(rate);
  if (!started_) return;
  set_pacing_rate();
  finish(now);
}

std::uint64_t Connection::pacing_rate() const {
  return pacer_ != nullptr ? pacer_->rate() : burst_size().window_rate();
}

/// After every ACK: what the algorithm wants, else what the window makes of a round trip.
void Connection::set_pacing_rate() {
  const auto wanted = sender_.cc_needs().pacing ? sender_.congestion_control().pacing_rate() : std::nullopt;
  pacer_->set_rate(wanted ? static_cast<std::uint64_t>(wanted->bps()) / 8 : burst_size().window_rate());
}

/// Between two bursts: the first is over, and the next may have to wait.
bool Connection::pacing_holds_back(Time now) {
  if (burst_.left != 0) return false;
  if (sender_.cc_needs().pacing) set_pacing_rate();  // it may have changed as the burst began
  pacer_->end_burst(now);
  if (!pacer_->waits(now)) return false;
  deadlines_.set(Egress, pacer_->next());
  return true;
}

}  // namespace wirelab::tcp
