#pragma once
// The segments in flight and what is known of each: the scoreboard of RFC 6675, with Linux's counters. It marks and
// counts; it does not decide when recovery begins or how much may be sent. Counters are kept, never recounted, and no
// call walks over the window for one ACK: hints remember how far each search has come.

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "core/ring.h"
#include "core/units.h"
#include "tcp/rate_sample.h"
#include "tcp/segment_record.h"
#include "wire/packet.h"
#include "wire/seq.h"

namespace wirelab::tcp {

/// What one ACK told.
struct AckSummary {
  DeliveryRate* rate = nullptr;  ///< input: who wants to know of each segment that arrives
  Segments acked = 0;            ///< left the scoreboard, SACKed before or not
  Segments delivered = 0;        ///< newly acknowledged, cumulatively or by SACK
  Segments sacked = 0;           ///< of these, by SACK
  bool dsack = false;            ///< the peer reports having received `duplicate` twice (RFC 2883)
  SeqRange duplicate;
  std::uint32_t late_from = std::numeric_limits<std::uint32_t>::max();  ///< the lowest segment that came late
  Segments reordering = 0;  ///< how far below the highest SACKed segment one arrived that was sent once: not lost, late
  bool retransmitted_acked = false;  ///< one of the acknowledged had been sent more than once
  bool has_acked_time = false, has_sacked_time = false;
  Time first_acked_sent, last_acked_sent;    ///< of those newly acknowledged that were sent once
  Time first_sacked_sent, last_sacked_sent;  ///< the same of those newly SACKed

  // For loss detection by time (RFC 8985 section 6.2 steps 1 and 2) and F-RTO.
  Time ambiguous_after;  ///< input: what was sent again after this may have arrived the first time (one min_rtt ago)
  Time echoed = Time::never();  ///< input: until then left what the ACK's timestamp echoes; what was sent again later
                                ///< had arrived the first time
  bool arrived = false;         ///< something came of which it is certain which transmission it was
  Time last_arrived_sent;       ///< when the one taken last was sent
  Time newest_sent;             ///< when the one sent last of all was sent,
  Seq newest_end;               ///< its end,
  std::uint32_t newest_delivered = 0;  ///< and the connection's deliveries at that time
  bool original = false;               ///< something came that was sent once;
  Seq original_end;                    ///< the lowest end of these
};

/// When a segment counts as lost (IsLost() of RFC 6675 section 4).
struct LossRule {
  std::uint32_t dupthresh = 3;
  std::uint32_t smss = 536;
  bool bytes_and_runs = false;  ///< RFC 6675: dupthresh runs above, or more than (dupthresh - 1) SMSS; off: as Linux
                                ///< had it, dupthresh segments above
};

/// When a segment counts as lost by time (RFC 8985 section 6.2 step 5): it was sent before one that has arrived, and
/// not after `lost_until`.
struct TimeRule {
  Time newest_sent;  ///< of those that have arrived, the one sent last
  Seq newest_end;
  Time lost_until;  ///< now, less the round trip and the reordering window
};

struct TimeVerdict {
  Segments newly_lost = 0;
  bool lost_again = false;  ///< a retransmission among them
  Duration wait;            ///< until the last of those that are waited for is due; 0: none is
};

class Scoreboard {
 public:
  /// Nothing in flight. `sack`: the peer sends SACK blocks. `by_time`: mark_lost_by_time will be asked.
  void reset(bool sack, bool by_time = false);

  Segments packets_out() const { return records_.size(); }
  Segments sacked_out() const { return sacked_out_; }
  Segments lost_out() const { return lost_out_; }
  Segments retrans_out() const { return retrans_out_; }
  Segments left_out() const { return sacked_out_ + lost_out_; }
  /// `pipe` of RFC 6675.
  Segments in_flight() const { return packets_out() - left_out() + retrans_out_; }
  std::uint32_t delivered() const { return delivered_; }
  /// Segments that left together count once.
  std::uint32_t bursts_out() const { return bursts_out_; }
  bool sack() const { return sack_; }
  /// Something sent again is in flight, or the first segment was sent again and is believed lost once more.
  bool any_retransmitted() const {
    return retrans_out_ != 0 || (!records_.empty() && records_.front().has(SegmentRecord::EverRetransmitted));
  }
  /// Segments from the first to the highest SACKed.
  Segments sacked_span() const { return high_sacked_ > head_ ? high_sacked_ - head_ : 0; }
  /// The peer has received so many segments a second time; they count as delivered. Returns `n`.
  Segments count_duplicates(Segments n) {
    delivered_ += n;
    return n;
  }
  /// The peer SACKed what it now does not acknowledge, though all before it has come: it has thrown it away.
  bool is_reneged() const { return !records_.empty() && records_.front().has(SegmentRecord::Sacked); }

