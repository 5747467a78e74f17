#include "tcp/receive_queue.h"

#include <algorithm>
#include <limits>

#include "core/assert.h"

namespace wirelab::tcp {

void ReceiveQueue::push(std::size_t at, Seq left, Seq right, SkBuff skb) {
  const auto length = static_cast<std::uint32_t>(right - left);
  memory_ += skb.truesize;
  if (at > 0) {
    Run& before = runs_[at - 1];
    if (before.right == left && before.length() == length && before.truesize == skb.truesize &&
        before.room == skb.room && before.count < std::numeric_limits<std::uint16_t>::max()) {
      before.right = right;
      ++before.count;
      return;
    }
  }
  runs_.insert(runs_.begin() + static_cast<std::ptrdiff_t>(at),
               Run{left, right, skb.truesize, 1, static_cast<std::uint16_t>(skb.room)});
}

void ReceiveQueue::drop(std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i) memory_ -= runs_[i].count * runs_[i].truesize;
  runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(first), runs_.begin() + static_cast<std::ptrdiff_t>(last));
}

/// Parts a run behind its first `count` sk_buffs. Returns where the rest, or what follows, begins.
std::size_t ReceiveQueue::split(std::size_t at, std::uint32_t count) {
  Run& run = runs_[at];
  if (count == 0) return at;
  if (count == run.count) return at + 1;
  Run rest = run;
  rest.left = run.left + count * run.length();
  rest.count = static_cast<std::uint16_t>(run.count - count);
  run.right = rest.left;
  run.count = static_cast<std::uint16_t>(count);
  runs_.insert(runs_.begin() + static_cast<std::ptrdiff_t>(at + 1), rest);
  return at + 1;
}

/// tcp_try_coalesce, where only room behind the payload helps: the data area itself cannot be handed on.
bool ReceiveQueue::copy_into(std::size_t at, Seq left, Seq right) {
  const auto length = static_cast<std::uint32_t>(right - left);
  if (runs_[at].right != left || length > runs_[at].room) return false;
  if (runs_[at].count > 1) at = split(at, runs_[at].count - 1u);
  runs_[at].right = right;
  runs_[at].room = static_cast<std::uint16_t>(runs_[at].room - length);
  return true;
}

bool ReceiveQueue::append(Seq left, Seq right, SkBuff skb, bool may_copy) {
  if (may_copy && !runs_.empty() && copy_into(runs_.size() - 1, left, right)) return true;
  push(runs_.size(), left, right, skb);
  return false;
}

bool ReceiveQueue::insert(Seq left, Seq right, SkBuff skb, bool may_copy) {
  if (runs_.empty() || left >= runs_.back().right) return append(left, right, skb, may_copy);
  const auto behind =
      std::partition_point(runs_.begin(), runs_.end(), [&](const Run& r) { return r.left <= left; }) - runs_.begin();
  auto at = static_cast<std::size_t>(behind);
  if (at > 0) {
    const Run& before = runs_[at - 1];
    if (left < before.right) {
      const std::uint32_t length = before.length();
      const std::uint32_t nth = static_cast<std::uint32_t>(left - before.left) / length;
      const Seq from = before.left + nth * length;
      if (right <= from + length) return true;
      at = split(at - 1, left == from ? nth : nth + 1);  // what begins where it does is covered and goes below
    } else if (may_copy && copy_into(at - 1, left, right)) {
      return true;
    }
  }
  while (at < runs_.size() && runs_[at].left < right) {
    Run& run = runs_[at];
    const std::uint32_t length = run.length();
    const std::uint32_t covered =
        std::min<std::uint32_t>(run.count, static_cast<std::uint32_t>(right - run.left) / length);
    if (covered == 0) break;
    const std::size_t rest = split(at, covered);
    drop(at, rest);
  }
  push(at, left, right, skb);
  return false;
}

void ReceiveQueue::release(Seq edge) {
  std::size_t done = 0;
  while (done < runs_.size() && runs_[done].left < edge) {
    Run& run = runs_[done];
    const std::uint32_t length = run.length();
    const std::uint32_t read = std::min<std::uint32_t>(run.count, static_cast<std::uint32_t>(edge - run.left) / length);
    if (read < run.count) {
      run.left = run.left + read * length;
      run.count = static_cast<std::uint16_t>(run.count - read);
      memory_ -= read * run.truesize;
      break;
    }
    ++done;
  }
  if (done != 0) drop(0, done);
}

