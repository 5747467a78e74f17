// Cutting what waits into bursts: how many of its segments leave together now, and when they rather wait for more.

#include <algorithm>

#include "tcp/connection.h"

namespace wirelab::tcp {

BurstSize Connection::burst_size() const { return {sender_, *config_, pacer_.get()}; }

/// Linux makes no large packets of urgent data.
Segments Connection::burst_limit() const { return is_urgent() ? 1 : burst_size().most(); }

/// Segments of one record that may leave inside the peer's window; one that is not full is the last of them if nothing
/// holds it back.
Segments Connection::segments_ready(std::uint64_t in_record, std::uint64_t waiting, std::uint32_t room,
                                    std::uint32_t full) const {
  auto n = static_cast<Segments>(std::min<std::uint64_t>(in_record, room) / full);
  const std::uint64_t rest = in_record - std::uint64_t{n} * full;
  const bool is_whole = in_record <= room && rest != 0;
  if (is_whole && (in_record < waiting || may_send_small(rest))) ++n;
  return n;
}

/// How many full segments leave together now: half the window at most. Linux sets PSH on the last of two or more when
/// it hands them over as one packet. False: none leaves yet. Preconditions: a full segment waits, there is budget.
bool Connection::begin_burst(Segments budget, std::uint64_t in_record, std::uint64_t waiting, std::uint32_t room,
                             Time now, bool& stopped_by_cwnd) {
  if (config_->min_burst <= 1) {  // every segment is one
    burst_.begin(1);
    return true;
  }
  const BurstSize size = burst_size();
  const std::uint32_t full = segment_limit();
  const Segments segments = static_cast<std::uint32_t>(std::min<std::uint64_t>(in_record, room)) / full;
  const bool cut_by_peer = segments < budget && room < waiting;
  const bool cut = cut_by_peer || budget <= segments;  // else more data may come, unless a FIN does
  const Segments n = cut_by_peer ? segments : budget;
  const std::uint64_t bytes = std::uint64_t{n} * full;
  if (in_record == waiting && waiting > full && (cut || !fin_wanted_) && size.is_worth_waiting_for(bytes, now) &&
      !size.is_filled_by(n) && !reaches_chunk_end(bytes, waiting)) {
    stopped_by_cwnd = cut && !cut_by_peer;
    return false;
  }
  Segments leave = std::max(std::min(budget, segments_ready(in_record, waiting, room, full)), 1u);
  // The limit takes divisions, and is never below this.
  const Segments half = std::max(sender_.window().cwnd / 2, 1u);
  if (leave > std::min(half, size.least()) || urgent_) leave = std::min({leave, half, burst_limit()});
  burst_.begin(leave);
  return true;
}

/// Linux keeps what the application writes in pieces of so many segments as fit 64 kB and half the peer's window, and
/// lets one go that cannot grow any more. `limit`: bytes that may leave; `waiting`: bytes that would like to.
bool Connection::reaches_chunk_end(std::uint64_t limit, std::uint64_t waiting) const {
  const std::uint32_t most = std::min(kLargestPiece, sender_.max_window() / 2);
  const std::uint32_t chunk = std::max(most / sender_.smss(), 1u) * sender_.smss();
  const std::uint64_t rest = chunk - (send_buffer_.end() - waiting) % chunk;
  return rest <= limit && rest < waiting;
}

}  // namespace wirelab::tcp
