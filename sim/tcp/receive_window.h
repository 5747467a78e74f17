#pragma once
// How much the receiver offers: the buffer, its growth, and the window that an ACK announces. Silly windows are avoided
// here for the receiving side (RFC 9293 section 3.8.6.2.2).

#include <algorithm>
#include <cstdint>

#include "core/units.h"
#include "tcp/config.h"
#include "wire/seq.h"

namespace wirelab::tcp {

/// What a SYN says of the buffer behind it.
struct InitialWindow {
  std::uint32_t buffer = 0;   ///< memory, in bytes; payload alone where only that counts
  std::uint32_t rcv_wnd = 0;  ///< offered on the SYN, whose field is never scaled: it says 65535 of what is more
  std::uint8_t wscale = 0;    ///< RFC 7323 shift to announce, 0 to 14
  bool is_set = false;        ///< by SO_RCVBUF: nothing but another call changes it
};
InitialWindow initial_window(const TcpConfig& config, std::uint32_t mss);
/// The window field of a SYN.
constexpr std::uint16_t syn_window(std::uint32_t rcv_wnd) {
  return static_cast<std::uint16_t>(std::min(rcv_wnd, std::uint32_t{65535}));
}

/// The offered window [rcv_nxt, rcv_wup + rcv_wnd) and the buffer behind it. Its right edge never moves back, unless
/// the option shrink_window lets it.
class ReceiveWindow {
 public:
  /// `rcv_wscale` as negotiated: 0 if the peer does not scale.
  void start(const TcpConfig& config, const InitialWindow& offered, std::uint8_t rcv_wscale, std::uint32_t mss,
             Seq rcv_nxt, Time now);

  /// The SYN's data came and is acknowledged by our SYN-ACK, which offers the window behind it.
  void start_behind(Seq rcv_nxt) { rcv_wup_ = rcv_nxt; }

  Seq right_edge() const { return rcv_wup_ + rcv_wnd_; }
  /// What the peer may still send as far as it knows: RCV.WND of RFC 9293.
  std::uint32_t remaining(Seq rcv_nxt) const {
    const std::int32_t left = right_edge() - rcv_nxt;
    return left > 0 ? static_cast<std::uint32_t>(left) : 0;
  }
  std::uint32_t rcv_wnd() const { return rcv_wnd_; }
  Seq rcv_wup() const { return rcv_wup_; }
  /// Window bytes that the whole buffer is good for.
  std::uint32_t capacity() const { return std::min(clamp_, window_of(buffer_)); }
  std::uint32_t clamp() const { return clamp_; }  ///< the most that is offered, whatever the buffer
  std::uint32_t buffer() const { return buffer_; }
  std::uint32_t growth_limit() const { return rcv_ssthresh_; }
  std::uint32_t last_space() const { return last_space_; }  ///< what was read in a round trip
  /// sk_buffs are what fills the buffer (option rcvbuf_skbs); else it is payload.
  bool counts_memory() const { return counts_memory_; }
  std::uint32_t fill() const { return fill_; }  ///< of 256 bytes of memory, so many are window

  /// What an ACK would offer now. `used`: of the buffer, in order and not. Sets `tight` when less than half of the
  /// buffer is free.
  [[gnu::hot]] std::uint32_t select(Seq rcv_nxt, std::uint32_t used, std::uint32_t rcv_mss,
                                    bool* tight = nullptr) const;
  /// An ACK leaves: the window is offered. Returns the header's field.
  std::uint16_t offer(Seq rcv_nxt, std::uint32_t used, std::uint32_t rcv_mss, bool* tight);

  /// A full segment has `length` payload bytes in `truesize` of memory, longer than those before. How well it fills
  /// that memory says how much of the buffer is window (Linux's scaling_ratio); before it is known, half.
  void on_full_segment(std::uint32_t length, std::uint32_t truesize);
  /// The buffer has `memory` bytes from now on, and no longer grows by itself (SO_RCVBUF, doubled). What was offered
  /// stays offered; a larger buffer is offered once the peer's segments have shown how well they fill it, as in Linux.
  void set_buffer(std::uint32_t memory);
  /// No more than this is offered (TCP_WINDOW_CLAMP), until a full segment fills its memory in another way, as in
  /// Linux.
  void set_clamp(std::uint32_t clamp);
  /// A reader waits for so much (SO_RCVLOWAT): the buffer becomes large enough if it may.
  void make_room_for(std::uint32_t window);
  /// A segment of `length` payload bytes has come, in a packet of `bytes`: the offered window may grow by two such.
  /// True if it did.
  [[gnu::hot]] bool grow(std::uint32_t length, std::uint32_t bytes, std::uint32_t used, std::uint32_t rcv_mss);
  /// More is in the buffer than it has room for: it becomes larger if it may, else less is offered (tcp_clamp_window).
  void on_overrun(std::uint32_t used);
  /// A segment was dropped for want of memory: the next ACK closes the window, what was offered or not.
  void close_for_want_of_memory() { no_memory_ = true; }

