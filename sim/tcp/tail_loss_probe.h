#pragma once
// The tail loss probe (RFC 8985 section 7): what is sent when ACKs stay away for two round trips, so that a lost tail
// is found by SACK and not by the retransmission timer, and what the answer to it says.

#include <algorithm>
#include <optional>

#include "core/units.h"
#include "tcp/rtt_estimator.h"
#include "wire/seq.h"

namespace wirelab::tcp {

/// The least number of whole ticks that is not less than `d`.
constexpr Duration in_ticks(Duration d, Duration tick) { return tick * ((d.ps() + tick.ps() - 1) / tick.ps()); }

class TailLossProbe {
 public:
  enum class Answer : std::uint8_t {
    None,      ///< there is none yet, or it says nothing
    NoLoss,    ///< the probe was new data, or both copies of the segment arrived
    Repaired,  ///< the probe replaced what was lost: the window is to be reduced (section 7.4.2)
  };

  /// The probe timeout (section 7.2), as Linux reckons it: two round trips, and the smallest RTO if a lone segment may
  /// have its ACK delayed, else two milliseconds; in ticks.
  static Duration timeout(const RttEstimator& rtt, Segments packets_out, Duration rto_min, Duration initial) {
    if (!rtt.has_sample()) return initial;
    return in_ticks(rtt.srtt() * 2 + (packets_out == 1 ? rto_min : Duration::ms(2)), rtt.tick());
  }

  /// At most one is under way.
  bool outstanding() const { return end_.has_value(); }
  /// The copy of an old segment is under way: it may come back as a duplicate.
  bool repeats() const { return outstanding() && repeats_; }
  /// Where the probe ended, while it is under way.
  std::optional<Seq> end() const { return end_; }

  void on_sent(Seq snd_nxt, bool repeats) {
    end_ = snd_nxt;
    repeats_ = repeats;
  }
  void end_episode() { end_.reset(); }

  /// Section 7.4.1. `duplicate`: a D-SACK of the probe itself; `says_nothing_new`: neither acknowledges, nor SACKs, nor
  /// updates the window, nor carries data.
  Answer on_ack(Seq ack, bool duplicate, bool says_nothing_new) {
    if (!end_ || ack < *end_) return Answer::None;
    if (!repeats_ || duplicate || (ack == *end_ && says_nothing_new)) {
      end_.reset();
      return Answer::NoLoss;
    }
    if (ack == *end_) return Answer::None;
    end_.reset();
    return Answer::Repaired;
  }

 private:
  std::optional<Seq> end_;
  bool repeats_ = false;
};

}  // namespace wirelab::tcp
