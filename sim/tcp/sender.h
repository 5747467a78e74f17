#pragma once
// The sending half of one TCP connection: what is in flight, what was lost, how much may be sent, when to time out. It
// decides and counts; the connection builds the segments, holds the timers and talks to the application. It knows no
// packets and no network, so that its tests are numbers. RFC 9293 (variables), 5681, 6298, 6582, 6675, 9937, 3168;
// where the options say so, Linux.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/units.h"
#include "tcp/config.h"
#include "tcp/congestion_control.h"
#include "tcp/flight.h"
#include "tcp/observer.h"
#include "tcp/rate_sample.h"
#include "tcp/rtt_estimator.h"
#include "tcp/scoreboard.h"
#include "tcp/window.h"
#include "wire/packet.h"
#include "wire/seq.h"

namespace wirelab::tcp {

/// What the handshake settled.
struct SenderStart {
  Time now;
  Seq iss;                                ///< our SYN's sequence number; the SYN is acknowledged,
  std::uint32_t syn_data_acked = 0;       ///< and so many bytes of the data that it carried (RFC 7413)
  std::uint32_t smss = 536;               ///< payload bytes of a full segment, options already taken off
  std::uint32_t snd_wnd = 0;              ///< bytes, scaled
  Seq wl1, wl2;                           ///< SEG.SEQ and SEG.ACK of the segment that gave snd_wnd
  bool sack = false;                      ///< both sides permit SACK
  bool timestamps = false;                ///< both sides use timestamps
  bool ecn = false;                       ///< both sides do ECN
  std::uint8_t syn_resent = 0;            ///< so often was our SYN or SYN-ACK sent again, if it was by a timer
  bool owes_cwr = false;                  ///< a SYN that asked for ECN was lost, as if it had been marked
  std::optional<Duration> handshake_rtt;  ///< absent if Karn's rule forbids it
  std::uint64_t random_key = 0;           ///< for what the congestion control draws
};

/// One acceptable segment with ACK set. Preconditions: ack <= snd_nxt; not older than RFC 5961 section 5.2 allows.
struct AckInput {
  Time now;
  Seq seq, ack;
  std::uint32_t wnd = 0;            ///< bytes, scaled
  std::span<const SackBlock> sack;  ///< as received; a first block may be a D-SACK
  std::uint32_t ts_ecr = 0;         ///< echoed timestamp; meaningful if timestamps are in use and it is not 0
  std::uint32_t ts_now = 0;         ///< our timestamp clock (milliseconds)
  bool occupies = false;            ///< the segment holds data, SYN or FIN: never a duplicate ACK
  bool ece = false;                 ///< ECN echo
  Time departure;                   ///< from when on pacing lets data leave; the past: at once
};

struct AckOutcome {
  std::uint32_t acked = 0;      ///< bytes by which snd_una moved (our FIN counts one)
  ChangeKinds changes = 0;      ///< Ack, DupAck, FastRetransmit, RecoveryExit, Undo, Ecn
  bool window_changed = false;  ///< snd_wnd is not what it was
};

class Sender {
 public:
  /// The configuration must outlive the sender. Precondition: the name in `config.cc` is registered.
  explicit Sender(const TcpConfig& config);

  /// Both sides are synchronised: snd_una = snd_nxt = iss + 1 + syn_data_acked.
  void start(const SenderStart& start);
  /// The next `length` bytes left on the SYN at `sent` and are not acknowledged. `lost`: the SYN-ACK says that the peer
  /// did not take them, so they are sent again, without any reduction: it was no congestion. To be called after start.
  void add_syn_data(Time now, Time sent, std::uint32_t length, bool lost);
  /// The handshake that began with start() is over (a Fast Open child's): the timer is the data's from here on, and
  /// `rtt` counts if there is no sample yet.
  void end_handshake(Time now, std::optional<Duration> rtt);

  /// What is asked of the configuration at each use is from now on asked of this one; it must outlive the sender.
  void set_config(const TcpConfig& config) {
    config_ = &config;
    rtt_.set_bounds(config.rto_min, config.rto_max);
  }
  /// Another congestion control takes over the window as it is. Precondition: the name in `config.cc` is registered.
  void change_congestion_control(Time now, const TcpConfig& config);

  // ---- Output: begin_output, and before_output for new data; then one segment at a time while there is budget; then
  // after_output.

