#include "record/plot_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "record/plot_legend.h"

namespace wirelab::plot {
namespace {

using Out = std::back_insert_iterator<std::string>;

struct TimeUnit {
  std::string_view name;
  std::string_view factor;
  double per_second;
};
TimeUnit time_unit(double span) {
  if (span >= 1) return {"s", "1", 1};
  if (span >= 1e-3) return {"ms", "1e3", 1e3};
  if (span >= 1e-6) return {"µs", "1e6", 1e6};
  return {"ns", "1e9", 1e9};
}

void write_head(Out out, const Picture& picture, std::string_view name, std::string_view formats) {
  fmt::format_to(out,
                 "# {}\n# Drawn from {}. Change it as you like and run it again from the folder of the run:\n"
                 "#     gnuplot plots/{}.gp\n\n",
                 picture.title, picture.source, name);
  fmt::format_to(out, "data = \"plots/{}.dat\"\nif (!exists(\"stem\")) stem = \"plots/{}\"\nformats = \"{}\"\n", name,
                 name, formats);
  fmt::format_to(out, "time = {}  # {} in a second\n\n", time_unit(picture.window.span()).factor,
                 time_unit(picture.window.span()).name);
  fmt::format_to(
      out,
      "set encoding utf8\n"
      "set border 3 lw 1 lc rgb \"#666666\"\n"
      "set tics nomirror out scale 0.6 textcolor rgb \"#333333\"\n"
      "set grid xtics ytics lt 1 lw 0.6 lc rgb \"#DDDDDD\"\n"
      "unset key\n\n"
      "do for [format in formats] {{\n"
      "if (format eq \"png\") {{\n"
      "  set terminal pngcairo noenhanced rounded size 1600,900 font \"DejaVu Sans,20\" background \"white\"\n"
      "}} else {{\n"
      "  set terminal svg noenhanced rounded size 1600,900 dynamic font \"DejaVu Sans,20\" background \"white\"\n"
      "}}\n"
      "set output stem.\".\".format\n"
      "set label 1 {} at screen 0.02,0.963 left font \",25\"\n",
      quoted(picture.title, 84));
}

/// The corners of a step line: what is filled must be one shape, or seams show between its parts.
std::vector<Point> corners(const std::vector<Point>& steps) {
  std::vector<Point> out;
  for (const Point& p : steps) {
    if (!out.empty()) out.push_back({p.t, out.back().y});
    out.push_back(p);
  }
  return out;
}

/// Steps without the points that only repeat the value before and after them: dashes stay even, files small.
std::vector<Point> without_repeats(const std::vector<Point>& steps) {
  std::vector<Point> out;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool inside = i > 0 && i + 1 < steps.size();
    if (!inside || steps[i].y != steps[i - 1].y || steps[i].y != steps[i + 1].y) out.push_back(steps[i]);
  }
  return out;
}

std::vector<Point> as_drawn(const Curve& c) {
  switch (c.draw) {
    case Draw::Filled: return corners(without_repeats(c.points));
    case Draw::Steps:
    case Draw::DashedSteps: return without_repeats(c.points);
    default: return c.points;
  }
}

void write_block(std::string& data, std::size_t index, std::string_view what, const Curve& c) {
  if (index > 0) data += "\n\n";
  fmt::format_to(Out(data), "# {}: {}\n", index, what);
  const std::vector<Point> points = as_drawn(c);
  bool begun = false, gap = false;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point p = points[i];
    if (p.y != p.y) {
      gap = begun;
      continue;
    }
    if (gap) data += '\n';  // however long it is: two empty lines would begin another block
    begun = true;
    gap = false;
    if (i < c.upper.size()) {
      fmt::format_to(Out(data), "{:.10g} {:.7g} {:.7g}\n", p.t, p.y, c.upper[i]);
    } else {
      fmt::format_to(Out(data), "{:.10g} {:.10g}\n", p.t, p.y);
    }
  }
}

