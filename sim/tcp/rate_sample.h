#pragma once
// How fast the network delivers, measured from the sending of a segment to its acknowledgement: delivery-rate
// estimation (draft-cheng-iccrg-delivery-rate-estimation, Linux's tcp_rate.c). The rate is what was delivered meanwhile
// over the longer of two times, that in which it was sent and that in which its ACKs came, so that ACKs that come in a
// bunch do not make it look faster. Kept for a congestion control that asks (CcNeeds::rate_sample), beside the
// scoreboard.

#include <cstdint>

#include "core/ring.h"
#include "core/units.h"
#include "tcp/segment_record.h"

namespace wirelab::tcp {

/// What one ACK says. Deliveries and losses are the connection's, modulo 2^32, in segments; the handshake counts one.
struct RateSample {
  bool has_delivered = false;         ///< `delivered`, `prior_delivered` and `app_limited` hold
  Segments delivered = 0;             ///< since the segment left that of those acknowledged left last
  std::uint32_t prior_delivered = 0;  ///< up to then
  bool app_limited = false;           ///< meanwhile there was, at some time, nothing to send
  std::int64_t interval_us = -1;      ///< in which `delivered` was; -1: not to be believed
  bool ack_delayed = false;           ///< probably by the receiver: a lone small segment

  std::uint32_t total_delivered = 0, total_lost = 0;
  Time delivered_at;       ///< the last delivery
  Segments in_flight = 0;  ///< after this ACK
  Time departure;          ///< from when on pacing lets the next burst go

  bool is_valid() const { return has_delivered && interval_us > 0; }
};

/// What belongs to one ACK beside the sample.
struct RateContext {
  Time now;
  Duration min_rtt;  ///< smallest of the connection
  Time departure;
  std::uint32_t delivered_before = 0;  ///< the scoreboard's count when the ACK came,
  std::uint32_t delivered = 0;         ///< and now
  Segments lost = 0;                   ///< newly marked
  Segments in_flight = 0;
  bool lone_small_ack = false;  ///< it acknowledges one segment alone, in order and not full
};

class DeliveryRate {
 public:
  // ---- Segments, by their position in the scoreboard

  /// A segment has left for the first time; `alone`: nothing was outstanding.
  void on_sent(Time now, bool alone) {
    if (alone) first_sent_ = delivered_at_ = now;
    stamps_.push(stamp());
  }
  void on_resent(std::uint32_t position) { stamps_[position] = stamp(); }
  /// It has arrived, and was not known to. `r`: as it was sent last.
  void on_arrived(std::uint32_t position, const SegmentRecord& r);
  /// The first one leaves the scoreboard.
  void pop() { stamps_.pop(); }
  /// The scoreboard has cut its segments anew: nothing is known of the `n` that there are now.
  void forget_segments(std::uint32_t n);

  // ---- ACKs

  /// To be called before the scoreboard takes an ACK.
  void begin() { has_prior_ = false; }
  /// The sample of that ACK.
  RateSample end(const RateContext& c);
  void on_lost(Segments n) { lost_ += n; }

  // ---- Lack of data

  /// Until all that is in flight has been delivered, samples are the application's and not the path's.
  void set_app_limited(std::uint32_t delivered, Segments in_flight) {
    const std::uint32_t until = delivered + 1 + in_flight;
    app_limited_until_ = until != 0 ? until : 1;
  }
  bool is_app_limited() const { return app_limited_until_ != 0; }

  /// The last rate that was not the application's, or the highest that was, in bytes per second; 0: none yet.
  std::uint64_t bytes_per_second(std::uint32_t smss) const {
    return rate_interval_us_ == 0 ? 0 : std::uint64_t{rate_delivered_} * smss * 1'000'000 / rate_interval_us_;
  }

 private:
  struct Stamp {
    Time first_sent;    // when the flight that is measured began to leave
    Time delivered_at;  // the last delivery before it left; never: unknown, or used already
    bool app_limited;
  };
  Stamp stamp() const { return {first_sent_, delivered_at_, is_app_limited()}; }

  Ring<Stamp> stamps_;
  Time first_sent_, delivered_at_;
  std::uint32_t app_limited_until_ = 0;  // deliveries; 0: not
  std::uint32_t lost_ = 0;
  Segments rate_delivered_ = 0;
  std::uint64_t rate_interval_us_ = 0;
  bool rate_app_limited_ = false;

  // Of the segment that left last of those which the ACK at hand reports.
  bool has_prior_ = false, prior_app_limited_ = false;
  std::uint32_t prior_delivered_ = 0;
  Time prior_at_;
  Seq prior_end_;
  Duration send_phase_;
};

}  // namespace wirelab::tcp