  /// There is something to send.
  void begin_output() {
    if (flight_ == nullptr) make_flight();
  }
  /// To be called when there is new data to send and before asking for the budget: a window that has idled is cut here
  /// (RFC 5681 section 4.1). True if it was.
  [[gnu::hot]] bool before_output(Time now);

  /// The next range to send again, which never crosses the segments first sent: a lost one if cwnd has room for it (or
  /// it is forced: after a timeout, and the first of a recovery), else, with nothing new to send, what rules 3 and 4
  /// of NextSeg() allow (RFC 6675 section 4, option `rescue_retransmission`). Ask again after each one sent.
  std::optional<SeqRange> next_retransmission(bool new_data_available) {
    if (nothing_in_flight()) return std::nullopt;
    if (flight_->board.lost_out() == 0 && flight_->recovery.state() != CaState::Recovery) return std::nullopt;
    return find_retransmission(new_data_available);
  }

  /// Full segments of new data that cwnd leaves room for, limited transmit (RFC 3042) included. The peer's window is
  /// apart: stay left of `window_edge()`.
  [[gnu::hot]] Segments send_budget() const;
  Seq window_edge() const { return snd_una_ + snd_wnd_; }

  /// `length` sequence numbers at snd_nxt have left (data, and one for FIN). 0 < length <= smss + 1. `ends`: bits of
  /// SegmentRecord::End.
  [[gnu::hot]] void on_sent_new(Time now, std::uint32_t length, std::uint8_t ends = SegmentRecord::OfBurst);
  /// The burst under way ends with what was sent last.
  void end_burst() {
    if (!nothing_in_flight()) flight_->board.end_burst();
  }
  /// Of what `next_retransmission` gave last: how many segments leave with it as one burst, itself included and `most`
  /// at most.
  Segments begin_resent_burst(Segments most);
  /// It, cut to `most` bytes where so much fits a packet now; the rest follows.
  SeqRange shorten_offered(std::uint32_t most);
  /// And its SegmentRecord::End bits.
  std::uint8_t offered_ends() const { return flight_->board.at(flight_->offered).ends; }
  /// A range that `next_retransmission` gave has left, with TSval `ts_now` if timestamps are in use.
  void on_retransmitted(Time now, SeqRange range, std::uint32_t ts_now);

  /// What was just sent only probes the window: the retransmission timer watches it, and no tail loss probe follows.
  void expect_no_tail_probe() { new_has_left_ = false; }
  /// RFC 6069: the network said that there is no way to the peer, so the last timeout was no sign of congestion. Its
  /// back-off is taken back, and the timer starts where it would have been.
  void revert_back_off(Time now);
  /// This host's own queue refused what was to leave.
  void on_refused(Time now);
  /// The same of a range that `next_retransmission` gave. `by_timeout`: the timer was due for it.
  void on_resend_refused(Time now, SeqRange range, bool by_timeout);

  /// Output has stopped.
  struct OutputEnd {
    bool had_new;              ///< new data, or a FIN, waited when it began
    bool sent_new;             ///< and some of it has left
    bool stopped_by_cwnd;      ///< there was something to send, inside the peer's window, and no budget
    bool application_blocked;  ///< the application waits for room in the send buffer, so it is not what limits us
  };
  [[gnu::hot]] void after_output(Time now, const OutputEnd& end);

  /// The next new data segment should carry CWR (RFC 3168 section 6.1.2); on_sent_new takes the wish back.
  bool wants_cwr_flag() const { return cwr_flag_wanted_; }

  // ---- Input and timers

  [[gnu::hot]] AckOutcome on_ack(const AckInput& in);

  /// There is one timer, as in Linux; it waits for one of these.
  enum class TimerKind : std::uint8_t {
    Retransmit,
    Probe,    ///< a tail loss probe (RFC 8985 section 7)
    Reorder,  ///< RACK's wait for what may only be late (RFC 8985 section 6.3)
  };
  TimerKind timer_kind() const { return timer_kind_; }
  /// When it is due; `Time::never()` with nothing in flight. Look again after on_ack, on_sent_new, on_retransmitted,
  /// after_output and the calls below.
  Time rto_deadline() const { return rto_deadline_; }
  /// When it was set.
  Time timer_set_at() const { return timer_set_at_; }
  /// TimerKind::Reorder is due: what is still missing is lost. Precondition: something is in flight.
  ChangeKinds on_reorder_timer(Time now);
  /// TimerKind::Probe is due. True: one segment is to be sent whatever cwnd says (new data if the peer's window has
  /// room for it, else what `offer_last` says), and on_probe_sent called; false: one is under way already.
  bool may_probe() const { return !flight_->recovery.probe_outstanding(); }
  const SegmentRecord& last_segment() const { return flight_->board.at(flight_->board.packets_out() - 1); }
  /// The last segment, or as much of it as fits `most` bytes.
  SeqRange offer_last(std::uint32_t most);
  /// `is_new`: new data has left (after on_sent_new); else what `offer_last` gave. Returns Tlp.
  ChangeKinds on_probe_sent(Time now, bool is_new);
  /// The probe could not be sent, or need not be: the retransmission timer takes its turn.
  void on_no_probe(Time now) { rearm_rto(now); }
  /// New data was to leave before what is lost (F-RTO) and did not: then the lost may. True if that makes a difference.
  bool end_new_data_first() { return flight_->recovery.end_new_data_first(snd_nxt_); }