void write_x_axis(Out out, const Picture& picture, bool last) {
  const TimeUnit unit = time_unit(picture.window.span());
  fmt::format_to(out, "set xrange [{:.10g}:{:.10g}]\n", picture.window.from * unit.per_second,
                 picture.window.to * unit.per_second);
  if (last) {
    fmt::format_to(out, "set format x\nset xlabel 'time [{}]' offset 0,0.5\n", unit.name);
  } else {
    fmt::format_to(out, "set format x ''\nunset xlabel\n");
  }
}

// The right margin holds half of the last tic's number.
constexpr double kPictureWidth = 1600, kTop = 0.885, kLeft = 0.096, kRight = 0.972, kAxisRoom = 0.104,
                 kPanelGap = 0.062;

void write_panels(Script& script, const Picture& picture) {
  const Out out(script.commands);
  const std::vector<LegendEntry> legend = legend_of(picture);
  const LegendShape shape = legend_shape(legend, kPictureWidth * (kRight - kLeft));
  const auto n = static_cast<double>(picture.panels.size());
  const double bottom = kAxisRoom + shape.height;
  const double height = (kTop - bottom - (n - 1) * kPanelGap) / n;
  const bool one_label = std::all_of(picture.panels.begin(), picture.panels.end(),
                                     [&](const Panel& p) { return p.y_label == picture.panels[0].y_label; });
  if (n > 1) script.commands += "set multiplot\n";
  std::size_t index = 0;
  for (std::size_t i = 0; i < picture.panels.size(); ++i) {
    const Panel& panel = picture.panels[i];
    const double top = kTop - static_cast<double>(i) * (height + kPanelGap);
    fmt::format_to(out, "set lmargin at screen {}\nset rmargin at screen {}\n", kLeft, kRight);
    fmt::format_to(out, "set tmargin at screen {:.4f}\nset bmargin at screen {:.4f}\n", top, top - height);
    write_x_axis(out, picture, i + 1 == picture.panels.size());
    if (one_label && i == 0) {
      fmt::format_to(out, "set label 3 {} at screen 0.016,{:.4f} center rotate by 90\n", quoted(panel.y_label, 40),
                     (kTop + bottom) / 2);
    } else if (!one_label) {
      fmt::format_to(out, "set label 3 {} at screen 0.016,{:.4f} center rotate by 90\n", quoted(panel.y_label, 40),
                     top - height / 2);
    }
    fmt::format_to(out, "set label 2 {} at graph 0,1 left offset 0.3,0.75 textcolor rgb \"#222222\"\n",
                   quoted(panel.label, 100));
    const Bounds y = y_bounds(panel);
    fmt::format_to(out, "{} logscale y\nset yrange [{:.6g}:{:.6g}]\n", panel.log_y ? "set" : "unset", y.low, y.high);
    if (!panel.log_y) {
      const double most_tics = std::clamp(height * 900 / 40, 2.0, 8.0);
      fmt::format_to(out, "set ytics {:g}\n", nice_ceiling((y.high - y.low) / most_tics));
    }
    if (i == 0) script.commands += legend_commands(shape);
    std::string plots;
    for (const Curve& c : panel.curves) {
      if (c.points.empty()) continue;
      write_block(script.data, index, panel.label + (c.title.empty() ? "" : ": " + c.title), c);
      plots += fmt::format("{}data index {} using (time*$1):2{} {} notitle", plots.empty() ? "" : ", \\\n  ", index,
                           c.upper.empty() ? "" : ":3", style_of(c, mark_size(c.points.size())));
      ++index;
    }
    if (i == 0 && shape.rows > 0) plots += key_entries(legend);
    fmt::format_to(out, "plot \\\n  {}\n", plots);
    if (i == 0) script.commands += "unset key\nunset label 1\n";
    if (one_label && i == 0 && n > 1) script.commands += "unset label 3\n";
  }
  if (n > 1) script.commands += "unset multiplot\n";
  script.commands += "unset label\n";
}

