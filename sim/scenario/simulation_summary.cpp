// What a run came to, from the counters of all layers.

#include <algorithm>
#include <cmath>

#include "scenario/measured_span.h"
#include "scenario/simulation.h"

namespace wirelab::scenario {

namespace {

double as_double(Int128 n) { return static_cast<double>(n); }

std::string names_of(const Scenario& s, const std::vector<Endpoint>& ends) {
  constexpr std::size_t most = 8;  // then first, last and the number say it better
  std::string text;
  if (ends.size() > most) { return s.nodes[ends.front().node].id + ".." + s.nodes[ends.back().node].id; }
  for (const Endpoint& e : ends) {
    if (!text.empty()) text += ',';
    text += s.nodes[e.node].id;
  }
  return text;
}

/// Whose window and losses an app's numbers are: the end that sends the data.
ConnectionRecorder::Side sending_side(const App& app) {
  const bool answers = std::holds_alternative<RequestResponseApp>(app.kind);
  return app.reverse || answers ? ConnectionRecorder::Server : ConnectionRecorder::Client;
}

bool is_datagram(const App& app) {
  return std::holds_alternative<CbrApp>(app.kind) || std::holds_alternative<OnOffApp>(app.kind);
}

void add_tcp(AppSummary& a, const ConnectionTotals& t) {
  a.bytes_acked += t.bytes_acked;
  a.segments_sent += t.segments_sent;
  a.segments_retransmitted += t.segments_retransmitted;
  a.fast_recoveries += t.fast_recoveries;
  a.timeouts += t.timeouts;
}

void add_datagrams(AppSummary& a, const DatagramTotals& t, bool is_ping) {
  const std::uint64_t lost = t.sent > t.received ? t.sent - t.received : 0;
  a.more.emplace_back("packets_sent", static_cast<double>(t.sent));
  a.more.emplace_back("packets_received", static_cast<double>(t.received));
  a.more.emplace_back("packets_lost", static_cast<double>(lost));
  if (t.duplicates > 0) a.more.emplace_back("packets_duplicate", static_cast<double>(t.duplicates));
  if (t.errors > 0) a.more.emplace_back("errors", static_cast<double>(t.errors));
  if (t.received == 0) return;
  const double mean = static_cast<double>(t.delay_sum_us) * 1e-6 / static_cast<double>(t.received);
  if (is_ping) {
    a.mean_rtt_s = mean;
    a.min_rtt = t.min_delay;
    a.max_rtt = t.max_delay;
    return;
  }
  a.more.emplace_back("mean_delay_s", mean);
  a.more.emplace_back("min_delay_s", t.min_delay.seconds());
  a.more.emplace_back("max_delay_s", t.max_delay.seconds());
  a.more.emplace_back("jitter_s", t.jitter.seconds());
}

IpSummary ip_summary(const IpCounters& c) {
  return {c.forwarded, c.fragments_created, c.datagrams_reassembled, c.reassembly_timeouts, c.ttl_expired, c.no_route};
}

LinkDirectionSummary direction_summary(const LinkCounters& whole, const LinkCounters& before, const LinkCounters& after,
                                       Duration span) {
  LinkDirectionSummary d;
  d.packets = whole.packets;
  d.bytes = whole.bytes;
  d.drops_queue = whole.drops_queue;
  d.drops_loss = whole.drops_loss;
  d.drops_other = whole.drops_down;
  d.ecn_marked = whole.ecn_marked;
  d.max_queue_packets = whole.max_queue_packets;
  const Int128 capacity = after.capacity_bit_ps - before.capacity_bit_ps;
  if (span > Duration{}) {
    d.mean_queue_packets =
        as_double(after.queue_area_packet_ps - before.queue_area_packet_ps) / static_cast<double>(span.ps());
  }
  // What is being sent when the rate changes goes on at the old one, so that the quotient may come to a packet above 1.
  if (capacity > 0) {
    d.utilization = std::min(1.0, as_double(after.carried_bit_ps - before.carried_bit_ps) / as_double(capacity));
  }
  return d;
}

}  // namespace

AppSummary Simulation::summarize(std::size_t number) const {
  const App& app = scenario_.apps[number];
  const auto line = static_cast<std::uint32_t>(number);
  const FlowBook::Results& results = flows_->results(line);
  const Time now = built_.network->now();
  AppSummary a;
  a.id = app.id;
  a.type = app.type;
  a.from = names_of(scenario_, app.from);
  a.to = names_of(scenario_, app.to);
  a.start = results.first_start;
  a.end = results.last_end;
  const std::uint64_t started = lines_[number]->started();
  a.completed = started > 0 && results.completed == started && lines_[number]->has_started_all();
  a.error = std::string(tcp::name_of(results.first_error));
  if (app.many) {
    a.flows = FlowsSummary{started, results.completed, quantiles(results.completion_times)};
  } else if (!results.completion_times.empty()) {
    a.completion_time = results.completion_times.front();
  }

  const Time from = std::max(span_->from(), a.start.value_or(Time::zero()));
  const Time to = std::min(span_->to(), a.end.value_or(now));
  std::int64_t bytes_in_span = span_->delivered(number);
  if (is_datagram(app) || std::holds_alternative<PingApp>(app.kind)) {
    add_datagrams(a, lines_[number]->datagrams(), !is_datagram(app));
  } else {
    const ConnectionRecorder::Side side = sending_side(app);
    const ConnectionRecorder::Side other =
        side == ConnectionRecorder::Client ? ConnectionRecorder::Server : ConnectionRecorder::Client;
    a.cc = scenario_.tcp_configs[(side == ConnectionRecorder::Client ? app.from : app.to).front().tcp].cc.name;
    add_tcp(a, connections_->totals(line, side, now));
    const ConnectionTotals span = connections_->span_totals(line, side, now);
    bytes_in_span = static_cast<std::int64_t>(span.bytes_acked);
    if (!std::holds_alternative<BulkApp>(app.kind)) {  // both ends have something to say
      add_tcp(a, connections_->totals(line, other, now));
      bytes_in_span += static_cast<std::int64_t>(connections_->span_totals(line, other, now).bytes_acked);
    }
    if (span.open_ps > 0) a.mean_cwnd_segments = as_double(span.cwnd_area) / as_double(span.open_ps);
    if (span.rtt_samples > 0) {
      a.mean_rtt_s = static_cast<double>(span.rtt_sum_us) / 1e6 / static_cast<double>(span.rtt_samples);
      a.min_rtt = span.min_rtt;
      a.max_rtt = span.max_rtt;
    }
  }
  if (a.start && to > from && !std::holds_alternative<PingApp>(app.kind)) {
    a.goodput_bps = static_cast<double>(bytes_in_span) * 8 / (to - from).seconds();
  }
  return a;
}

LinkSummary Simulation::summarize_link(LinkIndex link) const {
  const Duration span = span_->to() - span_->from();
  LinkSummary l;
  l.id = scenario_.links[link].id;
  l.label = scenario_.links[link].label;
  for (int d = 0; d < 2; ++d) {
    const std::size_t at = 2 * link + static_cast<std::size_t>(d);
    const LinkCounters whole = built_.network->direction(link, d).counters(built_.network->now());
    (d == 0 ? l.forward : l.backward) = direction_summary(whole, span_->link_before(at), span_->link_after(at), span);
  }
  return l;
}

RunSummary Simulation::summary() {
  Network& network = *built_.network;
  RunSummary s;
  s.scenario = scenario_.name;
  s.seed = scenario_.seed;
  s.sim_time = network.now();
  s.events = network.events();
  s.packet_hops = network.domain().account.hops;
  for (std::size_t i = 0; i < lines_.size(); ++i) s.apps.push_back(summarize(i));
  for (LinkIndex i = 0; i < scenario_.links.size(); ++i) s.links.push_back(summarize_link(i));
  IpCounters all;
  for (NodeIndex n = 0; n < scenario_.nodes.size(); ++n) {
    const IpCounters& c = network.node(n).ip().counters();
    all += c;
    s.nodes.push_back({scenario_.nodes[n].id, scenario_.nodes[n].label, ip_summary(c)});
  }
  s.ip = ip_summary(all);
  std::vector<double> goodputs;
  for (std::size_t i = 0; i < scenario_.apps.size(); ++i) {
    if (!std::holds_alternative<BulkApp>(scenario_.apps[i].kind)) continue;
    const auto flows = connections_->goodputs(static_cast<std::uint32_t>(i), sending_side(scenario_.apps[i]),
                                              span_->from(), span_->to());
    goodputs.insert(goodputs.end(), flows.begin(), flows.end());
  }
  s.jain_index = jain_index(goodputs);
  const PacketAccount& account = network.domain().account;
  s.conservation = {account.sent, account.delivered, account.in_flight(), account.dropped};
  s.wall_s = wall_s_;
  s.user_s = user_s_;
  return s;
}

}  // namespace wirelab::scenario
