#pragma once
// Pictures of what a run recorded, from its folder alone: reads summary.json and the CSV files, thins them out, writes
// plots/<name>.gp and plots/<name>.dat, and has gnuplot draw plots/<name>.png and .svg from these.

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/units.h"

namespace wirelab {

/// What a kind of plot reads; the recorder records it when a scenario names the plot.
struct PlotKind {
  std::string_view name, help;
  bool needs_tcp = false, needs_queues = false, needs_states = false;
  bool can_compare = false;  ///< drawn as an overlay by `compare` too
};
std::span<const PlotKind> plot_kinds();
const PlotKind* find_plot_kind(std::string_view name);

/// One picture that is wanted.
struct PlotSpec {
  std::string kind;                ///< one of plot_kinds()
  std::string name;                ///< stem of its files; empty: the kind
  std::vector<std::string> apps;   ///< ids, instances ("web.3") or patterns with '*'; empty: all
  std::vector<std::string> links;  ///< of queues, likewise
  std::optional<Time> from, to;    ///< absent: the whole run (`sequence` finds the first loss)
};

struct PlotOptions {
  bool png = true, svg = true;
};

/// What became of one picture. Exactly one of `files`, `warning` and `error` is set.
struct PlotResult {
  std::string name;
  std::vector<std::string> files;  ///< relative to the folder, with '/'
  std::string warning;             ///< there was nothing to show, and why
  std::string error;               ///< could not be written, or gnuplot refused
};

struct PlotReport {
  std::vector<PlotResult> plots;
  bool gnuplot_missing = false;  ///< scripts and data were written all the same, and are listed
  std::string error;             ///< the folder holds no run; nothing was done
};

/// Draws into `dir`/plots, several pictures at a time.
PlotReport draw(const std::filesystem::path& dir, std::span<const PlotSpec> specs, PlotOptions options = {});

/// A run of a comparison.
struct ComparedRun {
  std::string label;  ///< such as "cc=cubic"
  std::filesystem::path dir;
};

/// Those of a kind that draw_comparison can draw.
std::vector<PlotSpec> comparable(std::vector<PlotSpec> specs);

/// The overlay of several runs into `dir`/plots: one panel for each app (or link), one line for each run.
PlotReport draw_comparison(const std::filesystem::path& dir, std::string_view title, std::span<const ComparedRun> runs,
                           std::span<const PlotSpec> specs, PlotOptions options = {});

/// What to tell a user who has no gnuplot: one line.
std::string_view gnuplot_remedy();

}  // namespace wirelab