void ReceiveQueue::move_ready(Seq rcv_nxt, Seq end, ReceiveQueue& in_order) {
  std::size_t done = 0;
  for (; done < runs_.size() && runs_[done].left <= rcv_nxt; ++done) {
    const Run run = runs_[done];
    const std::uint32_t length = run.length();
    Seq left = run.left;
    for (std::uint32_t i = 0; i < run.count; ++i, left = left + length) {
      if (left + length <= rcv_nxt || left >= end) continue;  // came another way meanwhile, or lies behind
      rcv_nxt = min(left + length, end);
      in_order.append(left, rcv_nxt, {run.truesize, run.room});
    }
  }
  if (done != 0) drop(0, done);
}

std::uint32_t ReceiveQueue::collapse(std::size_t first, std::size_t last, Seq start, std::uint32_t fill,
                                     std::size_t& next) {
  std::uint32_t gone = 0;
  Seq end = start;
  for (std::size_t i = first; i < last; ++i) end = max(end, runs_[i].right);
  next = last;
  std::size_t at = first;
  for (; at < last; start = runs_[at].right, ++at) {
    const Run& run = runs_[at];
    const bool is_bloated = std::uint64_t{run.truesize} * fill / 256 > run.length();
    if (is_bloated || run.left < start) break;
    if (at + 1 < last && run.right != runs_[at + 1].left) {  // overlaps the next
      const std::size_t single = split(at, run.count - 1u);
      if (single != at) ++last;
      at = single;
      start = runs_[at].left;
      break;
    }
  }
  if (at == last) return 0;
  for (std::size_t i = at; i < last; ++i) gone += runs_[i].count;
  drop(at, last);
  next = at;
  while (start < end) {
    const std::uint32_t copy = std::min(SkBuff::kCopy, static_cast<std::uint32_t>(end - start));
    const std::size_t before = runs_.size();
    push(next, start, start + copy, SkBuff::of_copy(copy));
    next += runs_.size() - before;
    start = start + copy;
  }
  return gone;
}

std::uint32_t ReceiveQueue::collapse(Seq start, std::uint32_t fill) {
  std::size_t next = 0;
  return runs_.empty() ? 0 : collapse(0, runs_.size(), start, fill, next);
}

std::uint32_t ReceiveQueue::collapse_ranges(std::uint32_t fill, std::uint32_t buffer) {
  std::uint32_t gone = 0, tiny = 0;
  for (std::size_t first = 0; first < runs_.size();) {
    const Seq start = runs_[first].left;
    Seq end = runs_[first].right;
    std::uint32_t count = runs_[first].count;
    std::size_t last = first + 1;
    for (; last < runs_.size() && runs_[last].left <= end; ++last) {
      end = max(end, runs_[last].right);
      count += runs_[last].count;
    }
    if (count > 1 || static_cast<std::uint32_t>(end - start) >= SkBuff::kCopy) {
      gone += collapse(first, last, start, fill, first);
    } else {
      tiny += runs_[first].truesize;
      if (tiny > buffer / 8) break;
      first = last;
    }
  }
  return gone;
}

std::uint32_t ReceiveQueue::drop_last(Seq seq) {
  if (runs_.empty()) return 0;
  const Run& last = runs_.back();
  if (seq > last.right - last.length()) return 0;
  const std::uint32_t truesize = last.truesize;
  const std::size_t single = split(runs_.size() - 1, last.count - 1u);
  drop(single, runs_.size());
  return truesize;
}

Seq ReceiveQueue::right_edge() const {
  Seq edge = runs_.front().right;
  for (const Run& run : runs_) edge = max(edge, run.right);
  return edge;
}

void ReceiveQueue::check() const {
  std::uint32_t memory = 0;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const Run& run = runs_[i];
    WIRELAB_ASSERT(run.left < run.right && run.count > 0);
    WIRELAB_ASSERT(run.length() * run.count == static_cast<std::uint32_t>(run.right - run.left));
    WIRELAB_ASSERT(i == 0 || runs_[i - 1].left < run.left);
    memory += run.count * run.truesize;
  }
  WIRELAB_ASSERT(memory == memory_);
}

}  // namespace wirelab::tcp
