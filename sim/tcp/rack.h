#pragma once
// What RACK (RFC 8985 section 6) remembers: when the segment that was sent last of all that have arrived was sent, what
// round trip the latest arrival took, and how much reordering to allow for. The choices are Linux's. The allowance is a
// quarter of the smallest round trip, and one quarter more for each round with a D-SACK, up to the smoothed round trip.
// Until reordering has been seen it is 0 once three segments are SACKed or recovery is under way.

#include <algorithm>
#include <cstdint>

#include "core/units.h"
#include "tcp/rtt_estimator.h"
#include "tcp/scoreboard.h"
#include "wire/seq.h"

namespace wirelab::tcp {

/// Bits of the option `rack`, as in Linux's tcp_recovery.
namespace rack_option {
inline constexpr std::uint32_t On = 1;
inline constexpr std::uint32_t StaticWindow = 2;  ///< D-SACKs do not widen the reordering window
inline constexpr std::uint32_t NoDupThresh = 4;   ///< three SACKed segments do not set the window to 0
}  // namespace rack_option

class Rack {
 public:
  /// Steps 1 and 2: after each ACK that brought something.
  void on_arrival(const AckSummary& told, Time now) {
    if (!told.arrived) return;
    advanced_ = true;
    rtt_ = now - told.last_arrived_sent;
    if (!sent_before(newest_sent_, newest_end_, told.newest_sent, told.newest_end)) return;
    newest_sent_ = told.newest_sent;
    newest_end_ = told.newest_end;
  }
  /// Step 3: something arrived late that had been sent once.
  void on_reordering() { ++reorderings_; }
  /// Step 4: a retransmission proved needless that was not a tail loss probe.
  void on_duplicate() {
    if (reorderings_ != 0) duplicate_seen_ = true;
  }
  bool widening_pending() const { return duplicate_seen_; }
  /// Once an ACK: the window widens at most once in a round. `sent_delivered`: deliveries when what was just
  /// acknowledged left; `delivered`: now.
  void widen_window(std::uint32_t sent_delivered, std::uint32_t delivered) {
    if (!duplicate_seen_ || sent_delivered == 0) return;
    duplicate_seen_ = false;
    if (static_cast<std::int32_t>(sent_delivered - widened_at_) < 0) return;
    if (steps_ < 255) ++steps_;
    widened_at_ = delivered;
    persist_ = kPersist;
  }
  /// A reduction was taken back since every retransmission proved needless: the widened window stays for longer.
  void on_duplicates_undo() { persist_ = std::min<std::uint8_t>(kPersist, persist_ + 1); }
  /// A recovery ended without having been needless.
  void on_recovery_end() {
    if (persist_ > 0 && --persist_ == 0) steps_ = 1;
  }

  Duration reordering_window(const RttEstimator& rtt, bool in_recovery, bool enough_sacked,
                             std::uint32_t options) const {
    if (reorderings_ == 0) {
      if (in_recovery) return {};
      if (enough_sacked && (options & rack_option::NoDupThresh) == 0) return {};
    }
    if (!rtt.has_sample()) return {};
    return std::min(Duration::us(rtt.min_rtt().us() >> 2) * static_cast<std::int64_t>(steps_), rtt.srtt());
  }
  TimeRule rule(Time now, Duration window) const { return {newest_sent_, newest_end_, now - rtt_ - window}; }
  /// What a retransmission timeout does not count as lost: sent less than a round trip ago.
  Time recent(Time now) const { return now - rtt_; }

  /// There is news since the losses were looked for last. Asking ends it.
  bool take_news() {
    const bool news = advanced_;
    advanced_ = false;
    return news;
  }
  /// Marks were taken back: look again.
  void look_again() { advanced_ = true; }

  std::uint32_t reorderings() const { return reorderings_; }  ///< ACKs that showed some
  std::uint32_t steps() const { return steps_; }

 private:
  static constexpr std::uint8_t kPersist = 16;  // recoveries for which a widened window stays (RFC 8985 section 6.2)

  Time newest_sent_ = Time::from_ps(-1);
  Duration rtt_;
  Seq newest_end_;
  std::uint32_t widened_at_ = 0;
  std::uint32_t reorderings_ = 0;
  std::uint8_t steps_ = 1;
  std::uint8_t persist_ = 0;
  bool advanced_ = false, duplicate_seen_ = false;
};

}  // namespace wirelab::tcp
