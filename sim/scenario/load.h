#pragma once
// From a scenario's text to a typed, checked scenario: the whole way, with all errors in one go.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/documents.h"
#include "scenario/model.h"

namespace wirelab::scenario {

struct LoadOptions {
  std::vector<std::string> sets;          ///< KEY=VALUE, in order
  std::optional<std::uint64_t> seed;      ///< outranks the file and `sets`
  FileReader files = read_file;           ///< for the topologies that the scenario names
  std::uint64_t most_things = 1'000'000;  ///< nodes or links that a generator may make
};

struct Loaded {
  Documents docs;          ///< errors and warnings, ready to print
  Scenario scenario;       ///< meaningless unless ok()
  std::string resolved;    ///< scenario.json: strict, complete, loads to the same scenario
  std::uint64_t hash = 0;  ///< of `resolved`
  Value tree;              ///< the file after `--set` and parameters

  bool ok() const { return !docs.failed(); }
  /// For faults that only the network shows: reports at the value that `pointer` ("/apps/0/to") leads to in the
  /// scenario file, or the nearest one above it.
  void error_at(std::string_view pointer, std::string text);
  void warning_at(std::string_view pointer, std::string text);
};

/// `path` may be "-" for standard input; topologies named there are relative to the current folder.
Loaded load_file(const std::string& path, const LoadOptions& options = {});
/// `name` stands in messages; its folder is where relative paths start.
Loaded load_text(const std::string& name, std::string text, const LoadOptions& options = {});

}  // namespace wirelab::scenario
