#include "record/comparison_summary.h"

#include <fmt/format.h>

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

}  // namespace wirelab
