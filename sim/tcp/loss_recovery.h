#pragma once
// When recovery begins and ends and what the window does meanwhile: none, Reno, NewReno (RFC 6582) or SACK (RFC 6675),
// with PRR (RFC 9937) or with the window moves of RFC 5681. The states and the order of the steps are Linux's; those
// of the RFCs are special cases. The scoreboard marks which segments are lost, and the congestion control says how far
// the window falls.

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/units.h"
#include "tcp/config.h"
#include "tcp/congestion_control.h"
#include "tcp/observer.h"
#include "tcp/prr.h"
#include "tcp/rack.h"
#include "tcp/rtt_estimator.h"
#include "tcp/scoreboard.h"
#include "tcp/tail_loss_probe.h"
#include "tcp/undo.h"
#include "tcp/window.h"

namespace wirelab::tcp {

/// What the steps of recovery work on; lent for one call.
struct RecoveryContext {
  Time now;
  const TcpConfig& config;
  CongestionControl& cc;
  const RttEstimator& rtt;
  Scoreboard& board;
  Window& window;
  Seq snd_una, snd_nxt;
  std::uint32_t smss;
  std::uint32_t max_window;
  bool cc_owns_window;  ///< CcNeeds::owns_window: only a timeout changes cwnd here
};

struct AckFacts {
  Segments acked = 0;         ///< segments that left the scoreboard cumulatively
  bool advanced = false;      ///< snd_una moved
  bool duplicate = false;     ///< a duplicate ACK by RFC 5681 section 2 that reports nothing new
  bool may_send_new = false;  ///< the peer's window has room to the right of snd_nxt
  bool ece = false;
  bool has_ts_ecr = false;
  std::uint32_t ts_ecr = 0;
};

class LossRecovery {
 public:
  void reset(const TcpConfig& config, Seq snd_una, bool sack);

  CaState state() const { return state_; }
  /// Segments out of order that are no loss yet: the option `reordering`, or as many as were seen.
  std::uint32_t reordering() const { return dupthresh_; }
  /// A probe for a larger segment begins at `first`.
  void watch_size_probe(Seq first) {
    size_probe_ = first;
    size_probing_ = true;
    size_probe_lost_ = false;
  }
  void forget_size_probe() { size_probing_ = size_probe_lost_ = false; }
  bool take_size_probe_loss() { return std::exchange(size_probe_lost_, false); }

  std::uint32_t reorderings() const { return rack_.reorderings(); }
  bool in_reduction() const { return state_ == CaState::Cwr || state_ == CaState::Recovery; }

  /// Whether SACKs that arrive out of order tell of reordering. After a timeout that cannot be taken back they do not:
  /// too much was lost then.
  bool learns_from_sack_order() const { return state_ != CaState::Loss || undo_.active(); }
  /// What RACK learns, from every ACK that brought something.
  void on_arrival(const AckSummary& told, Time now) {
    if (!by_time_) return;
    rack_.on_arrival(told, now);
    if (told.reordering != 0) rack_.on_reordering();
  }
  /// Takes the D-SACK of that ACK. Returns how many segments arrived twice; 0 if the report is not credible.
  Segments on_duplicate(const RecoveryContext&, const AckSummary&);
  /// RACK's window, and what the ACK says of a tail loss probe under way (RFC 8985 section 7.4). `ack`: its number.
  ChangeKinds on_probe_answer(const RecoveryContext&, const AckSummary&, Seq ack, bool says_nothing_new);
  /// RACK's reordering window will widen with the next ACK that acknowledges something.
  bool widening_pending() const { return rack_.widening_pending(); }
  /// The window was reduced: the peer is to be told (CWR); or that was taken back before it was told. Taken once.
  enum class CwrNews : std::uint8_t { None, Reduced, TakenBack };
  CwrNews take_cwr_news() { return std::exchange(cwr_news_, CwrNews::None); }
  /// The last ACK leaves out what SACKs had reported: taken once.
  bool take_reneging() { return std::exchange(reneged_, false); }
  bool probe_outstanding() const { return probe_.outstanding(); }
  void on_probe_sent(Seq snd_nxt, bool repeats) {
    probe_.on_sent(snd_nxt, repeats);
    if (repeats) ++retransmissions_;
  }

  /// One ACK, after the scoreboard has taken it. Adds what it marks lost to `newly_lost`.
  ChangeKinds on_ack(const RecoveryContext&, const AckSummary&, const AckFacts&, Segments& newly_lost);
  /// PRR's part of that ACK, for a window in reduction.
  void adjust_window(const RecoveryContext&, Segments delivered, bool safe_ack);
  /// Time has passed, and RACK waits no longer for what was late. Adds what it marks lost to `newly_lost`.
  ChangeKinds on_reorder_timer(const RecoveryContext&, Segments& newly_lost);
  /// How long RACK waits for what is late; 0: it does not. Taken once.
  Duration take_reorder_wait() { return std::exchange(reorder_wait_, Duration{}); }
  bool by_time() const { return by_time_; }
  /// F-RTO (RFC 5682 section 2.1 step 2b): new data goes first, the lost wait for what its ACKs say.
  bool new_data_first() const { return new_data_first_; }
  /// Output has ended. If no new data could leave, F-RTO has nothing to learn from, and what is lost may be sent again.
  /// True if that is so.
  bool end_new_data_first(Seq snd_nxt) {
    if (!new_data_first_) return false;
    new_data_first_ = false;
    if (snd_nxt > high_seq_) return false;
    frto_ = false;
    return true;
  }
  /// The timer was due. `first`: no timeout since snd_una moved.
  void on_timeout(const RecoveryContext&, bool first);
  /// Segments got too long for the path: what the scoreboard marked is sent again, with the window as it is.
  void on_smaller_segments(const RecoveryContext&);

