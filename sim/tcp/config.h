#pragma once
// What can be set of one TCP endpoint. A profile (option_table.h) is only a named set of defaults for these; nothing
// below the scenario knows its name. The values written here are those of the `linux` profile; names are those of
// Linux's sysctls and socket options without "tcp_".

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/units.h"
#include "tcp/fast_open_cookie.h"

namespace wirelab::tcp {

/// Which congestion control, with its own parameters as they stand in the scenario.
struct CcChoice {
  std::string name = "cubic";
  std::vector<std::pair<std::string, double>> parameters;  ///< booleans as 0 and 1
};

/// How losses are found and repaired, whichever congestion control is chosen.
enum class Recovery : std::uint8_t {
  None,     ///< retransmission timeout alone
  Reno,     ///< RFC 2581: the first partial ACK ends fast recovery
  NewReno,  ///< RFC 6582
  Sack,     ///< RFC 6675 where the peer permits SACK, else RFC 6582
};

/// Every member is an option of the same name in the table. "0: ..." says what zero means where it is special.
struct TcpConfig {
  CcChoice cc;

  // Negotiated on the SYN.
  bool sack = true;
  bool dsack = true;  ///< report duplicates (RFC 2883)
  bool timestamps = true;
  bool window_scaling = true;
  bool ecn = false;
  bool ecn_fallback = true;  ///< a SYN that is sent again does not ask for it (RFC 3168 section 6.1.1.1)
  Bytes mss{};               ///< upper limit of the segment payload without options; 0: from the path's MTU
  bool mtu_discovery = true;
  Bytes min_pmtu{552};            ///< no ICMP error is believed that says less
  Bytes min_snd_mss{48};          ///< segments with their options do not shrink below
  std::uint32_t mtu_probing = 0;  ///< RFC 4821: 1 once ICMP seems to be missing, 2 always
  Bytes base_mss{1024};           ///< where probing begins

  // Congestion window and loss recovery.
  Segments initial_window = 10;  ///< 0: min(4 MSS, max(2 MSS, 4380 bytes)), RFC 5681
  Recovery recovery = Recovery::Sack;
  std::uint32_t rack = 1;           ///< with SACK, losses are found by time (RFC 8985); bits as in Linux's tcp_recovery
  std::uint32_t early_retrans = 3;  ///< 3 or 4: tail loss probes (RFC 8985 section 7)
  bool limited_transmit = true;     ///< RFC 3042
  bool prr = true;                  ///< RFC 9937; off: the window moves as in RFC 5681 and 6582
  bool retrans_collapse = true;     ///< small segments are joined when they are sent again
  bool duplicate_shrinks_window = false;  ///< an ACK of nothing new may make the peer's window smaller
  bool rescue_retransmission = false;     ///< rules 3 and 4 of NextSeg() (RFC 6675 section 4)
  bool flight_ssthresh = false;           ///< half of what is in flight (RFC 5681); off: half of cwnd, as Linux
  bool lost_syn_window = false;           ///< begin with 1 segment if the SYN timed out (RFC 5681 section 3.1)
  std::uint32_t reordering = 3;           ///< duplicate ACKs that mean a loss
  std::uint32_t max_reordering = 300;     ///< bound of what SACK may raise it to
  bool slow_start_after_idle = true;      ///< RFC 5681 section 4.1
  bool cwnd_validation = true;            ///< RFC 2861: what the application leaves unused decays
  bool byte_counting = false;             ///< RFC 3465 with L = 2; off: as many segments as were acknowledged
  bool loss_undo = true;                  ///< an episode that proves spurious is undone (RFC 3522, RFC 3708)
  bool frto = true;                       ///< RFC 5682
  Duration wakeup = Duration::us(17);     ///< how much longer a host that has rested takes to send; 0: as quick as ever
  std::uint32_t tso_win_divisor = 3;      ///< a burst that cwnd cuts short waits if it is below this part of it
  Segments min_burst = 2;                 ///< segments that leave together at least, data and windows allowing
  bool pacing = false;                    ///< bursts are spread over the round trip; some algorithms pace in any case
  std::uint32_t pacing_ss_ratio = 200;    ///< percent of the window in a round trip, in the first half of slow start
  std::uint32_t pacing_ca_ratio = 120;    ///< the same later
  DataRate max_pacing_rate;               ///< of payload; 0: none. Given, it paces (SO_MAX_PACING_RATE)

  // Retransmission timer.
  Duration rto_min = Duration::ms(200);
  Duration rto_initial = Duration::s(1);
  Duration rto_max = Duration::s(120);
  bool rto_min_on_variance = true;    ///< the floor acts on 4 RTTVAR (Linux) and not on the RTO (RFC 6298)
  bool thin_linear_timeouts = false;  ///< with little in flight, six timeouts do not back off
  bool rto_after_syn_loss = false;    ///< 3 s for data if the SYN timed out (RFC 6298 section 5.7)

