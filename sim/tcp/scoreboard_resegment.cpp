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
