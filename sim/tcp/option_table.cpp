#include "tcp/option_table.h"

#include <array>
#include <type_traits>

namespace wirelab::tcp {
namespace {

template <class T>
T from_number(std::int64_t v) {
  if constexpr (std::is_same_v<T, Duration>) {
    return Duration::ps(v);
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return Bytes(v);
  } else if constexpr (std::is_same_v<T, DataRate>) {
    return DataRate::bps(v);
  } else if constexpr (std::is_same_v<T, bool>) {
    return v != 0;
  } else {
    return static_cast<T>(v);
  }
}

std::int64_t to_number(Duration d) { return d.ps(); }
std::int64_t to_number(Bytes b) { return b.count(); }
std::int64_t to_number(DataRate r) { return r.bps(); }
std::int64_t to_number(bool b) { return b ? 1 : 0; }
std::int64_t to_number(std::uint32_t n) { return n; }
std::int64_t to_number(Recovery r) { return static_cast<std::int64_t>(r); }

template <auto Member>
void set(TcpConfig& config, std::int64_t v) {
  using Field = std::remove_reference_t<decltype(config.*Member)>;
  config.*Member = from_number<Field>(v);
}
template <auto Member>
std::int64_t get(const TcpConfig& config) {
  return to_number(config.*Member);
}

template <auto Member>
constexpr OptionInfo row(std::string_view name, OptionKind kind, std::int64_t minimum, std::int64_t maximum,
                         std::int64_t linux_default, std::int64_t rfc_default, std::string_view help) {
  return {name, "", kind, minimum, maximum, linux_default, rfc_default, help, &set<Member>, &get<Member>};
}
template <auto Member>
constexpr OptionInfo flag(std::string_view name, bool linux_default, bool rfc_default, std::string_view help) {
  return row<Member>(name, OptionKind::Flag, 0, 1, linux_default ? 1 : 0, rfc_default ? 1 : 0, help);
}
template <auto Member>
constexpr OptionInfo count(std::string_view name, std::int64_t minimum, std::int64_t maximum,
                           std::int64_t linux_default, std::int64_t rfc_default, std::string_view help) {
  return row<Member>(name, OptionKind::Count, minimum, maximum, linux_default, rfc_default, help);
}
template <auto Member>
constexpr OptionInfo size(std::string_view name, std::int64_t minimum, std::int64_t maximum, std::int64_t linux_default,
                          std::int64_t rfc_default, std::string_view help) {
  return row<Member>(name, OptionKind::Size, minimum, maximum, linux_default, rfc_default, help);
}
template <auto Member>
constexpr OptionInfo time(std::string_view name, Duration minimum, Duration maximum, Duration linux_default,
                          Duration rfc_default, std::string_view help) {
  return row<Member>(name, OptionKind::Time, minimum.ps(), maximum.ps(), linux_default.ps(), rfc_default.ps(), help);
}
constexpr OptionInfo with_alias(OptionInfo info, std::string_view alias) {
  info.alias = alias;
  return info;
}

constexpr Duration kDay = Duration::s(86400);
using C = TcpConfig;

constexpr std::array kOptions = {
    flag<&C::sack>("sack", true, true, "selective acknowledgements (RFC 2018)"),
    flag<&C::dsack>("dsack", true, true, "report duplicate segments in the first SACK block (RFC 2883)"),
    flag<&C::timestamps>("timestamps", true, true, "timestamps option and PAWS (RFC 7323)"),
    flag<&C::window_scaling>("window_scaling", true, true, "window scale option (RFC 7323)"),
    flag<&C::ecn>("ecn", false, false, "ask for and accept explicit congestion notification (RFC 3168)"),
    flag<&C::ecn_fallback>("ecn_fallback", true, true,
                           "a SYN that is sent again does not ask for ECN (RFC 3168 section 6.1.1.1)"),
    with_alias(size<&C::mss>("mss", 0, kMaxMss, 0, 0,
                             "largest segment without options; 0: from the path MTU (RFC 9293 section 3.7.1)"),
               "maxseg"),
    flag<&C::mtu_discovery>("mtu_discovery", true, true, "DF set, segments shrink to the path's MTU (RFC 1191)"),
    size<&C::min_pmtu>("min_pmtu", 68, 65535, 552, 68, "no ICMP error is believed that names a smaller MTU"),
    size<&C::min_snd_mss>("min_snd_mss", 48, 65535, 48, 48, "segments, options included, do not shrink below"),

    count<&C::mtu_probing>(
        "mtu_probing", 0, 2, 0, 0,
        "larger segments are tried (RFC 4821): 1 after timeouts that a black hole explains, 2 always"),
    size<&C::base_mss>("base_mss", 48, kMaxMss, 1024, 1024, "segment with which such probing begins"),

    with_alias(count<&C::initial_window>("initial_window", 0, 1000, 10, 0,
                                         "segments in the first flight (RFC 6928); 0: RFC 5681's 2 to 4"),
               "initcwnd"),
    count<&C::recovery>("recovery", 0, 3, 3, 3, "0 timeout only, 1 Reno, 2 NewReno (RFC 6582), 3 SACK (RFC 6675)"),
    count<&C::rack>("rack", 0, 7, 1, 0,
                    "1: with SACK, losses by time (RFC 8985); +2 fixed reordering window, +4 no duplicate threshold"),
    count<&C::early_retrans>("early_retrans", 0, 4, 3, 0, "3 or 4: tail loss probes (RFC 8985 section 7)"),
    flag<&C::limited_transmit>("limited_transmit", true, true,
                               "send new data on the first two duplicate ACKs (RFC 3042)"),
    flag<&C::prr>("prr", true, false, "proportional rate reduction (RFC 9937); off: RFC 5681 and 6582"),
    flag<&C::retrans_collapse>("retrans_collapse", true, false, "small segments are joined when they are sent again"),
    flag<&C::duplicate_shrinks_window>("duplicate_shrinks_window", false, true,
                                       "an ACK of nothing new may make the peer's window smaller (RFC 9293 3.10.7.4)"),
    flag<&C::rescue_retransmission>("rescue_retransmission", false, true,
                                    "resend what may be lost when nothing else may leave (RFC 6675 rules 3 and 4)"),
    flag<&C::flight_ssthresh>("flight_ssthresh", false, true,
                              "a loss halves what is in flight (RFC 5681); off: halves the window"),
    flag<&C::lost_syn_window>("lost_syn_window", false, true,
                              "begin with one segment if the SYN timed out (RFC 5681 section 3.1)"),
    count<&C::reordering>("reordering", 1, 300, 3, 3, "duplicate ACKs that mean a loss (RFC 5681 section 3.2)"),
    count<&C::max_reordering>("max_reordering", 1, 3000, 300, 3, "bound to which observed reordering raises it"),
    flag<&C::slow_start_after_idle>("slow_start_after_idle", true, true,
                                    "restart window after an idle RTO (RFC 5681 section 4.1)"),
    flag<&C::cwnd_validation>("cwnd_validation", true, false, "an unused window does not grow, and decays (RFC 2861)"),
    flag<&C::byte_counting>("byte_counting", false, true, "appropriate byte counting, L = 2 (RFC 3465)"),
    flag<&C::loss_undo>("loss_undo", true, false, "undo the reduction for a spurious loss (RFC 3522, RFC 3708)"),
    flag<&C::frto>("frto", true, false, "detect spurious timeouts (RFC 5682)"),
    count<&C::tso_win_divisor>("tso_win_divisor", 1, 1000, 3, 3,
                               "a burst that cwnd cuts to less than this part of it waits for the next ACK"),
    count<&C::min_burst>("min_burst", 1, 64, 2, 1, "full segments that leave together at least, as GSO has it"),
    flag<&C::pacing>("pacing", false, false, "bursts leave spread over the round trip, as with Linux's fq queue"),
    count<&C::pacing_ss_ratio>("pacing_ss_ratio", 1, 1000, 200, 200,
                               "pacing rate while cwnd < ssthresh / 2, percent of cwnd / srtt"),
    count<&C::pacing_ca_ratio>("pacing_ca_ratio", 1, 1000, 120, 120, "pacing rate later, percent of cwnd / srtt"),
    row<&C::max_pacing_rate>("max_pacing_rate", OptionKind::Rate, 0, 1'000'000'000'000, 0, 0,
                             "payload leaves no faster (SO_MAX_PACING_RATE); 0: no bound"),

    time<&C::rto_min>("rto_min", 1_ms, 120_s, 200_ms, 1_s, "floor of the retransmission timeout (RFC 6298 rule 2.4)"),
    time<&C::rto_initial>("rto_initial", 1_ms, 120_s, 1_s, 1_s, "timeout before the first sample (RFC 6298 rule 2.1)"),
    time<&C::rto_max>("rto_max", 1_s, 3600_s, 120_s, 120_s, "cap of the timeout (RFC 6298 rule 2.5)"),
    flag<&C::rto_min_on_variance>("rto_min_on_variance", true, false,
                                  "the floor acts on 4 RTTVAR, as in Linux, and not on the sum"),
    flag<&C::thin_linear_timeouts>("thin_linear_timeouts", false, false,
                                   "with fewer than 4 segments in flight the first six timeouts do not back off"),
    flag<&C::rto_after_syn_loss>("rto_after_syn_loss", false, true,
                                 "3 s for data if the SYN timed out (RFC 6298 rule 5.7), and not only if nothing "
                                 "has measured the round trip"),

    time<&C::delayed_ack>("delayed_ack", 0_s, 500_ms, 40_ms, 200_ms,
                          "longest wait for a second segment (RFC 9293 section 3.8.6.3); 0: acknowledge each"),
    time<&C::delack_max>("delack_max", 1_ms, 500_ms, 200_ms, 200_ms,
                         "the most that the adaptive delay of an ACK may be"),
    count<&C::quickack>("quickack", 0, 255, 16, 0, "segments acknowledged singly at the start"),
    flag<&C::adaptive_ato>("adaptive_ato", true, false, "the delay of ACKs follows the spacing of the data"),
    count<&C::comp_sack_nr>("comp_sack_nr", 0, 255, 44, 0,
                            "SACKs behind a hole that one stands for, but the first three; 0: none is held back"),
    time<&C::comp_sack_delay>("comp_sack_delay", 0_s, 100_ms, 1_ms, 1_ms,
                              "longest wait of a SACK held back; 5 % of the round trip if that is less"),
    time<&C::comp_sack_slack>("comp_sack_slack", 0_s, 100_ms, 100_us, 0_s, "what its timer takes on top of it"),
    count<&C::ack_segments>("ack_segments", 1, 64, 2, 2, "full segments that force an ACK (RFC 5681 section 4.2)"),
    size<&C::rcvbuf>("rcvbuf", 0, 1073725440, 0, 0, "largest window offered; 0: auto-tuned (linux), 65535 B (rfc)"),
    size<&C::so_rcvbuf>("so_rcvbuf", 0, 1073741823, 0, 0,
                        "SO_RCVBUF as a program sets it: twice as much memory, and a window that follows how well "
                        "segments fill it; 0: not set"),
    flag<&C::rcvbuf_skbs>("rcvbuf_skbs", true, false,
                          "the receive buffer holds sk_buffs: their memory counts, not payload, and a segment is taken "
                          "whole or not at all"),
    size<&C::rmem_default>("rmem_default", 2304, 2147483647, 131072, 131070,
                           "receive buffer at the start; half of it is window (tcp_rmem[1])"),
    size<&C::rmem_max>("rmem_max", 2304, 2147483647, 33554432, 131070, "bound of auto-tuning (tcp_rmem[2])"),
    size<&C::core_rmem_max>("core_rmem_max", 0, 2147483647, 4194304, 0,
                            "the window scale leaves room for a buffer of so much (net.core.rmem_max)"),
    size<&C::window_clamp>("window_clamp", 0, 1 << 30, 0, 0, "no larger window is offered at first; 0: no such bound"),
    flag<&C::shrink_window>("shrink_window", false, false,
                            "a scaled window may become smaller when the buffer fills (RFC 7323 section 2.4)"),
    flag<&C::moderate_rcvbuf>("moderate_rcvbuf", true, false, "grow the receive buffer with the rate of reading"),
    flag<&C::rcv_sws_steps>("rcv_sws_steps", false, true,
                            "window moves by min(buffer / 2, MSS) (RFC 9293 section 3.8.6.2.2)"),

    size<&C::sndbuf>("sndbuf", 0, 2147483647, 0, 0, "bytes held for sending at most; 0: auto-tuned"),
    size<&C::wmem_default>("wmem_default", 4096, 2147483647, 46080, 1048576, "send buffer at the start"),
    size<&C::wmem_max>("wmem_max", 4096, 2147483647, 4194304, 1048576, "bound of auto-tuning (tcp_wmem[2])"),
    count<&C::sndbuf_overhead>("sndbuf_overhead", 0, 65535, 832, 0,
                               "memory that a burst in the send buffer costs beside its bytes (sk_buff)"),
    size<&C::notsent_lowat>("notsent_lowat", 0, 4294967295, 4294967295, 4294967295,
                            "not writable with half of this unsent (TCP_NOTSENT_LOWAT)"),
    flag<&C::nodelay>("nodelay", false, false, "no Nagle algorithm (RFC 9293 section 3.7.4)"),
    flag<&C::nagle_minshall>("nagle_minshall", true, false, "Nagle waits only behind a small segment in flight"),
    flag<&C::cork>("cork", false, false, "full segments only, for 200 ms at most"),

    count<&C::syn_retries>("syn_retries", 0, 127, 6, 6, "retransmissions of a SYN with back-off"),
    count<&C::syn_linear_timeouts>("syn_linear_timeouts", 0, 127, 4, 0, "SYN timeouts before the back-off starts"),
    count<&C::synack_retries>("synack_retries", 0, 127, 5, 5, "retransmissions of a SYN-ACK"),
    count<&C::retries1>("retries1", 0, 255, 3, 3, "then the route is doubted (RFC 1122 R1)"),
    count<&C::retries2>("retries2", 0, 255, 15, 8, "then the connection ends (RFC 1122 R2, 100 s at least)"),
    count<&C::orphan_retries>("orphan_retries", 0, 255, 8, 8, "the same once the application has gone"),
    time<&C::user_timeout>("user_timeout", 0_s, kDay * 24, 0_s, 0_s,
                           "data unacknowledged this long ends the connection (RFC 9293 section 3.8.3); 0: retries2"),
    flag<&C::hold_handshake_ack>("hold_handshake_ack", false, false,
                                 "a client's last ACK of the handshake waits up to 200 ms for data to ride on"),

    flag<&C::keepalive>("keepalive", false, false, "probe an idle peer (RFC 1122 section 4.2.3.6)"),
    time<&C::keepalive_time>("keepalive_time", 1_s, 32767_s, 7200_s, 7200_s, "idle time before the first probe"),
    time<&C::keepalive_intvl>("keepalive_intvl", 1_s, 32767_s, 75_s, 75_s, "time between probes"),
    count<&C::keepalive_probes>("keepalive_probes", 1, 127, 9, 9, "unanswered probes that end the connection"),

    time<&C::fin_timeout>("fin_timeout", 0_s, kDay, 60_s, 60_s, "FIN-WAIT-2 once the application has gone"),
    time<&C::msl>("msl", 0_s, 3600_s, 30_s, 120_s, "TIME-WAIT is twice this (RFC 9293 section 3.4.2: 2 minutes)"),
    flag<&C::tw_reuse>("tw_reuse", true, true, "a new SYN may end TIME-WAIT (RFC 6191, RFC 9293 section 3.10.7.4)"),
    flag<&C::rfc1337>("rfc1337", false, true, "a RST does not end TIME-WAIT (RFC 1337)"),
    flag<&C::abort_on_overflow>("abort_on_overflow", false, false, "a full accept queue answers with RST"),

    count<&C::backlog>("backlog", 0, 1 << 20, 4096, 4096, "connections that wait for accept (somaxconn)"),
    time<&C::defer_accept>("defer_accept", 0_s, kDay, 0_s, 0_s,
                           "a listener waits so long for data before it gives a connection to the application"),
    count<&C::max_syn_backlog>("max_syn_backlog", 1, 1 << 20, 4096, 4096,
                               "handshakes under way at a listener without SYN cookies"),
    count<&C::syncookies>("syncookies", 0, 2, 1, 0,
                          "the SYN-ACK stands for the handshake (RFC 4987): 1 more SYNs than the backlog, 2 always"),
    count<&C::challenge_ack_limit>("challenge_ack_limit", 0, 2147483647, 2147483647, 100,
                                   "challenge ACKs of a host per second (RFC 5961 section 7)"),
    time<&C::invalid_ratelimit>("invalid_ratelimit", 0_s, 60_s, 500_ms, 0_s,
                                "least time between ACKs that answer unacceptable segments; 0: no limit"),

    count<&C::fastopen>("fastopen", 0, 2147483647, 0, 0,
                        "data on the SYN (RFC 7413): 1 client + 2 server; +4 and +512 without cookie, as tcp_fastopen"),
    count<&C::fastopen_queue>("fastopen_queue", 0, 1 << 20, 0, 0,
                              "Fast Open handshakes under way at a listener; 0: as many as its backlog"),
    time<&C::fastopen_blackhole_timeout>("fastopen_blackhole_timeout", 0_s, kDay, 0_s, 0_s,
                                         "pause of a client after timeouts on connections that used it; 0: none"),

    count<&C::hz>("hz", 1, 1000000, 250, 1000, "timer ticks per second"),
    time<&C::wakeup>("wakeup", 0_s, 1_s, Duration::us(17), 0_s, "how much longer a host that has rested takes to send"),
    flag<&C::exact_timers>("exact_timers", false, true, "timers fire when due, not when a timer wheel gets to them"),
};

}  // namespace

std::span<const OptionInfo> options() { return kOptions; }

const OptionInfo* find_option(std::string_view name) {
  for (const OptionInfo& o : kOptions) {
    if (o.name == name || (!o.alias.empty() && o.alias == name)) return &o;
  }
  return nullptr;
}

TcpConfig defaults(Profile profile) {
  TcpConfig config;
  config.cc.name = profile == Profile::Linux ? "cubic" : "reno";
  for (const OptionInfo& o : kOptions) o.set(config, profile == Profile::Linux ? o.linux_default : o.rfc_default);
  return config;
}

}  // namespace wirelab::tcp
