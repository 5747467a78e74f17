#pragma once
// What the application has given and the peer has not acknowledged. Bytes are a pattern, so the buffer is two counters
// and a limit.

#include <algorithm>
#include <bit>
#include <cstdint>

#include "core/units.h"
#include "tcp/config.h"

namespace wirelab::tcp {

/// Positions count payload bytes from the start of the stream and do not wrap.
class SendBuffer {
 public:
  void start(const TcpConfig& config) {
    auto_tuned_ = config.sndbuf == Bytes(0);
    limit_ = static_cast<std::uint64_t>(auto_tuned_ ? config.wmem_default.count() : config.sndbuf.count());
    most_ = static_cast<std::uint64_t>(auto_tuned_ ? config.wmem_max.count() : config.sndbuf.count());
  }

  void set_limit(Bytes limit) {
    auto_tuned_ = false;
    limit_ = most_ = static_cast<std::uint64_t>(limit.count());
  }

  /// Takes as many of `bytes` as there is room for.
  std::uint64_t write(std::uint64_t bytes) {
    const std::uint64_t taken = std::min(bytes, room());
    end_ += taken;
    return taken;
  }
  void on_acked(std::uint64_t bytes) { una_ += bytes; }

  std::uint64_t una() const { return una_; }  ///< first byte not acknowledged
  std::uint64_t end() const { return end_; }  ///< one past the last byte written
  std::uint64_t used() const { return end_ - una_; }
  std::uint64_t room() const { return limit_ > used() ? limit_ - used() : 0; }
  std::uint64_t limit() const { return limit_; }
  /// Linux's threshold, so that a writer is not woken by every ACK: a third of the buffer is free.
  bool is_writable() const { return room() > 0 && room() >= used() / 2; }

  /// Linux's tcp_sndbuf_expand: memory for twice the window, at full segments with what they cost around them.
  void fit_to_window(Segments cwnd, std::uint32_t smss) {
    if (!auto_tuned_ || limit_ >= most_) return;
    const std::uint64_t segment = std::bit_ceil(std::uint64_t{smss} + 640) + 256;
    limit_ = std::clamp(2 * std::max<std::uint64_t>(cwnd, 10) * segment, limit_, most_);
  }

 private:
  std::uint64_t una_ = 0, end_ = 0;
  std::uint64_t limit_ = 0, most_ = 0;
  bool auto_tuned_ = false;
};

}  // namespace wirelab::tcp
