#pragma once
// What a socket is told of data that it has sent, through Linux's error queue: when it went to the device and when it
// was acknowledged (SO_TIMESTAMPING), and that memory lent to the kernel may be used again (MSG_ZEROCOPY). Made for the
// few sockets that ask.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>

#include "core/units.h"

namespace wirelab::tcp {

struct SendNotice {
  enum class Kind : std::uint8_t { Scheduled, Sent, Acked, MemoryFree };
  Kind kind = Kind::Sent;
  std::uint32_t first = 0, last = 0;  ///< the last byte written, counted from the asking; calls with lent memory
  Time when;
  std::uint32_t payload = 0;  ///< of the packet that comes with it
  bool has_header = false;    ///< and that has its headers: it was on its way
};

/// Positions count payload bytes from the start of the stream.
class SendNotices {
 public:
  enum Wish : std::uint8_t { OnSchedule = 1, OnSend = 2, OnAck = 4 };

  /// From now on, of what is written later. `from`: where counting begins, if it does; else every key is 0.
  void want(std::uint8_t wishes, std::optional<std::uint64_t> from) {
    wishes_ = wishes;
    if (from && !from_) from_ = from;
    if (!from) from_.reset();
  }

  /// A call has written up to `end`; `piece`: where the piece begins that holds the last byte. A piece keeps one key.
  void on_written(std::uint64_t end, std::uint64_t piece) {
    if (wishes_ != 0) {
      if (!keys_.empty() && keys_.back().end > piece) keys_.pop_back();
      keys_.push_back({end, piece});
    }
  }
  /// A call whose bytes end at `end` has lent the memory that holds them.
  void on_lent(std::uint64_t end) { lent_.push_back({end, next_call_++}); }
  void on_transmitted(std::uint64_t from, std::uint64_t to, Time now) {
    for (const Key& key : keys_) {
      if (key.end <= from || key.end > to) continue;
      const auto length = static_cast<std::uint32_t>(to - std::min(key.piece, from));
      ++made_;
      const std::uint32_t last = number(key.end);
      if ((wishes_ & OnSchedule) != 0) notices_.push_back({SendNotice::Kind::Scheduled, 0, last, now, length, true});
      if ((wishes_ & OnSend) != 0) notices_.push_back({SendNotice::Kind::Sent, 0, last, now, length, true});
    }
  }
  void on_acked(std::uint64_t una, Time now) {
    for (; !keys_.empty() && keys_.front().end <= una; keys_.pop_front()) {
      if ((wishes_ & OnAck) == 0) continue;
      ++made_;
      const Key& key = keys_.front();
      const auto length = static_cast<std::uint32_t>(key.end - key.piece);
      notices_.push_back({SendNotice::Kind::Acked, 0, number(key.end), now, length, false});
    }
    for (; !lent_.empty() && lent_.front().end <= una; lent_.pop_front()) give_back(lent_.front().call, now);
  }
  /// The connection has ended and holds no data any more.
  void on_end(Time now) {
    keys_.clear();
    for (; !lent_.empty(); lent_.pop_front()) give_back(lent_.front().call, now);
  }

  bool empty() const { return notices_.empty(); }
  /// Grows with each notice that begins.
  std::uint32_t made() const { return made_; }
  std::optional<SendNotice> take() {
    if (notices_.empty()) return std::nullopt;
    const SendNotice first = notices_.front();
    notices_.pop_front();
    return first;
  }

 private:
  struct Lent {
    std::uint64_t end;
    std::uint32_t call;
  };

  std::uint32_t number(std::uint64_t key) const { return from_ ? static_cast<std::uint32_t>(key - 1 - *from_) : 0; }
  /// What can be told with the last one in the queue is.
  void give_back(std::uint32_t call, Time now) {
    ++made_;
    if (!notices_.empty()) {
      SendNotice& last = notices_.back();
      if (last.kind == SendNotice::Kind::MemoryFree && last.last + 1 == call) {
        last.last = call;
        return;
      }
    }
    notices_.push_back({SendNotice::Kind::MemoryFree, call, call, now, 0, false});
  }

  struct Key {
    std::uint64_t end, piece;
  };
  std::deque<Key> keys_;  // of calls whose last byte is not acknowledged
  std::deque<Lent> lent_;
  std::deque<SendNotice> notices_;
  std::optional<std::uint64_t> from_;
  std::uint32_t next_call_ = 0, made_ = 0;
  std::uint8_t wishes_ = 0;
};

}  // namespace wirelab::tcp
