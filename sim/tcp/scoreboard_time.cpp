// The scoreboard's marking by time (RACK, RFC 8985 section 6.2 step 5): what was sent before something that has arrived
// counts as lost once a round trip and the reordering window have passed. Segments sent once lie in the order of
// sending already; retransmissions have a queue. Both searches only go forward, so an ACK costs what it settles.

#include <algorithm>
#include <limits>
#include <vector>

#include "tcp/scoreboard.h"

namespace wirelab::tcp {

using Flag = SegmentRecord::Flag;

TimeVerdict Scoreboard::mark_lost_by_time(const TimeRule& rule) {
  TimeVerdict verdict;
  mark_first_sent(rule, verdict);
  mark_sent_again(rule, verdict);
  return verdict;
}

void Scoreboard::mark_first_sent(const TimeRule& rule, TimeVerdict& verdict) {
  const auto is_before_newest = [&](Index i) {
    const SegmentRecord& r = record(i);
    return sent_before(r.last_sent, r.end, rule.newest_sent, rule.newest_end);
  };
  judged_ = std::max(judged_, head_);
  for (; judged_ < tail(); ++judged_) {
    if (!is_first_flight(judged_)) continue;
    if (!is_before_newest(judged_) || record(judged_).last_sent > rule.lost_until) break;
    verdict.newly_lost += mark_lost(judged_);
    record(judged_).flags |= Flag::Judged;
  }
  // What is left to wait for: the last one that was sent before the newest.
  if (judged_ >= tail()) return;
  if (awaited_end_ <= judged_) awaited_end_ = last_awaited_ = judged_;
  for (; awaited_end_ < tail(); ++awaited_end_) {
    if (!is_first_flight(awaited_end_)) continue;
    if (!is_before_newest(awaited_end_)) break;
    last_awaited_ = awaited_end_;
  }
  while (last_awaited_ > judged_ && !is_first_flight(last_awaited_)) --last_awaited_;
  if (last_awaited_ < judged_ || !is_first_flight(last_awaited_) || !is_before_newest(last_awaited_)) return;
  verdict.wait = std::max(verdict.wait, record(last_awaited_).last_sent - rule.lost_until);
}

void Scoreboard::mark_sent_again(const TimeRule& rule, TimeVerdict& verdict) {
  const auto is_before_newest = [&](const Resent& r) {
    return r.sent < rule.newest_sent || (r.sent == rule.newest_sent && record(r.index).end < rule.newest_end);
  };
  for (; !resent_.empty(); resent_.pop()) {
    const Resent& front = resent_.front();
    if (is_stale(front)) continue;
    if (!is_before_newest(front) || front.sent > rule.lost_until) break;
    if (record(front.index).has(Flag::Retransmitted)) verdict.lost_again = true;
    verdict.newly_lost += mark_lost_again(front.index);
    record(front.index).flags |= Flag::Judged;
  }
  std::uint32_t low = 0;
  std::uint32_t high = resent_.size();
  while (low < high) {  // the first one sent after the newest
    const std::uint32_t middle = low + (high - low) / 2;
    if (resent_[middle].sent > rule.newest_sent) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  for (; low > 0; --low) {
    const Resent& r = resent_[low - 1];
    if (is_stale(r) || !is_before_newest(r)) continue;
    verdict.wait = std::max(verdict.wait, r.sent - rule.lost_until);
    return;
  }
}

/// The retransmission is lost as well: it waits to be sent once more.
Segments Scoreboard::mark_lost_again(Index i) {
  SegmentRecord& r = record(i);
  if (r.has(Flag::Retransmitted)) --retrans_out_;
  r.flags = static_cast<std::uint8_t>(r.flags & ~Flag::Retransmitted);
  if (!r.has(Flag::Lost)) return mark_lost(i);
  resend_ = std::min(resend_, i);
  return 1;
}

void Scoreboard::note_resent(Index i) {
  if (!by_time_) return;
  while (!resent_.empty() && is_stale(resent_.front())) resent_.pop();
  resent_.push({i, record(i).last_sent});
}

/// After positions have moved, or marks were taken back.
void Scoreboard::rebuild_resent() {
  if (!by_time_) return;
  std::vector<Resent> in_flight;
  for (Index i = head_; i < tail(); ++i) {
    if (is_later_flight(i)) in_flight.push_back({i, record(i).last_sent});
  }
  std::stable_sort(in_flight.begin(), in_flight.end(),
                   [](const Resent& a, const Resent& b) { return a.sent < b.sent; });
  resent_.clear();
  for (const Resent& r : in_flight) resent_.push(r);
}

void Scoreboard::on_tail_probed(Time now, std::uint32_t position) {
  if (position > 0) end_burst_at(position - 1);
  end_burst_at(position);
  SegmentRecord& r = records_[position];
  r.flags = static_cast<std::uint8_t>((r.flags | Flag::EverRetransmitted) & ~Flag::Judged);
  r.last_sent = now;
  r.delivered = delivered_;
  if (r.transmissions < std::numeric_limits<std::uint8_t>::max()) ++r.transmissions;
  if (is_later_flight(head_ + position)) note_resent(head_ + position);
}

}  // namespace wirelab::tcp
