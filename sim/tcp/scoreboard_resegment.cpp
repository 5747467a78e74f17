// What is sent again in other segments than before: cut where they are too long for the path, joined where they are
// small.

#include <algorithm>
#include <utility>

#include "tcp/scoreboard.h"

namespace wirelab::tcp {

using Flag = SegmentRecord::Flag;

/// Linux holds what left together as one buffer, and cuts that anew.
Segments Scoreboard::split_and_mark(std::uint32_t smss) {
  Records old = std::exchange(records_, {});
  Segments newly = 0;
  const auto follows = [&](std::uint32_t i) {  // in one buffer with the one before
    return (old[i - 1].ends & SegmentRecord::OfBurst) == 0 && old[i].has(Flag::Sacked) == old[i - 1].has(Flag::Sacked);
  };
  for (std::uint32_t i = 0, next = 0; i < old.size(); i = next) {
    SegmentRecord r = old[i];
    bool fits = r.length() <= smss;
    for (next = i + 1; next < old.size() && follows(next); ++next) fits = fits && old[next].length() <= smss;
    if (fits) {
      for (; i < next; ++i) records_.push(old[i]);
      continue;
    }
    for (std::uint32_t k = i; k < next; ++k) {
      if (!r.has(Flag::Sacked) && !old[k].has(Flag::Lost)) ++newly;
      if (old[k].has(Flag::EverRetransmitted)) r.flags |= Flag::EverRetransmitted;
    }
    // What is SACKed is cut too: the peer may take that back.
    if (!r.has(Flag::Sacked)) r.flags = static_cast<std::uint8_t>((r.flags & ~Flag::Retransmitted) | Flag::Lost);
    const Seq end = old[next - 1].end;
    const std::uint8_t ends = old[next - 1].ends;
    for (Seq first = r.first; first < end; first = r.end) {
      r.first = first;
      r.end = min(first + smss, end);
      r.ends = r.end == end ? ends : 0;
      records_.push(r);
    }
  }
  seen_count_ = 0;
  recount();
  rebuild_resent();
  limit_emulated_sack();
  return newly;
}

/// How many records from `position` on are one buffer in Linux: they left together, and the same is known of them.
std::uint32_t Scoreboard::alike_from(std::uint32_t position) const {
  std::uint32_t n = 1;
  for (; position + n < records_.size(); ++n) {
    const SegmentRecord& before = records_[position + n - 1];
    if ((before.ends & SegmentRecord::OfBurst) != 0 || records_[position + n].flags != before.flags) break;
  }
  return n;
}

/// An ACK falls into the first segment. Linux takes what it covers off the buffer of which the segment is part, and
/// counts the rest in full segments from there on; one that is a buffer by itself keeps its end.
void Scoreboard::cut_front(Seq ack, AckSummary& summary) {
  const SegmentRecord& front = records_.front();
  if (front.has(Flag::Sacked)) {
    if (mark_ <= head_) bytes_above_ -= static_cast<std::uint32_t>(ack - front.first);
    records_.front().first = ack;
    return;
  }
  std::uint32_t n = alike_from(0);
  const std::uint32_t full = front.length();
  const Seq end = records_[n - 1].end;
  // As many pieces as that makes; more than one may be too many, as those behind the first may have been shorter.
  for (; n > 1 && static_cast<std::uint32_t>(end - ack) <= (n - 1) * full; --n) pop_front(summary);
  for (std::uint32_t i = 0; i < n; ++i) {
    records_[i].first = ack + i * full;
    records_[i].end = i + 1 == n ? end : records_[i].first + full;
  }
}

SeqRange Scoreboard::cut_to(std::uint32_t position, std::uint32_t most) {
  const std::uint32_t n = alike_from(position);
  const Records old = std::exchange(records_, {});
  for (std::uint32_t i = 0; i < position; ++i) records_.push(old[i]);
  const SegmentRecord& last = old[position + n - 1];
  SegmentRecord r = old[position];
  for (; r.first < last.end; r.first = r.end) {
    r.end = min(r.first + most, last.end);
    r.ends = r.end == last.end ? last.ends : 0;
    records_.push(r);
  }
  for (std::uint32_t i = position + n; i < old.size(); ++i) records_.push(old[i]);
  seen_count_ = 0;
  recount();
  rebuild_resent();
  limit_emulated_sack();
  return {records_[position].first, records_[position].end};
}

SeqRange Scoreboard::join_small(std::uint32_t position, std::uint32_t most, Seq edge) {
  SegmentRecord joined = records_[position];
  const auto is_alone = [&](std::uint32_t i) { return (records_[i].ends & SegmentRecord::OfBurst) != 0; };
  std::uint32_t next = position + 1;
  if ((position == 0 || is_alone(position - 1)) && is_alone(position)) {
    for (; next < records_.size() && is_alone(next); ++next) {
      const SegmentRecord& r = records_[next];
      const bool ends_record = (joined.ends & SegmentRecord::OfRecord) != 0;
      if (ends_record || r.has(Flag::Sacked) || r.end > edge) break;
      if (static_cast<std::uint32_t>(r.end - joined.first) > most) break;
      joined.end = r.end;
      joined.ends = static_cast<std::uint8_t>((joined.ends & SegmentRecord::Pushed) | r.ends);
      if (r.has(Flag::EverRetransmitted)) joined.flags |= Flag::EverRetransmitted;
    }
  }
  const std::uint32_t taken = next - position - 1;
  if (taken != 0) {
    const Records old = std::exchange(records_, {});
    for (std::uint32_t i = 0; i < old.size(); ++i) {
      if (i == position) {
        records_.push(joined);
      } else if (i < position || i >= next) {
        records_.push(old[i]);
      }
    }
    bursts_out_ -= taken;
    seen_count_ = 0;
    recount();
    rebuild_resent();
    limit_emulated_sack();
  }
  return {joined.first, joined.end};
}

}  // namespace wirelab::tcp
