#pragma once
// What a congestion control sees and answers. It sees values only: it cannot reach the connection, so that its test is
// a list of events and numbers. The sender owns the window; loss recovery decides what was lost and what is sent again,
// whichever algorithm is chosen; in Recovery and CWR only PRR moves cwnd.

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "core/units.h"
#include "tcp/window.h"
#include "wire/seq.h"

namespace wirelab::tcp {

struct RateSample;

/// What an algorithm asks of the connection beside events. What is not asked for is neither done nor kept.
struct CcNeeds {
  bool ecn : 1 = false;          ///< ECN unasked, on every packet, each mark echoed (RFC 8257); on_delivered
  bool rate_sample : 1 = false;  ///< AckEvent::rate, and on_restart
  bool pacing : 1 = false;       ///< leaves at pacing_rate() of the algorithm
  bool owns_window : 1 = false;  ///< its window holds in CWR and Recovery too: no PRR, no restart after idling
  bool long_buffer : 1 = false;  ///< an auto-tuned send buffer holds three windows and not two
};

/// What a connection begins with.
struct CcStart {
  Time now;
  Window window;
  Seq snd_nxt;
  bool ecn = false;              ///< both sides do ECN
  Duration srtt;                 ///< of the handshake; 0: no sample
  Duration min_rtt;              ///< Duration::max() without a sample
  std::uint32_t smss = 536;      ///< bytes
  std::uint64_t random_key = 0;  ///< of the run and this connection, for whatever is drawn
};

/// Given on every ACK that acknowledges, cumulatively or selectively, something new.
struct AckEvent {
  Time now;
  Segments acked = 0;      ///< newly acknowledged by the cumulative ACK
  Segments delivered = 0;  ///< newly acknowledged by the cumulative ACK or a SACK
  Segments growth = 0;     ///< what may count for growth: `delivered` limited by the ABC option; 0: cwnd may not grow
  Segments lost = 0;       ///< newly marked lost
  Segments prior_in_flight = 0;
  Segments packets_out = 0;  ///< after this ACK
  CaState ca_state = CaState::Open;
  bool ece = false;           ///< ECN echo
  bool cwnd_limited = false;  ///< cwnd, not the application or the peer, held the sender back
  bool has_rtt = false;       ///< `rtt` is a sample; not if Karn's rule forbids it
  Duration rtt;               ///< from the latest segment that this ACK reports, whole microseconds
  Duration min_rtt, srtt;     ///< smallest sample of the connection; smoothed
  Seq snd_una, snd_nxt;       ///< after this ACK; each algorithm marks its own rounds with them
  Bytes smss;
  const RateSample* rate = nullptr;  ///< if the algorithm needs it, then on every ACK; lent for the call
};

/// Given once per episode.
struct CongestionEvent {
  enum class Cause : std::uint8_t { Loss, Ecn, Timeout };
  Time now;
  Cause cause = Cause::Loss;
  Window window;        ///< in force before the reduction; Linux's algorithms reduce its cwnd
  Segments flight = 0;  ///< FlightSize of RFC 5681 without segments sent by limited transmit
};

/// One of an algorithm's own variables, as cc.csv shows it.
struct CcVariable {
  std::string_view name;
  double value = 0;  ///< segments, seconds or what the name says
};
inline constexpr std::size_t kMostCcVariables = 8;

class CongestionControl {
 public:
  virtual ~CongestionControl() = default;

  /// The connection is established. Returns the window to begin with.
  virtual Window start(const CcStart& start) { return start.window; }

  /// With CcNeeds::ecn, before recovery looks at the ACK: so many segments were delivered, marked if `ece`.
  virtual void on_delivered(Segments /*delivered*/, bool /*ece*/, Seq /*snd_una*/, Seq /*snd_nxt*/) {}

  /// The window after this ACK. In CWR and Recovery the sender keeps its own cwnd, and of the answer ssthresh counts:
  /// HyStart may find there as well that the window fills the path.
  virtual Window on_ack(const AckEvent&, Window) = 0;

  /// The new slow-start threshold (RFC 5681 section 3.1 and its successors), at least 2.
  virtual Segments ssthresh(const CongestionEvent&) = 0;

  /// A loss found while the window shrinks for an ECN echo is asked about once more (RFC 8257 section 3.5).
  virtual bool reduces_again_for_loss() const { return false; }

  /// The sender has changed its state: Loss after a timeout, Open after recovery, and so on. `snd_nxt` as it is now.
  virtual void on_state(Time, CaState, Seq /*snd_nxt*/) {}

  /// A reduction turned out to be wrong. The window returned is at least as large as before that reduction.
  virtual Window on_undo(Time, Window before, Window now_in_force) {
    const Segments cwnd = before.cwnd > now_in_force.cwnd ? before.cwnd : now_in_force.cwnd;
    const Segments ssthresh = before.ssthresh > now_in_force.ssthresh ? before.ssthresh : now_in_force.ssthresh;
    return {cwnd, now_in_force.cwnd_count, ssthresh};
  }

  /// Data leaves again after nothing was in flight; `idle` since the last transmission. `window_restarted`: the window
  /// was cut for that (RFC 5681 section 4.1).
  virtual void on_idle_end(Time, Duration /*idle*/, bool /*window_restarted*/, Seq /*snd_nxt*/) {}

  /// A lost segment found by duplicate ACKs is answered as a timeout is: slow start from one segment (Tahoe).
  virtual bool restarts_after_loss() const { return false; }

  /// With CcNeeds::rate_sample, when data leaves and nothing was in flight. `app_limited`: for lack of data.
  virtual Window on_restart(Time, bool /*app_limited*/, Window w) { return w; }
  /// With CcNeeds::rate_sample, asked after on_ack: what is delivered now says little of the path.
  virtual bool holds_back() const { return false; }

  /// Asked after start, on_ack and on_restart, with CcNeeds::pacing. Nothing: as the window has it.
  virtual std::optional<DataRate> pacing_rate() const { return {}; }

  /// Writes what the algorithm remembers, always the same names in the same order; returns how many. Recording only.
  virtual std::size_t variables(std::span<CcVariable, kMostCcVariables>) const { return 0; }
};

/// Slow start of Linux with appropriate byte counting (RFC 3465, without limit): `acked` segments open the window by as
/// many, up to ssthresh. Returns what is left over for congestion avoidance.
constexpr Segments slow_start(Window& w, Segments acked) {
  const Segments target = w.ssthresh - w.cwnd < acked ? w.ssthresh : w.cwnd + acked;
  const Segments left = acked - (target - w.cwnd);
  w.cwnd = target;
  return left;
}

/// Additive increase: one segment for every `per_step` segments acknowledged (per_step = cwnd: RFC 5681).
constexpr void additive_increase(Window& w, Segments per_step, Segments acked) {
  if (w.cwnd_count >= per_step) {  // credit that was gathered under a larger per_step
    w.cwnd_count = 0;
    ++w.cwnd;
  }
  w.cwnd_count += acked;
  if (w.cwnd_count >= per_step) {
    const Segments steps = w.cwnd_count / per_step;
    w.cwnd_count -= steps * per_step;
    w.cwnd += steps;
  }
}

}  // namespace wirelab::tcp