  /// What was read since this was last true is a round trip's: on_read has to be told.
  bool is_round_over(Time now) const { return auto_tuned_ && rtt_ != Duration{} && now - round_began_ >= rtt_; }
  /// The application has read up to `read` bytes of the stream, and `unread` more are here. Once per round-trip time
  /// the buffer is fitted to twice what was read in it (Linux's dynamic right-sizing).
  void on_read(std::uint64_t read, std::uint32_t unread, std::uint32_t beyond_gap, Time now);
  /// A sample of the round-trip time as the receiver sees it. `exact`: from timestamps.
  void on_rtt_sample(Duration sample, bool exact, bool buffer_is_empty);
  /// An echo of a timestamp measures once, however many segments bring it. 0: there is none.
  bool is_new_echo(std::uint32_t ts_ecr) {
    if (ts_ecr == last_ts_ecr_) return false;
    last_ts_ecr_ = ts_ecr;
    return ts_ecr != 0;
  }
  /// The time that one window takes to arrive, which is at least a round trip: all there is without timestamps, and
  /// finer than their milliseconds on short paths.
  void measure_by_window(Seq rcv_nxt, Time now) {
    if (auto_tuned_ && rcv_nxt >= rtt_edge_) end_window_round(rcv_nxt, now);
  }
  /// Something waits `beyond_gap` bytes above rcv_nxt: the buffer is to hold it beside what is read in a round trip.
  void on_gap(std::uint32_t beyond_gap);
  Duration rtt() const { return rtt_; }

 private:
  static constexpr std::uint32_t kMaxUnscaled = 65535;

  std::uint32_t window_of(std::uint32_t memory) const {
    return counts_memory_ ? static_cast<std::uint32_t>(std::uint64_t{memory} * fill_ / 256) : memory;
  }
  std::uint32_t memory_for(std::uint64_t window) const;
  std::uint32_t free_window(std::uint32_t used) const { return buffer_ > used ? window_of(buffer_ - used) : 0; }
  std::uint32_t largest() const { return kMaxUnscaled << wscale_; }
  [[gnu::hot]] std::uint32_t linux_window(std::uint32_t free, std::uint32_t rcv_mss, bool* tight) const;
  std::uint32_t shrinking_window(std::uint32_t free, std::uint32_t rcv_mss, bool* tight) const;
  std::uint32_t stepped_window(Seq rcv_nxt, std::uint32_t free) const;
  void end_window_round(Seq rcv_nxt, Time now);
  void enlarge(std::uint64_t window);

  Seq rcv_wup_;
  std::uint32_t rcv_wnd_ = 0;
  std::uint32_t buffer_ = 0;      // in memory
  std::uint32_t max_buffer_ = 0;  // of auto-tuning
  std::uint32_t clamp_ = 0;
  std::uint32_t rcv_ssthresh_ = 0;  // what is offered at most; follows the data that has come
  std::uint16_t mss_ = 536;
  std::uint8_t fill_ = 128;
  std::uint8_t wscale_ : 4 = 0;
  bool auto_tuned_ : 1 = false, stepped_ : 1 = false, counts_memory_ : 1 = false;
  bool is_set_ : 1 = false;    // SO_RCVBUF: the buffer stays as it is
  bool is_bound_ : 1 = false;  // option rcvbuf: the window stays, and the buffer is what that takes
  bool may_shrink_ : 1 = false;
  bool no_memory_ : 1 = false;  // of the segment that the next ACK answers
  // Right-sizing.
  std::uint32_t last_space_ = 0;
  Seq rtt_edge_;
  std::uint32_t last_ts_ecr_ = 0;
  std::uint32_t read_before_ = 0;  // modulo 2^32
  Time round_began_{}, rtt_began_{};
  Duration rtt_{};
};

}  // namespace wirelab::tcp
