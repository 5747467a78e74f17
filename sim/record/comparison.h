#pragma once
// table.csv of a comparison: each metric by value, with its confidence interval over the repetitions.

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "record/atomic_file.h"

namespace wirelab {

/// Mean of n observations; the rest is absent for fewer than two.
struct Estimate {
  std::size_t n = 0;
  double mean = 0;
  std::optional<double> sd;                   ///< of the sample (n - 1)
  std::optional<double> ci95_low, ci95_high;  ///< by Student's t with n - 1 degrees of freedom
};
/// Precondition: at least one observation.
Estimate estimate(const std::vector<double>& observations);

class ComparisonTable {
 public:
  /// One run with its metrics (metrics_of in record/recorded_run.h). Runs of one value are its repetitions.
  void add(const std::string& value, const std::vector<std::pair<std::string, double>>& metrics);

  /// value,metric,n,mean,sd,ci95_low,ci95_high: values and metrics in the order in which they came.
  [[nodiscard]] std::optional<FileError> write(const std::filesystem::path& path) const;

  /// A table for the terminal: one line for each of the metrics that matter most (goodput, cwnd, RTT, use, drops,
  /// fairness), one column for each value.
  std::string text() const;

 private:
  struct Metric {
    std::string name;
    std::vector<double> observations;
  };
  struct Value {
    std::string name;
    std::vector<Metric> metrics;
  };
  const Metric* find(const Value& value, const std::string& metric) const;
  std::vector<Value> values_;
};

}  // namespace wirelab
