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

std::vector<Series> throughput_series(const TcpData& data, Window window, double& bin) {
  bin = bin_for(window);
  std::vector<Series> out;
  for (const TcpCurves& c : data.connections) {
    // Rows come at least once in a five-thousandth of the run where anything happens; a longer gap is a silence.
    Series s{c.name, c.group, binned_rate(c.una, window, bin, std::max(bin / 4, window.span() / 1000))};
    for (Point& p : s.points) p.y *= 8;
    out.push_back(std::move(s));
  }
  return out;
}

Picture draw_throughput(Source& source, const PlotSpec& spec) {
  Picture picture;
  picture.window = window_of(source.run(), spec);
  const TcpData& data = source.tcp(spec.apps, picture.window);
  picture.warning = tcp_warning(data);
  if (!picture.warning.empty()) return picture;
  double bin = 0;
  std::vector<Series> series = throughput_series(data, picture.window, bin);
  if (highest(series) <= 0) picture.warning = "no data was acknowledged in this span";
  picture.title = source.run().scenario + ": throughput";
  picture.source = "tcp.csv (growth of snd_una)";
  Panel panel;
  panel.label = fmt::format("payload acknowledged, averaged over {}", bin_text(bin));
  const bool few = series.size() >= 2 && series.size() <= 8;
  Series sum = sum_of(series, picture.window, bin);
  const RateUnit unit = rate_unit(few ? highest({sum}) : series.size() == 1 ? highest(series) : usual_highest(series));
  panel.y_label = fmt::format("throughput [{}]", unit.name);
  for (Series& s : series) {
    for (Point& p : s.points) p.y /= unit.divisor;
  }
  if (few) {
    for (Point& p : sum.points) p.y /= unit.divisor;
    panel.curves.push_back({"sum", Draw::Dashed, std::string(colour::Grey), std::move(sum.points), {}, {}});
  }
  add_overlay(panel, std::move(series), picture.window, Draw::Lines);
  picture.panels.push_back(std::move(panel));
  return picture;
}

std::vector<Point> jain_points(const RecordedRun& run, const TcpData& data, Window window) {
  TcpData bulk;
  for (const TcpCurves& c : data.connections) {
    const RecordedApp* const app = run.app(c.app);
    if (app == nullptr || app->type == "bulk") bulk.connections.push_back(c);
  }
  if (bulk.connections.size() < 2) return {};
  const double bin = nice_ceiling(window.span() / 60);
  const auto bins = static_cast<std::size_t>(window.span() / bin + 1.5);
  std::vector<std::vector<double>> shares(bins);
  for (const TcpCurves& c : bulk.connections) {
    for (const Point& p : binned_rate(c.una, window, bin, bin / 4)) {
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
  const std::size_t n = data.connections.size();
  picture.title = source.run().scenario + ": fairness over time";
  picture.source = "tcp.csv (growth of snd_una)";
  Panel panel;
  panel.label = fmt::format("throughput of {} connections, averaged over {}", n,
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
