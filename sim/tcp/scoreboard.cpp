#include "tcp/scoreboard.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/assert.h"

namespace wirelab::tcp {

using Flag = SegmentRecord::Flag;

void Scoreboard::reset(bool sack, bool by_time) {
  *this = Scoreboard();
  sack_ = sack;
  by_time_ = by_time;
}

namespace {

/// What loss detection by time and F-RTO learn from a segment that has arrived.
void note_arrival(const SegmentRecord& r, AckSummary& summary) {
  if (r.has(Flag::EverRetransmitted)) {
    if (r.last_sent > summary.ambiguous_after) return;
  } else if (!summary.original || r.end < summary.original_end) {
    summary.original = true;
    summary.original_end = r.end;
  }
  summary.last_arrived_sent = r.last_sent;
  if (summary.arrived && !sent_before(summary.newest_sent, summary.newest_end, r.last_sent, r.end)) return;
  summary.arrived = true;
  summary.newest_sent = r.last_sent;
  summary.newest_end = r.end;
  summary.newest_delivered = r.delivered;
}

}  // namespace

// ---- What the peer says

void Scoreboard::take_sack(std::span<const SackBlock> blocks, Seq snd_una, Seq ack, Seq snd_nxt, AckSummary& summary) {
  known_high_sacked_ = high_sacked_;
  if (blocks.empty()) return;
  // RFC 2883 section 4: the first block tells of a duplicate if it lies below the ACK or inside the second block.
  const SackBlock& first = blocks.front();
  const bool inside_second = blocks.size() > 1 && blocks[1].left <= first.left && first.right <= blocks[1].right;
  if (first.left < first.right && (first.left < ack || inside_second)) {
    summary.dsack = true;
    summary.duplicate = {first.left, first.right};
    if (first.left >= ack && first.right <= snd_nxt) note_original_late(first.left, summary);
  }

  // From the lowest on, as Linux takes them: where ACKs were lost, two blocks of one bring news, and the lower one's is
  // not late for that.
  std::array<SackBlock, 4> fresh;
  std::uint8_t count = 0;
  // A block that does not begin above the ACK makes no sense: what it says would be acknowledged (Linux).
  const Seq floor = max(snd_una, ack);
  for (const SackBlock& block : blocks.first(std::min<std::size_t>(blocks.size(), 4))) {
    if (block.right <= block.left || block.left <= floor || block.right > snd_nxt) continue;
    std::uint8_t place = count++;
    for (; place > 0 && block.left < fresh[place - 1].left; --place) fresh[place] = fresh[place - 1];
    fresh[place] = block;
  }
  for (std::uint8_t i = 0; i < count; ++i) sack_block(fresh[i], snd_una, summary);
  seen_ = fresh;
  seen_count_ = count;
}

/// What was SACKED and sent again and arrived twice: the original had come late.
void Scoreboard::note_original_late(Seq first, AckSummary& summary) {
  const Index i = find(first);
  if (i < tail() && record(i).has(Flag::Sacked) && record(i).has(Flag::EverRetransmitted)) {
    note_late(i, high_sacked_, summary);
  }
}

/// What the last ACK covered is skipped, so that a growing block costs its growth.
void Scoreboard::sack_block(const SackBlock& block, Seq snd_una, AckSummary& summary) {
  Seq from = max(block.left, snd_una);
  while (from < block.right) {
    Seq to = block.right;
    bool covered = false;
    for (std::uint8_t i = 0; i < seen_count_; ++i) {
      const SackBlock& seen = seen_[i];
      if (seen.left <= from && from < seen.right) {
        from = seen.right;
        covered = true;
        break;
      }
      if (from < seen.left && seen.left < to) to = seen.left;
    }
    if (covered) continue;
    sack_range(from, to, block, summary);
    from = to;
  }
}

/// The first segment that ends above `seq`.
Scoreboard::Index Scoreboard::find(Seq seq) const {
  if (high_sacked_ > head_ && high_sacked_ < tail()) {  // a block mostly grows at its upper end
    const SegmentRecord& r = record(high_sacked_);
    if (r.first <= seq && seq < r.end) return high_sacked_;
  }
  Index low = head_;
  Index high = tail();
  while (low < high) {
    const Index middle = low + (high - low) / 2;
    if (record(middle).end > seq) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/// A segment counts only if the block covers it whole.
void Scoreboard::sack_range(Seq from, Seq to, const SackBlock& block, AckSummary& summary) {
  for (Index i = find(from); i < tail(); ++i) {
    const SegmentRecord& r = record(i);
    if (r.first >= to || r.end > block.right) break;
    if (r.first >= block.left && !r.has(Flag::Sacked)) sack_one(i, summary);
  }
}

void Scoreboard::sack_one(Index i, AckSummary& summary) {
  SegmentRecord& r = record(i);
  note_arrival(r, summary);
  if (summary.rate != nullptr) summary.rate->on_arrived(i - head_, r);
  if (r.has(Flag::Lost)) --lost_out_;
  if (r.has(Flag::Retransmitted)) --retrans_out_;
  if (!r.has(Flag::EverRetransmitted)) {
    if (!summary.has_sacked_time) summary.first_sacked_sent = r.last_sent;
    summary.has_sacked_time = true;
    summary.last_sacked_sent = r.last_sent;
    note_late(i, high_sacked_, summary);
  }
  r.flags = static_cast<std::uint8_t>((r.flags & Flag::EverRetransmitted) | Flag::Sacked);
  ++sacked_out_;
  ++delivered_;
  ++summary.sacked;
  ++summary.delivered;
  high_sacked_ = std::max(high_sacked_, i + 1);
  if (i < mark_) return;
  ++sacked_above_;
  bytes_above_ += static_cast<std::uint32_t>(r.end - r.first);
  const bool joins_left = i > mark_ && is_sacked(i - 1);
  const bool joins_right = is_sacked(i + 1);
  runs_above_ += 1u - (joins_left ? 1u : 0u) - (joins_right ? 1u : 0u);
}

void Scoreboard::take_ack(Seq ack, AckSummary& summary) {
  while (!records_.empty() && records_.front().end <= ack) pop_front(summary);
  records_.trim();
  resent_.trim();
  if (!records_.empty() && records_.front().first < ack) cut_front(ack, summary);  // the peer cut it differently
}

void Scoreboard::pop_front(AckSummary& summary) {
  const SegmentRecord& r = records_.front();
  ++summary.acked;
  if (mark_ <= head_) {
    mark_ = head_;
    pass_mark();
  }
  // A timestamp echoed from before it was sent again says that the original has come; with a SACK it says nothing, as
  // the peer echoes what it has in order.
  const bool original_came = r.has(Flag::EverRetransmitted) && r.last_sent > summary.echoed;
  if (!r.has(Flag::Sacked) && !original_came) note_arrival(r, summary);
  if (summary.rate != nullptr) {
    if (!r.has(Flag::Sacked)) summary.rate->on_arrived(0, r);
    summary.rate->pop();
  }
  if (r.flags == 0) {
    if (!summary.has_acked_time) summary.first_acked_sent = r.last_sent;
    summary.has_acked_time = true;
    summary.last_acked_sent = r.last_sent;
    note_late(head_, known_high_sacked_, summary);
  } else {
    if (r.has(Flag::Lost)) --lost_out_;
    if (r.has(Flag::Retransmitted)) --retrans_out_;
    if (r.has(Flag::EverRetransmitted)) {
      summary.retransmitted_acked = true;
    } else if (!r.has(Flag::Sacked)) {
      if (!summary.has_acked_time) summary.first_acked_sent = r.last_sent;
      summary.has_acked_time = true;
      summary.last_acked_sent = r.last_sent;
      note_late(head_, known_high_sacked_, summary);
    }
  }
  if (r.has(Flag::Sacked)) {
    --sacked_out_;
  } else if (sack_) {
    ++delivered_;
    ++summary.delivered;
  }
  bursts_out_ -= r.ends & SegmentRecord::OfBurst;
  records_.pop();
  ++head_;
}

/// So that indices never wrap: with the first segment in flight as number 0. A hint that lies below it says no more
/// than one that lies at it.
void Scoreboard::count_anew() {
  const Index base = std::exchange(head_, 0);
  for (Index* const i : {&mark_, &resend_, &lost_end_, &high_sacked_, &known_high_sacked_, &high_resent_, &judged_,
                         &awaited_end_, &last_awaited_}) {
    *i -= std::min(*i, base);
  }
  for (std::uint32_t n = resent_.size(); n > 0; --n) {
    const Resent r = resent_.front();
    resent_.pop();
    if (r.index >= base) resent_.push({r.index - base, r.sent});
  }
}

// ---- What was lost

/// Moves mark_ over one segment.
void Scoreboard::pass_mark() {
  const SegmentRecord& r = record(mark_);
  if (r.has(Flag::Sacked)) {
    --sacked_above_;
    bytes_above_ -= static_cast<std::uint32_t>(r.end - r.first);
    if (!is_sacked(mark_ + 1)) --runs_above_;
  }
  ++mark_;
}

Segments Scoreboard::mark_lost_by_sack(const LossRule& rule) {
  Segments newly = 0;
  mark_ = std::max(mark_, head_);
  while (sacked_above_ > 0) {
    if (!record(mark_).has(Flag::Sacked)) {
      const bool lost = rule.bytes_and_runs
                            ? runs_above_ >= rule.dupthresh || bytes_above_ > (rule.dupthresh - 1) * rule.smss
                            : sacked_above_ >= rule.dupthresh;
      if (!lost) break;
      newly += mark_lost(mark_);
    }
    pass_mark();
  }
  return newly;
}

Segments Scoreboard::mark_lost(Index i) {
  SegmentRecord& r = record(i);
  if (r.has(Flag::Sacked) || r.has(Flag::Lost)) return 0;
  r.flags |= Flag::Lost;
  ++lost_out_;
  // Without SACK the count of what arrived is a guess, and gives way (Linux's tcp_limit_reno_sacked).
  if (!sack_) sacked_out_ = std::min(sacked_out_, packets_out() - lost_out_);
  if (!r.has(Flag::Retransmitted)) resend_ = std::min(resend_, i);
  lost_end_ = std::max(lost_end_, i + 1);
  return 1;
}

Segments Scoreboard::mark_head_lost() { return records_.empty() ? 0 : mark_lost(head_); }

Segments Scoreboard::mark_all_lost(Time recent) {
  if (records_.empty()) return 0;
  const bool reneged = records_.front().has(Flag::Sacked);
  if (reneged || !sack_) {
    sacked_out_ = 0;
    seen_count_ = 0;
  }
  Segments newly = 0;
  for (std::uint32_t i = 0; i < records_.size(); ++i) {
    SegmentRecord& r = records_[i];
    if (reneged) r.flags = static_cast<std::uint8_t>(r.flags & ~Flag::Sacked);
    if (r.has(Flag::Sacked) || (i != 0 && !reneged && r.last_sent > recent)) continue;
    if (!r.has(Flag::Lost)) ++newly;
    r.flags = static_cast<std::uint8_t>((r.flags & ~Flag::Retransmitted) | Flag::Lost);
  }
  recount();
  while (mark_ < tail()) pass_mark();  // all are judged
  return newly;
}

void Scoreboard::unmark_all_lost() {
  for (std::uint32_t i = 0; i < records_.size(); ++i) {
    records_[i].flags = static_cast<std::uint8_t>(records_[i].flags & ~Flag::Lost);
  }
  recount();
  rebuild_resent();
}

/// Counters and hints anew from the flags, for the rare calls that touch every record.
void Scoreboard::recount() {
  if (sack_) sacked_out_ = 0;
  lost_out_ = retrans_out_ = 0;
  sacked_above_ = bytes_above_ = runs_above_ = 0;
  mark_ = resend_ = lost_end_ = high_sacked_ = known_high_sacked_ = high_resent_ = head_;
  judged_ = awaited_end_ = last_awaited_ = head_;
  for (Index i = head_; i < tail(); ++i) {
    const SegmentRecord& r = record(i);
    if (r.has(Flag::Lost)) {
      ++lost_out_;
      lost_end_ = i + 1;
    }
    if (r.has(Flag::Retransmitted)) {
      ++retrans_out_;
      high_resent_ = i + 1;
    }
    if (!r.has(Flag::Sacked)) continue;
    ++sacked_out_;
    ++sacked_above_;
    bytes_above_ += static_cast<std::uint32_t>(r.end - r.first);
    if (!is_sacked(i + 1)) ++runs_above_;
    high_sacked_ = i + 1;
  }
}

// ---- What to send again

std::optional<std::uint32_t> Scoreboard::next_lost() const {
  // Linux compares the counts: what was sent again for nothing, marks being taken back, stands for what is lost later.
  if (by_time_ && retrans_out_ >= lost_out_) return std::nullopt;
  resend_ = std::max(resend_, head_);
  for (; resend_ < lost_end_; ++resend_) {
    const SegmentRecord& r = record(resend_);
    if (r.has(Flag::Lost) && !r.has(Flag::Retransmitted)) return resend_ - head_;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> Scoreboard::next_speculative() const {
  for (Index i = std::max({high_resent_, mark_, head_}); i < high_sacked_; ++i) {
    if ((record(i).flags & (Flag::Sacked | Flag::Lost | Flag::Retransmitted)) == 0) { return i - head_; }
  }
  return std::nullopt;
}

std::optional<std::uint32_t> Scoreboard::highest_unsacked() const {
  for (std::uint32_t i = records_.size(); i > 0; --i) {
    if (!records_[i - 1].has(Flag::Sacked)) return i - 1;
  }
  return std::nullopt;
}

void Scoreboard::end_burst_at(std::uint32_t position) {
  SegmentRecord& r = records_[position];
  if ((r.ends & SegmentRecord::OfBurst) != 0) return;
  r.ends |= SegmentRecord::OfBurst;
  ++bursts_out_;
}

Segments Scoreboard::cut_lost_burst(std::uint32_t position, Segments most) {
  Segments n = 0;
  for (std::uint32_t i = position; i < records_.size() && n < most; ++i) {
    const SegmentRecord& r = records_[i];
    if (!r.has(Flag::Lost) || r.has(Flag::Retransmitted)) break;
    ++n;
    if ((r.ends & SegmentRecord::OfBurst) != 0) break;
  }
  if (n != 0) end_burst_at(position + n - 1);
  return n;
}

std::uint32_t Scoreboard::on_retransmitted(Time now, Seq first) {
  const Index i = resend_ >= head_ && resend_ < tail() && record(resend_).first == first ? resend_ : find(first);
  WIRELAB_ASSERT(i < tail() && record(i).first == first);
  SegmentRecord& r = record(i);
  if (!r.has(Flag::Retransmitted)) ++retrans_out_;
  r.flags = static_cast<std::uint8_t>((r.flags | Flag::Retransmitted | Flag::EverRetransmitted) & ~Flag::Judged);
  r.last_sent = now;
  r.delivered = delivered_;
  if (r.transmissions < std::numeric_limits<std::uint8_t>::max()) ++r.transmissions;
  if (i == resend_) ++resend_;
  high_resent_ = std::max(high_resent_, i + 1);
  note_resent(i);
  return i - head_;
}

}  // namespace wirelab::tcp
