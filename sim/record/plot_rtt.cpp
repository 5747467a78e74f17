// Round-trip time as the sender sees it, with the timeout that follows from it.

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "record/plot_kinds.h"

namespace wirelab::plot {
namespace {

std::vector<Point> in_milliseconds(std::vector<Point> points) {
  for (Point& p : points) p.y *= 1e3;
  return points;
}

double highest(const std::vector<Point>& points) {
  double y = 0;
  for (const Point& p : points) y = std::max(y, p.y);
  return y;
}

double mean(const std::vector<Point>& points) {
  double sum = 0;
  for (const Point& p : points) sum += p.y;
  return points.empty() ? 0 : sum / static_cast<double>(points.size());
}

/// A back-off multiplies the timeout by up to thousands, which only a logarithmic axis shows beside the RTT.
constexpr double kLogFrom = 12;

/// The timeout before the first RTT sample is a constant of a second, which would set the scale of the picture. It is
/// shown only if it backed off: then the handshake met losses.
void drop_initial_rto(std::vector<Point>& rto, const std::vector<Point>& srtt) {
  if (rto.empty() || srtt.empty()) return;
  const auto first = std::find_if(rto.begin(), rto.end(), [&](const Point& p) { return p.t >= srtt.front().t; });
  const bool constant = std::all_of(rto.begin(), first, [&](const Point& p) { return p.y <= rto.front().y; });
  if (constant) rto.erase(rto.begin(), first);
}

Curve smallest(double rtt_ms, double from, double to) {
  return {"smallest RTT", Draw::Dotted, std::string(colour::Black), {{from, rtt_ms}, {to, rtt_ms}}, {}, {}};
}

Panel panel_of(const TcpCurves& c, Window window) {
  Panel panel;
  panel.label = c.name;
  Curve srtt{"smoothed RTT", Draw::Steps, std::string(colour::Blue), in_milliseconds(c.srtt), {}, {}};
  Curve rto{"RTO (timeout)", Draw::DashedSteps, std::string(colour::Vermilion), in_milliseconds(c.rto), {}, {}};
  drop_initial_rto(rto.points, srtt.points);
  panel.log_y = highest(rto.points) > kLogFrom * std::max(mean(srtt.points), 1e-9);
  panel.y_max = panel.log_y ? 0 : std::max(highest(rto.points), highest(srtt.points));
  panel.curves.push_back(std::move(rto));
  panel.curves.push_back(std::move(srtt));
  if (c.min_rtt_s > 0) {
    panel.curves.push_back(smallest(c.min_rtt_s * 1e3, std::max(window.from, c.first), std::min(window.to, c.last)));
  }
  return panel;
}

Panel panel_of(const DatagramCurves& ping, Window window) {
  Panel panel;
  panel.label = ping.name;
  Curve rtt{"RTT of ping", Draw::Lines, std::string(colour::Green), in_milliseconds(ping.delay), {}, {}};
  panel.y_max = highest(rtt.points);
  double least = panel.y_max;
  for (const Point& p : rtt.points) least = std::min(least, p.y);
  panel.curves.push_back(std::move(rtt));
  panel.curves.push_back(smallest(least, std::max(window.from, ping.first), std::min(window.to, ping.last)));
  return panel;
}

/// A timeout that backed off sets a logarithmic axis for all, so that the panels can be compared.
void share_axis(std::vector<Panel>& panels) {
  if (std::none_of(panels.begin(), panels.end(), [](const Panel& p) { return p.log_y; })) return share_scale(panels);
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (Panel& p : panels) {
    p.log_y = true;
    p.y_max = 0;
    const Bounds y = y_bounds(p);
    low = std::min(low, y.low);
    high = std::max(high, y.high);
  }
  for (Panel& p : panels) {
    p.fixed_y = true;
    p.y_min = low;
    p.y_max = high;
  }
}

}  // namespace

std::vector<Series> rtt_series(const TcpData& tcp, const DatagramData& datagrams) {
  std::vector<Series> out;
  for (const TcpCurves& c : tcp.connections) out.push_back({c.app, c.group, in_milliseconds(c.srtt)});
  for (const DatagramCurves& c : datagrams.flows) {
    if (c.is_ping && !c.delay.empty()) out.push_back({c.app, c.group, in_milliseconds(c.delay)});
  }
  return out;
}

Picture draw_rtt(Source& source, const PlotSpec& spec) {
  Picture picture;
  picture.window = window_of(source.run(), spec);
  const TcpData& tcp = source.tcp(spec.apps, picture.window);
  std::vector<const DatagramCurves*> pings;
  for (const DatagramCurves& c : source.datagrams(spec.apps, picture.window).flows) {
    if (c.is_ping && !c.delay.empty()) pings.push_back(&c);
  }
  if (pings.empty()) picture.warning = tcp_warning(tcp);
  picture.title = source.run().scenario + ": round-trip time";
  picture.source = "tcp.csv, datagrams.csv and summary.json";
  const std::size_t n = tcp.connections.size() + pings.size();
  if (n <= kMostPanels) {
    for (const TcpCurves& c : tcp.connections) picture.panels.push_back(panel_of(c, picture.window));
    for (const DatagramCurves* ping : pings) picture.panels.push_back(panel_of(*ping, picture.window));
    for (Panel& p : picture.panels) p.y_label = tcp.connections.empty() ? "RTT [ms]" : "RTT and RTO [ms]";
    share_axis(picture.panels);
    return picture;
  }
  Panel panel;
  panel.label = fmt::format("smoothed RTT of {} connections", tcp.connections.size());
  if (!pings.empty()) panel.label += fmt::format(", RTT of {}", counted(pings.size(), "ping"));
  panel.y_label = "round-trip time [ms]";
  std::vector<Series> series = rtt_series(tcp, source.datagrams(spec.apps, picture.window));
  for (std::size_t i = 0; i < series.size(); ++i) {
    const std::size_t ping = i - std::min(i, tcp.connections.size());
    series[i].name = i < tcp.connections.size() ? tcp.connections[i].name : pings[ping]->name;
  }
  add_overlay(panel, std::move(series), picture.window, Draw::Steps);
  picture.panels.push_back(std::move(panel));
  return picture;
}

}  // namespace wirelab::plot
