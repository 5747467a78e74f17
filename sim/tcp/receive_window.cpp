#include "tcp/receive_window.h"

#include <algorithm>
#include <bit>

namespace wirelab::tcp {
namespace {

constexpr std::uint32_t kMaxUnscaled = 65535;
constexpr int kMaxShift = 14;  // RFC 7323 section 2.3

/// Memory of a received packet in Linux: headers and headroom, the payload and the shared info in one power of two, and
/// the sk_buff.
std::uint32_t memory_of(std::uint32_t payload) {
  constexpr std::uint32_t kAround = 52 + 64 + 320, kSkBuff = 256;
  return std::bit_ceil(payload + kAround) + kSkBuff;
}

/// `fill` of 256 bytes of memory are window.
std::uint32_t window_of(std::uint32_t memory, std::uint8_t fill) {
  return static_cast<std::uint32_t>(std::uint64_t{memory} * fill / 256);
}

std::uint32_t round_down(std::uint32_t n, std::uint32_t step) { return n - n % step; }

}  // namespace

InitialWindow initial_window(const TcpConfig& config, std::uint32_t mss) {
  InitialWindow w;
  const bool fixed = config.rcvbuf > Bytes(0);
  // Half of the buffer's memory is window, as Linux reckons before it has seen how well segments fill their memory.
  w.capacity = static_cast<std::uint32_t>(fixed ? config.rcvbuf.count() : config.rmem_default.count() / 2);
  std::uint32_t offered = w.capacity;
  if (!config.rcv_sws_steps && offered > mss) offered = round_down(offered, mss);
  w.rcv_wnd = std::min(offered, kMaxUnscaled);
  if (config.window_scaling) {
    const auto most = static_cast<std::uint32_t>(
        fixed || !config.moderate_rcvbuf ? w.capacity : std::max<std::int64_t>(w.capacity, config.rmem_max.count()));
    w.wscale = static_cast<std::uint8_t>(std::clamp(static_cast<int>(std::bit_width(most)) - 16, 0, kMaxShift));
  }
  return w;
}

void ReceiveWindow::start(const TcpConfig& config, const InitialWindow& offered, std::uint8_t rcv_wscale,
                          std::uint32_t mss, Seq rcv_nxt, Time now) {
  wscale_ = rcv_wscale;
  mss_ = mss;
  stepped_ = config.rcv_sws_steps;
  auto_tuned_ = config.moderate_rcvbuf && config.rcvbuf == Bytes(0);
  const std::uint32_t reach = kMaxUnscaled << wscale_;
  capacity_ = std::min(offered.capacity, reach);
  max_capacity_ = std::min(auto_tuned_ ? static_cast<std::uint32_t>(config.rmem_max.count() / 2) : capacity_, reach);
  rcv_wup_ = rcv_nxt;
  rcv_wnd_ = offered.rcv_wnd;
  // Linux starts from what the SYN offered and opens up as data comes; the textbook offers the buffer at once.
  rcv_ssthresh_ = stepped_ ? capacity_ : std::min(offered.rcv_wnd, capacity_);
  last_space_ = std::min({rcv_ssthresh_, rcv_wnd_, 10 * mss});
  round_began_ = rtt_began_ = now;
  rtt_edge_ = rcv_nxt + rcv_wnd_;
}

std::uint32_t ReceiveWindow::linux_window(std::uint32_t free, std::uint32_t rcv_mss, bool* tight) const {
  const std::uint32_t mss = std::min(rcv_mss, capacity_);
  if (free < capacity_ / 2) {
    if (tight != nullptr) *tight = true;
    free = free >> wscale_ << wscale_;
    if (free < capacity_ / 16 || free < mss) return 0;
  }
  free = std::min(free, rcv_ssthresh_);
  if (wscale_ != 0) {
    const std::uint32_t unit = 1u << wscale_;
    const std::uint32_t up = (free + unit - 1) / unit * unit;  // so that the shift does not take away what was offered
    return up <= capacity_ ? up : free / unit * unit;
  }
  if (mss != 0 && (rcv_wnd_ + mss <= free || rcv_wnd_ > free)) return round_down(free, mss);
  if (mss == capacity_ && free > rcv_wnd_ + capacity_ / 2) return free;
  return rcv_wnd_;
}

std::uint32_t ReceiveWindow::stepped_window(Seq rcv_nxt, std::uint32_t free) const {
  // The right edge stays until it can move by half the buffer or one segment.
  const std::uint32_t standing = remaining(rcv_nxt);
  const std::uint32_t step = std::min(capacity_ / 2, mss_);
  if (free < standing + step) return standing;
  return free >> wscale_ << wscale_;
}

std::uint32_t ReceiveWindow::select(Seq rcv_nxt, std::uint32_t held, std::uint32_t rcv_mss, bool* tight) const {
  const std::uint32_t free = capacity_ > held ? capacity_ - held : 0;
  const std::uint32_t standing = remaining(rcv_nxt);
  const std::uint32_t wanted = stepped_ ? stepped_window(rcv_nxt, free) : linux_window(free, rcv_mss, tight);
  if (wanted >= standing) return std::min(wanted, kMaxUnscaled << wscale_);
  // Never shrink (RFC 9293 section 3.8.6): rounded up to what the scaled field can say. Each ACK of a small segment
  // moves the edge on by that; the memory behind the window bounds it, and then the field says less than what is taken
  // (RFC 7323 section 2.4).
  const std::uint32_t unit = 1u << wscale_;
  const std::uint32_t rounded = (standing + unit - 1) / unit * unit;
  const bool fits = std::uint64_t{held} + rounded <= 2 * std::uint64_t{capacity_};
  return std::min(fits ? rounded : standing, kMaxUnscaled << wscale_);
}

std::uint16_t ReceiveWindow::offer(Seq rcv_nxt, std::uint32_t held, std::uint32_t rcv_mss, bool* tight) {
  rcv_wnd_ = select(rcv_nxt, held, rcv_mss, tight);
  rcv_wup_ = rcv_nxt;
  return static_cast<std::uint16_t>(rcv_wnd_ >> wscale_);
}

void ReceiveWindow::on_full_segment(std::uint32_t length) {
  if (!auto_tuned_ && !is_set_) return;
  const std::uint32_t fill = std::clamp<std::uint32_t>(256 * length / memory_of(length), 1, 255);
  if (is_set_) {
    if (fill == fill_) return;
    fill_ = static_cast<std::uint8_t>(fill);
    capacity_ = std::min(window_of(max_capacity_, fill_), kMaxUnscaled << wscale_);
    return;
  }
  capacity_ = std::min(static_cast<std::uint32_t>(std::uint64_t{capacity_} * fill / fill_), max_capacity_);
  fill_ = static_cast<std::uint8_t>(fill);
}

void ReceiveWindow::set_buffer(std::uint32_t memory) {
  auto_tuned_ = false;
  is_set_ = true;
  max_capacity_ = memory;
  capacity_ = std::min(capacity_, window_of(memory, fill_));
}

bool ReceiveWindow::grow(std::uint32_t length, std::uint32_t held) {
  if (stepped_ || rcv_ssthresh_ >= capacity_) return false;
  const std::uint32_t free = capacity_ > held ? capacity_ - held : 0;
  if (free <= rcv_ssthresh_) return false;
  rcv_ssthresh_ += std::min(free - rcv_ssthresh_, 2 * std::max(length, mss_));
  return true;
}

void ReceiveWindow::on_read(std::uint64_t read, std::uint32_t beyond_gap, Time now) {
  if (!auto_tuned_ || rtt_ == Duration{} || now - round_began_ < rtt_) return;
  const auto copied = static_cast<std::uint32_t>(read - read_before_);
  if (copied > last_space_) {
    std::uint64_t window = 2ull * copied;  // the sender may double its rate before this is felt
    window += 2 * (window * (copied - last_space_) / last_space_);
    window += beyond_gap;
    last_space_ = copied;
    enlarge(window);
  }
  read_before_ = read;
  round_began_ = now;
}

void ReceiveWindow::on_gap(std::uint32_t beyond_gap) {
  if (auto_tuned_) enlarge(2ull * last_space_ + beyond_gap);
}

void ReceiveWindow::enlarge(std::uint64_t window) {
  capacity_ = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(window, capacity_, max_capacity_));
}

void ReceiveWindow::on_rtt_sample(Duration sample, bool exact, bool buffer_is_empty) {
  if (rtt_ == Duration{} || sample < rtt_) {
    rtt_ = std::max(sample, Duration::us(1));
  } else if (exact && buffer_is_empty) {
    rtt_ = rtt_ - rtt_ / 8 + sample / 8;
  }
}

void ReceiveWindow::end_window_round(Seq rcv_nxt, Time now) {
  on_rtt_sample(now - rtt_began_, false, false);
  rtt_edge_ = rcv_nxt + rcv_wnd_;
  rtt_began_ = now;
}

}  // namespace wirelab::tcp
