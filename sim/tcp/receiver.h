#pragma once
// The receiving half of one connection: what has come, what the application has taken, what to offer and to report.
// RFC 9293 section 3.10.7.4 (seventh step), RFC 2018 and 2883. It knows nothing of states and sends nothing.

#include <cstdint>
#include <memory>

#include "tcp/ack_policy.h"
#include "tcp/reassembly.h"
#include "tcp/receive_window.h"
#include "wire/packet.h"

namespace wirelab::tcp {

/// RFC 9293 section 3.10.7.4, first step: the four cases of the acceptability test.
constexpr bool is_acceptable(Seq seq, std::uint32_t length, Seq rcv_nxt, std::uint32_t rcv_wnd) {
  if (rcv_wnd == 0) return length == 0 && seq == rcv_nxt;
  const auto in_window = [&](Seq s) { return rcv_nxt <= s && s < rcv_nxt + rcv_wnd; };
  return in_window(seq) || (length != 0 && in_window(seq + (length - 1)));
}

class Receiver {
 public:
  /// What became of one segment's text and FIN.
  struct Arrival {
    std::uint32_t delivered = 0;  ///< bytes that became readable
    bool out_of_order = false;    ///< something was queued behind a gap
    bool nothing_new = false;     ///< all of it was here before, or did not fit
    bool gap_closed = false;      ///< a gap was filled, wholly or in part
    bool fin = false;             ///< the peer's FIN is now the last thing received
  };

  /// The peer's SYN had sequence number `irs`.
  void start(const TcpConfig& config, const InitialWindow& offered, std::uint8_t rcv_wscale, std::uint32_t mss, Seq irs,
             Time now);

  /// Takes an acceptable segment's text, cut to the window. Precondition: payload or FIN; no FIN came in order before.
  /// A payload that is not the next part of the peer's stream is a broken promise of the simulator: it ends the run.
  Arrival take(const Packet& p, const TcpConfig& config);
  /// The same for the usual case: in order, nothing waits, no FIN, inside the window.
  void take_in_order(const Packet& p) {
    check_content(p.seq, p.payload, p);
    rcv_nxt_ += p.payload;
    received_ += p.payload;
  }
  bool has_gap() const { return reassembly_ != nullptr && !reassembly_->empty(); }

  /// The application takes up to `most` bytes.
  std::int64_t read(std::int64_t most);
  std::int64_t readable() const { return static_cast<std::int64_t>(received_ - read_); }
  std::uint64_t received() const { return received_; }  ///< payload bytes in order so far
  std::uint64_t read_total() const { return read_; }
  bool fin_received() const { return fin_received_; }

  Seq irs() const { return irs_; }
  Seq rcv_nxt() const { return rcv_nxt_; }
  /// Bytes in the buffer, behind gaps too.
  std::uint32_t held() const {
    const auto in_order = static_cast<std::uint32_t>(received_ - read_);
    return reassembly_ == nullptr ? in_order : in_order + reassembly_->bytes();
  }
  std::uint32_t rcv_wnd() const { return window.remaining(rcv_nxt_); }
  std::uint32_t beyond_gap() const {
    return has_gap() ? static_cast<std::uint32_t>(reassembly_->last_right() - rcv_nxt_) : 0;
  }

  /// An ACK is wanted and there is a gap. True: it waits for a moment (SackCompression).
  bool holds_back_ack(const TcpConfig& config) { return reassembly_->compression.holds_back(rcv_nxt_, config); }
  bool is_holding_back() const { return has_gap() && reassembly_->compression.is_holding(); }
  void on_sack_sent() {
    if (reassembly_ != nullptr) reassembly_->compression.on_ack_sent();
  }
  /// What is held back must be told before a segment [left, right) is taken, as its blocks would push out theirs.
  bool must_tell_before(Seq left, Seq right) const {
    return is_holding_back() && rcv_nxt_ < left && reassembly_->crowds_out(left, right);
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
  void check_content(Seq seq, std::uint32_t length, const Packet& p);
  void advance_to(Seq nxt, Arrival& arrival);
  void advance_to_fin(Seq fin_at, Arrival& arrival);

  Seq rcv_nxt_, irs_;
  std::uint64_t received_ = 0, read_ = 0;
  std::unique_ptr<Reassembly> reassembly_;  // made when the first segment comes out of order
  SackBlock duplicate_{};
  Seq fin_at_;
  std::uint32_t stream_ = 0;  // of the peer's payload; 0: nothing seen, or not checked
  bool has_duplicate_ = false, fin_known_ = false, fin_received_ = false;
};

}  // namespace wirelab::tcp
