#pragma once
// How curves look, and the legend that names them below the data.

#include <string>
#include <string_view>
#include <vector>

#include "record/plot_picture.h"

namespace wirelab::plot {

/// A gnuplot string constant, cut so that it fits where it stands.
std::string quoted(std::string_view text, std::size_t longest = 200);

/// "with steps lc rgb ...": what stands behind the data in a plot command. `size` is that of marks.
std::string style_of(const Curve& c, double size);
double mark_size(std::size_t marks);

struct LegendEntry {
  std::string title, style;
};

/// Lines first, what happened to them last; each title once.
std::vector<LegendEntry> legend_of(const Picture& picture);

/// How the legend below the data breaks into rows.
struct LegendShape {
  std::size_t rows = 0;
  double height = 0;  ///< share of the picture
  double width = 0;   ///< gnuplot's correction to the width of an entry, in letters
};
/// `row`: how wide the drawing is, of 1600; gnuplot breaks rows of the legend that are wider.
LegendShape legend_shape(const std::vector<LegendEntry>& entries, double row);

/// The commands that place the legend; empty if there is none.
std::string legend_commands(const LegendShape& shape);
/// What is appended to a plot command so that all entries appear in its legend.
std::string key_entries(const std::vector<LegendEntry>& entries);

}  // namespace wirelab::plot
