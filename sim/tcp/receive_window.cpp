#include "tcp/receive_window.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "tcp/receive_queue.h"

namespace wirelab::tcp {
namespace {

constexpr int kMaxShift = 14;                // RFC 7323 section 2.3
constexpr std::uint32_t kLeastClamp = 1152;  // half of the smallest buffer

std::uint32_t round_down(std::uint32_t n, std::uint32_t step) { return n - n % step; }

}  // namespace

InitialWindow initial_window(const TcpConfig& config, std::uint32_t mss) {
  InitialWindow w;
  w.is_set = config.so_rcvbuf > Bytes(0);
  // Half of the buffer's memory is window, as Linux reckons before it has seen how well segments fill their memory.
  const bool is_bound = config.rcvbuf > Bytes(0) && !w.is_set;
  std::int64_t window = config.rmem_default.count() / 2;
  if (is_bound) window = config.rcvbuf.count();
  if (w.is_set) window = std::max<std::int64_t>(config.so_rcvbuf.count(), kLeastClamp);
  std::int64_t buffer = config.rcvbuf_skbs ? 2 * window : window;
  if (config.rcvbuf_skbs && !is_bound && !w.is_set) buffer = config.rmem_default.count();
  w.buffer = static_cast<std::uint32_t>(buffer);
  if (config.window_clamp > Bytes(0))
    window = std::min(window, std::max<std::int64_t>(config.window_clamp.count(), kLeastClamp));
  auto offered = static_cast<std::uint32_t>(window);
  if (!config.rcv_sws_steps && offered > mss) offered = round_down(offered, mss);
  // Linux takes what it would have offered, had the field of the SYN been longer.
  w.rcv_wnd = config.rcvbuf_skbs ? offered : std::min(offered, std::uint32_t{65535});
  if (config.window_scaling) {
    const bool fixed = is_bound || w.is_set || (!config.moderate_rcvbuf && !config.rcvbuf_skbs);
    std::int64_t largest = fixed ? window : std::max({window, config.rmem_max.count(), config.core_rmem_max.count()});
    if (config.window_clamp > Bytes(0))
      largest = std::min(largest, std::max<std::int64_t>(config.window_clamp.count(), kLeastClamp));
    const auto most = static_cast<std::uint32_t>(largest);
    w.wscale = static_cast<std::uint8_t>(std::clamp(static_cast<int>(std::bit_width(most)) - 16, 0, kMaxShift));
  }
  return w;
}

void ReceiveWindow::start(const TcpConfig& config, const InitialWindow& offered, std::uint8_t rcv_wscale,
                          std::uint32_t mss, Seq rcv_nxt, Time now) {
  wscale_ = static_cast<std::uint8_t>(rcv_wscale & 15);
  mss_ = static_cast<std::uint16_t>(mss);
  fill_ = 128;
  stepped_ = config.rcv_sws_steps;
  counts_memory_ = config.rcvbuf_skbs;
  is_set_ = offered.is_set;
  is_bound_ = config.rcvbuf > Bytes(0) && !is_set_;
  auto_tuned_ = config.moderate_rcvbuf && !is_set_ && !is_bound_;
  no_memory_ = false;
  buffer_ = offered.buffer;
  max_buffer_ = static_cast<std::uint32_t>(counts_memory_ ? config.rmem_max.count() : config.rmem_max.count() / 2);
  if (is_bound_ || !counts_memory_) buffer_ = std::min(buffer_, memory_for(largest()));
  if (!counts_memory_) max_buffer_ = std::min(max_buffer_, largest());
  clamp_ = std::min(window_of(buffer_), largest());
  if (config.window_clamp > Bytes(0)) {
    clamp_ = std::min(clamp_, std::max(static_cast<std::uint32_t>(config.window_clamp.count()), kLeastClamp));
  }
  may_shrink_ = config.shrink_window;
  if (!stepped_ && !is_bound_ && counts_memory_ && clamp_ > 2 * mss && clamp_ + mss > window_of(buffer_)) {
    clamp_ = std::max(2 * mss, window_of(buffer_) - mss);  // one segment of what is not full is kept back (Linux)
  }
  rcv_wup_ = rcv_nxt;
  rcv_wnd_ = offered.rcv_wnd;
  // Linux starts from what the SYN offered and opens up as data comes; the textbook offers the buffer at once.
  rcv_ssthresh_ = stepped_ ? clamp_ : std::min(offered.rcv_wnd, clamp_);
  last_space_ = std::min({rcv_ssthresh_, rcv_wnd_, 10 * mss});
  read_before_ = 0;
  rtt_ = {};
  round_began_ = now;
  rtt_edge_ = rcv_nxt;  // the first round begins with the first data
  rtt_began_ = Time::never();
}

std::uint32_t ReceiveWindow::memory_for(std::uint64_t window) const {
  const std::uint64_t memory = counts_memory_ ? (window * 256) / fill_ : window;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(memory, std::numeric_limits<std::int32_t>::max()));
}

