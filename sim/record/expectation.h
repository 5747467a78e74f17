#pragma once
// What a scenario expects of its result, and whether it held.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "record/summary.h"

namespace wirelab {

/// Either a value of summary.json or the path of states of one end of a connection.
struct Expectation {
  std::string value;               ///< JSON pointer into summary.json
  std::string over;                ///< a second pointer: the ratio counts; empty: none
  std::optional<double> min, max;  ///< both ends belong to the range; SI units
  std::optional<double> near;      ///< with `within`
  double within = 0;               ///< as a share of `near`: 0.03 is 3 %
  std::optional<std::string> is;   ///< JSON text: true, "cubic", 10
  std::string app, host;           ///< of a path of states; empty: this is about a value
  std::vector<std::string> path;   ///< all states in their order, the first included
};

/// Judges each expectation, in order. `summary_json` is the text of summary.json before `expect` is known; states.csv
/// is read from `dir` if a path is asked for.
std::vector<ExpectResult> evaluate(const std::vector<Expectation>& expectations, const std::string& summary_json,
                                   const std::filesystem::path& states_csv);

}  // namespace wirelab