  /// The timer is due: everything in flight counts as lost, the RTO doubles. next_retransmission then gives the first
  /// segment. Precondition: something is in flight. Returns Timeout. `linear_if_thin`: with little in flight the RTO
  /// stays what it is for six timeouts (Linux's TCP_THIN_LINEAR_TIMEOUTS).
  /// `counts`: as one more in a row; else it only probed a closed window.
  ChangeKinds on_rto(Time now, bool linear_if_thin = false, bool counts = true);
  /// The same for data that left before the handshake was over, when a timeout of that says it was lost: the RTO stays.
  ChangeKinds on_handshake_timeout(Time now) {
    const ChangeKinds changes = on_rto(now);
    rtt_.undo_back_off();
    return changes;
  }
  /// Timeouts since snd_una moved last: what retries1 and retries2 count.
  std::uint32_t timeouts_in_a_row() const { return sent().timeouts_in_a_row; }
  /// Something local kept a segment from leaving (no room in the host's own port): try again in `delay`, at no cost.
  void postpone_rto(Time now, Duration delay) { set_timer(TimerKind::Retransmit, now, now + delay); }

  /// The path takes smaller segments (RFC 1191). `lost`: an ICMP error said so, and what is in flight and longer is
  /// cut to pieces and sent again without reducing the window. Precondition: 0 < smss.
  void set_smss(Time now, std::uint32_t smss, bool lost);

  /// What was sent last is a probe for a larger segment: its loss alone is no sign of congestion. It takes the place of
  /// two segments.
  void on_size_probe_sent(Time now);
  /// It was lost, and nothing else was done about it. Taken once.
  bool take_size_probe_loss() { return flight_ != nullptr && flight_->recovery.take_size_probe_loss(); }
  /// Its fate is known.
  void end_size_probe(Time now, Segments cwnd);

  // ---- State (RFC 9293 section 3.3.1)

  Seq iss() const { return iss_; }
  Seq snd_una() const { return snd_una_; }
  Seq snd_nxt() const { return snd_nxt_; }
  bool nothing_in_flight() const { return snd_una_ == snd_nxt_; }
  std::uint32_t snd_wnd() const { return snd_wnd_; }
  std::uint32_t max_window() const { return max_window_; }  ///< largest snd_wnd so far
  Seq snd_wl1() const { return snd_wl1_; }
  Seq snd_wl2() const { return snd_wl2_; }
  std::uint32_t smss() const { return smss_; }
  Time last_sent() const { return last_sent_; }  ///< of data
  /// A buffer that did not fill the window has grown: the time in which an unused window decays begins anew (Linux).
  void note_window_in_use(Time now) {
    if (flight_ != nullptr) flight_->validation.touch(now);
  }
  /// cwnd was used up in this round, or, in slow start, half of it: it may grow. Precondition: output has begun.
  bool is_cwnd_limited() const {
    const Flight& f = *flight_;
    return config_->cwnd_validation ? f.validation.cwnd_limited(window_) : f.board.in_flight() >= window_.cwnd;
  }
  bool in_slow_start() const { return window_.in_slow_start(); }
  const Window& window() const { return window_; }
  CaState ca_state() const { return sent().recovery.state(); }
  std::uint32_t reordering() const { return flight_ != nullptr ? flight_->recovery.reordering() : config_->reordering; }
  std::uint32_t reorderings() const { return sent().recovery.reorderings(); }
  const Scoreboard& scoreboard() const { return sent().board; }
  Segments in_flight() const { return sent().board.in_flight(); }
  /// Bursts that are not acknowledged whole.
  std::uint32_t bursts_out() const { return sent().board.bursts_out(); }
  const RttEstimator& rtt() const { return rtt_; }
  /// After the handshake's own timer: sets the RTO of a connection before start().
  RttEstimator& rtt() { return rtt_; }
  const CongestionControl& congestion_control() const { return *cc_; }
  const CcNeeds& cc_needs() const { return needs_; }
  /// nullptr: the congestion control does not ask for it.
  const DeliveryRate* delivery_rate() const { return rate_.get(); }
  /// The application is about to give data. `unsent`: bytes that waited before; `port_is_idle`: nothing of ours waits
  /// in the host's own port.
  void before_write(std::uint64_t unsent, bool port_is_idle) {
    if (rate_ != nullptr) look_for_app_limit(unsent, port_is_idle);
  }
  const SenderCounters& counters() const { return sent().counters; }