void write_lanes(Script& script, const Picture& picture) {
  const Out out(script.commands);
  const Lanes& lanes = *picture.lanes;
  const std::vector<LegendEntry> legend = legend_of(picture);
  std::size_t longest = 4;
  for (const std::string& name : lanes.names) longest = std::max(longest, std::min<std::size_t>(name.size(), 30));
  const double left = 0.024 + 0.0094 * static_cast<double>(longest);
  const LegendShape shape = legend_shape(legend, kPictureWidth * (kRight - left));
  fmt::format_to(out, "set lmargin at screen {:.3f}\nset rmargin at screen {}\n", left, kRight);
  fmt::format_to(out, "set tmargin at screen {}\nset bmargin at screen {:.4f}\n", kTop + 0.03,
                 kAxisRoom + shape.height);
  fmt::format_to(out, "set yrange [{}:-0.5]\nset ytics scale 0 (", static_cast<double>(lanes.names.size()) - 0.5);
  for (std::size_t i = 0; i < lanes.names.size(); ++i) {
    fmt::format_to(out, "{}{} {}", i == 0 ? "" : ", ", quoted(lanes.names[i], 30), i);
  }
  script.commands += ")\nunset grid\nset grid xtics\n";
  write_x_axis(out, picture, true);
  if (!lanes.x_label.empty()) fmt::format_to(out, "set xlabel {} offset 0,0.5\n", quoted(lanes.x_label));
  if (!lanes.tics.empty()) {
    script.commands += "set xtics (";
    for (std::size_t i = 0; i < lanes.tics.size(); ++i) {
      fmt::format_to(out, "{}{} {:.10g}", i == 0 ? "" : ", ", quoted(lanes.tics[i].second), lanes.tics[i].first);
    }
    script.commands += ") font ',16'\n";
  }
  script.commands += legend_commands(shape);
  script.data += "# from to lane colour text\n";
  for (const Box& b : lanes.boxes) {
    fmt::format_to(Out(script.data), "{:.10g} {:.10g} {} {} \"{}\"\n", b.from, b.to, b.lane,
                   std::stol(b.colour.substr(1), nullptr, 16), b.text);
  }
  fmt::format_to(out, "half = {:.3g}  # of a lane's height\n",
                 std::min(0.36, 0.07 * static_cast<double>(lanes.names.size())));
  script.commands +=
      "plot data using (time*$1):3:(time*$1):(time*$2):($3-half):($3+half):4 with boxxyerror fs solid 1 noborder "
      "lc rgb variable notitle, \\\n"
      "  data using (time*($1+$2)/2):3:5 with labels textcolor rgb \"#000000\" font ',17' notitle";
  script.commands += key_entries(legend);
  script.commands += "\nunset label\n";
}

}  // namespace

Bounds y_bounds(const Panel& panel) {
  if (panel.fixed_y) return {panel.y_min, panel.y_max};
  double high = panel.y_max, low = std::numeric_limits<double>::infinity();
  for (const Curve& c : panel.curves) {
    for (std::size_t i = 0; i < c.points.size(); ++i) {
      const double y = c.points[i].y;
      if (y > 0) low = std::min(low, y);
      if (panel.y_max > 0) continue;
      high = std::max(high, i < c.upper.size() ? std::max(y, c.upper[i]) : y);
    }
  }
  if (!(high > 0)) high = 1;
  if (panel.log_y) return {std::isfinite(low) ? low / 1.3 : high / 1000, high * 1.4};
  return {panel.y_min, high + (high - panel.y_min) * 0.07};
}

std::string counted(std::size_t n, std::string_view what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

Script make_script(const Picture& picture, std::string_view name, std::string_view formats) {
  Script script;
  write_head(Out(script.commands), picture, name, formats);
  if (picture.lanes) {
    write_lanes(script, picture);
  } else {
    write_panels(script, picture);
  }
  script.commands += "unset output\n}\n";
  return script;
}

}  // namespace wirelab::plot
