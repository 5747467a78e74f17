#pragma once
// A picture as panels with curves, and how it becomes a gnuplot script with its data. All kinds of plots share one
// look: large type, the legend outside the data, a palette that colour-blind readers can tell apart (Okabe and Ito).

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/plot_series.h"

namespace wirelab::plot {

namespace colour {
inline constexpr std::string_view Blue = "#0072B2", Vermilion = "#D55E00", Green = "#009E73", Purple = "#CC79A7",
                                  Orange = "#E69F00", Sky = "#56B4E9", Black = "#000000", Olive = "#7A7000",
                                  Grey = "#8A8A8A", PaleGrey = "#C4C4C4";
}
/// The colour of line `i` of `n`: the palette for up to 8, dark blue to yellow beyond.
std::string line_colour(std::size_t i, std::size_t n);

enum class Draw : std::uint8_t { Steps, Lines, Dashed, DashedSteps, Dotted, Thin, Band, Filled, Marks };
enum class MarkShape : std::uint8_t { Triangle, Cross, Circle, Diamond };

struct Curve {
  std::string title;  ///< empty: not in the legend; equal titles appear once
  Draw draw = Draw::Lines;
  std::string colour;
  std::vector<Point> points;
  std::vector<double> upper;  ///< of a Band: its upper edge beside each point
  MarkShape shape = MarkShape::Triangle;
};

struct Panel {
  std::string label;    ///< above the panel, left
  std::string y_label;  ///< with its unit
  double y_max = 0;  ///< of the data that must be seen; the axis goes a little further. 0: worked out from the curves
  double y_min = 0;
  bool log_y = false;
  bool fixed_y = false;  ///< the axis is exactly y_min to y_max
  std::vector<Curve> curves;
};

/// The ends of a panel's y axis.
struct Bounds {
  double low, high;
};
Bounds y_bounds(const Panel& panel);

/// Names on the y axis and coloured boxes in time: for states.
struct Box {
  double from, to;
  std::size_t lane;
  std::string text;  ///< written inside if there is room
  std::string colour;
};
struct Lanes {
  std::vector<std::string> names;  ///< from the top
  std::vector<Box> boxes;
  std::vector<std::pair<double, std::string>> tics;         ///< empty: time as it is
  std::vector<std::pair<std::string, std::string>> legend;  ///< (text, colour)
  std::string x_label;                                      ///< empty: time
};

struct Picture {
  std::string title;
  std::string source;  ///< the files that it was made from, for the head of the script
  Window window;
  std::vector<Panel> panels;
  std::optional<Lanes> lanes;  ///< instead of panels
  std::string warning;         ///< there is nothing to show, and why
};

/// "1 drop", "2 drops".
std::string counted(std::size_t n, std::string_view what);

struct Script {
  std::string commands;  ///< the .gp file
  std::string data;      ///< the .dat file
};

/// `name` is the stem of the files under plots/; `formats` such as "png svg".
Script make_script(const Picture& picture, std::string_view name, std::string_view formats);

/// Panels are compared by eye, so they share the scale of their y_max unless that would make one a flat line.
void share_scale(std::vector<Panel>& panels);

/// Up to 8 series as one line each; more as the median of each group with a band from the 10th to the 90th percentile,
/// and, up to 24, every one as a thin grey line behind.
void add_overlay(Panel& panel, std::vector<Series> series, Window window, Draw draw);

}  // namespace wirelab::plot
