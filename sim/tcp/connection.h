#pragma once
// One TCP connection: the states of RFC 9293 and what joins the two halves (sender.h, receiver.h), the timers, the
// application and the layer. Made by a Layer (connect, or a listener's handshake) and owned by it; who holds it may use
// it until close or abort, which give it back.

#include <cstdint>
#include <memory>

#include "core/timers.h"
#include "tcp/answer_limit.h"
#include "tcp/burst.h"
#include "tcp/burst_size.h"
#include "tcp/config.h"
#include "tcp/connection_user.h"
#include "tcp/deadlines.h"
#include "tcp/egress_limit.h"
#include "tcp/errors.h"
#include "tcp/fast_open.h"
#include "tcp/mtu_probe.h"
#include "tcp/nagle.h"
#include "tcp/observer.h"
#include "tcp/opening.h"
#include "tcp/pacer.h"
#include "tcp/receiver.h"
#include "tcp/segment_tally.h"
#include "tcp/send_buffer.h"
#include "tcp/send_notices.h"
#include "tcp/sender.h"
#include "tcp/small_records.h"
#include "tcp/state.h"
#include "tcp/timestamps.h"

namespace wirelab::tcp {

class Layer;

class Connection final : public TimerClient {
 public:
  Connection(Layer& layer, const FourTuple& id, std::shared_ptr<const TcpConfig> config, std::uint32_t index, Time now);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // [[gnu::hot]], here and elsewhere: what every segment runs. Compiler and linker lay it together, so that it fits
  // into the instruction cache (measured: up to a tenth of the time of a hop).

  // ---- The application's calls. None blocks; readiness tells when to try again.

  /// Takes as many of `bytes` payload bytes as the send buffer has room for. Errors: Again (no room, or still
  /// connecting), NotConnected, Pipe (after shutdown_write, or the connection has ended), or the pending error.
  /// `urgent`: the last byte taken is the urgent one (RFC 9293 section 3.8.5). `more`: more will follow, so a segment
  /// that is not full waits for it or for an ACK (MSG_MORE). `end_of_record`: what is written later never shares a
  /// segment with it (MSG_EOR).
  struct SendFlags {
    bool urgent = false, more = false, end_of_record = false;
  };
  IoResult send(std::int64_t bytes, Time now, SendFlags flags);
  IoResult send(std::int64_t bytes, Time now) { return send(bytes, now, SendFlags{}); }
  /// Takes up to `most` bytes that have come. 0 bytes without error: the peer has closed. Errors: Again, NotConnected,
  /// or the pending error.
  [[gnu::hot]] IoResult recv(std::int64_t most, Time now);
  /// No more will be sent; a FIN follows the last byte. Errors: NotConnected.
  Error shutdown_write(Time now);
  /// No more will be read: what comes once our FIN was asked for is answered with RST (RFC 9293 section 3.6.1).
  void shutdown_read() { read_shut_ = true; }
  /// The holder is done. What was written is still sent, then the FIN; data that came and was not read, or comes
  /// later, is answered with RST (RFC 9293 section 3.6.1, RFC 2525 section 2.17). The handle is gone afterwards.
  void close(Time now);
  /// RST. The handle is gone afterwards.
  void abort(Time now);

