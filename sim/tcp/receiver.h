#pragma once
// The receiving half of one connection: what has come, what the application has taken, what to offer and to report.
// RFC 9293 section 3.10.7.4 (seventh step), RFC 2018 and 2883. It knows nothing of states and sends nothing.

#include <array>
#include <cstdint>
#include <memory>

#include "tcp/ack_policy.h"
#include "tcp/reassembly.h"
#include "tcp/receive_queue.h"
#include "tcp/receive_window.h"
#include "tcp/sack_compression.h"
#include "wire/packet.h"

namespace wirelab::tcp {

/// RFC 9293 section 3.10.7.4, first step: the four cases of the acceptability test.
constexpr bool is_acceptable(Seq seq, std::uint32_t length, Seq rcv_nxt, std::uint32_t rcv_wnd) {
  if (rcv_wnd == 0) return length == 0 && seq == rcv_nxt;
  const auto in_window = [&](Seq s) { return rcv_nxt <= s && s < rcv_nxt + rcv_wnd; };
  return in_window(seq) || (length != 0 && in_window(seq + (length - 1)));
}

/// The same as Linux asks it of handshakes and of TIME-WAIT: what ends behind `first` and begins before `edge`, and
/// anything that begins at `first`, or is empty and at `edge`.
constexpr bool touches_window(Seq seq, std::uint32_t length, Seq first, Seq edge) {
  if (seq == first) return true;
  if (seq + length > first && seq < edge) return true;
  return seq == edge && length == 0;
}

/// What became of received segments in a buffer that was tight, as in Linux's TcpExt.
struct ReceiveCounters {
  std::uint64_t beyond_window = 0, zero_window_drops = 0;
  std::uint64_t prunes = 0;                     ///< calls for memory that the buffer did not have (PruneCalled)
  std::uint64_t pruned = 0;                     ///< such calls in vain (RcvPruned)
  std::uint64_t ofo_pruned = 0;                 ///< such calls that threw away what waited behind a gap (OfoPruned)
  std::uint64_t collapsed = 0;                  ///< sk_buffs copied together (TCPRcvCollapsed)
  std::uint64_t rcvq_drops = 0, ofo_drops = 0;  ///< segments dropped for want of memory
  std::uint64_t coalesced = 0, ofo_queued = 0;
};

class Receiver {
 public:
  /// What became of one segment's text and FIN.
  struct Arrival {
    std::uint32_t delivered = 0;  ///< bytes that became readable
    bool out_of_order = false;    ///< something was queued behind a gap
    bool nothing_new = false;     ///< all of it was here before, or did not fit
    bool gap_closed = false;      ///< a gap was filled, wholly or in part
    bool fin = false;             ///< the peer's FIN is now the last thing received
    bool no_memory = false;       ///< dropped, as the buffer is full
    std::uint32_t used = 0;       ///< of the buffer with it, before what it lets go of behind a gap is reckoned
  };

  /// The peer's SYN had sequence number `irs`.
  void start(const TcpConfig& config, const InitialWindow& offered, std::uint8_t rcv_wscale, std::uint32_t mss, Seq irs,
             Time now);

  /// Takes an acceptable segment's text, cut to the window. Precondition: payload or FIN; no FIN came in order before.
  /// A payload that is not the next part of the peer's stream is a broken promise of the simulator: it ends the run.
  [[gnu::hot]] Arrival take(const Packet& p, const TcpConfig& config, ReceiveCounters& counters);
  /// The same for the usual case: in order, nothing waits behind a gap, no FIN, inside the window, and there is memory.
  void take_in_order(const Packet& p) {
    check_content(p.seq, p.payload, p);
    if (window.counts_memory()) {
      const SkBuff skb = SkBuff::of_packet(p.size);
      if (rmem_ == 0 && predicts_ && !is_captured_ && skb.truesize < window.buffer()) {
        rmem_ = skb.truesize;
        room_ = static_cast<std::uint16_t>(skb.room);
      } else {
        hold(p.seq, p.seq + p.payload, skb);
      }
    }
    rcv_nxt_ += p.payload;
    received_ += p.payload;
  }
  /// Nothing has to make room for it. Linux compares with the buffer's limit when it sets pages aside for a connection;
  /// what is left of a page is used up without, on its fast path.
  bool has_memory_for(const Packet& p) const {
    return rmem_ <= window.buffer() || (predicts_ && SkBuff::of_packet(p.size).truesize <= spare());
  }
  /// Where sk_buffs count: a segment is kept whole or dropped whole. One that ends beyond the window is kept if nothing
  /// waits to be read, lest a peer that overlooks the window never gets through; a FIN may lie there.
  bool is_in_sequence(Seq seq, std::uint32_t length, bool fin) const;
  bool has_gap() const { return queues_ != nullptr && !queues_->ranges.empty(); }

  /// The application takes up to `most` bytes.
  std::int64_t read(std::int64_t most);
  std::int64_t readable() const { return static_cast<std::int64_t>(received_ - read_); }
  std::uint64_t received() const { return received_; }  ///< payload bytes in order so far
  std::uint64_t read_total() const { return read_; }
  /// The right edge of the rightmost block that lies behind a gap. Precondition: has_gap().
  Seq last_sacked() const { return queues_->ranges.last_right(); }
  /// Nothing has come but a FIN that is ahead of what is missing.
  bool has_lone_fin() const {
    return received_ == 0 && fin_known_ && has_gap() && queues_->ranges.first_left() == fin_at_;
  }
  bool fin_received() const { return fin_received_; }
  /// From now on, or no longer: ACKs tell the blocks that the FIN has ended.
  void tell_ended(bool on) { tells_ended_ = on && queues_ != nullptr && queues_->ended != nullptr; }

