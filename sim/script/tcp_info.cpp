#include "script/tcp_info.h"

#include <algorithm>
#include <iterator>

#include "tcp/connection.h"

namespace wirelab::script {

namespace {

using tcp::Connection;

/// Linux's numbering of the states.
std::int64_t linux_state(const Connection& c, Time) {
  switch (c.state()) {
    case tcp::State::Established: return 1;
    case tcp::State::SynSent: return 2;
    case tcp::State::SynReceived: return 3;
    case tcp::State::FinWait1: return 4;
    case tcp::State::FinWait2: return 5;
    case tcp::State::TimeWait: return 6;
    case tcp::State::Closed: return 7;
    case tcp::State::CloseWait: return 8;
    case tcp::State::LastAck: return 9;
    case tcp::State::Listen: return 10;
    case tcp::State::Closing: return 11;
  }
  return 0;
}

/// Linux has then let go of what was in flight.
bool is_over(const Connection& c) { return c.state() == tcp::State::Closed; }

std::int64_t options_in_use(const Connection& c, Time) {
  const tcp::Terms& t = c.terms();
  return (t.timestamps ? 1 : 0) | (t.sack ? 2 : 0) | (t.scaling ? 4 : 0) | (t.ecn ? 8 : 0) | (c.ecn_seen() ? 16 : 0) |
         (c.syn_data_acked() ? 32 : 0) | (c.is_fast_open_child() ? 128 : 0);
}

/// Less the timestamps option, once it is known to be used.
std::int64_t advertised_mss(const Connection& c, Time) {
  const bool opening = c.state() == tcp::State::SynSent || c.state() == tcp::State::SynReceived;
  return c.announced_mss() - (c.terms().timestamps && !opening ? 12 : 0);
}

struct Field {
  std::string_view name;
  std::int64_t (*get)(const Connection&, Time now);
};
template <auto Member>
std::int64_t tallied(const Connection& c, Time) {
  return c.tally() != nullptr ? static_cast<std::int64_t>(c.tally()->*Member) : 0;
}
using Tally = tcp::SegmentTally;

constexpr Field kFields[] = {
    {"tcpi_segs_in", tallied<&Tally::in>},
    {"tcpi_segs_out", tallied<&Tally::out>},
    {"tcpi_data_segs_in", tallied<&Tally::data_in>},
    {"tcpi_data_segs_out", tallied<&Tally::data_out>},
    {"tcpi_bytes_sent", tallied<&Tally::bytes_sent>},
    {"tcpi_bytes_retrans", tallied<&Tally::bytes_resent>},
    {"tcpi_rcv_ooopack", tallied<&Tally::out_of_order>},
    {"tcpi_retransmits",
     [](const Connection& c, Time) {
       const bool opening = c.state() == tcp::State::SynSent || c.state() == tcp::State::SynReceived;
       return std::int64_t{opening ? c.syn_timeouts() : c.sender().timeouts_in_a_row()};
     }},
    {"tcpi_total_rto",
     [](const Connection& c, Time) { return std::int64_t{c.sender().counters().timeouts + c.syn_timeouts()}; }},
    {"tcpi_pmtu", [](const Connection& c, Time) { return std::int64_t{c.path_mtu()}; }},
    {"tcpi_ato", [](const Connection& c, Time) { return c.receiver().acks.ato().us(); }},
    {"tcpi_last_data_sent", [](const Connection& c, Time now) { return (now - c.sender().last_sent()).ms(); }},
    {"tcpi_last_ack_recv",
     [](const Connection& c, Time now) { return (now - std::max(c.tally()->last_ack, c.syn_sent_at())).ms(); }},
    {"tcpi_delivered_ce", [](const Connection& c, Time) { return std::int64_t{c.sender().counters().delivered_ce}; }},
    {"tcpi_dsack_dups", [](const Connection& c, Time) { return std::int64_t{c.sender().counters().duplicates_told}; }},
    {"tcpi_state", linux_state},
    {"tcpi_ca_state", [](const Connection& c, Time) { return static_cast<std::int64_t>(c.ca_state()); }},
    {"tcpi_options", options_in_use},
    {"tcpi_snd_wscale", [](const Connection& c, Time) { return std::int64_t{c.terms().snd_wscale}; }},
    {"tcpi_rcv_wscale", [](const Connection& c, Time) { return std::int64_t{c.terms().rcv_wscale}; }},
    {"tcpi_rto", [](const Connection& c, Time) { return c.sender().rtt().rto().us(); }},
    {"tcpi_snd_mss", [](const Connection& c, Time) { return c.smss().count(); }},
    {"tcpi_rcv_mss", [](const Connection& c, Time) { return std::int64_t{c.receiver().acks.rcv_mss()}; }},
    {"tcpi_unacked",
     [](const Connection& c, Time) { return std::int64_t{is_over(c) ? 0 : c.sender().scoreboard().packets_out()}; }},
    {"tcpi_sacked", [](const Connection& c, Time) { return std::int64_t{c.sender().scoreboard().sacked_out()}; }},
    {"tcpi_lost", [](const Connection& c, Time) { return std::int64_t{c.sender().scoreboard().lost_out()}; }},
    {"tcpi_retrans", [](const Connection& c, Time) { return std::int64_t{c.sender().scoreboard().retrans_out()}; }},
    {"tcpi_backoff", [](const Connection& c, Time) { return std::int64_t{is_over(c) ? 0 : c.backoffs()}; }},
    {"tcpi_snd_ssthresh", [](const Connection& c, Time) { return std::int64_t{c.sender().window().ssthresh}; }},
    {"tcpi_snd_cwnd", [](const Connection& c, Time) { return std::int64_t{c.sender().window().cwnd}; }},
    {"tcpi_rtt", [](const Connection& c, Time) { return c.sender().rtt().srtt().us(); }},
    {"tcpi_rttvar", [](const Connection& c, Time) { return c.sender().rtt().deviation().us(); }},
    {"tcpi_min_rtt",
     [](const Connection& c, Time) {
       constexpr std::int64_t kNone = 0xffffffff;
       return std::min(c.sender().rtt().min_rtt().us(), kNone);
     }},
    {"tcpi_total_retrans",
     [](const Connection& c, Time) {
       return static_cast<std::int64_t>(c.sender().counters().segments_retransmitted + c.syn_resent());
     }},
    // Linux counts our SYN too, once it is acknowledged.
    {"tcpi_delivered",
     [](const Connection& c, Time) {
       return static_cast<std::int64_t>(c.sender().counters().delivered) + (c.is_half_open() ? 0 : 1);
     }},
    {"tcpi_pacing_rate", [](const Connection& c, Time) { return static_cast<std::int64_t>(c.pacing_rate()); }},
    {"tcpi_max_pacing_rate",
     [](const Connection& c, Time) {
       return static_cast<std::int64_t>(c.pacer() != nullptr ? c.pacer()->max_rate() : tcp::Pacer::kUnlimited);
     }},
    {"tcpi_advmss", advertised_mss},
    {"tcpi_reordering", [](const Connection& c, Time) { return std::int64_t{c.sender().reordering()}; }},
    {"tcpi_reord_seen", [](const Connection& c, Time) { return std::int64_t{c.sender().reorderings()}; }},
    {"tcpi_probes", [](const Connection& c, Time) { return std::int64_t{c.probes_sent()}; }},
    {"tcpi_sndbuf_limited", [](const Connection& c, Time now) { return c.send_times().buffer_limited(now).us(); }},
    {"tcpi_notsent_bytes", [](const Connection& c, Time) { return static_cast<std::int64_t>(c.notsent()); }},
    {"tcpi_last_data_recv", [](const Connection& c, Time now) { return (now - c.receiver().acks.last_data()).ms(); }},
    {"tcpi_busy_time", [](const Connection& c, Time now) { return c.send_times().busy(now).us(); }},
    {"tcpi_rwnd_limited", [](const Connection& c, Time now) { return c.send_times().window_limited(now).us(); }},
    {"tcpi_bytes_acked", [](const Connection& c, Time) { return static_cast<std::int64_t>(c.numbers_acked()); }},
    {"tcpi_bytes_received",
     [](const Connection& c, Time) {  // its FIN counts one
       return static_cast<std::int64_t>(c.receiver().received()) + (c.receiver().fin_received() ? 1 : 0);
     }},
    {"tcpi_last_ack_sent", [](const Connection&, Time) { return std::int64_t{0}; }},  // Linux does not remember it
    {"tcpi_fackets", [](const Connection&, Time) { return std::int64_t{0}; }},        // of old kernels
    {"tcpi_rcv_rtt", [](const Connection& c, Time) { return c.receiver().window.rtt().us(); }},
    {"tcpi_rcv_wnd", [](const Connection& c, Time) { return std::int64_t{c.receiver().window.rcv_wnd()}; }},
    {"SK_MEMINFO_RCVBUF", [](const Connection& c, Time) { return std::int64_t{c.receiver().window.buffer()}; }},
    {"tcpi_snd_wnd", [](const Connection& c, Time) { return std::int64_t{c.sender().snd_wnd()}; }},
    {"tcpi_rcv_space", [](const Connection& c, Time) { return std::int64_t{c.receiver().window.last_space()}; }},
    {"tcpi_rcv_ssthresh", [](const Connection& c, Time) { return std::int64_t{c.receiver().window.growth_limit()}; }},
};

const Field* find(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(kFields), std::end(kFields), [&](const Field& f) { return f.name == name; });
  return found == std::end(kFields) ? nullptr : found;
}

}  // namespace

bool is_tcp_info_field(std::string_view name) { return find(name) != nullptr; }

std::optional<std::int64_t> tcp_info_field(const Connection& c, std::string_view name, Time now) {
  const Field* const field = find(name);
  if (field == nullptr) return std::nullopt;
  return field->get(c, now);
}

}  // namespace wirelab::script
