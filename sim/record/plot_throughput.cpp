// What each flow gets through (from the growth of snd_una), and how fairly they share (Jain's index of it).

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "record/plot_kinds.h"
#include "record/summary.h"

namespace wirelab::plot {
namespace {

double bin_for(Window window) { return nice_ceiling(window.span() / 100); }

std::string bin_text(double bin) {
  if (bin >= 1) return fmt::format("{:g} s", bin);
  if (bin >= 1e-3) return fmt::format("{:g} ms", bin * 1e3);
  return fmt::format("{:g} µs", bin * 1e6);
}

/// The sum of all flows in each bin that any of them has.
Series sum_of(const std::vector<Series>& series, Window window, double bin) {
  std::vector<double> sums(static_cast<std::size_t>(window.span() / bin + 1.5), 0.0);
  std::size_t first = sums.size(), last = 0;
  for (const Series& s : series) {
    for (const Point& p : s.points) {
      const auto i = std::min(sums.size() - 1, static_cast<std::size_t>((p.t - window.from) / bin));
      sums[i] += p.y;
      first = std::min(first, i);
      last = std::max(last, i);
    }
  }
  Series out{"sum", "", {}};
  for (std::size_t i = first; i <= last && i < sums.size(); ++i) {
    out.points.push_back({window.from + bin * (static_cast<double>(i) + 0.5), sums[i]});
  }
  return out;
}

/// What nearly all values stay below.
double usual_highest(const std::vector<Series>& series) {
  std::vector<double> all;
  for (const Series& s : series) {
    for (const Point& p : s.points) all.push_back(p.y);
  }
  if (all.empty()) return 0;
  const auto at = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 98 / 100);
  std::nth_element(all.begin(), at, all.end());
  return *at;
}

double highest(const std::vector<Series>& series) {
  double y = 0;
  for (const Series& s : series) {
    for (const Point& p : s.points) y = std::max(y, p.y);
  }
  return y;
}

}  // namespace

RateUnit rate_unit(double largest_bps) {
  if (largest_bps >= 2e9) return {1e9, "Gbit/s"};
  if (largest_bps >= 2e6) return {1e6, "Mbit/s"};
  if (largest_bps >= 2e3) return {1e3, "kbit/s"};
  return {1, "bit/s"};
}

namespace {

/// Rows come at least once in a five-thousandth of the run where anything happens; a longer gap is a silence.
std::vector<Point> bit_rate(const std::vector<Point>& bytes, Window window, double bin) {
  std::vector<Point> rate = binned_rate(bytes, window, bin, std::max(bin / 4, window.span() / 1000));
  for (Point& p : rate) p.y *= 8;
  return rate;
}

/// A sum says how full a link is that carries all of it. Flows that do not share one have no sum to speak of.
bool share_a_link(const RecordedRun& run, const TcpData& tcp, const DatagramData& datagrams, Window window) {
  double bytes = 0;
  for (const TcpCurves& c : tcp.connections) bytes += c.una.empty() ? 0 : c.una.back().y;
  for (const DatagramCurves& c : datagrams.flows) bytes += c.received.empty() ? 0 : c.received.back().y;
  return bytes <= run.shared_bytes * std::min(1.0, window.to / run.sim_time_s);
}

std::string what_is_delivered(bool tcp, bool udp) {
  if (tcp && udp) return "payload acknowledged (TCP) and received (UDP)";
  return udp ? "payload received" : "payload acknowledged";
}

}  // namespace

std::vector<Series> throughput_series(const TcpData& tcp, const DatagramData& datagrams, Window window, double& bin) {
  bin = bin_for(window);
  std::vector<Series> out;
  for (const TcpCurves& c : tcp.connections) out.push_back({c.app, c.group, bit_rate(c.una, window, bin)});
  for (const DatagramCurves& c : datagrams.flows) {
    if (!c.is_ping) out.push_back({c.app, c.group, bit_rate(c.received, window, bin)});
  }
  return out;
}