  void set_user(ConnectionUser* user) { user_ = user; }
  ConnectionUser* user() const { return user_; }
  void set_observer(ConnectionObserver& observer, std::uint32_t tag) { observer_ = &observer, tag_ = tag; }
  /// The observer is told of changes only if one of these is among them.
  void set_interest(ChangeKinds kinds) { interest_ = kinds; }
  void set_nodelay(bool on, Time now);
  void set_cork(bool on, Time now);
  void set_keepalive(bool on, Time now);
  /// Counts the idle time anew, after set_config has changed it (TCP_KEEPIDLE).
  void restart_keepalive(Time now);
  /// Somebody waits to write until the connection is established: the data will carry the handshake's last ACK.
  void expect_data() { opening_.holds_ack = true; }
  /// The window goes on under another congestion control (TCP_CONGESTION), `config.cc`.
  void change_congestion_control(std::shared_ptr<const TcpConfig> config, Time now);
  /// From here on the times of keep-alive and FIN-WAIT-2 and the bounds of the RTO are taken from it (TCP_KEEPIDLE,
  /// TCP_KEEPINTVL, TCP_KEEPCNT, TCP_LINGER2, TCP_RTO_MAX_MS); what was settled when the connection began stays.
  void set_config(std::shared_ptr<const TcpConfig> config);
  /// On: ACKs do not wait for data to ride on, until some is written again soon after data came (TCP_QUICKACK).
  void set_quickack(bool on, Time now);
  /// Retransmissions of the SYN from now on, 1 to 127 (TCP_SYNCNT).
  void set_syn_retries(std::uint8_t n) { opening_.retries = n; }
  /// Bytes of payload per second at most (SO_MAX_PACING_RATE); Pacer::kUnlimited: as the window has it, if it paces.
  void set_max_pacing_rate(std::uint64_t rate, Time now);
  void set_user_timeout(Duration d) { user_timeout_ = d; }
  /// From now on at most so many bytes are held; no more auto-tuning (SO_SNDBUF).
  void set_send_buffer(Bytes limit);
  /// The same for what is received, in bytes of memory (SO_RCVBUF, doubled). What a SYN has offered stays.
  void set_receive_buffer(std::uint32_t memory);
  /// No larger window is offered (TCP_WINDOW_CLAMP).
  void set_window_clamp(std::uint32_t bytes) { receiver_.window.set_clamp(bytes); }
  /// A reader waits for so much: the buffer is to hold it (SO_RCVLOWAT).
  void make_room_for(std::uint32_t bytes) { receiver_.window.make_room_for(bytes); }
  /// With half of this unsent or more, the connection is not writable (TCP_NOTSENT_LOWAT).
  void set_notsent_lowat(std::uint32_t bytes, Time now);

  /// Notices of what is written from now on; bits of SendNotices::Wish. `numbered`: with the position of the byte,
  /// counted from what is unacknowledged now, or (`from_written`) from what is written next.
  void want_send_notices(std::uint8_t wishes, bool numbered, bool from_written);
  /// A notice tells when all that was written so far has been acknowledged (MSG_ZEROCOPY).
  void lend_memory(Time now);
  std::optional<SendNotice> take_send_notice() { return notices_ ? notices_->take() : std::nullopt; }
  bool has_send_notice() const { return notices_ != nullptr && !notices_->empty(); }
  std::uint32_t send_notices_made() const { return notices_ ? notices_->made() : 0; }
  /// Somebody found it not writable and is told when it is again.
  void wait_for_room() { wants_room_ = true; }
  /// How often a writer that had found no room got some.
  std::uint32_t times_room_was_made() const { return room_made_; }

  [[gnu::hot]] Readiness readiness() const;
  /// The error that ended the connection, once.
  Error take_error();
  Error error() const { return error_; }
  /// The same, or what the network has told meanwhile (SO_ERROR).
  Error take_any_error();

  // ---- What the observer and tests read

