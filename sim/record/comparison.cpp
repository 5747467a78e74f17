#include "record/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "record/decimal.h"
#include "record/readable.h"
#include "record/text_table.h"

namespace wirelab {
namespace {

/// A field of a CSV; values of --vary may hold commas.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string number(std::optional<double> x) {
  if (!x) return {};
  char room[kNumberRoom];
  return {room, static_cast<std::size_t>(write_double(room, *x) - room)};
}

/// What a reader wants to see first; the file holds everything.
bool is_headline(const std::string& metric) {
  const bool app = metric.starts_with("apps/");
  const auto ends = [&](std::string_view end) { return metric.ends_with(end); };
  if (app) {
    return ends("/goodput_bps") || ends("/mean_cwnd_segments") || ends("/mean_rtt_s") || ends("/timeouts") ||
           ends("/segments_retransmitted") || ends("/completion_time_s");
  }
  return metric == "jain_index" || ends("/forward/utilization") || ends("/forward/drops_queue");
}

std::string readable(const std::string& metric, double x) {
  if (metric.ends_with("_bps")) return readable_rate(x);
  if (metric.ends_with("_s")) return readable_seconds(x);
  if (metric.ends_with("/utilization")) return readable_share(x);
  return x == std::floor(x) ? fmt::format("{:.0f}", x) : short_number(x);
}

std::string cell(const std::string& metric, const Estimate& e) {
  const std::string mean = readable(metric, e.mean);
  return e.sd ? mean + " +- " + readable(metric, *e.ci95_high - e.mean) : mean;
}

/// Links that carry next to nothing, and queues that drop nothing, would hide the one that matters.
bool is_idle(const std::string& metric, const std::vector<double>& observations) {
  const double least = metric.ends_with("/utilization") ? 0.2 : metric.ends_with("/drops_queue") ? 1 : -1;
  return std::all_of(observations.begin(), observations.end(), [&](double x) { return x < least; });
}

}  // namespace

Estimate estimate(const std::vector<double>& observations) {
  Estimate out;
  out.n = observations.size();
  const auto n = static_cast<double>(out.n);
  // About the first, so that equal observations have their mean and no deviation to the last bit.
  double sum = 0;
  for (const double x : observations) sum += x - observations[0];
  out.mean = observations[0] + sum / n;
  if (out.n < 2) return out;
  double squares = 0;
  for (const double x : observations) squares += (x - out.mean) * (x - out.mean);
  out.sd = std::sqrt(squares / (n - 1));
  const double t = boost::math::quantile(boost::math::students_t(n - 1), 0.975);
  const double half = t * *out.sd / std::sqrt(n);
  out.ci95_low = out.mean - half;
  out.ci95_high = out.mean + half;
  return out;
}

void ComparisonTable::add(const std::string& value, const std::vector<std::pair<std::string, double>>& metrics) {
  auto at = std::find_if(values_.begin(), values_.end(), [&](const Value& v) { return v.name == value; });
  if (at == values_.end()) at = values_.insert(values_.end(), Value{value, {}});
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    const auto& [name, x] = metrics[i];
    // Repetitions have the same metrics in the same order, so the place is nearly always known.
    auto metric = at->metrics.begin() + static_cast<std::ptrdiff_t>(std::min(i, at->metrics.size()));
    if (i >= at->metrics.size() || metric->name != name) {
      if (i < at->metrics.size()) {
        metric =
            std::find_if(at->metrics.begin(), at->metrics.end(), [&n = name](const Metric& m) { return m.name == n; });
      }
      if (metric == at->metrics.end()) metric = at->metrics.insert(metric, Metric{name, {}});
    }
    metric->observations.push_back(x);
  }
}

std::optional<FileError> ComparisonTable::write(const std::filesystem::path& path) const {
  AtomicFile file;
  if (auto error = file.open(path)) return error;
  file.write("value,metric,n,mean,sd,ci95_low,ci95_high\n");
  for (const Value& value : values_) {
    for (const Metric& metric : value.metrics) {
      const Estimate e = estimate(metric.observations);
      file.write(fmt::format("{},{},{},{},{},{},{}\n", field(value.name), field(metric.name), e.n, number(e.mean),
                             number(e.sd), number(e.ci95_low), number(e.ci95_high)));
    }
  }
  return file.commit();
}

const ComparisonTable::Metric* ComparisonTable::find(const Value& value, const std::string& metric) const {
  for (const Metric& m : value.metrics) {
    if (m.name == metric) return &m;
  }
  return nullptr;
}

std::string ComparisonTable::text() const {
  constexpr std::size_t kMostLines = 30;
  std::vector<std::string> names;
  for (const Value& value : values_) {
    for (const Metric& m : value.metrics) {
      if (is_idle(m.name, m.observations)) continue;
      if (is_headline(m.name) && std::find(names.begin(), names.end(), m.name) == names.end()) names.push_back(m.name);
    }
  }
  const std::size_t left_out = names.size() > kMostLines ? names.size() - kMostLines : 0;
  names.resize(names.size() - left_out);
  std::vector<std::string> header = {"metric"};
  for (const Value& value : values_) header.push_back(value.name);
  TextTable table(std::move(header), 1);
  for (const std::string& name : names) {
    std::vector<std::string> cells = {name};
    for (const Value& value : values_) {
      const Metric* const m = find(value, name);
      cells.push_back(m == nullptr ? "-" : cell(name, estimate(m->observations)));
    }
    table.add(std::move(cells));
  }
  if (table.empty()) return "no run came to its end\n";
  std::string out = table.text();
  if (left_out > 0) out += fmt::format("and {} more in table.csv\n", left_out);
  return out;
}

}  // namespace wirelab