Picture draw_throughput(Source& source, const PlotSpec& spec) {
  Picture picture;
  picture.window = window_of(source.run(), spec);
  const TcpData& tcp = source.tcp(spec.apps, picture.window);
  const DatagramData& datagrams = source.datagrams(spec.apps, picture.window);
  double bin = 0;
  std::vector<Series> series = throughput_series(tcp, datagrams, picture.window, bin);
  std::vector<std::string> names;
  const DatagramCurves* udp = nullptr;
  for (const TcpCurves& c : tcp.connections) names.push_back(c.name);
  for (const DatagramCurves& c : datagrams.flows) {
    if (c.is_ping) continue;
    names.push_back(c.name);
    udp = &c;
  }
  if (udp == nullptr) picture.warning = tcp_warning(tcp);
  if (!picture.warning.empty()) return picture;
  for (std::size_t i = 0; i < series.size(); ++i) series[i].name = names[i];
  if (highest(series) <= 0) picture.warning = "no payload was delivered in this span";
  picture.title = source.run().scenario + ": throughput";
  picture.source = udp == nullptr            ? "tcp.csv (growth of snd_una)"
                   : tcp.connections.empty() ? "datagrams.csv"
                                             : "tcp.csv (growth of snd_una) and datagrams.csv";
  Panel panel;
  panel.label =
      fmt::format("{}, averaged over {}", what_is_delivered(!tcp.connections.empty(), udp != nullptr), bin_text(bin));
  const bool alone = series.size() == 1;
  if (alone) panel.label = names.front() + ": " + panel.label;
  Series dashed{"sum", "", {}};
  if (series.size() >= 2 && series.size() <= 8 && share_a_link(source.run(), tcp, datagrams, picture.window)) {
    dashed = sum_of(series, picture.window, bin);
  }
  // What became of a single stream is seen beside what was sent.
  if (alone && udp != nullptr) {
    dashed = {"sent", "", bit_rate(udp->sent, picture.window, bin)};
    series.front().name = "received";
  }
  const bool few = series.size() <= 8;
  const RateUnit unit = rate_unit(few ? std::max(highest({dashed}), highest(series)) : usual_highest(series));
  panel.y_label = fmt::format("throughput [{}]", unit.name);
  for (Series& s : series) {
    for (Point& p : s.points) p.y /= unit.divisor;
  }
  for (Point& p : dashed.points) p.y /= unit.divisor;
  if (!dashed.points.empty()) {
    panel.curves.push_back({dashed.name, Draw::Dashed, std::string(colour::Grey), std::move(dashed.points), {}, {}});
  }
  add_overlay(panel, std::move(series), picture.window, Draw::Lines);
  picture.panels.push_back(std::move(panel));
  return picture;
}

namespace {

std::vector<const TcpCurves*> bulk_flows(const RecordedRun& run, const TcpData& data) {
  std::vector<const TcpCurves*> out;
  for (const TcpCurves& c : data.connections) {
    const RecordedApp* const app = run.app(c.app);
    if (app == nullptr || app->type == "bulk") out.push_back(&c);
  }
  return out;
}

}  // namespace

std::vector<Point> jain_points(const RecordedRun& run, const TcpData& data, Window window) {
  const std::vector<const TcpCurves*> flows = bulk_flows(run, data);
  if (flows.size() < 2) return {};
  const double bin = nice_ceiling(window.span() / 60);
  const auto bins = static_cast<std::size_t>(window.span() / bin + 1.5);
  std::vector<std::vector<double>> shares(bins);
  for (const TcpCurves* const c : flows) {
    for (const Point& p : binned_rate(c->una, window, bin, bin / 4)) {
      const auto i = std::min(bins - 1, static_cast<std::size_t>((p.t - window.from) / bin));
      shares[i].push_back(p.y);
    }
  }
  std::vector<Point> out;
  for (std::size_t i = 0; i < bins; ++i) {
    // Flows that have not begun or have ended do not compete.
    if (const auto index = jain_index(shares[i])) {
      out.push_back({window.from + bin * (static_cast<double>(i) + 0.5), *index});
    }
  }
  return out;
}

Picture draw_jain(Source& source, const PlotSpec& spec) {
  Picture picture;
  picture.window = window_of(source.run(), spec);
  const TcpData& data = source.tcp(spec.apps, picture.window);
  picture.warning = tcp_warning(data);
  if (!picture.warning.empty()) return picture;
  std::vector<Point> points = jain_points(source.run(), data, picture.window);
  if (points.size() < 2) picture.warning = "fairness needs at least two bulk flows at the same time";
  const std::size_t n = bulk_flows(source.run(), data).size();
  picture.title = source.run().scenario + ": fairness over time";
  picture.source = "tcp.csv (growth of snd_una)";
  Panel panel;
  panel.label = fmt::format("throughput of {} bulk flows, averaged over {}", n,
                            bin_text(nice_ceiling(picture.window.span() / 60)));
  panel.y_label = "Jain's fairness index";
  panel.fixed_y = true;
  panel.y_max = 1.04;
  const double least = 1.0 / static_cast<double>(std::max<std::size_t>(n, 2));
  const Window w = picture.window;
  panel.curves.push_back({"all equal: 1", Draw::Dashed, std::string(colour::Green), {{w.from, 1}, {w.to, 1}}, {}, {}});
  panel.curves.push_back({fmt::format("one takes all: 1/{}", n),
                          Draw::Dashed,
                          std::string(colour::Vermilion),
                          {{w.from, least}, {w.to, least}},
                          {},
                          {}});
  panel.curves.push_back({"Jain's index", Draw::Lines, std::string(colour::Blue), std::move(points), {}, {}});
  picture.panels.push_back(std::move(panel));
  return picture;
}

}  // namespace wirelab::plot