  /// A segment has left for the first time. Precondition: it begins where the last one ended.
  void add(Time now, Seq first, Seq end, std::uint8_t ends = SegmentRecord::OfBurst) {
    if (head_ >= kCountAnew) count_anew();
    records_.push({now, first, end, delivered_, 0, 1, ends});
    bursts_out_ += ends & SegmentRecord::OfBurst;
  }
  /// The burst under way ends with the segment added last.
  void end_burst() { end_burst_at(packets_out() - 1); }

  /// SACK blocks first (they may lie below `snd_una`, D-SACK), then the cumulative ACK.
  [[gnu::hot]] void take_sack(std::span<const SackBlock> blocks, Seq snd_una, Seq ack, Seq snd_nxt,
                              AckSummary& summary);
  [[gnu::hot]] void take_ack(Seq ack, AckSummary& summary);
  /// After both: works out `reordering`.
  void settle_reordering(AckSummary& summary) const {
    if (summary.late_from < head_ + sacked_span()) summary.reordering = head_ + sacked_span() - summary.late_from;
  }

  /// Marks what the SACKed segments above prove lost. Returns how many were newly marked.
  Segments mark_lost_by_sack(const LossRule& rule);
  /// Marks what time proves lost, retransmissions too. Precondition: reset with `by_time`.
  TimeVerdict mark_lost_by_time(const TimeRule& rule);
  /// Marks the first segment if it is neither lost nor SACKed. Returns how many were newly marked.
  Segments mark_head_lost();
  /// After a timeout: everything not SACKed is lost, retransmissions too. If the first segment is SACKed, the peer has
  /// taken back what it said (RFC 2018 section 8), and all SACK marks go. Segments sent after `recent` are
  /// spared, except the first.
  Segments mark_all_lost(Time recent = Time::never());
  /// The marks were wrong: nothing is lost (retransmissions stay in flight).
  void unmark_all_lost();
  /// Cuts what is longer than `smss` to pieces of at most that, and marks lost what of it is not SACKed.
  Segments split_and_mark(std::uint32_t smss);
  /// What left together from `position` on is cut anew to pieces of at most `most`. Returns the first.
  SeqRange cut_to(std::uint32_t position, std::uint32_t most);
  /// Joins to the segment at `position` those behind it that left by themselves, of one record and not SACKed, as far
  /// as `most` bytes and `edge` allow. Returns what it is then.
  SeqRange join_small(std::uint32_t position, std::uint32_t most, Seq edge);

  /// The first segment that is lost and not sent again since.
  std::optional<std::uint32_t> next_lost() const;
  /// Rule 3 of NextSeg(): the first one above the highest retransmitted and below the highest SACKed.
  std::optional<std::uint32_t> next_speculative() const;
  /// Rule 4: the highest segment that is not SACKed.
  std::optional<std::uint32_t> highest_unsacked() const;
  /// By position from the front, as the functions above return it.
  const SegmentRecord& at(std::uint32_t position) const { return records_[position]; }

  /// Segments from `position` on that are lost, wait to be sent again and left in one burst: `most` at most. What is
  /// sent again together is one burst from here on.
  Segments cut_lost_burst(std::uint32_t position, Segments most);

  /// The segment that begins at `first` has been sent again. Returns its position.
  std::uint32_t on_retransmitted(Time now, Seq first);
  /// The segment that begins at `first` was to be sent again and could not be: no sample of the round trip from it.
  void on_resend_refused(Seq first) { record(find(first)).flags |= SegmentRecord::EverRetransmitted; }
  /// The last segment, at `position`, has been sent again as a probe (RFC 8985 section 7.3): no loss is believed, and
  /// nothing counted.
  void on_tail_probed(Time now, std::uint32_t position);

  // Without SACK, Linux counts each duplicate ACK as a segment that has left the network.
  /// One duplicate ACK more; never more than all but one (or all but the lost). True if it counted.
  bool emulate_sack();
  /// A cumulative ACK took `acked` segments off: most of them had been counted. Returns those that had not.
  Segments emulate_delivery(Segments acked);
  void reset_emulated_sack();

