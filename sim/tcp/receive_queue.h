#pragma once
// What received segments cost in memory, as Linux counts it: not their payload but the sk_buffs that hold them. A
// receive buffer (SO_RCVBUF) is such memory, so many small segments fill it long before its bytes are payload.

#include <bit>
#include <cstdint>
#include <vector>

#include "wire/seq.h"

namespace wirelab::tcp {

/// One sk_buff: what it is charged for, and how much payload could still be copied behind its own.
struct SkBuff {
  std::uint32_t truesize = 0, room = 0;

  static constexpr std::uint32_t kPage = 4096;
  static constexpr std::uint32_t kStruct = 256;  ///< the descriptor
  static constexpr std::uint32_t kShared = 320;  ///< behind each data area: skb_shared_info

  /// Holds a received packet of `bytes` with its IP and TCP headers, as a virtual device makes it: behind 64 bytes of
  /// headroom, the whole in one of the allocator's sizes, or in pages once it is longer than one.
  static constexpr SkBuff of_packet(std::uint32_t bytes) { return with_area(kHeadroom + bytes); }
  /// Holds `payload` bytes that were copied together to save memory.
  static constexpr SkBuff of_copy(std::uint32_t payload) { return with_area(payload); }
  /// As much payload as a copy takes.
  static constexpr std::uint32_t kCopy = kPage - kShared;

 private:
  static constexpr std::uint32_t kHeadroom = 64, kSmallArea = 576;

  static constexpr SkBuff with_area(std::uint32_t used) {
    const std::uint32_t need = used + kShared;
    const std::uint32_t area = need <= kSmallArea ? kSmallArea
                               : need <= kPage    ? std::bit_ceil(need)
                                                  : (need + kPage - 1) / kPage * kPage;
    return {area + kStruct, used < kPage ? area - need : 0};
  }
};

/// The sk_buffs of a queue in the order of their sequence numbers, equal neighbours as one entry.
class ReceiveQueue {
 public:
  bool empty() const { return runs_.empty(); }
  std::uint32_t memory() const { return memory_; }  ///< of all that are here
  Seq right_edge() const;                           ///< of all. Precondition: not empty.

  /// [left, right) comes behind all the rest: copied into the last sk_buff if that has room and ends at `left`, else
  /// with its own, as without `may_copy`. True: copied.
  bool append(Seq left, Seq right, SkBuff skb, bool may_copy = true);
  /// The same at its place between others (tcp_data_queue_ofo): those that it covers go, and if one covers it, it goes.
  /// True: copied into another.
  bool insert(Seq left, Seq right, SkBuff skb, bool may_copy = true);
  /// All bytes before `edge` are done with: sk_buffs that hold nothing else go.
  void release(Seq edge);
  /// What begins at or before `rcv_nxt`, and what follows that as far as `end`, where the peer's stream may stop, goes
  /// over to `in_order` (tcp_ofo_queue).
  void move_ready(Seq rcv_nxt, Seq end, ReceiveQueue& in_order);
  void clear() { runs_.clear(), memory_ = 0; }

  /// `fill` of 256 bytes of memory are expected to be payload: from the first sk_buff that holds less, and from the
  /// first of which something before `start` was read, all are copied together (tcp_collapse). Returns how many went.
  std::uint32_t collapse(Seq start, std::uint32_t fill);
  /// The same for each contiguous range by itself; small ones are left until they are an eighth of `buffer` together.
  std::uint32_t collapse_ranges(std::uint32_t fill, std::uint32_t buffer);
  /// Drops the last sk_buff unless it lies before `seq`. Returns its memory, 0 if nothing was dropped.
  std::uint32_t drop_last(Seq seq);

  /// Asserts order and sum.
  void check() const;

 private:
  /// `count` sk_buffs of one length, contiguous; `room` is the last one's.
  struct Run {
    Seq left, right;
    std::uint32_t truesize;
    std::uint16_t count, room;
    std::uint32_t length() const { return static_cast<std::uint32_t>(right - left) / count; }
  };
  void push(std::size_t at, Seq left, Seq right, SkBuff skb);
  void drop(std::size_t first, std::size_t last);
  std::size_t split(std::size_t at, std::uint32_t count);
  bool copy_into(std::size_t at, Seq left, Seq right);
  std::uint32_t collapse(std::size_t first, std::size_t last, Seq start, std::uint32_t fill, std::size_t& next);

  std::vector<Run> runs_;
  std::uint32_t memory_ = 0;
};

}  // namespace wirelab::tcp
