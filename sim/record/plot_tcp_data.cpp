#include "record/plot_tcp_data.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>

#include "record/csv_reader.h"

namespace wirelab::plot {
namespace {

/// '*' stands for any text; everything else for itself.
bool matches(std::string_view text, std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return text == pattern;
  if (text.substr(0, star) != pattern.substr(0, star)) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t i = star; i <= text.size(); ++i) {
    if (matches(text.substr(i), rest)) return true;
  }
  return false;
}

/// What is gathered for one end of one connection while the file is read.
struct Gathering {
  Gathering(Window w, std::size_t columns)
      : cwnd(w, columns),
        ssthresh(w, columns),
        srtt(w, columns),
        rto(w, columns),
        una(w, columns),
        nxt(w, columns),
        edge(w, columns) {}
  TcpCurves out;
  Decimator cwnd, ssthresh, srtt, rto, una, nxt, edge;
  /// As of the last row; an open connection keeps its values although nothing happens.
  double edge_now = 0, nxt_now = 0, una_now = 0, ssthresh_now = parse_number({}), srtt_now = ssthresh_now,
         rto_now = ssthresh_now;
  bool open = true, reached_edge = false;
  double una_raw = 0, una_wraps = 0, largest_una = 0;
  double cwnd_before = parse_number({});
  std::string ca_state;
};

struct Columns {
  explicit Columns(const CsvReader& csv)
      : time(csv.column("time_s")),
        app(csv.column("app")),
        host(csv.column("host")),
        port(csv.column("port")),
        event(csv.column("event")),
        state(csv.column("state")),
        ca_state(csv.column("ca_state")),
        cwnd(csv.column("cwnd_bytes")),
        ssthresh(csv.column("ssthresh_bytes")),
        srtt(csv.column("srtt_s")),
        rto(csv.column("rto_s")),
        una(csv.column("snd_una")),
        nxt(csv.column("snd_nxt")),
        mss(csv.column("mss_bytes")),
        wnd(csv.column("snd_wnd_bytes")) {}
  std::optional<std::size_t> time, app, host, port, event, state, ca_state, cwnd, ssthresh, srtt, rto, una, nxt, mss,
      wnd;
};

std::optional<TcpEvent> marked_event(std::string_view name) {
  if (name == "fast_retransmit") return TcpEvent::FastRetransmit;
  if (name == "timeout") return TcpEvent::Timeout;
  if (name == "tlp") return TcpEvent::Tlp;
  if (name == "recovery_exit") return TcpEvent::RecoveryExit;
  if (name == "undo") return TcpEvent::Undo;
  if (name == "persist") return TcpEvent::Persist;
  return std::nullopt;
}

/// Sequence numbers are 32 bits wide; a curve is not.
double unwrapped(Gathering& g, double una) {
  constexpr double kWrap = 4294967296.0;
  if (una < g.una_raw - kWrap / 2) g.una_wraps += kWrap;
  g.una_raw = una;
  return una + g.una_wraps;
}

void take_row(const CsvReader& csv, const Columns& at, Window window, double t, Gathering& g) {
  const double mss = parse_number(csv[at.mss]);
  const double cwnd = mss > 0 ? parse_number(csv[at.cwnd]) / mss : parse_number({});
  g.out.last = t;
  const bool begun = csv[at.state] != "SYN-SENT" && csv[at.state] != "SYN-RECEIVED";
  if (begun) g.cwnd.add(t, cwnd);  // before that there is no window to speak of
  if (mss > 0) g.ssthresh.add(t, g.ssthresh_now = parse_number(csv[at.ssthresh]) / mss);
  g.srtt.add(t, g.srtt_now = parse_number(csv[at.srtt]));
  g.rto.add(t, g.rto_now = parse_number(csv[at.rto]));
  g.open = csv[at.state] != "CLOSED" && csv[at.state] != "TIME-WAIT";
  const double una_raw = parse_number(csv[at.una]);
  if (una_raw == una_raw) {
    const double una = unwrapped(g, una_raw);
    double nxt = parse_number(csv[at.nxt]) + g.una_wraps;
    if (nxt < una - 2147483648.0) nxt += 4294967296.0;
    g.largest_una = std::max(g.largest_una, una);
    g.una.add(t, g.una_now = una);
    g.nxt.add(t, g.nxt_now = nxt);
    g.edge.add(t, g.edge_now = una + parse_number(csv[at.wnd]));
    if (t >= window.from && una > 1 && g.edge_now - nxt < mss) g.reached_edge = true;
  }
  if (const auto event = marked_event(csv[at.event]); event && t >= window.from && t <= window.to) {
    const bool reduces = *event == TcpEvent::FastRetransmit || *event == TcpEvent::Timeout;
    g.out.marks.push_back({*event, t, reduces && g.cwnd_before == g.cwnd_before ? g.cwnd_before : cwnd, g.largest_una});
  }
  g.cwnd_before = cwnd;
  if (const std::string_view state = csv[at.ca_state]; state != g.ca_state) {
    g.ca_state = state;
    g.out.ca_states.emplace_back(t, g.ca_state);
  }
}

void hold_to_the_end(Gathering& g, double end) {
  if (!g.open) return;
  g.out.last = end;
  g.cwnd.add(end, g.cwnd_before);
  g.ssthresh.add(end, g.ssthresh_now);
  g.srtt.add(end, g.srtt_now);
  g.rto.add(end, g.rto_now);
  if (g.largest_una <= 0) return;
  g.una.add(end, g.una_now);
  g.nxt.add(end, g.nxt_now);
  g.edge.add(end, g.edge_now);
}

/// Of each app the ends at the host that sent the most: the other end has a window too, but nothing in it.
void keep_senders(std::vector<std::unique_ptr<Gathering>>& all) {
  std::map<std::string, const Gathering*> most;
  for (const auto& g : all) {
    const Gathering*& best = most[g->out.app];
    if (best == nullptr || g->largest_una > best->largest_una) best = g.get();
  }
  std::erase_if(all, [&](const auto& g) {
    const Gathering& best = *most[g->out.app];
    return g->out.host != best.out.host || (g->largest_una <= 1 && best.largest_una > 1);
  });
}

void name_them(const RecordedRun& run, std::vector<TcpCurves>& connections) {
  std::map<std::string, int> of_app;
  std::set<std::string> algorithms;
  for (const TcpCurves& c : connections) {
    ++of_app[c.app];
    if (const RecordedApp* app = run.app(c.app)) algorithms.insert(app->cc);
  }
  for (TcpCurves& c : connections) {
    const RecordedApp* const app = run.app(c.app);
    const std::string cc = app != nullptr ? app->cc : std::string();
    c.name = of_app[c.app] > 1 ? c.app + ":" + c.port : c.app;
    if (!cc.empty() && c.app.find(cc) == std::string::npos) c.name += " (" + cc + ")";
    c.group = algorithms.size() > 1 ? cc : std::string(base_name(c.app));
    if (app != nullptr) c.min_rtt_s = app->min_rtt_s;
  }
}

}  // namespace

