#include "tcp/reassembly.h"

#include <algorithm>

#include "core/assert.h"

namespace wirelab::tcp {

Reassembly::Outcome Reassembly::insert(Seq left, Seq right) {
  // The usual case, the next segment behind a hole, touches only the end.
  auto first = ranges_.end();
  if (!ranges_.empty() && left <= ranges_.back().right) {
    first = std::partition_point(ranges_.begin(), ranges_.end(), [&](const SackBlock& r) { return r.right < left; });
  }
  Outcome outcome{static_cast<std::uint32_t>(right - left), false, {}};
  SackBlock merged{left, right};
  auto last = first;
  for (; last != ranges_.end() && last->left <= right; ++last) {
    const SackBlock overlap{max(last->left, left), min(last->right, right)};
    if (overlap.left < overlap.right) {
      outcome.new_bytes -= static_cast<std::uint32_t>(overlap.right - overlap.left);
      if (!outcome.is_duplicate) outcome.duplicate = overlap;
      outcome.is_duplicate = true;
    }
    merged = {min(merged.left, last->left), max(merged.right, last->right)};
  }
  if (first == last) {
    ranges_.insert(first, merged);
  } else {
    *first = merged;
    ranges_.erase(first + 1, last);
  }
  bytes_ += outcome.new_bytes;
  report(merged);
  return outcome;
}

Seq Reassembly::advance(Seq nxt) {
  auto done = ranges_.begin();
  for (; done != ranges_.end() && done->left <= nxt; ++done) {
    bytes_ -= static_cast<std::uint32_t>(done->right - done->left);
    nxt = max(nxt, done->right);
  }
  if (done == ranges_.begin()) return nxt;
  ranges_.erase(ranges_.begin(), done);
  std::uint8_t kept = 0;
  for (std::uint8_t i = 0; i < recent_count_; ++i) {
    if (recent_[i].right > nxt) recent_[kept++] = recent_[i];
  }
  recent_count_ = kept;
  return nxt;
}

void Reassembly::cut(Seq edge) {
  while (!ranges_.empty() && ranges_.back().right > edge) {
    SackBlock& last = ranges_.back();
    const Seq right = max(last.left, edge);
    bytes_ -= static_cast<std::uint32_t>(last.right - right);
    if (right > last.left) {
      last.right = right;
      break;
    }
    ranges_.pop_back();
  }
  recent_count_ = 0;
}

void Reassembly::report(SackBlock merged) {
  // Blocks swallowed by the new one leave the list; it goes to the front and the oldest falls off the end.
  SackBlock next[kRecent] = {merged};
  std::uint8_t n = 1;
  for (std::uint8_t i = 0; i < recent_count_ && n < kRecent; ++i) {
    const SackBlock& old = recent_[i];
    if (old.right < merged.left || merged.right < old.left) next[n++] = old;
  }
  std::copy(next, next + n, recent_);
  recent_count_ = n;
}

bool Reassembly::crowds_out(Seq left, Seq right) const {
  constexpr std::size_t kSafe = 2;  // blocks that every ACK has room for
  for (std::size_t i = 0; i < recent_count_; ++i) {
    if (recent_[i].left <= right && left <= recent_[i].right) return i >= kSafe;
  }
  return recent_count_ >= kSafe;
}

SackBlock Reassembly::range_around(Seq at) const {
  const auto r =
      std::partition_point(ranges_.begin(), ranges_.end(), [&](const SackBlock& x) { return x.right <= at; });
  return r != ranges_.end() && r->left <= at ? *r : SackBlock{at, at};
}

void Reassembly::check() const {
  std::uint32_t bytes = 0;
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    WIRELAB_ASSERT(ranges_[i].left < ranges_[i].right);
    WIRELAB_ASSERT(i == 0 || ranges_[i - 1].right < ranges_[i].left);
    bytes += static_cast<std::uint32_t>(ranges_[i].right - ranges_[i].left);
  }
  WIRELAB_ASSERT(bytes == bytes_);
  for (const SackBlock& told : recent()) {
    WIRELAB_ASSERT(std::find(ranges_.begin(), ranges_.end(), told) != ranges_.end());
  }
}

}  // namespace wirelab::tcp
