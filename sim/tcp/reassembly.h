#pragma once
// Segments that came before their turn: which ranges are here, and what the SACK option says of them.

#include <cstdint>
#include <span>
#include <vector>

#include "wire/packet.h"

namespace wirelab::tcp {

/// Ranges beyond rcv_nxt, disjoint and sorted. Payload is a pattern, so a range is all there is to store.
class Reassembly {
 public:
  /// What a segment [left, right) brought. `duplicate` is the part that was here already (RFC 2883: report it first).
  struct Outcome {
    std::uint32_t new_bytes = 0;
    bool is_duplicate = false;
    SackBlock duplicate{};
  };
  Outcome insert(Seq left, Seq right);

  /// Nothing of it will be wanted.
  void clear() {
    ranges_.clear();
    bytes_ = recent_count_ = 0;
  }
  /// Nothing from `edge` on is here any more, and what the peer was told of the rest is forgotten.
  void cut(Seq edge);
  /// rcv_nxt has reached `nxt`: joins what follows without a gap. Returns the new rcv_nxt.
  Seq advance(Seq nxt);

  bool empty() const { return ranges_.empty(); }
  std::size_t ranges() const { return ranges_.size(); }
  std::uint32_t bytes() const { return bytes_; }
  /// Left edge of the first range. Precondition: not empty.
  Seq first_left() const { return ranges_.front().left; }
  /// Right edge of the last range. Precondition: not empty.
  Seq last_right() const { return ranges_.back().right; }

  /// Blocks for the SACK option, the most recently changed first (RFC 2018 section 4).
  std::span<const SackBlock> recent() const { return {recent_, recent_count_}; }
  /// The range that holds `at`, or an empty block: what a D-SACK names second (RFC 2883 section 4).
  SackBlock range_around(Seq at) const;
  /// Whether a segment [left, right) would push out or renew a block that an ACK held back has yet to tell: it opens or
  /// extends a third one or a later one.
  bool crowds_out(Seq left, Seq right) const;

  /// Asserts order and count, and that what the SACK option says of the ranges is true.
  void check() const;

 private:
  static constexpr std::size_t kRecent = 4;
  void report(SackBlock merged);

  std::vector<SackBlock> ranges_;
  std::uint32_t bytes_ = 0;
  std::uint8_t recent_count_ = 0;
  SackBlock recent_[kRecent]{};
};

}  // namespace wirelab::tcp
