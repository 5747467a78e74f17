// What a scoreboard keeps, counted anew and compared: for checked builds and tests.

#include <algorithm>

#include "core/assert.h"
#include "tcp/scoreboard.h"

namespace wirelab::tcp {

using Flag = SegmentRecord::Flag;

void Scoreboard::check() const {
  Segments sacked = 0, lost = 0, retrans = 0, above = 0, bursts = 0;
  std::uint32_t bytes = 0, runs = 0;
  const Index mark = std::max(mark_, head_);
  for (Index i = head_; i < tail(); ++i) {
    const SegmentRecord& r = record(i);
    WIRELAB_ASSERT(r.first < r.end);
    WIRELAB_ASSERT(i == head_ || record(i - 1).end == r.first);
    bursts += r.ends & SegmentRecord::OfBurst;
    WIRELAB_ASSERT(!r.has(Flag::Sacked) || (!r.has(Flag::Lost) && !r.has(Flag::Retransmitted)));
    WIRELAB_ASSERT(!r.has(Flag::Retransmitted) || (r.has(Flag::EverRetransmitted) && i < high_resent_));
    if (r.has(Flag::Retransmitted)) ++retrans;
    if (r.has(Flag::Lost)) {
      ++lost;
      WIRELAB_ASSERT(i < lost_end_ && (i >= resend_ || r.has(Flag::Retransmitted)));
    }
    if (!r.has(Flag::Sacked)) continue;
    ++sacked;
    WIRELAB_ASSERT(i < high_sacked_);
    if (i < mark) continue;
    ++above;
    bytes += static_cast<std::uint32_t>(r.end - r.first);
    if (!is_sacked(i + 1)) ++runs;
  }
  WIRELAB_ASSERT(lost == lost_out_ && retrans == retrans_out_);
  WIRELAB_ASSERT(sack_ ? sacked == sacked_out_ : sacked == 0);
  WIRELAB_ASSERT(above == sacked_above_ && bytes == bytes_above_ && runs == runs_above_);
  WIRELAB_ASSERT(left_out() <= packets_out());
  WIRELAB_ASSERT(bursts == bursts_out_);
  if (!by_time_) return;
  for (Index i = head_; i < std::min(judged_, tail()); ++i) WIRELAB_ASSERT(!is_first_flight(i));
  Segments queued = 0;
  for (std::uint32_t i = 0; i < resent_.size(); ++i) {
    if (!is_stale(resent_[i])) ++queued;
    WIRELAB_ASSERT(i == 0 || resent_[i - 1].sent <= resent_[i].sent);
  }
  Segments later = 0;
  for (Index i = head_; i < tail(); ++i) later += is_later_flight(i) ? 1u : 0u;
  WIRELAB_ASSERT(queued >= later);
}

}  // namespace wirelab::tcp
