// The overlay of a comparison: one panel for each app or queue, one line for each run.

#include <fmt/format.h>

#include <algorithm>

#include "record/plot_kinds.h"

namespace wirelab::plot {
namespace {

constexpr std::size_t kMeanColumns = 600;

double highest(const std::vector<Series>& series) {
  double y = 0;
  for (const Series& s : series) {
    for (const Point& p : s.points) y = std::max(y, p.y);
  }
  return y;
}

/// Several series as their mean over time: with many flows a run is still one line.
Series mean_of(const std::vector<Series>& series, Window window) {
  std::vector<double> sum(kMeanColumns, 0), count(kMeanColumns, 0);
  for (const Series& s : series) {
    const std::vector<double> values = held_values(s.points, window, kMeanColumns);
    for (std::size_t i = 0; i < kMeanColumns; ++i) {
      if (values[i] != values[i]) continue;
      sum[i] += values[i];
      count[i] += 1;
    }
  }
  Series out{fmt::format("mean of {} flows", series.size()), "", {}};
  for (std::size_t i = 0; i < kMeanColumns; ++i) {
    if (count[i] == 0) continue;
    const double t = window.from + window.span() * (static_cast<double>(i) + 0.5) / static_cast<double>(kMeanColumns);
    out.points.push_back({t, sum[i] / count[i]});
  }
  return out;
}

std::string title_of(std::string_view kind) {
  if (kind == "cwnd") return "congestion window";
  if (kind == "rtt") return "round-trip time";
  if (kind == "jain") return "fairness over time";
  return std::string(kind);
}

void scale_rates(std::vector<Principal>& all) {
  double largest = 0;
  for (const Principal& p : all) largest = std::max(largest, highest(p.series));
  const RateUnit unit = rate_unit(largest);
  for (Principal& p : all) {
    p.y_label = fmt::format("throughput [{}]", unit.name);
    for (Series& s : p.series) {
      for (Point& point : s.points) point.y /= unit.divisor;
    }
  }
}

}  // namespace

Principal principal_of(Source& source, const PlotSpec& spec) {
  const Window window = window_of(source.run(), spec);
  Principal out;
  if (!(window.span() > 0)) return out;  // a run that was over by then
  if (spec.kind == "queue") {
    out.y_label = "waiting [packets]";
    out.series = queue_series(source.run(), spec, window);
    return out;
  }
  const TcpData& data = source.tcp(spec.apps, window);
  if (spec.kind == "cwnd") {
    out.y_label = "congestion window [segments]";
    for (const TcpCurves& c : data.connections) out.series.push_back({c.app, c.group, c.cwnd});
  } else if (spec.kind == "rtt") {
    out.y_label = "round-trip time [ms]";
    out.series = rtt_series(data, source.datagrams(spec.apps, window));
  } else if (spec.kind == "throughput") {
    double bin = 0;
    out.series = throughput_series(data, source.datagrams(spec.apps, window), window, bin);
  } else if (spec.kind == "jain") {
    out.y_label = "Jain's fairness index";
    out.y_max = 1.0;
    if (auto points = jain_points(source.run(), data, window); points.size() > 1) {
      out.series.push_back({"all bulk flows", "", std::move(points)});
    }
  }
  if (out.series.size() > kMostPanels) out.series = {mean_of(out.series, window)};
  return out;
}

Picture draw_overlay(std::string_view title, std::vector<Source>& sources, const std::vector<std::string>& labels,
                     const PlotSpec& spec) {
  Picture picture;
  picture.title = fmt::format("{}: {}", title, title_of(spec.kind));
  picture.source = "the CSV files of each folder under runs/";
  std::vector<Principal> all;
  for (Source& source : sources) {
    const Window w = window_of(source.run(), spec);
    picture.window.from = w.from;
    picture.window.to = std::max(picture.window.to, w.to);
    all.push_back(principal_of(source, spec));
  }
  if (spec.kind == "throughput") scale_rates(all);
  std::vector<std::string> keys;
  for (const Principal& p : all) {
    for (const Series& s : p.series) {
      if (std::find(keys.begin(), keys.end(), s.name) == keys.end()) keys.push_back(s.name);
    }
  }
  if (keys.size() > kMostPanels) keys.resize(kMostPanels);
  for (const std::string& key : keys) {
    Panel panel;
    panel.label = key;
    for (std::size_t run = 0; run < all.size(); ++run) {
      if (!all[run].y_label.empty()) panel.y_label = all[run].y_label;
      panel.y_max = std::max(panel.y_max, all[run].y_max);
      for (Series& s : all[run].series) {
        if (s.name != key) continue;
        const Draw how = spec.kind == "throughput" || spec.kind == "jain" ? Draw::Lines : Draw::Steps;
        panel.curves.push_back({labels[run], how, line_colour(run, all.size()), std::move(s.points), {}, {}});
        break;
      }
    }
    for (const Curve& c : panel.curves) {
      for (const Point& p : c.points) panel.y_max = std::max(panel.y_max, p.y);
    }
    picture.panels.push_back(std::move(panel));
  }
  share_scale(picture.panels);
  if (picture.panels.empty()) picture.warning = "no run recorded what this plot shows";
  return picture;
}

}  // namespace wirelab::plot