std::uint32_t ReceiveWindow::linux_window(std::uint32_t free, std::uint32_t rcv_mss, bool* tight) const {
  const std::uint32_t whole = window_of(buffer_);
  const std::uint32_t full = std::min(clamp_, whole);
  const std::uint32_t mss = std::min(rcv_mss, full);
  if (free < full / 2) {
    if (tight != nullptr) *tight = true;
    free = free >> wscale_ << wscale_;
    if (free < whole / 16 || free < mss) return 0;
  }
  free = std::min(free, rcv_ssthresh_);
  if (wscale_ != 0) {
    const std::uint32_t unit = 1u << wscale_;
    return (free + unit - 1) / unit * unit;  // so that the shift does not take away what was offered
  }
  if (mss != 0 && (rcv_wnd_ + mss <= free || rcv_wnd_ > free)) return round_down(free, mss);
  if (mss == full && free > rcv_wnd_ + full / 2) return free;
  return rcv_wnd_;
}

/// Linux's rule where the window follows the memory that is left, be it less than before.
std::uint32_t ReceiveWindow::shrinking_window(std::uint32_t free, std::uint32_t rcv_mss, bool* tight) const {
  const std::uint32_t whole = window_of(buffer_), full = std::min(clamp_, whole), unit = 1u << wscale_;
  free = free >> wscale_ << wscale_;
  if (free < full / 2) {
    if (tight != nullptr) *tight = true;
    if (free < whole / 16 || free < std::min(rcv_mss, full) || free < unit) return 0;
  }
  return free > rcv_ssthresh_ ? (rcv_ssthresh_ + unit - 1) / unit * unit : free;
}

std::uint32_t ReceiveWindow::stepped_window(Seq rcv_nxt, std::uint32_t free) const {
  // The right edge stays until it can move by half the buffer or one segment.
  const std::uint32_t standing = remaining(rcv_nxt);
  const std::uint32_t step = std::min<std::uint32_t>(buffer_ / 2, mss_);
  if (free < standing + step) return standing;
  return free >> wscale_ << wscale_;
}

std::uint32_t ReceiveWindow::select(Seq rcv_nxt, std::uint32_t used, std::uint32_t rcv_mss, bool* tight) const {
  const std::uint32_t free = free_window(used);
  if (may_shrink_ && wscale_ != 0 && !stepped_) return shrinking_window(free, rcv_mss, tight);
  const std::uint32_t standing = remaining(rcv_nxt);
  const std::uint32_t wanted = stepped_ ? stepped_window(rcv_nxt, free) : linux_window(free, rcv_mss, tight);
  if (wanted >= standing) return counts_memory_ ? wanted : std::min(wanted, largest());
  // Never shrink (RFC 9293 section 3.8.6): rounded up to what the scaled field can say. Each ACK of a small segment
  // moves the edge on by that. Where payload counts the buffer has to bound it, and then the field says less than what
  // is taken (RFC 7323 section 2.4).
  const std::uint32_t unit = 1u << wscale_;
  const std::uint32_t rounded = (standing + unit - 1) / unit * unit;
  if (counts_memory_) return rounded;
  const bool fits = std::uint64_t{used} + rounded <= 2 * std::uint64_t{buffer_};
  return std::min(fits ? rounded : standing, largest());
}

std::uint16_t ReceiveWindow::offer(Seq rcv_nxt, std::uint32_t used, std::uint32_t rcv_mss, bool* tight) {
  rcv_wnd_ = no_memory_ ? 0 : select(rcv_nxt, used, rcv_mss, tight);
  no_memory_ = false;
  rcv_wup_ = rcv_nxt;
  return static_cast<std::uint16_t>(std::min(rcv_wnd_, largest()) >> wscale_);
}