  State state() const { return state_; }
  const FourTuple& id() const { return id_; }
  Endpoint local() const { return {id_.local, id_.local_port}; }
  Endpoint remote() const { return {id_.remote, id_.remote_port}; }
  std::uint32_t tag() const { return tag_; }
  const TcpConfig& config() const { return *config_; }
  const Sender& sender() const { return sender_; }
  const Receiver& receiver() const { return receiver_; }
  const SendBuffer& send_buffer() const { return send_buffer_; }
  const Terms& terms() const { return terms_; }
  CaState ca_state() const { return sender_.ca_state(); }
  Bytes cwnd() const { return Bytes{sender_.window().cwnd} * smss().count(); }
  Bytes smss() const { return Bytes(sender_.smss()); }
  Seq iss() const { return iss_; }
  /// Relative to the initial sequence number, 0 being the SYN.
  std::uint32_t relative_una() const { return static_cast<std::uint32_t>(snd_una() - iss_); }
  std::uint32_t relative_nxt() const { return static_cast<std::uint32_t>(snd_nxt() - iss_); }
  Seq snd_una() const { return started_ ? sender_.snd_una() : iss_; }
  Seq snd_nxt() const { return started_ ? sender_.snd_nxt() : iss_ + (opening_.syn_sent ? 1 : 0) + syn_data(); }
  /// Sequence numbers of ours that the peer has acknowledged: data, FIN and SYN, but not a SYN-ACK's (Linux).
  std::uint64_t numbers_acked() const {
    return send_buffer_.una() + (fin_is_acked() ? 1u : 0u) + (opening_.is_active && started_ ? 1u : 0u);
  }
  /// Payload bytes acknowledged by the peer; payload bytes taken by the application here.
  std::uint64_t bytes_acked() const { return send_buffer_.una(); }
  std::uint64_t bytes_read() const { return receiver_.read_total(); }
  /// Payload bytes on our SYN.
  std::uint32_t syn_data() const { return fast_open_ != nullptr ? fast_open_->syn_data : 0; }
  /// Fast Open has saved a round trip: the data of our SYN was acknowledged by the SYN-ACK, or we took the peer's.
  bool syn_data_acked() const { return fast_open_ != nullptr && fast_open_->data_acked; }
  /// Made by a SYN with data (RFC 7413 section 4.2.2).
  bool is_fast_open_child() const { return fast_open_ != nullptr && !opening_.is_active; }
  /// A Fast Open child whose handshake is not over: it may read and write (RFC 7413 section 4.2.2).
  bool is_half_open() const { return half_open_; }
  std::uint16_t announced_mss() const { return opening_.announced_mss; }
  const SendTimes& send_times() const { return sender_.times(); }
  /// Probes without an answer so far: of a closed window (persist) and of an idle peer (keep-alive).
  std::uint32_t probes_sent() const { return std::uint32_t{probes_} + keepalive_probes_; }
  /// Doublings of the timer that waits for an ACK, or for a window to open.
  std::uint32_t backoffs() const { return deadlines_.is_set(Persist) ? probe_backoff_ : sender_.rtt().backoffs(); }
  bool ecn_seen() const { return ecn_seen_; }  ///< a segment has come that was ECN-capable
  int path_mtu() const { return path_payload_ + 40; }
  std::uint32_t syn_timeouts() const { return opening_.timeouts; }
  std::uint32_t syn_resent() const { return opening_.resent; }  ///< SYNs, or SYN-ACKs, after the first
  const SegmentTally* tally() const { return tally_.get(); }    ///< nullptr: nobody counts
  /// Sequence numbers that wait to be sent: payload, and a FIN.
  std::uint64_t notsent() const { return started_ ? unsent() + (fin_waits() ? 1u : 0u) : 0; }
  /// nullptr: it does not pace.
  const Pacer* pacer() const { return pacer_.get(); }
  /// What it paces at, or would: bytes of payload per second.
  std::uint64_t pacing_rate() const;
  Time syn_sent_at() const { return opening_.at; }  ///< the first SYN or SYN-ACK; passive: when the SYN came
  /// RFC 9293 section 3.8.5: what is before this is urgent; rcv_nxt or less: nothing is.
  Seq rcv_up() const { return rcv_up_; }

  /// Asserts what must hold between two events. `recount`: counters too, against what they count.
  void check(bool recount) const;

  // ---- The layer's side

  /// A segment for this connection. Takes the packet. The connection may be gone afterwards.
  [[gnu::hot]] void receive(Packet* p, Time now);
  /// `hard`: the destination refuses (RFC 1122 section 4.2.3.9); otherwise the network has trouble. `no_way`: it does
  /// not know of a way, so that a timeout was no sign of congestion (RFC 6069).
  void on_unreachable(Error error, bool hard, bool no_way, Seq quoted, Time now);
  void on_fragmentation_needed(std::uint16_t mtu, Seq quoted, Time now);
  void on_timer(Time now) override;

