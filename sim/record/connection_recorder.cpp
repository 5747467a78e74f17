#include "record/connection_recorder.h"

#include <algorithm>
#include <bit>

namespace wirelab {

namespace {

constexpr std::string_view kTcpHeader =
    "time_s,app,host,port,event,state,ca_state,cwnd_bytes,ssthresh_bytes,inflight_bytes,srtt_s,rttvar_s,rto_s,"
    "snd_wnd_bytes,snd_una,snd_nxt,mss_bytes";
constexpr std::string_view kCcHeader = "time_s,app,host,port,variable,value";
constexpr std::string_view kStatesHeader = "time_s,app,host,port,from,to,cause";

/// The event column by bit of tcp::change.
constexpr std::array<std::string_view, 15> kEvents = {
    "send",    "ack",  "dupack", "state",   "idle",      "established", "recovery_exit", "ecn", "fast_retransmit",
    "timeout", "undo", "mtu",    "persist", "keepalive", "tlp"};
constexpr tcp::ChangeKinds kPlain = tcp::change::Sent | tcp::change::Ack | tcp::change::DupAck;

constexpr std::string_view name_of(tcp::CaState s) {
  constexpr std::array<std::string_view, 5> names = {"Open", "Disorder", "CWR", "Recovery", "Loss"};
  return names[static_cast<std::size_t>(s)];
}

}  // namespace

ConnectionTotals& ConnectionTotals::operator+=(const ConnectionTotals& o) {
  bytes_acked += o.bytes_acked;
  segments_sent += o.segments_sent;
  segments_retransmitted += o.segments_retransmitted;
  fast_recoveries += o.fast_recoveries;
  timeouts += o.timeouts;
  cwnd_area += o.cwnd_area;
  open_ps += o.open_ps;
  rtt_samples += o.rtt_samples;
  rtt_sum_us += o.rtt_sum_us;
  min_rtt = std::min(min_rtt, o.min_rtt);
  max_rtt = std::max(max_rtt, o.max_rtt);
  return *this;
}

ConnectionTotals ConnectionTotals::since(const ConnectionTotals& before) const {
  ConnectionTotals t = *this;
  t.bytes_acked -= before.bytes_acked;
  t.segments_sent -= before.segments_sent;
  t.segments_retransmitted -= before.segments_retransmitted;
  t.fast_recoveries -= before.fast_recoveries;
  t.timeouts -= before.timeouts;
  t.cwnd_area -= before.cwnd_area;
  t.open_ps -= before.open_ps;
  t.rtt_samples -= before.rtt_samples;
  t.rtt_sum_us -= before.rtt_sum_us;
  return t;
}

std::optional<FileError> ConnectionRecorder::open(const std::filesystem::path& dir, RowSampling sampling,
                                                  bool variables) {
  sampling_ = sampling;
  if (auto error = tcp_csv_.open(dir / "tcp.csv", kTcpHeader)) return error;
  if (variables) {
    if (auto error = cc_csv_.open(dir / "cc.csv", kCcHeader)) return error;
  }
  return states_csv_.open(dir / "states.csv", kStatesHeader);
}

std::optional<FileError> ConnectionRecorder::commit() {
  if (!writes()) return std::nullopt;
  if (auto error = tcp_csv_.commit()) return error;
  if (cc_csv_.is_open()) {
    if (auto error = cc_csv_.commit()) return error;
  }
  return states_csv_.commit();
}

std::uint32_t ConnectionRecorder::add(Entry entry) {
  entry.used = true;
  if (free_.empty()) {
    entries_.push_back(std::move(entry));
    return static_cast<std::uint32_t>(entries_.size() - 1);
  }
  const std::uint32_t tag = free_.back();
  free_.pop_back();
  entries_[tag] = std::move(entry);
  return tag;
}

void ConnectionRecorder::record_if_chosen(Entry& e, std::string instance) const {
  if (!writes() || !directory_.is_recorded(e.line, instance)) return;
  e.recorded = std::make_unique<Recorded>(Recorded{std::move(instance), {}});
}

std::uint32_t ConnectionRecorder::add_client(std::uint32_t line, std::string instance, std::uint32_t host) {
  Entry e;
  e.line = line;
  e.host = host;
  record_if_chosen(e, std::move(instance));
  return add(std::move(e));
}

std::uint32_t ConnectionRecorder::add_listener(std::uint32_t line, std::uint32_t host) {
  Entry e;
  e.line = line;
  e.host = host;
  record_if_chosen(e, line_names_[line]);
  e.side = Server;
  e.listener = true;
  return add(std::move(e));
}

void ConnectionRecorder::on_open(tcp::Connection& c, Time) {
  std::uint32_t tag = c.tag();
  if (entries_[tag].listener) {
    Entry e;
    e.line = entries_[tag].line;
    e.host = entries_[tag].host;
    e.side = Server;
    if (writes()) record_if_chosen(e, directory_.instance_at(e.line, c.remote()).value_or(line_names_[e.line]));
    tag = add(std::move(e));
    c.set_observer(*this, tag);
  }
  entries_[tag].connection = &c;
  if (!entries_[tag].recorded) c.set_interest(tcp::change::Established);
}

void ConnectionRecorder::on_change(const tcp::Connection& c, tcp::ChangeKinds kinds, Time now) {
  Entry& e = entries_[c.tag()];
  if ((kinds & tcp::change::Established) != 0) e.established = now;
  if (!e.recorded || kinds == 0) return;
  if ((kinds & ~kPlain) == 0 && !sampling_.every) {
    if (now < e.recorded->next_row) return;
    e.recorded->next_row = sampling_.next_after(now);
  }
  write_row(e, c, kEvents[static_cast<std::size_t>(std::bit_width(kinds) - 1)], now);
}

void ConnectionRecorder::write_row(const Entry& e, const tcp::Connection& c, std::string_view event, Time now) {
  const tcp::Sender& s = c.sender();
  const auto smss = static_cast<std::int64_t>(s.smss());
  const tcp::Window& w = s.window();
  CsvWriter& csv = tcp_csv_;
  csv.time(now);
  csv.text(e.recorded->instance);
  csv.text(hosts_[e.host]);
  csv.unsigned_integer(c.local().port);
  csv.text(event);
  csv.text(tcp::name_of(c.state()));
  csv.text(name_of(c.ca_state()));
  csv.integer(w.cwnd * smss);
  if (w.ssthresh >= tcp::infinite_ssthresh) {
    csv.empty();
  } else {
    csv.integer(w.ssthresh * smss);
  }
  csv.integer(s.in_flight() * smss);
  if (s.rtt().has_sample()) {
    csv.duration(s.rtt().srtt());
    csv.duration(s.rtt().rttvar());
  } else {
    csv.empty();
    csv.empty();
  }
  csv.duration(s.rtt().rto());
  csv.unsigned_integer(s.snd_wnd());
  csv.unsigned_integer(c.relative_una());
  csv.unsigned_integer(c.relative_nxt());
  csv.integer(smss);
  csv.end_row();
  if (cc_csv_.is_open()) write_variables(e, c, now);
}

void ConnectionRecorder::write_variables(const Entry& e, const tcp::Connection& c, Time now) {
  std::array<tcp::CcVariable, tcp::kMostCcVariables> variables;
  const std::size_t n = c.sender().congestion_control().variables(variables);
  for (std::size_t i = 0; i < n; ++i) {
    cc_csv_.time(now);
    cc_csv_.text(e.recorded->instance);
    cc_csv_.text(hosts_[e.host]);
    cc_csv_.unsigned_integer(c.local().port);
    cc_csv_.text(variables[i].name);
    cc_csv_.number(variables[i].value);
    cc_csv_.end_row();
  }
}

void ConnectionRecorder::on_state(const tcp::StateChange& change) {
  Entry& e = entries_[change.tag];
  if (!e.listener || change.to != tcp::State::Closed) {  // a passive end begins at its listener, and outlives it
    for (Path& path : paths_) {
      if (path.line != e.line || path.host != e.host) continue;
      if (path.states.empty()) path.states.push_back(change.from);
      path.states.push_back(change.to);
    }
  }
  if (e.recorded) {
    states_csv_.time(change.now);
    states_csv_.text(e.listener && change.remote.port != 0
                         ? directory_.instance_at(e.line, change.remote).value_or(e.recorded->instance)
                         : e.recorded->instance);
    states_csv_.text(hosts_[e.host]);
    states_csv_.unsigned_integer(change.local.port);
    states_csv_.text(tcp::name_of(change.from));
    states_csv_.text(tcp::name_of(change.to));
    states_csv_.text(tcp::name_of(change.cause));
    states_csv_.end_row();
  }
  if (e.ended && change.to == tcp::State::Closed) {
    e = Entry{};
    free_.push_back(change.tag);
  }
}

void ConnectionRecorder::on_end(const tcp::Connection& c, Time now) {
  Entry& e = entries_[c.tag()];
  const ConnectionTotals t = read(e, c, now);
  lines_[e.line].ended[e.side] += t;
  if (in_span_ && e.before != 0) lines_[e.line].before[e.side] += before_[e.before - 1];
  if (!span_over_) keep_life(e, c, now);
  e.connection = nullptr;
  e.ended = true;
  if (c.state() == tcp::State::Closed) {
    const std::uint32_t tag = c.tag();
    entries_[tag] = Entry{};
    free_.push_back(tag);
  }
}

ConnectionTotals ConnectionRecorder::read(const Entry& e, const tcp::Connection& c, Time now) {
  const tcp::Sender& s = c.sender();
  const tcp::SenderCounters& n = s.counters();
  const tcp::RttStatistics& r = s.rtt().statistics();
  ConnectionTotals t;
  t.bytes_acked = c.bytes_acked();
  t.segments_sent = n.segments_sent;
  t.segments_retransmitted = n.segments_retransmitted;
  t.fast_recoveries = n.fast_recoveries;
  t.timeouts = n.timeouts;
  if (!e.established.is_never()) {
    t.cwnd_area = static_cast<Int128>(s.cwnd_area(now));
    t.open_ps = (now - e.established).ps();
  }
  t.rtt_samples = r.count;
  t.rtt_sum_us = r.sum_us;
  t.min_rtt = r.min;
  t.max_rtt = r.max;
  return t;
}

// Only senders of data count: an end that has sent nothing has no goodput to compare.
void ConnectionRecorder::keep_life(const Entry& e, const tcp::Connection& c, Time now) {
  if (e.established.is_never() || c.send_buffer().end() == 0) return;
  const std::uint64_t before = in_span_ && e.before != 0 ? before_[e.before - 1].bytes_acked : 0;
  lines_[e.line].lives[e.side].push_back({c.syn_sent_at(), now, c.bytes_acked() - before});
}

std::vector<double> ConnectionRecorder::goodputs(std::uint32_t line, Side side, Time from, Time to) const {
  std::vector<double> result;
  for (const Life& life : lines_[line].lives[side]) {
    const Duration span = std::min(life.to, to) - std::max(life.from, from);
    if (span > Duration{}) result.push_back(static_cast<double>(life.bytes_in_span) * 8 / span.seconds());
  }
  return result;
}

void ConnectionRecorder::begin_span(Time now) {
  in_span_ = true;
  for (LineTotals& line : lines_) line.lives = {};
  for (LineTotals& line : lines_) line.before = line.ended;
  before_.clear();
  for (Entry& e : entries_) {
    e.before = 0;
    if (e.connection == nullptr) continue;
    before_.push_back(read(e, *e.connection, now));
    e.before = static_cast<std::uint32_t>(before_.size());
  }
}

void ConnectionRecorder::end_span(Time now) {
  span_.resize(lines_.size());
  for (std::uint32_t line = 0; line < lines_.size(); ++line) {
    for (const Side side : {Client, Server}) span_[line][side] = span_totals(line, side, now);
  }
  for (const Entry& e : entries_) {
    if (e.connection != nullptr) keep_life(e, *e.connection, now);
  }
  span_over_ = true;
}

ConnectionTotals ConnectionRecorder::totals(std::uint32_t line, Side side, Time now) const {
  ConnectionTotals sum = lines_[line].ended[side];
  for (const Entry& e : entries_) {
    if (e.connection != nullptr && e.line == line && e.side == side) sum += read(e, *e.connection, now);
  }
  return sum;
}

ConnectionTotals ConnectionRecorder::span_totals(std::uint32_t line, Side side, Time now) const {
  if (span_over_) return span_[line][side];
  ConnectionTotals whole = totals(line, side, now);
  if (!in_span_) return whole;
  ConnectionTotals before = lines_[line].before[side];
  for (const Entry& e : entries_) {
    if (e.connection != nullptr && e.before != 0 && e.line == line && e.side == side) before += before_[e.before - 1];
  }
  return whole.since(before);
}

std::vector<tcp::State> ConnectionRecorder::path(std::uint32_t line, std::uint32_t host) const {
  for (const Path& p : paths_) {
    if (p.line == line && p.host == host) return p.states;
  }
  return {};
}

}  // namespace wirelab