std::size_t columns_for(const RecordedRun& run) {
  double flows = 0;
  for (const RecordedApp& app : run.apps) flows += app.flows;
  return flows <= 8 ? 1500 : flows <= 64 ? 500 : 200;
}

Window window_of(const RecordedRun& run, const PlotSpec& spec) {
  Window w{0, run.sim_time_s};
  if (spec.from) w.from = std::max(0.0, spec.from->seconds());
  if (spec.to) w.to = std::min(w.to, spec.to->seconds());
  return w;
}

bool is_wanted(std::string_view id, const std::vector<std::string>& patterns) {
  if (patterns.empty()) return true;
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return matches(id, pattern) || matches(base_name(id), pattern);
  });
}

TcpData read_tcp(const RecordedRun& run, const std::vector<std::string>& apps, Window window) {
  TcpData data;
  data.window = window;
  data.used = std::any_of(run.apps.begin(), run.apps.end(), [](const RecordedApp& app) { return !app.cc.empty(); });
  CsvReader csv;
  if (!csv.open(run.dir / "tcp.csv")) return data;
  data.recorded = true;
  const Columns at(csv);
  const std::size_t columns = columns_for(run);
  std::vector<std::unique_ptr<Gathering>> all;
  std::unordered_map<std::string, Gathering*> by_key;  // looked up only; `all` has the order
  std::string key;
  while (csv.next()) {
    const double t = parse_number(csv[at.time]);
    if (t > window.to) break;  // rows are in the order of time
    key.assign(csv[at.app]).append(1, ',').append(csv[at.host]).append(1, ',').append(csv[at.port]);
    Gathering*& g = by_key[key];
    if (g == nullptr) {
      all.push_back(std::make_unique<Gathering>(window, columns));
      g = all.back().get();
      g->out.app = csv[at.app];
      g->out.host = csv[at.host];
      g->out.port = csv[at.port];
      g->out.first = t;
    }
    take_row(csv, at, window, t, *g);
  }
  std::erase_if(all, [&](const auto& g) { return !is_wanted(g->out.app, apps); });
  keep_senders(all);
  for (const auto& g : all) {
    hold_to_the_end(*g, window.to);
    TcpCurves c = std::move(g->out);
    c.cwnd = g->cwnd.take();
    c.ssthresh = g->ssthresh.take();
    c.srtt = g->srtt.take();
    c.rto = g->rto.take();
    c.una = g->una.take();
    c.nxt = g->nxt.take();
    if (g->reached_edge) c.edge = g->edge.take();
    data.connections.push_back(std::move(c));
  }
  name_them(run, data.connections);
  return data;
}

}  // namespace wirelab::plot