 private:
  friend class Layer;
  friend class Listener;

  using enum Deadlines::Kind;

  // connection.cpp: opening and ending
  void open_actively(Time now);
  void open_passively(const SynReceived& record, const Packet& ack, Time now);
  void take_over(const SynReceived& record);
  void start_receiver(Seq irs, Time now);
  void start_sender(const Packet& p, std::uint32_t snd_wnd, std::uint32_t syn_data_acked, Time now);
  void establish(const Packet& p, std::uint32_t snd_wnd, Cause cause, Time now);
  bool may_write() const { return can_send(state_) || (half_open_ && state_ == State::SynReceived); }
  void begin_close(Time now);
  void time_out(Time now);
  void fail(Error error, Cause cause, Time now);
  void enter_time_wait(Cause cause, Time now);
  void become(State to, Cause cause, Time now);
  void leave_table();
  /// The last act of every segment, timer and call: sends what is due, arms, tells the observer and the user.
  [[gnu::hot]] void finish(Time now);
  [[gnu::hot]] void tell_user(Time now);

  // fast_open_client.cpp, fast_open_server.cpp: RFC 7413 section 4.2
  void begin_fast_open(const FastOpenRequest& request, Time now);
  void put_fast_open(Packet& syn);
  bool is_fast_open_answer(const Packet& p) const;
  void on_fast_open_answer(const Packet& p, Time now);
  void take_syn_text(const Packet& syn, Time now);
  bool answers_our_timestamps(const Packet& p, Time now) const;
  void end_fast_open(Time now);
  void watch_for_black_hole(std::uint32_t timeouts, bool gives_up, Time now);
  void open_fast(const SynReceived& record, const Packet& syn, const std::optional<FastOpenOption>& cookie, Time now);
  void send_handshake_ack(const Packet& p, Time now);
  bool passes_half_open(const Packet& p, Time now);
  bool passes_first_ack(const Packet& p, Time now);
  void on_half_open_timer(Time now);
  void leave_fast_open_queue();

  // connection_input.cpp: RFC 9293 section 3.10.7
  [[gnu::hot]] bool receive_fast(const Packet& p, Time now);
  void receive_in_syn_sent(const Packet& p, Time now);
  void receive_synchronized(const Packet& p, Time now);
  void receive_orphaned(const Packet& p, Time now);
  bool lingers_as_record() const;
  void enter_fin_wait_2(Time now);
  Duration fin_wait() const;
  bool passes_paws(const Packet& p, Time now);
  bool is_harmless_old_ack(const Packet& p, std::int32_t age) const;
  void count_unacceptable(const Packet& p, std::uint32_t length);
  [[gnu::hot]] bool passes_sequence_check(const Packet& p, Time now);
  void on_rst(const Packet& p, Time now);
  bool resets(const Packet& rst) const;
  bool is_at_fin(const Packet& rst) const;
  void suspect_fast_open(Time now);
  bool survives_syn(const Packet& p, Time now);
  [[gnu::hot]] bool passes_ack(const Packet& p, Time now);
  std::uint32_t max_old_ack() const;
  void note_ce(const Packet& p, Time now);
  void echo_mark(const Packet& p, Time now);
  void note_timestamp(const Packet& p, Time now);
  void learn_terms(const Packet& syn, bool answers_ours);
  [[gnu::hot]] void process_ack(const Packet& p, Time now);
  void follow_fin_ack(Time now);
  bool fin_is_acked() const { return fin_sent_ && sender_.snd_una() == fin_seq() + 1; }

