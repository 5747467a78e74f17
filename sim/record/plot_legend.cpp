#include "record/plot_legend.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace wirelab::plot {
namespace {

constexpr double kLegendMark = 1.7;

}  // namespace

std::string quoted(std::string_view text, std::size_t longest) {
  const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  const auto all = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
  // Names of a kind often differ at their end, so the middle goes.
  const std::size_t tail = longest / 3, head = longest - std::min(longest, tail + 1);
  std::string out = "'";
  std::size_t characters = 0;
  for (const char c : text) {
    if (begins_character(c) && ++characters == head + 1 && all > longest) out += "…";
    if (all > longest && characters > head && characters + tail <= all) continue;
    if (static_cast<unsigned char>(c) < 0x20) continue;
    if (c == '\'') out += '\'';
    out += c;
  }
  return out += '\'';
}

double mark_size(std::size_t marks) { return marks <= 40 ? 1.7 : marks <= 150 ? 1.1 : 0.7; }

std::string style_of(const Curve& c, double size) {
  const auto line = [&](std::string_view how, std::string_view width) {
    return fmt::format("with {} lc rgb \"{}\" lw {}", how, c.colour, width);
  };
  switch (c.draw) {
    case Draw::Steps: return line("steps", "2.5");
    case Draw::Lines: return line("lines", "2.5");
    case Draw::Dashed: return line("lines dt (9,11)", "2");
    case Draw::DashedSteps: return line("steps dt (9,11)", "2");
    case Draw::Dotted: return line("lines dt (1,9)", "2");
    case Draw::Thin: return line("lines", "0.6");
    case Draw::Band: return fmt::format("with filledcurves fc rgb \"{}\" fs transparent solid 0.22 noborder", c.colour);
    case Draw::Filled: return fmt::format("with filledcurves y1=0 fc rgb \"{}\" fs solid 0.30 noborder", c.colour);
    case Draw::Marks: break;
  }
  constexpr std::array<std::string_view, 4> shapes = {"11", "2", "6", "13"};
  return fmt::format("with points pt {} ps {} lc rgb \"{}\" lw 2.5", shapes[static_cast<std::size_t>(c.shape)], size,
                     c.colour);
}

std::vector<LegendEntry> legend_of(const Picture& picture) {
  std::vector<LegendEntry> out;
  const auto add = [&](const std::string& title, std::string style) {
    for (const LegendEntry& e : out) {
      if (e.title == title) return;
    }
    out.push_back({title, std::move(style)});
  };
  const auto add_all = [&](auto wanted) {
    for (const Panel& panel : picture.panels) {
      for (const Curve& c : panel.curves) {
        if (!c.title.empty() && !c.points.empty() && wanted(c.draw)) add(c.title, style_of(c, kLegendMark));
      }
    }
  };
  add_all([](Draw d) { return d == Draw::Steps || d == Draw::Lines; });
  add_all([](Draw d) { return d != Draw::Marks; });
  add_all([](Draw) { return true; });
  if (picture.lanes) {
    for (const auto& [text, shade] : picture.lanes->legend) {
      add(text, fmt::format("with filledcurves fc rgb \"{}\" fs solid 1 noborder", shade));
    }
  }
  return out;
}

LegendShape legend_shape(const std::vector<LegendEntry>& entries, double row) {
  if (entries.size() < 2) return {};
  std::size_t longest = 0, broad = 0;
  for (const LegendEntry& e : entries) {
    longest = std::max(longest, std::min<std::size_t>(e.title.size(), 36));
    const auto broad_here = std::count_if(e.title.begin(), e.title.end(), [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '=';
    });
    broad = std::max(broad, static_cast<std::size_t>(broad_here));
  }
  // gnuplot takes every letter to be as wide as a digit; most are narrower, which adds up in long entries. Capitals and
  // digits are not. What room is left in a row goes between the entries.
  constexpr double kLetter = 15;
  const auto letters = static_cast<double>(longest), wide = static_cast<double>(broad);
  const double entry = 11.5 * letters + 2 * wide + 95;
  const std::size_t columns = std::clamp<std::size_t>(static_cast<std::size_t>(row / entry), 1, entries.size());
  const std::size_t rows = (entries.size() + columns - 1) / columns;
  const double spare = std::clamp((row / static_cast<double>(columns) - entry) / kLetter - 1, 0.0, 3.0);
  return {rows, 0.012 + 0.032 * static_cast<double>(rows), 0.9 - 0.2 * letters + 0.15 * wide + spare};
}

std::string legend_commands(const LegendShape& shape) {
  if (shape.rows == 0) return {};
  return fmt::format(
      "set key at screen 0.53,0.008 center bottom horizontal Left reverse samplen 2.2 width {:.1f} font "
      "\",18\" maxrows {} "
      "textcolor rgb \"#222222\"\n",
      shape.width, shape.rows);
}

std::string key_entries(const std::vector<LegendEntry>& entries) {
  std::string text;
  for (const LegendEntry& e : entries) {
    text += fmt::format(", \\\n  keyentry {} title {}", e.style, quoted(e.title, 36));
  }
  return text;
}

std::string line_colour(std::size_t i, std::size_t n) {
  constexpr std::array palette = {colour::Blue,   colour::Vermilion, colour::Green, colour::Purple,
                                  colour::Orange, colour::Sky,       colour::Black, colour::Olive};
  if (n <= palette.size()) return std::string(palette[i]);
  // Dark blue to yellow through green: lightness grows all the way, so the order shows without hues.
  constexpr std::array<std::array<double, 3>, 5> stops = {
      {{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {230, 210, 30}}};
  const double at = 4.0 * static_cast<double>(i) / static_cast<double>(n - 1);
  const auto low = std::min<std::size_t>(static_cast<std::size_t>(at), 3);
  std::array<int, 3> rgb{};
  for (std::size_t k = 0; k < 3; ++k) {
    rgb[k] = static_cast<int>(stops[low][k] + (stops[low + 1][k] - stops[low][k]) * (at - static_cast<double>(low)));
  }
  return fmt::format("#{:02X}{:02X}{:02X}", rgb[0], rgb[1], rgb[2]);
}

}  // namespace wirelab::plot