  /// This host's own queue refused a segment: a sign of congestion like any other (Linux's tcp_enter_cwr).
  void on_refused(const RecoveryContext& c) {
    ChangeKinds changes = 0;
    enter_cwr(c, changes);
  }

  void on_sent_new() {
    if (in_reduction()) prr_.on_sent();
    if (state_ == CaState::Disorder) ++limited_transmissions_;
  }
  void on_retransmitted(bool was_rescue, std::uint32_t ts_now) {
    if (in_reduction()) prr_.on_sent();
    undo_.on_retransmitted(ts_now);
    ++retransmissions_;
    forced_ = false;
    if (was_rescue) rescued_ = true;
  }

  /// The next lost segment leaves whatever the window says.
  bool forced() const { return forced_; }
  /// Rule 4 of NextSeg() was not used in this recovery.
  bool may_rescue() const { return state_ == CaState::Recovery && !rescued_; }
  /// RFC 6582 section 3.2: only the first partial ACK restarts the timer (without PRR, that is in the textbook's way).
  bool keeps_timer() const { return inflates_ && state_ == CaState::Recovery && partial_acks_ > 1; }
  /// Segments of new data beyond the window for duplicate ACKs one and two (RFC 3042); with SACK, or where SACK is
  /// emulated, what has left the network makes the room.
  Segments limited_transmit_room() const {
    return inflates_ && state_ == CaState::Disorder ? (duplicates_ < 2 ? duplicates_ : 2) : 0;
  }
  /// Segments that D-SACKs have told of, whether they can have been ours or not.
  std::uint32_t duplicates_reported() const { return duplicates_reported_; }

 private:
  bool take_exit(const RecoveryContext&, const AckFacts&, ChangeKinds&);
  void in_recovery(const RecoveryContext&, const AckFacts&, Segments& newly_lost, ChangeKinds&);
  bool in_loss(const RecoveryContext&, const AckSummary&, const AckFacts&, Segments& newly_lost, ChangeKinds&);
  void step_loss(const RecoveryContext&, const AckSummary&, const AckFacts&, ChangeKinds&);
  void in_open(const RecoveryContext&, const AckFacts&, Segments& newly_lost, ChangeKinds&);

  void count_duplicate(const RecoveryContext&, const AckFacts&);
  void widen_dupthresh(const RecoveryContext&, Segments reordering);
  void note_reordering(const RecoveryContext&, Segments distance);
  Segments identify_losses(const RecoveryContext&, bool advanced);
  Segments look_at_times(const RecoveryContext&);
  void begin_undo(const RecoveryContext&, Segments prior_ssthresh);
  bool time_to_recover(const RecoveryContext&) const;
  void enter_recovery(const RecoveryContext&, const AckFacts&, ChangeKinds&);
  void enter_loss(const RecoveryContext&, CongestionEvent::Cause, bool reduce);
  void enter_cwr(const RecoveryContext&, ChangeKinds&);
  void begin_reduction(const RecoveryContext&, CongestionEvent::Cause);
  void end_reduction(const RecoveryContext&);
  void try_to_open(const RecoveryContext&, const AckFacts&, ChangeKinds&);
  void keep_open(const RecoveryContext&);
  void set_state(const RecoveryContext&, CaState);
  Segments reduced_ssthresh(const RecoveryContext&, CongestionEvent::Cause) const;
  Segments current_ssthresh(const RecoveryContext&) const;
  bool may_undo(const RecoveryContext&, const AckFacts&) const;
  bool delayed(const RecoveryContext&, const AckFacts&) const;
  void take_back(const RecoveryContext&, bool unmark, ChangeKinds&);

  // What every ACK touches comes first.
  CaState state_ = CaState::Open;
  bool by_time_ = false;  // RACK instead of RFC 6675
  CwrNews cwr_news_ = CwrNews::None;
  bool frto_ = false, new_data_first_ = false;
  bool forced_ = false, rescued_ = false, reneged_ = false;
  Rack rack_;
  TailLossProbe probe_;
  bool inflates_ = false;  // no SACK and no PRR: cwnd counts against all that is unacknowledged, as in RFC 5681
  Recovery kind_ = Recovery::Sack;
  bool lost_again_ = false;  // the last look for losses found a retransmission among them
  bool size_probing_ = false, size_probe_lost_ = false;
  bool entered_ = false;  // high_seq_ is `recover` of RFC 6582: there was a recovery, a timeout or a reduction
  Duration reorder_wait_;
  Seq high_seq_;
  Seq size_probe_;
  std::uint32_t duplicates_ = 0;
  std::uint32_t dupthresh_ = 3;  // grows with the reordering seen, up to the option max_reordering
  Segments limited_transmissions_ = 0;
  std::uint32_t partial_acks_ = 0;
  std::uint32_t retransmissions_ = 0, duplicates_reported_ = 0;  // on the whole connection
  Prr prr_;
  Undo undo_;
};

}  // namespace wirelab::tcp