  // connection_text.cpp
  void take_urgent(const Packet& p);
  [[gnu::hot]] void take_text(const Packet& p, Time now);
  void answer_repetition(const Packet& p, Time now);
  [[gnu::hot]] void after_new_text(const Packet& p, std::uint32_t delivered, std::uint32_t used, Time now);
  void after_text_out_of_order(const Packet& p, std::uint32_t used_before, Time now);
  void measure_rtt_of_peer(const Packet& p, bool all_was_read, Time now);
  void on_fin(Time now);

  // connection_write.cpp
  /// Of what is written, in bytes: a packet of Linux's, less the space that headers of all layers may take.
  static constexpr std::uint32_t kLargestPiece = 65536 - 321;
  std::uint64_t write_pieces(std::uint64_t bytes, Time now);
  std::uint64_t piece_goal() const;
  std::uint64_t send_memory() const;
  void widen_send_buffer(Time now);
  bool takes_another_piece() const;
  [[gnu::hot]] bool is_writable() const;
  bool fin_waits() const { return fin_wanted_ && !fin_sent_; }  ///< to be sent
  std::uint64_t sent_position() const { return send_buffer_.end() - unsent(); }

  // connection_output.cpp
  /// `one_burst`: no more than that.
  [[gnu::hot]] void transmit(Time now, bool one_burst = false);
  void end_burst();
  [[gnu::hot]] SendTimes::Kind unlimited_or_buffer(bool sent) const;
  [[gnu::hot]] bool send_new_segment(Time now, bool& stopped_by_cwnd);
  // False where this host's own queue refuses the segment.
  [[gnu::hot]] bool send_data_segment(std::uint32_t length, Time now);
  bool resend(SeqRange range, Time now);
  void resend_lost(Time now);
  bool send_again(SeqRange range, bool push, Time now);
  bool may_send_small(std::uint64_t length) const;
  [[gnu::hot]] bool transmit_segment(Seq seq, std::uint32_t length, std::uint8_t flags, bool is_new, Time now);
  [[gnu::hot]] Packet* make_segment(Seq seq, std::uint32_t length, std::uint8_t flags, Time now);
  void add_sack(Packet& p, std::uint32_t length);
  [[gnu::hot]] bool hand_over(Packet* p, Time now);
  void send_syn(Time now);
  bool is_urgent() const { return urgent_ && snd_una() < snd_up_; }
  void mark_urgent(Packet& p, Seq seq);
  std::uint32_t option_bytes() const { return terms_.timestamps ? 12 : 0; }
  [[gnu::hot]] std::uint32_t segment_limit() const;
  std::uint32_t least_egress_limit() const;
  [[gnu::hot]] std::uint32_t egress_limit() const;
  [[gnu::hot]] bool egress_is_full(Time now);
  [[gnu::hot]] std::uint64_t unsent() const;
  [[gnu::hot]] std::uint32_t window_room() const;
  Seq fin_seq() const { return iss_ + 1 + static_cast<std::uint32_t>(send_buffer_.end()); }

  // connection_ack.cpp
  [[gnu::hot]] void send_ack(Time now);
  void send_challenge_ack(Time now);
  void send_duplicate_ack(const Packet& p, Time now);
  Seq acceptable_seq() const;
  void send_probe(Time now);
  void send_reset(Time now);
  [[gnu::hot]] void acknowledge_if_due(Time now);
  [[gnu::hot]] void acknowledge_later(Duration delay, Time now);

  // connection_mtu_probe.cpp
  enum class Probing : std::uint8_t { No, Waits, Sent };
  void start_mtu_probing();
  Probing send_mtu_probe(Time now);
  void follow_mtu_probe(Time now);
  void use_probed_size(Time now, bool lost);
  void read_path_mtu(Time now);
  void on_path_changed(Time now);
  void suspect_black_hole(Time now);

  // connection_burst.cpp
  BurstSize burst_size() const;
  Segments burst_limit() const;
  Segments segments_ready(std::uint64_t in_record, std::uint64_t waiting, std::uint32_t room, std::uint32_t full) const;
  [[gnu::hot]] bool begin_burst(Segments budget, std::uint64_t in_record, std::uint64_t waiting, std::uint32_t room,
                                Time now, bool& stopped_by_cwnd);
  [[gnu::hot]] bool reaches_chunk_end(std::uint64_t limit, std::uint64_t waiting) const;

