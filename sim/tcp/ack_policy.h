#pragma once
// When data that has come is acknowledged: at once, or with the next segment, or when a timer runs out.
// RFC 9293 section 3.8.6.3 and RFC 5681 section 4.2 set the bounds; quick-ACK, the adaptive delay and ping-pong mode
// are Linux's and rest when the configuration leaves them out.

#include <algorithm>
#include <cstdint>

#include "core/units.h"
#include "tcp/config.h"

namespace wirelab::tcp {

class AckPolicy {
 public:
  enum class Decision : std::uint8_t {
    Nothing,
    Later,      ///< when the delayed ACK is due
    BehindGap,  ///< something waits out of order: at once, unless SACKs are compressed
    Now,
  };

  /// `advertised_mss`: what our SYN announced, less the timestamps option if it is used.
  void start(const TcpConfig& config, std::uint32_t advertised_mss, std::uint32_t rcv_wnd);
  /// A peer that takes no longer segments than these will hardly send them (Linux). Before any data.
  void expect_at_most(std::uint32_t length) { rcv_mss_ = std::clamp<std::uint32_t>(length, kMinMss, rcv_mss_); }

  /// New data of `length` bytes is queued in order. `rto` bounds the adaptive delay.
  [[gnu::hot]] void on_data(const TcpConfig& config, std::uint32_t length, bool push, std::uint32_t rcv_wnd,
                            Duration rto, Time now);
  /// New data is queued behind a gap. `measures`: its length tells of the peer's segments too (Linux).
  void on_out_of_order(std::uint32_t length, bool push, bool measures) {
    pending_ = true;
    if (measures) measure_segment(length, push);
  }
  /// A segment tells us that the peer lacks our ACKs: a duplicate, one out of the window, a keep-alive.
  void on_unexpected(const TcpConfig& config, std::uint32_t rcv_wnd);
  /// The same, where the ACK leaves whatever this class decides. `most`: no more ACKs are quick for it.
  static constexpr std::uint32_t kAsConfigured = 255;
  void be_quick(const TcpConfig& config, std::uint32_t rcv_wnd, std::uint32_t most = kAsConfigured);
  /// The handshake's last ACK is held back for data that is about to leave (Linux, when a writer waits): that data then
  /// begins an exchange of questions and answers, as if it answered something.
  void on_handshake_held(const TcpConfig& config, std::uint32_t rcv_wnd);
  /// The protocol wants this one now: a gap has closed (RFC 5681 section 4.2), a FIN, an ECN mark that changed.
  void require_now() { pending_ = true, now_ = true; }
  /// The peer has ended its stream, and we have not: an answer may be near (Linux).
  void on_fin() { pending_ = pingpong_ = true; }
  /// The window has grown: say so at once (Linux).
  void on_window_grown() {
    if (quick_limit_ != 0) quick_ |= 1;
  }

  /// Less than half of the receive buffer is free: no more quick ACKs (Linux).
  void on_tight_buffer() { quick_ = 0; }

  /// `unacknowledged`: rcv_nxt less what the last ACK said. `window_keeps_up`: an ACK sent now would offer a right edge
  /// that moves with it; if not, the reader's call will send it. `has_gap`: something waits out of order.
  [[gnu::hot]] Decision decide(std::uint32_t unacknowledged, bool window_keeps_up, bool has_gap) const;
  /// More than a full segment (or as many as it takes) waits for its ACK.
  bool is_enough(std::uint32_t unacknowledged) const { return unacknowledged > (force_after_ - 1u) * rcv_mss_; }
  /// The application has read. True: what is pending should go now.
  bool ack_after_read(std::uint32_t unacknowledged, bool buffer_is_empty) const;

  /// How long Later is. `srtt` 0: no sample yet.
  Duration delay(const TcpConfig& config, Duration srtt) const;
  void on_timer(const TcpConfig& config, Duration rto);
  /// Any segment with ACK has left; `carried_data`: it was not a pure ACK.
  void on_ack_sent(const TcpConfig& config);
  void on_data_sent(Time now);

  /// TCP_QUICKACK 1: no answer is expected any more, and what is pending goes once all has been read.
  void leave_exchange() {
    pingpong_ = false;
    if (pending_ && pushes_ == 0) pushes_ = 1;
  }
  /// TCP_QUICKACK 0: ACKs wait for data to ride on.
  void enter_exchange() { pingpong_ = true; }

  bool is_pending() const { return pending_; }
  std::uint32_t rcv_mss() const { return rcv_mss_; }
  std::uint32_t quick() const { return quick_; }
  Duration ato() const { return seen_data_ ? ato_ : Duration{}; }
  /// When data came last; before the first, when the connection began.
  Time last_data() const { return last_data_; }
  void set_last_data(Time now) { last_data_ = now; }

 private:
  bool in_quickack_mode() const { return quick_ != 0 && !pingpong_; }
  Duration adaptive_delay(const TcpConfig& config, Duration srtt) const;
  static Duration most_delay(const TcpConfig& config);
  void measure_segment(std::uint32_t length, bool push);
  void add_quickacks(std::uint32_t rcv_wnd, std::uint32_t most = kAsConfigured);

  Time last_data_{};
  Duration ato_{};
  std::uint32_t rcv_mss_ = 536;  // what a full segment of the peer seems to be
  std::uint32_t advertised_mss_ = 536;
  std::uint16_t force_after_ = 2;  // full segments
  std::uint16_t last_size_ = 0;    // of a segment that was not full, if it was the last
  std::uint8_t quick_ = 0, quick_limit_ = 0;
  std::uint8_t pushes_ = 0;  // since the last ACK: ends of what the peer wrote; 2: and more
  bool seen_data_ = false;
  bool pending_ = false, now_ = false, pingpong_ = false;
  bool each_ = false;  // no delay at all
};

}  // namespace wirelab::tcp
