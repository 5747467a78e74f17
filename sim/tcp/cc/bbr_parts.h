#pragma once
// Parts of BBR that stand alone: units, the degree of ACK aggregation, and the search for a policed rate.

#include <algorithm>
#include <cstdint>

#include "core/units.h"
#include "tcp/rate_sample.h"

namespace wirelab::tcp::cc::bbr {

/// Bandwidths are segments per microsecond in 1/2^24, gains in 1/256, as in Linux.
using Bandwidth = std::uint64_t;
inline constexpr int kBandwidthBits = 24, kGainBits = 8;
inline constexpr Bandwidth kBandwidthOne = Bandwidth{1} << kBandwidthBits;
inline constexpr std::uint32_t kUnit = 1u << kGainBits;

/// Payload per second of `bw` times `gain`, 1 % less so that the queue of the bottleneck drains.
constexpr std::uint64_t bytes_per_second(Bandwidth bw, std::uint32_t gain, std::uint32_t smss) {
  const Uint128 scaled = Uint128{bw} * smss * gain >> kGainBits;
  return static_cast<std::uint64_t>(scaled * (1'000'000u / 100u * 99u) >> kBandwidthBits);
}

/// How many segments more than the bandwidth explains are acknowledged at a time: ACKs that come in bunches, for which
/// the window needs room. The largest of the last 5 to 10 round trips.
class AckAggregation {
 public:
  void restart(Time now) {
    epoch_ = now;
    acked_ = 0;
  }
  Segments extra() const { return std::max(extra_[0], extra_[1]); }

  void take(const RateSample& rate, Segments acked, bool round_started, Bandwidth bw, Segments cwnd) {
    if (round_started && ++rounds_ >= kRounds) {
      rounds_ = 0;
      index_ ^= 1u;
      extra_[index_] = 0;
    }
    const auto us = static_cast<std::uint64_t>((rate.delivered_at - epoch_).us());
    std::uint64_t expected = static_cast<std::uint64_t>(Uint128{bw} * us >> kBandwidthBits);
    if (acked_ <= expected || acked_ + acked >= kMostAcked) {  // slower than expected: measure from here
      restart(rate.delivered_at);
      expected = 0;
    }
    acked_ += acked;
    extra_[index_] = std::max(extra_[index_], static_cast<Segments>(std::min<std::uint64_t>(acked_ - expected, cwnd)));
  }

 private:
  static constexpr std::uint32_t kRounds = 5;
  static constexpr std::uint64_t kMostAcked = 1u << 20;

  Time epoch_;
  std::uint64_t acked_ = 0;
  Segments extra_[2] = {0, 0};
  std::uint32_t rounds_ = 0, index_ = 0;
};

/// A token bucket lets bursts through and then drops a fifth or more. Two intervals in a row of 4 to 16 round trips
/// that end with losses, lose that much and deliver at the same rate show one; then that rate is kept for 48 round
/// trips.
class PolicerDetector {
 public:
  bool in_force() const { return in_force_; }
  Bandwidth bandwidth() const { return bandwidth_; }

  void reset(const RateSample& rate) {
    bandwidth_ = 0;
    in_force_ = sampling_ = false;
    begin_interval(rate);
  }

  /// True: the rate was in force long enough, and the path is to be probed anew.
  bool take(const RateSample& rate, Segments losses, bool round_started, bool probing, std::uint32_t smss) {
    if (in_force_) {
      if (!probing || !round_started || ++rounds_ < kRoundsInForce) return false;
      reset(rate);
      return true;
    }
    if (!sampling_) {
      if (losses == 0) return false;  // until the bucket is empty it says nothing of the rate
      begin_interval(rate);
      sampling_ = true;
    }
    if (rate.app_limited) {
      reset(rate);
      return false;
    }
    if (round_started) ++rounds_;
    if (rounds_ < kLeastRounds) return false;
    if (rounds_ > 4 * kLeastRounds) {
      reset(rate);
    } else if (losses != 0) {
      end_interval(rate, smss);
    }
    return false;
  }

 private:
  static constexpr std::uint32_t kLeastRounds = 4, kRoundsInForce = 48;
  static constexpr std::uint32_t kLossShare = 50;            // of 256
  static constexpr std::uint64_t kSameBytesPerSecond = 500;  // 4 kbit/s

  void begin_interval(const RateSample& rate) {
    since_ms_ = rate.delivered_at.since_start().ms();
    delivered_ = rate.total_delivered;
    lost_ = rate.total_lost;
    rounds_ = 0;
  }

  void end_interval(const RateSample& rate, std::uint32_t smss) {
    const std::uint32_t lost = rate.total_lost - lost_, delivered = rate.total_delivered - delivered_;
    if (delivered == 0 || (std::uint64_t{lost} << kGainBits) < std::uint64_t{kLossShare} * delivered) return;
    const std::int64_t ms = rate.delivered_at.since_start().ms() - since_ms_;
    if (ms < 1) return;
    const Bandwidth bw = (std::uint64_t{delivered} << kBandwidthBits) / (static_cast<std::uint64_t>(ms) * 1000);
    if (bandwidth_ != 0) {
      const Bandwidth apart = bw > bandwidth_ ? bw - bandwidth_ : bandwidth_ - bw;
      if (apart * 8 <= bandwidth_ || bytes_per_second(apart, kUnit, smss) <= kSameBytesPerSecond) {
        bandwidth_ = (bw + bandwidth_) / 2;
        in_force_ = true;
        rounds_ = 0;
        return;
      }
    }
    bandwidth_ = bw;
    begin_interval(rate);
  }

  Bandwidth bandwidth_ = 0;
  std::int64_t since_ms_ = 0;
  std::uint32_t delivered_ = 0, lost_ = 0, rounds_ = 0;
  bool sampling_ = false, in_force_ = false;
};

}  // namespace wirelab::tcp::cc::bbr
