#pragma once
// How many segments leave together: what Linux does for the sake of segmentation offload (GSO), which shapes the ACK
// clock and what a queue drops. Questions about values that others hold; it has no state of its own.

#include <cstdint>

#include "tcp/config.h"
#include "tcp/pacer.h"
#include "tcp/sender.h"

namespace wirelab::tcp {

class BurstSize {
 public:
  /// `pacer`: nullptr if the connection does not pace.
  BurstSize(const Sender& sender, const TcpConfig& config, const Pacer* pacer)
      : sender_(sender), config_(config), pacer_(pacer) {}

  /// What the window makes of a round trip, in bytes of payload per second; Pacer::kUnlimited while no RTT is known.
  std::uint64_t window_rate() const;
  /// At least so many segments are a burst, data and windows allowing.
  [[gnu::hot]] Segments least() const;
  /// And at most so many: what the pacing rate sends in a millisecond, and more on short paths. Never below least().
  Segments most() const;
  /// n >= most(), without its divisions.
  [[gnu::hot]] bool is_filled_by(Segments n) const;
  /// Linux's tcp_tso_should_defer: a burst that the windows cut short to `bytes` waits for the next ACK to make it
  /// whole. It does so if that ACK is likely to come soon and the last segment left just now, and not where the burst
  /// is a good part of the window anyway.
  [[gnu::hot]] bool is_worth_waiting_for(std::uint64_t bytes, Time now) const;

 private:
  std::uint64_t window_rate_times_srtt() const;
  std::uint64_t short_path_bonus() const;

  const Sender& sender_;
  const TcpConfig& config_;
  const Pacer* pacer_;
};

}  // namespace wirelab::tcp