  /// What its time goes into.
  const SendTimes& times() const { return sent().times; }
  void note_time(SendTimes::Kind kind, Time now) {
    if (flight_ != nullptr) flight_->times.enter(kind, now);
  }

  /// Integral of cwnd over time since start(), in segment-picoseconds: the difference of two readings over the span
  /// between them is the mean window.
  Uint128 cwnd_area(Time now) const {
    return sent().cwnd_area + static_cast<Uint128>(static_cast<std::uint64_t>((now - cwnd_since_).ps())) * window_.cwnd;
  }

 private:
  const Flight& sent() const { return flight_ != nullptr ? *flight_ : nothing_sent_; }
  [[gnu::cold, gnu::noinline]] void make_flight();

  struct RttSample {
    bool valid = false;
    Duration latest;
  };

  std::optional<SeqRange> find_retransmission(bool new_data_available);
  SeqRange join_small_segments(SeqRange first);
  void look_for_app_limit(std::uint64_t unsent, bool port_is_idle);
  void note_lost(Segments in_flight_before);
  [[gnu::hot]] bool update_send_window(const AckInput& in, bool& taken);
  [[gnu::hot]] AckSummary begin_summary(const AckInput& in);
  [[gnu::hot]] void take_acknowledged(const AckInput& in, AckSummary& told, AckOutcome& out);
  [[gnu::hot]] Segments follow_recovery(const AckInput& in, AckSummary& told, bool repeated, Window& window,
                                        AckOutcome& out);
  [[gnu::hot]] RttSample take_rtt(const AckInput& in, const AckSummary& told);
  [[gnu::hot]] void tell_congestion_control(const AckInput& in, const AckSummary& told, const RttSample& sample,
                                            const RateSample* rate, Segments newly_lost, Segments prior_in_flight,
                                            Window& window);
  Segments note_duplicates(const RecoveryContext& c, const AckSummary& told);
  void count_changes(ChangeKinds changes);
  [[gnu::hot]] void set_window(Time now, const Window& w);
  void follow_reductions();
  void set_timer(TimerKind kind, Time now, Time deadline) {
    timer_kind_ = kind;
    timer_set_at_ = now;
    rto_deadline_ = deadline;
  }
  void rearm_rto(Time now);
  [[gnu::hot]] bool schedule_probe(Time now, bool restarts_rto);
  [[gnu::hot]] void rearm_after_ack(const AckInput& in, const AckSummary& told);
  void on_ack_of_nothing(const AckInput& in, bool repeated, AckOutcome& out);
  RecoveryContext context(Time now, Window& window);

  // Touched by every ACK and every segment.
  Seq snd_una_, snd_nxt_;
  std::uint32_t snd_wnd_ = 0, max_window_ = 0;
  Seq snd_wl1_, snd_wl2_;
  std::uint32_t smss_ = 536;
  Window window_;
  Time rto_deadline_ = Time::never();
  Time last_sent_, timer_set_at_;
  TimerKind timer_kind_ = TimerKind::Retransmit;
  bool new_has_left_ = false;  // since the last output was over
  bool probes_ = false;
  CcNeeds needs_;
  bool timestamps_ = false, ecn_ = false, sack_ = false, cwr_flag_wanted_ = false, rescue_offered_ = false;
  std::unique_ptr<Flight> flight_;  // made when something is about to leave
  RttEstimator rtt_;
  std::unique_ptr<CongestionControl> cc_;
  std::unique_ptr<DeliveryRate> rate_;
  const TcpConfig* config_;
  Time cwnd_since_;
  Seq iss_;

  static const Flight nothing_sent_;
};

}  // namespace wirelab::tcp
