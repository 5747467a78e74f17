#include "cli/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace wirelab::cli {

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::string suite(const RunSummary& run) {
  const auto failures =
      std::count_if(run.expect.begin(), run.expect.end(), [](const ExpectResult& r) { return !r.held; });
  const std::size_t cases = std::max<std::size_t>(run.expect.size(), 1);
  const std::string name = escaped(run.scenario);
  std::string out = fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" time=\"{:.3f}\">\n", name, cases,
                                failures, run.wall_s);
  if (run.expect.empty()) out += fmt::format("    <testcase classname=\"{}\" name=\"runs\"/>\n", name);
  for (const ExpectResult& r : run.expect) {
    out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", name, escaped(r.value));
    const std::string why = r.explanation.empty() ? r.value + " is " + r.got : r.explanation;
    out += r.held ? "/>\n" : fmt::format(">\n      <failure message=\"{}\"/>\n    </testcase>\n", escaped(why));
  }
  return out + "  </testsuite>\n";
}

}  // namespace

std::string junit_xml(const std::vector<RunSummary>& runs) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const RunSummary& run : runs) out += suite(run);
  return out + "</testsuites>\n";
}

}  // namespace wirelab::cli
