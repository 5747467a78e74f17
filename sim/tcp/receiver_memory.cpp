// What the receiver's queues cost, and what goes when the buffer has less: Linux's tcp_try_rmem_schedule and what that
// calls, with the memory that is set aside for a connection in whole pages.

#include "core/assert.h"
#include "tcp/receiver.h"

namespace wirelab::tcp {

/// Room for one more segment; the buffer may be exceeded by one, but not if it is exceeded already.
bool Receiver::find_memory(const Packet& p, ReceiveCounters& counters) {
  return rmem_ <= window.buffer() || prune(p.seq, counters);
}

/// tcp_prune_queue: sk_buffs that are badly filled are copied together; then what waits behind a gap goes, from its
/// end, but nothing before `seq`, which would come again before that is of use.
bool Receiver::prune(Seq seq, ReceiveCounters& counters) {
  ++counters.prunes;
  acks.on_tight_buffer();
  window.on_overrun(rmem_);
  if (rmem_ <= window.buffer()) return true;
  Queues& q = open_queues();
  counters.collapsed += q.out_of_order.collapse_ranges(window.fill(), window.buffer());
  counters.collapsed += q.in_order.collapse(copied(), window.fill());
  recount();
  if (rmem_ <= window.buffer()) return true;
  if (prune_out_of_order(seq)) ++counters.ofo_pruned;
  if (rmem_ <= window.buffer()) return true;
  ++counters.pruned;
  predicts_ = false;
  return false;
}

bool Receiver::prune_out_of_order(Seq seq) {
  ReceiveQueue& queue = queues_->out_of_order;
  std::uint32_t gone = 0, all = 0;
  while (const std::uint32_t memory = queue.drop_last(seq)) {
    gone += memory, all += memory;
    if (gone < window.buffer() / 8 && !queue.empty()) continue;  // an eighth at least, or it is soon asked for again
    if (rmem_ - all <= window.buffer()) break;
    gone = 0;
  }
  if (all == 0) return false;
  recount();
  const Seq edge = queue.empty() ? rcv_nxt_ : queue.right_edge();
  queues_->ranges.cut(edge);
  if (fin_known_ && fin_at_ >= edge) fin_known_ = false;
  return true;
}

void Receiver::hold(Seq left, Seq right, SkBuff skb) {
  const std::uint32_t before = rmem_, set_aside = spare();
  bool is_copied = false;
  if (readable() > 0 || has_gap()) {
    const bool may_copy = left == rcv_nxt_ && !is_shared_;
    is_copied = open_queues().in_order.append(max(left, rcv_nxt_), right, skb, may_copy);
    recount();
  } else {
    rmem_ += skb.truesize;
    room_ = static_cast<std::uint16_t>(skb.room);
  }
  charge(skb.truesize, set_aside, rmem_ - before);
  if (!is_copied) is_shared_ = is_captured_;
  if (rmem_ < window.buffer() && !has_gap()) predicts_ = true;
}

void Receiver::hold_out_of_order(Seq left, Seq right, SkBuff skb, ReceiveCounters& counters) {
  const std::uint32_t before = rmem_, set_aside = spare();
  ++counters.ofo_queued;
  const bool is_copied = open_queues().out_of_order.insert(left, right, skb, !is_shared_);
  recount();
  if (rmem_ >= before) charge(skb.truesize, set_aside, rmem_ - before);
  if (!is_copied) is_shared_ = is_captured_;
  predicts_ = false;  // Linux leaves its fast path while there is a gap
}

/// Pages are set aside until `truesize` fits. A segment that was copied into
/// another costs less, and then they stay until something is freed.
void Receiver::charge(std::uint32_t truesize, std::uint32_t set_aside, std::uint32_t cost) {
  if (truesize > set_aside) { set_aside += (truesize - set_aside + SkBuff::kPage - 1) / SkBuff::kPage * SkBuff::kPage; }
  has_spare_page_ = set_aside - cost >= SkBuff::kPage;
}

/// The only sk_buff that waits to be read has no queue of its own until another comes.
Receiver::Queues& Receiver::open_queues() {
  Queues& q = queues();
  if (q.in_order.empty() && readable() > 0) q.in_order.append(copied(), rcv_nxt_, {in_order_memory(), room_});
  return q;
}

/// The queues have changed: memory by their own count. What comes free is given back in whole pages.
void Receiver::recount() {
  const std::uint32_t before = rmem_;
  rmem_ = queues_->out_of_order.memory() + queues_->in_order.memory();
  if (rmem_ < before) has_spare_page_ = false;
}

/// The reader has taken something: sk_buffs that are read to their end go. Most losses are alone: once nothing waits
/// any more, the queues go too.
void Receiver::release() {
  if (queues_ != nullptr && !queues_->in_order.empty()) {
    queues_->in_order.release(copied());
    recount();
  } else if (readable() == 0) {
    rmem_ -= in_order_memory();
    has_spare_page_ = false;
  }
  if (rmem_ == 0 && !has_gap()) queues_.reset();
}

}  // namespace wirelab::tcp
