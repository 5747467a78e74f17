#include "record/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <thread>

#include "record/atomic_file.h"
#include "record/gnuplot.h"
#include "record/plot_kinds.h"

namespace wirelab {
namespace plot {
namespace {

using Draw = Picture (*)(Source&, const PlotSpec&);

struct KindEntry {
  PlotKind kind;
  Draw draw;
};
constexpr std::array<KindEntry, 8> kKinds = {{
    {{"cwnd", "congestion window with ssthresh, marks for losses, timeouts and recovery", true, false, false, true},
     draw_cwnd},
    {{"rtt", "round-trip time: smoothed with the retransmission timeout, and as ping sees it", true, false, false,
      true},
     draw_rtt},
    {{"throughput", "payload acknowledged (TCP) or received (UDP) per second, by flow", true, false, false, true},
     draw_throughput},
    {{"queue", "packets waiting at each port, with drops", false, true, false, true}, draw_queue},
    {{"sequence", "sequence numbers over time (Stevens), around the first loss unless from/to are given", true, false,
      false, false},
     draw_sequence},
    {{"states", "TCP states of both ends of each connection", false, false, true, false}, draw_states},
    {{"ca-state", "congestion state of each sender: Open, Disorder, CWR, Recovery, Loss", true, false, false, false},
     draw_ca_states},
    {{"jain", "Jain's fairness index of the bulk flows over time", true, false, false, true}, draw_jain},
}};

constexpr auto kPublicKinds = [] {
  std::array<PlotKind, kKinds.size()> kinds{};
  for (std::size_t i = 0; i < kKinds.size(); ++i) kinds[i] = kKinds[i].kind;
  return kinds;
}();

const KindEntry* find_entry(std::string_view name) {
  for (const KindEntry& k : kKinds) {
    if (k.kind.name == name) return &k;
  }
  return nullptr;
}

std::string formats_of(PlotOptions options) {
  return std::string(options.png ? "png" : "") + (options.png && options.svg ? " " : "") + (options.svg ? "svg" : "");
}

/// Takes pictures, writes their scripts and data, and has them drawn while the next is being prepared.
class Studio {
 public:
  Studio(const std::filesystem::path& dir, PlotOptions options)
      : dir_(dir), options_(options), gnuplot_(std::clamp(std::thread::hardware_concurrency(), 1u, 4u)) {}

  void add(const PlotSpec& spec, const Picture& picture);
  void add_error(const PlotSpec& spec, std::string error);
  PlotReport finish();

 private:
  static constexpr std::string_view kStem = ".part-";
  PlotResult& begin(const PlotSpec& spec);
  void put_in_place(PlotResult& result, const GnuplotOutcome& outcome);