  // Acknowledgements and windows of the receiver.
  Duration delayed_ack = Duration::ms(40);     ///< 0: acknowledge each segment
  Duration delack_max = Duration::ms(200);     ///< the most that an adaptive delay may be
  std::uint32_t quickack = 16;                 ///< segments acknowledged singly at the start; 0: none
  bool adaptive_ato = true;                    ///< the delay follows the spacing of the data, as Linux has it
  std::uint32_t comp_sack_nr = 44;             ///< ACKs behind a hole that one may stand for; 0: each is sent
  Duration comp_sack_delay = Duration::ms(1);  ///< longest wait of such an ACK
  Duration comp_sack_slack = Duration::us(100);
  Segments ack_segments = 2;   ///< full segments that force an acknowledgement
  Bytes rcvbuf{};              ///< the largest window offered; 0: auto-tuned from rmem_default to rmem_max
  Bytes so_rcvbuf{};           ///< as a program sets SO_RCVBUF: half of the buffer's memory; 0: not set
  bool rcvbuf_skbs = true;     ///< the buffer holds sk_buffs, whose memory counts; off: payload alone
  Bytes rmem_default{131072};  ///< buffer memory, of which half is window
  Bytes rmem_max{33554432};
  Bytes core_rmem_max{
      4194304};                 ///< what a program may ask for (net.core.rmem_max): the window scale leaves room for it
  Bytes window_clamp{};         ///< no larger window is offered at first; 0: no such bound
  bool shrink_window = false;   ///< a scaled window may become smaller (RFC 7323 section 2.4)
  bool moderate_rcvbuf = true;  ///< the offered window starts at 64 kB and grows with what is read
  bool rcv_sws_steps = false;   ///< the right edge moves by min(half the buffer, MSS) at least (RFC 9293 3.8.6.2.2)

  // Sending application's side.
  Bytes sndbuf{};             ///< bytes held at most; 0: auto-tuned with the window from wmem_default to wmem_max
  Bytes wmem_default{46080};  ///< payload that the first 10 segments' worth of sk_buffs make room for
  Bytes wmem_max{4194304};
  std::uint32_t sndbuf_overhead = 832;  ///< memory that each burst in the send buffer costs beside its bytes; 0: none
  Bytes notsent_lowat{4294967295};      ///< with twice as much unsent, the application is not asked for more
  bool nodelay = false;                 ///< no Nagle algorithm (RFC 9293 section 3.7.4)
  bool nagle_minshall = true;           ///< Nagle holds back only behind a small segment in flight
  bool cork = false;

  // Retries, in retransmissions.
  std::uint32_t syn_retries = 6;
  std::uint32_t syn_linear_timeouts = 4;  ///< SYN timeouts before the back-off starts
  std::uint32_t synack_retries = 5;
  std::uint32_t retries1 = 3;   ///< then the network layer is asked to look again (RFC 1122 R1)
  std::uint32_t retries2 = 15;  ///< then the connection is given up (RFC 1122 R2)
  std::uint32_t orphan_retries = 8;
  bool hold_handshake_ack = false;  ///< a client's last ACK of the handshake waits for data to ride on
  bool icmp_errors = false;         ///< what ICMP says is an error of the next call, too (IP_RECVERR)
  bool urgent_points_at = false;  ///< the pointer names the urgent byte (RFC 1122); off: the one behind it (tcp_stdurg)
  Duration user_timeout{};        ///< RFC 9293 section 3.8.3; 0: retries2 decides

  // Keep-alive (RFC 1122 section 4.2.3.6).
  bool keepalive = false;
  Duration keepalive_time = Duration::s(7200);
  Duration keepalive_intvl = Duration::s(75);
  std::uint32_t keepalive_probes = 9;

  // Closing.
  Duration fin_timeout = Duration::s(60);  ///< FIN-WAIT-2 of a connection whose application has gone
  Duration msl = Duration::s(30);          ///< TIME-WAIT lasts twice this
  bool tw_reuse = true;                    ///< a new SYN may end TIME-WAIT (RFC 6191, RFC 1122 section 4.2.2.13)
  bool rfc1337 = false;                    ///< a RST does not end TIME-WAIT
  bool abort_on_overflow = false;

  // Listeners and defence.
  std::uint32_t backlog = 4096;
  Duration defer_accept{};                         ///< how long a listener waits for data; 0: it does not
  std::uint32_t max_syn_backlog = 4096;            ///< handshakes under way where there are no SYN cookies
  std::uint32_t syncookies = 1;                    ///< RFC 4987 section 3.6: 1 when the queue is full, 2 always
  std::uint32_t challenge_ack_limit = 2147483647;  ///< per second and host (RFC 5961 section 7)
  Duration invalid_ratelimit = Duration::ms(500);  ///< between ACKs that answer unacceptable segments; 0: none

  // Fast Open (RFC 7413).
  std::uint32_t fastopen = 0;             ///< bits as in Linux's tcp_fastopen: see fast_open_bit
  std::uint32_t fastopen_queue = 0;       ///< Fast Open handshakes under way at a listener; 0: as many as its backlog
  Duration fastopen_blackhole_timeout{};  ///< pause of a client after timeouts on connections that used it; 0: none
  FastOpenKeys fastopen_keys;             ///< of cookies; none: the host's own

  // Clocks.
  std::uint32_t hz = 250;     ///< ticks of the timers per second
  bool exact_timers = false;  ///< timers fire when they are due and not when the kernel's wheel would
};

/// The longest MSS option a host announces: what fits an IPv4 packet of 65,535 bytes.
inline constexpr std::uint16_t kMaxMss = 65495;
/// RFC 9293 section 3.7.1: what is assumed when the peer announces none.
inline constexpr std::uint16_t kDefaultMss = 536;
/// Linux's TCP_MIN_MSS: the least that a receiver reckons with, and a path's least payload here.
inline constexpr std::uint16_t kMinMss = 88;

}  // namespace wirelab::tcp
