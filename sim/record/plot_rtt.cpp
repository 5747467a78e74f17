// Round-trip time as the sender sees it, with the timeout that follows from it.

#include <fmt/format.h>

#include <algorithm>

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

Panel panel_of(const TcpCurves& c, Window window) {
  Panel panel;
  panel.label = c.name;
  panel.y_label = "RTT and RTO [ms]";
  Curve srtt{"smoothed RTT", Draw::Steps, std::string(colour::Blue), in_milliseconds(c.srtt), {}, {}};
  Curve rto{"RTO (timeout)", Draw::DashedSteps, std::string(colour::Vermilion), in_milliseconds(c.rto), {}, {}};
  drop_initial_rto(rto.points, srtt.points);
  panel.log_y = highest(rto.points) > kLogFrom * std::max(mean(srtt.points), 1e-9);
  panel.y_max = panel.log_y ? 0 : std::max(highest(rto.points), highest(srtt.points));
  panel.curves.push_back(std::move(rto));
  panel.curves.push_back(std::move(srtt));
  if (c.min_rtt_s > 0) {
    Curve least{"smallest RTT", Draw::Dotted, std::string(colour::Black), {}, {}, {}};
    least.points = {{std::max(window.from, c.first), c.min_rtt_s * 1e3},
                    {std::min(window.to, c.last), c.min_rtt_s * 1e3}};
    panel.curves.push_back(std::move(least));
  }
  return panel;
}

}  // namespace

Picture draw_rtt(Source& source, const PlotSpec& spec) {
  Picture picture;
  picture.window = window_of(source.run(), spec);
  const TcpData& data = source.tcp(spec.apps, picture.window);
  picture.warning = tcp_warning(data);
  picture.title = source.run().scenario + ": round-trip time";
  picture.source = "tcp.csv and summary.json";
  if (data.connections.size() <= kMostPanels) {
    bool any_log = false;
    for (const TcpCurves& c : data.connections) {
      picture.panels.push_back(panel_of(c, picture.window));
      any_log = any_log || picture.panels.back().log_y;
    }
    if (any_log) {
      for (Panel& p : picture.panels) {
        p.log_y = true;
        p.y_max = 0;
      }
    }
    share_scale(picture.panels);
    return picture;
  }
  Panel panel;
  panel.label = fmt::format("smoothed RTT of {} connections", data.connections.size());
  panel.y_label = "round-trip time [ms]";
  std::vector<Series> series;
  for (const TcpCurves& c : data.connections) series.push_back({c.name, c.group, in_milliseconds(c.srtt)});
  add_overlay(panel, std::move(series), picture.window, Draw::Steps);
  picture.panels.push_back(std::move(panel));
  return picture;
}

}  // namespace wirelab::plot
