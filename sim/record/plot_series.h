#pragma once
// Values over time, made small enough to draw without losing what the eye would see.

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace wirelab::plot {

struct Point {
  double t, y;
};

/// The span of a picture's time axis, seconds.
struct Window {
  double from = 0, to = 0;
  double span() const { return to - from; }
};

/// Keeps first, smallest, largest and last value of each of `columns` slices of the window, in their order, so that no
/// peak is lost. The last value before the window is kept as its first point. Times do not decrease; NaN is skipped.
class Decimator {
 public:
  Decimator(Window window, std::size_t columns);

  void add(double t, double y) {
    if (y != y || t > window_.to) return;
    if (t < window_.from) {
      before_ = y;
      return;
    }
    const auto column = static_cast<std::ptrdiff_t>((t - window_.from) * scale_);
    if (column != column_) begin_column(column);
    const Point p{t, y};
    if (held_ == 0) first_ = lowest_ = highest_ = p;
    if (y < lowest_.y) lowest_ = p;
    if (y > highest_.y) highest_ = p;
    last_ = p;
    ++held_;
  }
  /// What was kept; nothing may be added afterwards.
  std::vector<Point> take();

 private:
  void begin_column(std::ptrdiff_t column);
  void flush();

  Window window_;
  double scale_;
  double before_ = std::numeric_limits<double>::quiet_NaN();
  std::ptrdiff_t column_ = -1;
  std::size_t held_ = 0;
  Point first_{}, lowest_{}, highest_{}, last_{};
  std::vector<Point> points_;
};

/// A line of its own: one flow, one queue, one run.
struct Series {
  std::string name;   ///< in the legend
  std::string group;  ///< flows of one group are drawn as one when there are many
  std::vector<Point> points;
};

/// The value in force at each of `columns` equally spaced times; NaN before the first point and after the last.
std::vector<double> held_values(const std::vector<Point>& points, Window window, std::size_t columns);

/// Average rate per second in each whole bin, at the bin's middle, from a counter that only grows; from the bin of the
/// first point to that of the last. Between two points less than
/// `smooth` apart the counter is taken as straight; over a longer gap it stands still until the later one.
std::vector<Point> binned_rate(const std::vector<Point>& counter, Window window, double bin, double smooth);

/// 1, 2 or 5 times a power of ten, the smallest that is at least x. Precondition: x > 0.
double nice_ceiling(double x);

}  // namespace wirelab::plot