  // connection_pacing.cpp
  void begin_pacing();
  void set_pacing_rate();
  bool pacing_holds_back(Time now);

  // connection_timers.cpp
  void on_retransmit_timer(Time now);
  void on_probe_timer(Time now);
  void on_syn_timer(Time now);
  void on_delayed_ack_timer(Time now);
  void on_persist_timer(Time now);
  void on_keepalive_timer(Time now);
  /// As the kernel's wheel would run it (option exact_timers: exactly then).
  [[gnu::hot]] void set_timer(Deadlines::Kind kind, Duration delay, Time now);
  [[gnu::hot]] void copy_rto_deadline();
  [[gnu::hot]] void arm_persist_if_needed(Time now);
  void set_persist_timer(Time now);
  void follow_window_probe(Time now);
  [[gnu::hot]] void arm();
  Duration syn_timeout() const;
  void look_at_path_again(Time now);

  void check_timers() const;  // connection_check.cpp

  // What every segment touches comes first.
  State state_ = State::Closed;
  bool started_ = false;    // the sender has its variables: the handshake is over, or half of it is enough
  bool half_open_ = false;  // Fast Open: started, and our SYN-ACK is not acknowledged
  bool fin_wanted_ = false, fin_sent_ = false;
  bool ecn_echo_ = false, ecn_seen_ = false;
  bool orphan_ = false;  // its application has closed it
  bool unaccepted_ = false, in_table_ = false, reset_ = false;
  bool wants_room_ = false;  // a writer found the buffer full
  bool by_timeout_ = false;  // the retransmission timer was due
  Readiness told_ = 0;       // what the user knows to be ready
  bool urgent_ = false, keepalive_ = false, read_shut_ = false;
  std::uint8_t probes_ = 0, keepalive_probes_ = 0;  // unanswered
  std::uint8_t probe_backoff_ = 0;
  Nagle nagle_;
  Terms terms_;
  Timestamps ts_;
  ChangeKinds changes_ = 0, interest_ = ~ChangeKinds{0};
  Burst burst_;
  std::uint32_t notsent_lowat_ = 0;
  std::unique_ptr<Pacer> pacer_;  // none: bursts leave as they may
  Layer* layer_;
  Deadlines deadlines_;
  Time last_received_{};
  Seq iss_, last_ack_sent_;
  Seq snd_up_, rcv_up_;  // RFC 9293 section 3.8.5: one past the urgent byte
  FourTuple id_;
  std::uint32_t room_made_ = 0;
  Receiver receiver_;
  Sender sender_;
  SendBuffer send_buffer_;
  EgressLimit egress_;

  // The rest.
  ConnectionUser* user_ = nullptr;
  ConnectionObserver* observer_;
  std::shared_ptr<const TcpConfig> config_;
  std::uint32_t tag_ = 0;
  std::uint32_t index_;             // in the layer
  std::uint32_t stream_;            // pattern of our payload
  std::uint16_t path_payload_ = 0;  // MTU less the fixed headers
  Error error_ = Error::None, soft_error_ = Error::None;
  Opening opening_;
  Listener* listener_ = nullptr;  // whose accept queue holds it
  std::unique_ptr<FastOpen> fast_open_;
  Time rto_due_ = Time::never();          // the sender's, before the wheel
  Time stalled_since_ = Time::never();    // the first transmission that a timeout followed
  Time probing_since_ = Time::never();    // the first probe of a closed window
  std::unique_ptr<SendNotices> notices_;  // for sockets that ask
  std::unique_ptr<MtuProbe> mtu_probe_;   // option mtu_probing
  std::unique_ptr<SegmentTally> tally_;   // for scripts
  AnswerLimit answers_;
  Time ts_recent_at_{};
  Duration user_timeout_{};
};

}  // namespace wirelab::tcp
