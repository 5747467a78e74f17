#include "record/comparison_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "record/json_printer.h"

namespace wirelab {

void ComparisonSummary::add(Run run, const std::vector<std::string>& files_of_run) {
  for (const std::string& name : files_of_run) files.push_back(run.folder + "/" + name);
  runs.push_back(std::move(run));
}

std::string to_json(const ComparisonSummary& c) {
  JsonPrinter out;
  out.begin_object();
  out.string("scenario", c.scenario);
  out.string("version", c.version);
  out.boolean("interrupted", c.interrupted);
  out.begin_object("compare");
  out.string("key", c.key);
  out.begin_array("values");
  for (const std::string& value : c.values) out.string({}, value);
  out.end_array();
  out.unsigned_integer("repeat", c.repeat);
  out.begin_array("runs");
  for (const ComparisonSummary::Run& run : c.runs) {
    out.begin_object();
    out.string("value", run.value);
    out.string("folder", run.folder);
    out.unsigned_integer("seed", run.seed);
    out.string("result_hash", fmt::format("{:016x}", run.result_hash));
    out.end_object();
  }
  out.end_array();
  out.end_object();
  std::set<std::string> files(c.files.begin(), c.files.end());
  files.insert("summary.json");
  out.begin_array("files");
  for (const std::string& name : files) out.string({}, name);
  out.end_array();
  out.end_object();
  return out.text() + "\n";
}

std::optional<ComparisonSummary> read_comparison(const std::filesystem::path& dir) {
  std::ifstream in(dir / "summary.json", std::ios::binary);
  const auto json = nlohmann::json::parse(in, nullptr, false);
  if (!json.is_object() || !json.contains("compare")) return std::nullopt;
  try {
    const auto& compare = json.at("compare");
    ComparisonSummary c;
    c.scenario = json.at("scenario").get<std::string>();
    c.version = json.at("version").get<std::string>();
    c.interrupted = json.at("interrupted").get<bool>();
    c.key = compare.at("key").get<std::string>();
    c.values = compare.at("values").get<std::vector<std::string>>();
    c.repeat = compare.at("repeat").get<unsigned>();
    for (const auto& run : compare.at("runs")) {
      c.runs.push_back({run.at("value").get<std::string>(), run.at("folder").get<std::string>(),
                        run.at("seed").get<std::uint64_t>(), 0});
    }
    return c;
  } catch (const nlohmann::json::exception&) { return std::nullopt; }
}

std::string short_key(const std::string& key) { return key.substr(key.find_last_of('/') + 1); }

std::vector<ComparedRun> compared_runs(const ComparisonSummary& c, const std::filesystem::path& dir) {
  std::vector<ComparedRun> out;
  for (const std::string& value : c.values) {
    const auto first = std::find_if(c.runs.begin(), c.runs.end(), [&](const auto& run) { return run.value == value; });
    if (first != c.runs.end()) out.push_back({short_key(c.key) + "=" + value, dir / first->folder});
  }
  return out;
}

}  // namespace wirelab