  std::filesystem::path dir_;
  PlotOptions options_;
  GnuplotRunner gnuplot_;
  std::set<std::string> names_;
  PlotReport report_;
};

PlotResult& Studio::begin(const PlotSpec& spec) {
  const std::string wanted = spec.name.empty() ? spec.kind : spec.name;
  std::string name = wanted;
  for (int i = 2; !names_.insert(name).second; ++i) name = wanted + "-" + std::to_string(i);
  report_.plots.push_back({name, {}, {}, {}});
  return report_.plots.back();
}

void Studio::add_error(const PlotSpec& spec, std::string error) { begin(spec).error = std::move(error); }

void Studio::add(const PlotSpec& spec, const Picture& picture) {
  PlotResult& result = begin(spec);
  result.warning = picture.warning;
  if (!result.warning.empty()) return;
  const Script script = make_script(picture, result.name, formats_of(options_));
  const std::filesystem::path folder = dir_ / "plots";
  for (const auto& [ending, text] : {std::pair(".gp", &script.commands), std::pair(".dat", &script.data)}) {
    if (const auto error = write_file(folder / (result.name + ending), *text)) {
      result.error = error->message();
      return;
    }
    result.files.push_back("plots/" + result.name + ending);
  }
  const std::string stem = "plots/" + std::string(kStem) + result.name;
  gnuplot_.start({dir_, "plots/" + result.name + ".gp", stem, report_.plots.size() - 1});
}

void Studio::put_in_place(PlotResult& result, const GnuplotOutcome& outcome) {
  if (outcome.missing) {
    report_.gnuplot_missing = true;
    return;
  }
  const std::filesystem::path folder = dir_ / "plots";
  for (const auto& [wanted, ending] : {std::pair(options_.png, ".png"), std::pair(options_.svg, ".svg")}) {
    if (!wanted) continue;
    const std::filesystem::path part = folder / (std::string(kStem) + result.name + ending);
    std::error_code error;
    const bool drawn = outcome.status == 0 && std::filesystem::file_size(part, error) > 0 && !error;
    if (drawn) std::filesystem::rename(part, folder / (result.name + ending), error);
    if (!drawn || error) {
      std::filesystem::remove(part, error);
      if (result.error.empty()) result.error = "gnuplot failed: " + outcome.messages;
      continue;
    }
    result.files.push_back("plots/" + result.name + ending);
  }
}

PlotReport Studio::finish() {
  std::vector<GnuplotOutcome> outcomes = gnuplot_.finish();
  for (const GnuplotOutcome& outcome : outcomes) put_in_place(report_.plots[outcome.tag], outcome);
  return std::move(report_);
}

}  // namespace

const TcpData& Source::tcp(const std::vector<std::string>& apps, Window window) {
  const Key key{apps, window.from, window.to};
  const auto found = tcp_.find(key);
  if (found != tcp_.end()) return found->second;
  return tcp_.emplace(key, read_tcp(run_, apps, window)).first->second;
}

const DatagramData& Source::datagrams(const std::vector<std::string>& apps, Window window) {
  const Key key{apps, window.from, window.to};
  const auto found = datagrams_.find(key);
  if (found != datagrams_.end()) return found->second;
  return datagrams_.emplace(key, read_datagrams(run_, apps, window)).first->second;
}

std::string tcp_warning(const TcpData& data) {
  if (!data.recorded && !data.used) return "no app of this run uses TCP";
  if (!data.recorded) return "no TCP connection was recorded (\"record\": {\"tcp\": \"all\"} records them)";
  const bool any = std::any_of(data.connections.begin(), data.connections.end(),
                               [](const TcpCurves& c) { return c.cwnd.size() > 1 || c.una.size() > 1; });
  return any ? std::string() : "no TCP connection of these apps has a row in this span";
}

}  // namespace plot

std::span<const PlotKind> plot_kinds() { return plot::kPublicKinds; }

const PlotKind* find_plot_kind(std::string_view name) {
  for (const PlotKind& k : plot::kPublicKinds) {
    if (k.name == name) return &k;
  }
  return nullptr;
}

PlotReport draw(const std::filesystem::path& dir, std::span<const PlotSpec> specs, PlotOptions options) {
  PlotReport refused;
  std::optional<RecordedRun> run = read_recorded_run(dir, refused.error);
  if (!run) return refused;
  plot::Source source(std::move(*run));
  plot::Studio studio(dir, options);
  for (const PlotSpec& spec : specs) {
    const plot::KindEntry* const entry = plot::find_entry(spec.kind);
    if (entry == nullptr) {
      studio.add_error(spec, "no plot is called \"" + spec.kind + "\" (wirelab list plots)");
    } else if (!(plot::window_of(source.run(), spec).span() > 0)) {
      plot::Picture nothing;
      nothing.warning = fmt::format("the run is over by {:g} s, where it begins", spec.from.value_or(Time{}).seconds());
      studio.add(spec, nothing);
    } else {
      studio.add(spec, entry->draw(source, spec));
    }
  }
  return studio.finish();
}

std::vector<PlotSpec> comparable(std::vector<PlotSpec> specs) {
  std::erase_if(specs, [](const PlotSpec& spec) {
    const PlotKind* const kind = find_plot_kind(spec.kind);
    return kind == nullptr || !kind->can_compare;
  });
  return specs;
}

PlotReport draw_comparison(const std::filesystem::path& dir, std::string_view title, std::span<const ComparedRun> runs,
                           std::span<const PlotSpec> specs, PlotOptions options) {
  PlotReport refused;
  std::vector<plot::Source> sources;
  std::vector<std::string> labels;
  for (const ComparedRun& compared : runs) {
    std::optional<RecordedRun> run = read_recorded_run(compared.dir, refused.error);
    if (!run) return refused;
    sources.emplace_back(std::move(*run));
    labels.push_back(compared.label);
  }
  plot::Studio studio(dir, options);
  for (const PlotSpec& spec : specs) {
    const PlotKind* const kind = find_plot_kind(spec.kind);
    if (kind == nullptr) {
      studio.add_error(spec, "no plot is called \"" + spec.kind + "\" (wirelab list plots)");
    } else if (!kind->can_compare) {
      plot::Picture nothing;
      nothing.warning = "this kind of plot shows one run at a time; see the folders under runs/";
      studio.add(spec, nothing);
    } else {
      studio.add(spec, plot::draw_overlay(title, sources, labels, spec));
    }
  }
  return studio.finish();
}

std::string_view gnuplot_remedy() {
  return "gnuplot is not installed, so no picture was drawn: install it (Debian, Ubuntu: apt-get install gnuplot-nox; "
         "macOS: brew install gnuplot), then: wirelab plot DIR";
}

}  // namespace wirelab
