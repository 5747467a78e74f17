#pragma once
// What the application has given and the peer has not acknowledged. Bytes are a pattern, so the buffer is counters, a
// limit, and where the pieces end in which Linux would hold what is not sent yet: each of its buffers costs memory
// beside its bytes, says whether the receiver is to be pushed, and a record that must not be joined with the next ends
// with one.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>

#include "core/ring.h"
#include "core/units.h"
#include "tcp/config.h"

namespace wirelab::tcp {

/// Positions count payload bytes from the start of the stream and do not wrap. `sent`: the first one not sent yet.
class SendBuffer {
 public:
  /// What the end of a piece says.
  enum Mark : std::uint8_t {
    Push = 1,         ///< PSH on the segment that ends with it
    EndOfRecord = 2,  ///< nothing is joined to it (MSG_EOR)
  };

  void start(const TcpConfig& config) {
    overhead_ = static_cast<std::uint16_t>(config.sndbuf_overhead);
    auto_tuned_ = config.sndbuf == Bytes(0);
    limit_ = static_cast<std::uint64_t>(auto_tuned_ ? config.wmem_default.count() : config.sndbuf.count());
    most_ = static_cast<std::uint64_t>(auto_tuned_ ? config.wmem_max.count() : config.sndbuf.count());
  }

  void set_limit(Bytes limit) {
    auto_tuned_ = false;
    limit_ = most_ = static_cast<std::uint64_t>(limit.count());
  }

  // ---- Writing

  /// Where the piece begins that is written to.
  std::uint64_t last_begin() const { return last_begin_; }
  /// Bytes that fit the last piece, if pieces are `goal` bytes long; 0: another is to be opened.
  std::uint64_t room_in_last(std::uint64_t goal, std::uint64_t sent) const {
    if (end_ == sent || (marks_ & EndOfRecord) != 0) return 0;
    const std::uint64_t length = end_ - std::max(last_begin_, sent);
    return goal > length ? goal - length : 0;
  }
  void open_piece(std::uint64_t sent) {
    if (end_ != sent) {
      if (earlier_ == nullptr) earlier_ = std::make_unique<Pieces>();
      earlier_->push({end_, marks_});
      ++earlier_count_;
      if ((marks_ & EndOfRecord) != 0) ++records_;
    }
    last_begin_ = end_;
    marks_ = 0;
  }
  void append(std::uint64_t bytes) { end_ += bytes; }
  /// What leaves at once, as data on a SYN does. Returns how much of it there is room for.
  std::uint64_t write_sent(std::uint64_t bytes) {
    const std::uint64_t taken = std::min(bytes, room(used()));
    end_ += taken;
    last_begin_ = pushed_ = end_;
    return taken;
  }
  void set(Mark m) {
    marks_ |= m;
    if (m == Push) pushed_ = end_;
  }
  void clear(Mark m) { marks_ = static_cast<std::uint8_t>(marks_ & ~m); }
  /// So much was written since the last push that it is time for one (Linux: half of the peer's largest window).
  bool owes_push(std::uint32_t max_window) const { return end_ > pushed_ + max_window / 2; }
  /// The piece being written is the next to be sent.
  bool last_is_first() const { return earlier_count_ == 0; }

  // ---- Sending

  /// Everything below `position` has been sent.
  void on_sent(std::uint64_t position) {
    while (earlier_count_ != 0 && earlier_->front().end() <= position) {
      if ((earlier_->front().marks() & EndOfRecord) != 0) --records_;
      earlier_->pop();
      --earlier_count_;
    }
    if (position == end_) marks_ = 0;
  }
  /// What the ends of pieces up to `position` say that have not been sent.
  std::uint8_t marks_until(std::uint64_t position) const {
    std::uint8_t marks = position == end_ ? marks_ : 0;
    for (std::uint32_t i = 0; i < earlier_count_ && (*earlier_)[i].end() <= position; ++i)
      marks |= (*earlier_)[i].marks();
    return marks;
  }
  /// Where the record that begins at `from` or before ends: the end of the data, if no mark comes first.
  std::uint64_t record_end(std::uint64_t from) const {
    if (records_ == 0) return end_;
    for (std::uint32_t i = 0; i < earlier_count_; ++i) {
      const Piece& p = (*earlier_)[i];
      if (p.end() > from && (p.marks() & EndOfRecord) != 0) return p.end();
    }
    return end_;
  }

  void on_acked(std::uint64_t bytes) { una_ += bytes; }

  std::uint64_t una() const { return una_; }  ///< first byte not acknowledged
  std::uint64_t end() const { return end_; }  ///< one past the last byte written
  std::uint64_t used() const { return end_ - una_; }
  std::uint64_t limit() const { return limit_; }

  // ---- Memory

  /// What `used()` costs; `in_flight`: pieces that have been sent and not acknowledged whole.
  std::uint64_t memory(std::uint32_t in_flight, bool unsent) const {
    return used() + std::uint64_t{overhead_} * (in_flight + earlier_count_ + (unsent ? 1u : 0u));
  }
  /// Without overhead the limit holds for the bytes themselves.
  bool counts_bytes() const { return overhead_ == 0; }
  std::uint64_t room(std::uint64_t memory) const { return limit_ > memory ? limit_ - memory : 0; }
  /// Linux's threshold, so that a writer is not woken by every ACK: a third of the buffer is free.
  bool is_writable(std::uint64_t memory) const { return memory < limit_ && limit_ - memory >= memory / 2; }

  /// Linux's tcp_sndbuf_expand: memory for so many windows, at full segments with what they cost around them.
  void fit_to_window(Segments cwnd, std::uint32_t smss, std::uint32_t windows) {
    if (!auto_tuned_ || limit_ >= most_) return;
    const std::uint64_t segment = std::bit_ceil(std::uint64_t{smss} + 576) + 256;
    limit_ = std::clamp(windows * std::max<std::uint64_t>(cwnd, 10) * segment, limit_, most_);
  }

 private:
  class Piece {
   public:
    Piece() = default;
    Piece(std::uint64_t end, std::uint8_t marks) : end_and_marks_(end << 2 | marks) {}
    std::uint64_t end() const { return end_and_marks_ >> 2; }
    std::uint8_t marks() const { return end_and_marks_ & 3; }

   private:
    std::uint64_t end_and_marks_ = 0;
  };
  using Pieces = Ring<Piece, 4>;

  std::uint64_t una_ = 0, end_ = 0;
  std::uint64_t limit_ = 0, most_ = 0;
  std::uint64_t last_begin_ = 0;     // of the last piece, before any of it was sent
  std::uint64_t pushed_ = 0;         // one past the last byte that was marked to be pushed
  std::unique_ptr<Pieces> earlier_;  // pieces before the last, while any of them waits
  std::uint32_t earlier_count_ = 0;
  std::uint16_t overhead_ = 0;
  std::uint16_t records_ = 0;  // of the earlier ones, those that end a record
  std::uint8_t marks_ = 0;     // of the last piece
  bool auto_tuned_ = false;
};

}  // namespace wirelab::tcp