  /// Asserts that every counter and hint is what a recount gives.
  void check() const;

 private:
  using Index = std::uint32_t;  // counts segments on from where it was begun anew last
  static constexpr Index kCountAnew = 1u << 20;

  SegmentRecord& record(Index i) { return records_[i - head_]; }
  const SegmentRecord& record(Index i) const { return records_[i - head_]; }
  Index tail() const { return head_ + records_.size(); }
  bool is_sacked(Index i) const { return i >= head_ && i < tail() && record(i).has(SegmentRecord::Sacked); }

  Index find(Seq seq) const;
  void note_original_late(Seq first, AckSummary& summary);
  void sack_block(const SackBlock& block, Seq snd_una, AckSummary& summary);
  void sack_range(Seq from, Seq to, const SackBlock& block, AckSummary& summary);
  void sack_one(Index i, AckSummary& summary);
  static void note_late(Index i, Index high, AckSummary& summary) {
    if (i < high && i < summary.late_from) summary.late_from = i;
  }
  void count_anew();
  void cut_front(Seq ack, AckSummary& summary);
  std::uint32_t alike_from(std::uint32_t position) const;
  void end_burst_at(std::uint32_t position);
  Segments mark_lost(Index i);
  Segments mark_lost_again(Index i);
  void mark_first_sent(const TimeRule& rule, TimeVerdict& verdict);
  void mark_sent_again(const TimeRule& rule, TimeVerdict& verdict);
  void note_resent(Index i);
  void rebuild_resent();
  [[gnu::hot]] void pass_mark();
  void recount();
  void limit_emulated_sack();
  [[gnu::hot]] void pop_front(AckSummary& summary);

  /// A retransmission in the order of sending; stale once the record says another time or that it has come or is lost.
  struct Resent {
    Index index;
    Time sent;
  };
  bool is_stale(const Resent& r) const {
    return r.index < head_ || r.index >= tail() || !is_later_flight(r.index) || record(r.index).last_sent != r.sent;
  }
  bool is_first_flight(Index i) const {
    constexpr int kOther =
        SegmentRecord::Sacked | SegmentRecord::Lost | SegmentRecord::EverRetransmitted | SegmentRecord::Judged;
    return (record(i).flags & kOther) == 0;
  }
  bool is_later_flight(Index i) const {
    const SegmentRecord& r = record(i);
    return r.has(SegmentRecord::EverRetransmitted) && !r.has(SegmentRecord::Sacked) && !r.has(SegmentRecord::Judged) &&
           (r.has(SegmentRecord::Retransmitted) || !r.has(SegmentRecord::Lost));
  }

  // What every ACK touches comes first.
  Index head_ = 0;  // index of the first record
  Segments sacked_out_ = 0, lost_out_ = 0, retrans_out_ = 0;
  std::uint32_t delivered_ = 0, bursts_out_ = 0;
  Index mark_ = 0;               // below it, everything is SACKed or has been judged lost
  Segments sacked_above_ = 0;    // SACKed at or above mark_; further down: their bytes, and the runs they form
  Index high_sacked_ = 0;        // at or above it, nothing is SACKed
  Index known_high_sacked_ = 0;  // the same as it was before this ACK: what an ACK acknowledges cumulatively is not
                                 // late because the same ACK SACKs something above it
  Index lost_end_ = 0;           // at or above it, nothing is lost
  mutable Index resend_ = 0;     // below it, nothing is lost and waits to be sent again (a hint: moves when asked)
  bool sack_ = false, by_time_ = false;
  std::uint8_t seen_count_ = 0;
  using Records = Ring<SegmentRecord, 8>;  // as many as most windows of many flows hold
  Records records_;

  std::uint32_t bytes_above_ = 0, runs_above_ = 0;
  Index high_resent_ = 0;  // at or above it, nothing was sent again

  // By time. Segments sent once lie in the order of sending; those sent again have a queue of their own.
  Index judged_ = 0;        // below it, time has judged all that was sent once
  Index awaited_end_ = 0;   // below it, all were sent before the newest that has arrived
  Index last_awaited_ = 0;  // the last of these that is neither SACKed nor lost, if it is not below judged_ (a hint)
  Ring<Resent, 2> resent_;

  std::array<SackBlock, 4> seen_{};  // blocks of the last ACK: whatever they cover is marked already
};

}  // namespace wirelab::tcp
