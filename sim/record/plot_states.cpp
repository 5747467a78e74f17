// States in time, one lane for each end of a connection: TCP's own (states.csv) and the sender's congestion state.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "record/csv_reader.h"
#include "record/plot_kinds.h"

namespace wirelab::plot {
namespace {

constexpr std::size_t kMostLanes = 24;

/// Up to so many different instants are drawn in their order and not to scale: a handshake of milliseconds beside a
/// TIME-WAIT of a minute can be read only so.
constexpr std::size_t kMostInstants = 12;

struct Named {
  std::string_view name, colour;
};
constexpr std::array<Named, 11> kTcpStates = {{{"CLOSED", "#E3E3E3"},
                                               {"LISTEN", "#F4F1E4"},
                                               {"SYN-SENT", "#FFE59A"},
                                               {"SYN-RECEIVED", "#FFCB66"},
                                               {"ESTABLISHED", "#A5DBBE"},
                                               {"FIN-WAIT-1", "#BFD9EE"},
                                               {"FIN-WAIT-2", "#8BBCE3"},
                                               {"CLOSE-WAIT", "#EBC3DA"},
                                               {"CLOSING", "#DB95BE"},
                                               {"LAST-ACK", "#F2A98A"},
                                               {"TIME-WAIT", "#CBBCE8"}}};
constexpr std::array<Named, 5> kCaStates = {
    {{"Open", "#BFE3D0"}, {"Disorder", "#F0E442"}, {"CWR", "#56B4E9"}, {"Recovery", "#D55E00"}, {"Loss", "#000000"}}};

template <std::size_t N>
std::string colour_of(const std::array<Named, N>& table, std::string_view name) {
  for (const Named& n : table) {
    if (n.name == name) return std::string(n.colour);
  }
  return "#FFFFFF";
}

template <std::size_t N>
void add_legend(const std::array<Named, N>& table, Lanes& lanes) {
  for (const Named& n : table) {
    const bool seen =
        std::any_of(lanes.boxes.begin(), lanes.boxes.end(), [&](const Box& b) { return b.colour == n.colour; });
    if (seen) lanes.legend.emplace_back(n.name, n.colour);
  }
}

struct Transition {
  double t;
  std::string from, to;
};
struct End {
  std::string app, host, port;
  std::vector<Transition> transitions;
};

std::vector<End> read_ends(const RecordedRun& run, const PlotSpec& spec, Window window, bool& recorded) {
  std::vector<End> out;
  CsvReader csv;
  recorded = csv.open(run.dir / "states.csv");
  if (!recorded) return out;
  const auto time = csv.column("time_s"), app = csv.column("app"), host = csv.column("host"), port = csv.column("port"),
             from = csv.column("from"), to = csv.column("to");
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> by_key;
  while (csv.next()) {
    const double t = parse_number(csv[time]);
    if (t > window.to) break;
    if (!is_wanted(csv[app], spec.apps)) continue;
    if (csv[to] == "LISTEN" && csv[from] == "CLOSED") continue;  // a listener is no connection yet
    const auto [found, added] =
        by_key.try_emplace({std::string(csv[app]), std::string(csv[host]), std::string(csv[port])}, out.size());
    if (added && out.size() > kMostLanes) continue;  // enough to know that there are more
    if (added) out.push_back({std::string(csv[app]), std::string(csv[host]), std::string(csv[port]), {}});
    if (found->second < out.size()) {
      out[found->second].transitions.push_back({t, std::string(csv[from]), std::string(csv[to])});
    }
  }
  return out;
}

/// Where an instant stands on the axis: at its time, or at its place in the order.
struct Axis {
  std::vector<double> instants;  ///< empty: to scale
  Window window;                 ///< in axis units
  double at(double t) const {
    if (instants.empty()) return t;
    return static_cast<double>(std::lower_bound(instants.begin(), instants.end(), t) - instants.begin() + 1);
  }
};

Axis axis_for(const std::vector<End>& ends, Window window) {
  std::set<double> instants;
  for (const End& e : ends) {
    for (const Transition& x : e.transitions) instants.insert(x.t);
  }
  if (instants.size() > kMostInstants) return {{}, window};
  return {{instants.begin(), instants.end()}, {0, static_cast<double>(instants.size() + 1)}};
}

/// A text fits when its letters do: a picture is some 1400 units wide, a letter of these capitals 12.5.
std::string fitting(const std::string& text, double share) {
  return share * 1400 >= 12.5 * static_cast<double>(text.size()) + 8 ? text : std::string();
}

std::string seconds_text(double t) {
  std::string text = fmt::format("{:.6f}", t);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

void add_lane(Lanes& lanes, const End& end, const Axis& axis) {
  const std::size_t lane = lanes.names.size();
  lanes.names.push_back(end.app + " at " + end.host);
  double from = axis.window.from;
  std::string state = end.transitions.front().from;
  const auto close = [&](double to, const std::string& next) {
    const double least = axis.instants.empty() ? axis.window.span() / 1500 : 0;  // a short stay still shows
    if (to > from) {
      lanes.boxes.push_back({from, std::max(to, from + least), lane, fitting(state, (to - from) / axis.window.span()),
                             colour_of(kTcpStates, state)});
    }
    from = to;
    state = next;
  };
  for (const Transition& x : end.transitions) close(std::max(axis.at(x.t), axis.window.from), x.to);
  close(axis.window.to, "");
}

/// Both ends of an app beside each other, apps in the order in which they began.
void put_ends_together(std::vector<End>& ends) {
  std::vector<std::string> order;
  for (const End& e : ends) {
    if (std::find(order.begin(), order.end(), e.app) == order.end()) order.push_back(e.app);
  }
  std::stable_sort(ends.begin(), ends.end(), [&](const End& a, const End& b) {
    return std::find(order.begin(), order.end(), a.app) < std::find(order.begin(), order.end(), b.app);
  });
}

}  // namespace

Picture draw_states(Source& source, const PlotSpec& spec) {
  Picture picture;
  picture.window = window_of(source.run(), spec);
  bool recorded = false;
  std::vector<End> ends = read_ends(source.run(), spec, picture.window, recorded);
  if (ends.empty()) {
    picture.warning = recorded ? "no connection changed its state in this span" : "no TCP connection was recorded";
    return picture;
  }
  picture.title = source.run().scenario + ": TCP states";
  picture.source = "states.csv";
  if (ends.size() > kMostLanes) {
    ends.resize(kMostLanes);
    picture.title += fmt::format(", the first {} ends", kMostLanes);
  }
  put_ends_together(ends);
  const Axis axis = axis_for(ends, picture.window);
  Lanes lanes;
  for (const End& end : ends) add_lane(lanes, end, axis);
  if (!axis.instants.empty()) {
    picture.window = axis.window;
    lanes.x_label = "time [s], each change one step (not to scale)";
    for (const double t : axis.instants) lanes.tics.emplace_back(axis.at(t), seconds_text(t));
  }
  const bool all_named =
      std::none_of(lanes.boxes.begin(), lanes.boxes.end(), [](const Box& b) { return b.text.empty(); });
  if (!all_named) add_legend(kTcpStates, lanes);
  picture.lanes = std::move(lanes);
  return picture;
}

Picture draw_ca_states(Source& source, const PlotSpec& spec) {
  Picture picture;
  picture.window = window_of(source.run(), spec);
  const TcpData& data = source.tcp(spec.apps, picture.window);
  picture.warning = tcp_warning(data);
  if (!picture.warning.empty()) return picture;
  picture.title = source.run().scenario + ": congestion state of the sender";
  picture.source = "tcp.csv";
  const Window w = picture.window;
  Lanes lanes;
  for (const TcpCurves& c : data.connections) {
    if (lanes.names.size() == kMostLanes) {
      picture.title += fmt::format(", {} of {} connections", kMostLanes, data.connections.size());
      break;
    }
    for (std::size_t i = 0; i < c.ca_states.size(); ++i) {
      const auto& [t, state] = c.ca_states[i];
      const double until = i + 1 < c.ca_states.size() ? c.ca_states[i + 1].first : std::min(c.last, w.to);
      if (until < w.from || state.empty()) continue;
      const double from = std::max(t, w.from);
      const double least = state == "Open" ? 0 : w.span() / 1000;
      lanes.boxes.push_back({from, std::max(until, from + least), lanes.names.size(), "", colour_of(kCaStates, state)});
    }
    lanes.names.push_back(c.name);
  }
  // Rare states are drawn last, so that a short one is not painted over by what follows it.
  std::stable_sort(lanes.boxes.begin(), lanes.boxes.end(), [](const Box& a, const Box& b) {
    const auto rank = [](const Box& x) {
      for (std::size_t i = 0; i < kCaStates.size(); ++i) {
        if (kCaStates[i].colour == x.colour) return i;
      }
      return std::size_t{0};
    };
    return rank(a) < rank(b);
  });
  add_legend(kCaStates, lanes);
  picture.lanes = std::move(lanes);
  return picture;
}

}  // namespace wirelab::plot