  Seq irs() const { return irs_; }
  Seq rcv_nxt() const { return rcv_nxt_; }
  /// What of the receive buffer is used: memory where that counts, else bytes.
  std::uint32_t used() const { return window.counts_memory() ? rmem_ : held(); }
  /// A capture of this host holds each packet until it is read (on_capture_read): as the memory is shared so long, no
  /// payload can be copied behind that of the packet. So it is under packetdrill.
  void set_captured() { is_captured_ = true; }
  void on_capture_read() { is_shared_ = false; }
  bool holds_nothing_else() const { return rmem_ == 0; }
  /// Payload bytes in the buffer, behind gaps too.
  std::uint32_t held() const {
    const auto in_order = static_cast<std::uint32_t>(received_ - read_);
    return queues_ == nullptr ? in_order : in_order + queues_->ranges.bytes();
  }
  std::uint32_t rcv_wnd() const { return window.remaining(rcv_nxt_); }
  std::uint32_t beyond_gap() const {
    return has_gap() ? static_cast<std::uint32_t>(queues_->ranges.last_right() - rcv_nxt_) : 0;
  }

  /// An ACK is wanted and there is a gap. True: it waits for a moment (SackCompression).
  bool holds_back_ack(const TcpConfig& config) { return compression_.holds_back(rcv_nxt_, config); }
  bool is_holding_back() const { return has_gap() && compression_.is_holding(); }
  void on_sack_sent() { compression_.on_ack_sent(); }
  /// What is held back must be told before a segment [left, right) is taken, as its blocks would push out theirs.
  bool must_tell_before(Seq left, Seq right) const {
    return is_holding_back() && rcv_nxt_ < left && queues_->ranges.crowds_out(left, right);
  }

  /// Up to `room` blocks for an ACK that leaves now, in the order of RFC 2018 and 2883. A D-SACK is reported once.
  std::uint8_t sack_blocks(SackBlock* blocks, std::uint8_t room);
  std::uint8_t sack_block_count() const;
  /// A segment outside the window or wholly old came: the next ACK names it (RFC 2883 section 4).
  void report_duplicate(Seq left, Seq right) { duplicate_ = {left, right}, has_duplicate_ = left < right; }

  /// Asserts that what is queued out of order lies where it may, and that its count is what a recount gives.
  void check() const;

  ReceiveWindow window;
  AckPolicy acks;

 private:
  /// The queues where something waits: behind a gap, or for the reader in more than one sk_buff.
  struct EndedBlocks {
    std::array<SackBlock, 4> blocks;
    std::uint8_t count = 0;
  };
  struct Queues {
    Reassembly ranges;
    ReceiveQueue out_of_order, in_order;
    std::unique_ptr<EndedBlocks> ended;  // what was to be told when the FIN came, if anything
  };

  [[gnu::hot]] void check_content(Seq seq, std::uint32_t length, const Packet& p);
  void report_overlap(Seq right);
  void note_ended();
  void advance_to(Seq nxt, Arrival& arrival);
  void advance_to_fin(Seq fin_at, Arrival& arrival);
  Queues& queues() {
    if (queues_ == nullptr) queues_ = std::make_unique<Queues>();
    return *queues_;
  }

  // receiver_memory.cpp
  bool find_memory(const Packet& p, ReceiveCounters& counters);
  bool prune(Seq seq, ReceiveCounters& counters);
  bool prune_out_of_order(Seq seq);
  void hold(Seq left, Seq right, SkBuff skb);
  void hold_out_of_order(Seq left, Seq right, SkBuff skb, ReceiveCounters& counters);
  void charge(std::uint32_t truesize, std::uint32_t set_aside, std::uint32_t cost);
  /// Set aside for this connection and not used (sk_forward_alloc): what is left of whole pages.
  std::uint32_t spare() const { return (0 - rmem_) % SkBuff::kPage + (has_spare_page_ ? SkBuff::kPage : 0); }
  Queues& open_queues();
  void recount();
  [[gnu::hot]] void release();
  std::uint32_t in_order_memory() const { return queues_ == nullptr ? rmem_ : rmem_ - queues_->out_of_order.memory(); }
  Seq copied() const { return irs_ + 1 + static_cast<std::uint32_t>(read_); }

  Seq rcv_nxt_, irs_;
  std::uint64_t received_ = 0, read_ = 0;
  std::unique_ptr<Queues> queues_;  // while there is something in them, and until all has been read
  SackBlock duplicate_{};
  SackCompression compression_;
  Seq fin_at_;
  std::uint32_t stream_ = 0;  // of the peer's payload; 0: nothing seen, or not checked
  std::uint32_t rmem_ = 0;    // memory of all that is held; 0 where only payload counts
  std::uint16_t room_ = 0;    // in the sk_buff that waits to be read, if it is the only one
  bool predicts_ : 1 = true;  // Linux's fast path is open: nothing was out of order or dropped since there was room
  bool has_spare_page_ : 1 = false;
  bool is_captured_ : 1 = false, is_shared_ : 1 = false;
  bool fin_known_ : 1 = false, fin_received_ : 1 = false, tells_ended_ : 1 = false;
  bool has_duplicate_ = false;
};

}  // namespace wirelab::tcp
