#include "record/plot_series.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace wirelab::plot {

Decimator::Decimator(Window window, std::size_t columns)
    : window_(window), scale_(window.span() > 0 ? static_cast<double>(columns) / window.span() : 0) {}

void Decimator::begin_column(std::ptrdiff_t column) {
  if (column_ < 0 && before_ == before_) points_.push_back({window_.from, before_});
  flush();
  column_ = column;
}

void Decimator::flush() {
  if (held_ == 0) return;
  std::array<Point, 4> kept = {first_, lowest_, highest_, last_};
  if (lowest_.t > highest_.t) std::swap(kept[1], kept[2]);
  const Point* previous = nullptr;
  for (const Point& p : kept) {
    if (previous == nullptr || p.t != previous->t || p.y != previous->y) points_.push_back(p);
    previous = &p;
  }
  held_ = 0;
}

std::vector<Point> Decimator::take() {
  if (column_ < 0 && before_ == before_) {
    points_.push_back({window_.from, before_});
    points_.push_back({window_.to, before_});
  }
  flush();
  return std::move(points_);
}

std::vector<double> held_values(const std::vector<Point>& points, Window window, std::size_t columns) {
  std::vector<double> out(columns, std::numeric_limits<double>::quiet_NaN());
  std::size_t at = 0;
  for (std::size_t i = 0; i < columns; ++i) {
    const double t = window.from + window.span() * (static_cast<double>(i) + 0.5) / static_cast<double>(columns);
    while (at < points.size() && points[at].t <= t) ++at;
    if (at == 0) continue;
    // A line that has ended does not go on, but one that has its last change in the last slices does.
    if (at == points.size() && t - points.back().t > window.span() / 50) continue;
    out[i] = points[at - 1].y;
  }
  return out;
}

std::vector<Point> binned_rate(const std::vector<Point>& counter, Window window, double bin, double smooth) {
  std::vector<Point> out;
  if (counter.empty()) return out;
  std::size_t at = 0;
  const auto value_at = [&](double t) {
    while (at + 1 < counter.size() && counter[at + 1].t <= t) ++at;
    if (t <= counter[at].t || at + 1 == counter.size()) return counter[at].y;
    const Point &a = counter[at], &b = counter[at + 1];
    if (b.t - a.t > smooth) return a.y;
    return a.y + (b.y - a.y) * (t - a.t) / (b.t - a.t);
  };
  const auto bins = static_cast<int>(window.span() / bin + 1e-9);
  const auto first = static_cast<int>((counter.front().t - window.from) / bin);
  const auto last = static_cast<int>((counter.back().t - window.from) / bin) + 1;
  double before = value_at(window.from + bin * first);
  for (int i = first + 1; i <= std::min(bins, last); ++i) {
    const double now = value_at(window.from + bin * i);
    out.push_back({window.from + bin * (i - 0.5), (now - before) / bin});
    before = now;
  }
  return out;
}

double nice_ceiling(double x) {
  const double power = std::pow(10, std::floor(std::log10(x) + 1e-9));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (x <= step * power * (1 + 1e-9)) return step * power;
  }
  return 10 * power;
}

}  // namespace wirelab::plot
