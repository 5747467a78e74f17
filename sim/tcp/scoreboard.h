#pragma once
// The segments in flight and what is known of each: the scoreboard of RFC 6675, with Linux's counters. It marks and
// counts; it does not decide when recovery begins or how much may be sent. Counters are kept, never recounted, and no
// call walks over the window for one ACK: hints remember how far each search has come.

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "core/ring.h"
#include "core/units.h"
#include "tcp/segment_record.h"
#include "wire/packet.h"
#include "wire/seq.h"

namespace wirelab::tcp {

/// What one ACK told.
struct AckSummary {
  Segments acked = 0;      ///< left the scoreboard, SACKed before or not
  Segments delivered = 0;  ///< newly acknowledged, cumulatively or by SACK
  Segments sacked = 0;     ///< of these, by SACK
  bool dsack = false;      ///< the peer reports having received `duplicate` twice (RFC 2883)
  SeqRange duplicate;
  Segments reordering = 0;  ///< how far below the highest SACKed segment one arrived that was sent once: not lost, late
  bool retransmitted_acked = false;  ///< one of the acknowledged had been sent more than once
  bool has_acked_time = false, has_sacked_time = false;
  Time first_acked_sent, last_acked_sent;    ///< of those newly acknowledged that were sent once
  Time first_sacked_sent, last_sacked_sent;  ///< the same of those newly SACKed
};

/// When a segment counts as lost (IsLost() of RFC 6675 section 4).
struct LossRule {
  std::uint32_t dupthresh = 3;
  std::uint32_t smss = 536;
  bool bytes_and_runs = false;  ///< RFC 6675: dupthresh runs above, or more than (dupthresh - 1) SMSS; off: as Linux
                                ///< had it, dupthresh segments above
};

class Scoreboard {
 public:
  /// Nothing in flight. `sack`: the peer sends SACK blocks.
  void reset(bool sack);

  Segments packets_out() const { return records_.size(); }
  Segments sacked_out() const { return sacked_out_; }
  Segments lost_out() const { return lost_out_; }
  Segments retrans_out() const { return retrans_out_; }
  Segments left_out() const { return sacked_out_ + lost_out_; }
  /// `pipe` of RFC 6675.
  Segments in_flight() const { return packets_out() - left_out() + retrans_out_; }
  std::uint32_t delivered() const { return delivered_; }
  bool sack() const { return sack_; }
  bool any_retransmitted() const { return retrans_out_ != 0; }

  /// A segment has left for the first time. Precondition: it begins where the last one ended.
  void add(Time now, Seq first, Seq end) { records_.push({now, first, end, delivered_, 0, 1}); }

  /// SACK blocks first (they may lie below `snd_una`, D-SACK), then the cumulative ACK.
  void take_sack(std::span<const SackBlock> blocks, Seq snd_una, Seq ack, Seq snd_nxt, AckSummary& summary);
  void take_ack(Seq ack, AckSummary& summary);

  /// Marks what the SACKed segments above prove lost. Returns how many were newly marked.
  Segments mark_lost_by_sack(const LossRule& rule);
  /// Marks the first segment if it is neither lost nor SACKed. Returns how many were newly marked.
  Segments mark_head_lost();
  /// After a timeout: everything not SACKed is lost, retransmissions too. If the first segment is SACKed, the peer has
  /// taken back what it said (RFC 2018 section 8), and all SACK marks go.
  Segments mark_all_lost();
  /// The marks were wrong: nothing is lost (retransmissions stay in flight).
  void unmark_all_lost();
  /// Marks lost what is longer than `smss` and not SACKed, after having cut it to pieces of at most `smss`.
  Segments split_and_mark(std::uint32_t smss);

  /// The first segment that is lost and not sent again since.
  std::optional<std::uint32_t> next_lost() const;
  /// Rule 3 of NextSeg(): the first one above the highest retransmitted and below the highest SACKed.
  std::optional<std::uint32_t> next_speculative() const;
  /// Rule 4: the highest segment that is not SACKed.
  std::optional<std::uint32_t> highest_unsacked() const;
  /// By position from the front, as the functions above return it.
  const SegmentRecord& at(std::uint32_t position) const { return records_[position]; }

  /// The segment that begins at `first` has been sent again.
  void on_retransmitted(Time now, Seq first);

  // Without SACK, Linux counts each duplicate ACK as a segment that has left the network.
  /// One duplicate ACK more; never more than all but one (or all but the lost). True if it counted.
  bool emulate_sack();
  /// A cumulative ACK took `acked` segments off: most of them had been counted. Returns those that had not.
  Segments emulate_delivery(Segments acked);
  void reset_emulated_sack();

  /// Asserts that every counter and hint is what a recount gives.
  void check() const;

 private:
  using Index = std::uint64_t;  // counts segments since the start of the connection

  SegmentRecord& record(Index i) { return records_[static_cast<std::uint32_t>(i - head_)]; }
  const SegmentRecord& record(Index i) const { return records_[static_cast<std::uint32_t>(i - head_)]; }
  Index tail() const { return head_ + records_.size(); }
  bool is_sacked(Index i) const { return i >= head_ && i < tail() && record(i).has(SegmentRecord::Sacked); }

  Index find(Seq seq) const;
  void sack_range(Seq from, Seq to, const SackBlock& block, AckSummary& summary);
  void sack_one(Index i, AckSummary& summary);
  void note_late(Index i, AckSummary& summary) const;
  Segments mark_lost(Index i);
  void pass_mark();
  void recount();
  void pop_front(AckSummary& summary);

  Ring<SegmentRecord> records_;
  Index head_ = 0;  // index of the first record
  Segments sacked_out_ = 0, lost_out_ = 0, retrans_out_ = 0;
  std::uint32_t delivered_ = 0;

  Index mark_ = 0;                                  // below it, everything is SACKed or has been judged lost
  Segments sacked_above_ = 0;                       // SACKed at or above mark_,
  std::uint32_t bytes_above_ = 0, runs_above_ = 0;  // their bytes, and the runs they form
  mutable Index resend_ = 0;  // below it, nothing is lost and waits to be sent again (a hint: moves when asked)
  Index lost_end_ = 0;        // at or above it, nothing is lost
  Index high_sacked_ = 0;     // at or above it, nothing is SACKed
  Index high_resent_ = 0;     // at or above it, nothing was sent again

  std::array<SackBlock, 4> seen_{};  // blocks of the last ACK: whatever they cover is marked already
  std::uint8_t seen_count_ = 0;
  bool sack_ = false;
};

}  // namespace wirelab::tcp