void ReceiveWindow::set_clamp(std::uint32_t clamp) {
  clamp = std::max(clamp, kLeastClamp);
  if (clamp < clamp_) {
    rcv_ssthresh_ = std::min(rcv_ssthresh_, clamp);
  } else {
    rcv_ssthresh_ = std::max(rcv_ssthresh_, std::min(rcv_wnd_, clamp));
  }
  clamp_ = clamp;
}

void ReceiveWindow::on_full_segment(std::uint32_t length, std::uint32_t truesize) {
  if (!counts_memory_) return;
  const auto fill = static_cast<std::uint8_t>(std::clamp<std::uint32_t>(256 * length / truesize, 1, 255));
  if (fill == fill_) return;
  fill_ = fill;
  if (is_bound_) {
    buffer_ = memory_for(clamp_) + 1;
  } else {
    set_clamp(window_of(buffer_));
    last_space_ = std::min(last_space_, clamp_);
  }
}

void ReceiveWindow::make_room_for(std::uint32_t window) {
  if (is_set_ || is_bound_ || memory_for(window) <= buffer_) return;
  buffer_ = memory_for(window);
  clamp_ = std::max(clamp_, window);
}

void ReceiveWindow::set_buffer(std::uint32_t memory) {
  auto_tuned_ = is_bound_ = false;
  is_set_ = true;
  buffer_ = counts_memory_ ? memory : memory / 2;
}

bool ReceiveWindow::grow(std::uint32_t length, std::uint32_t bytes, std::uint32_t used, std::uint32_t rcv_mss) {
  if (stepped_ || rcv_ssthresh_ >= clamp_) return false;
  const std::uint32_t most = std::min(clamp_, free_window(used));
  if (most <= rcv_ssthresh_) return false;
  std::uint32_t step = 2u * mss_;
  const std::uint32_t expected = counts_memory_ ? window_of(SkBuff::of_packet(bytes).truesize) : 0;
  if (expected > length) {
    // It fills its memory worse than most. The larger the window is already, the better it has to.
    step = 0;
    std::uint32_t share = expected / 2, window = window_of(max_buffer_) / 2;
    for (; rcv_ssthresh_ <= window; share /= 2, window /= 2) {
      if (share > length) continue;
      step = 2 * rcv_mss;
      break;
    }
    if (step == 0) return false;
  }
  rcv_ssthresh_ += std::min(most - rcv_ssthresh_, std::max(step, 2 * length));
  return true;
}

void ReceiveWindow::on_overrun(std::uint32_t used) {
  if (!is_set_ && !is_bound_ && buffer_ < max_buffer_) buffer_ = std::min(used, max_buffer_);
  if (used > buffer_) rcv_ssthresh_ = std::min(clamp_, 2u * mss_);
}

void ReceiveWindow::on_read(std::uint64_t read, std::uint32_t unread, std::uint32_t beyond_gap, Time now) {
  const std::int64_t copied = std::int64_t{static_cast<std::uint32_t>(read) - read_before_} - unread;
  if (copied > last_space_) {
    const auto fresh = static_cast<std::uint64_t>(copied);
    std::uint64_t window = 2 * fresh;  // the sender may double its rate before this is felt
    window += 2 * (window * (fresh - last_space_) / last_space_);
    window += beyond_gap;
    last_space_ = static_cast<std::uint32_t>(fresh);
    enlarge(window);
  }
  read_before_ = static_cast<std::uint32_t>(read);
  round_began_ = now;
}

void ReceiveWindow::on_gap(std::uint32_t beyond_gap) {
  if (auto_tuned_) enlarge(2ull * last_space_ + beyond_gap);
}

void ReceiveWindow::enlarge(std::uint64_t window) {
  const std::uint32_t memory = std::min(memory_for(window), max_buffer_);
  if (memory <= buffer_) return;
  buffer_ = memory;
  clamp_ = window_of(memory);
}

void ReceiveWindow::on_rtt_sample(Duration sample, bool exact, bool buffer_is_empty) {
  if (rtt_ == Duration{} || sample < rtt_) {
    rtt_ = std::max(sample, Duration::us(1));
  } else if (exact && buffer_is_empty) {
    rtt_ = rtt_ - rtt_ / 8 + sample / 8;
  }
}

void ReceiveWindow::end_window_round(Seq rcv_nxt, Time now) {
  if (!rtt_began_.is_never()) on_rtt_sample(now - rtt_began_, false, false);
  rtt_edge_ = rcv_nxt + rcv_wnd_;
  rtt_began_ = now;
}

}  // namespace wirelab::tcp
