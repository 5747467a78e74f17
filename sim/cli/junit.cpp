#include "cli/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "cli/xml_text.h"

namespace wirelab::cli {

namespace {

std::string suite(const RunSummary& run) {
  const auto failures =
      std::count_if(run.expect.begin(), run.expect.end(), [](const ExpectResult& r) { return !r.held; });
  const std::size_t cases = std::max<std::size_t>(run.expect.size(), 1);
  const std::string name = xml_text(run.scenario);
  std::string out = fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" time=\"{:.3f}\">\n", name, cases,
                                failures, run.wall_s);
  if (run.expect.empty()) out += fmt::format("    <testcase classname=\"{}\" name=\"runs\"/>\n", name);
  for (const ExpectResult& r : run.expect) {
    out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", name, xml_text(r.value));
    const std::string why = r.explanation.empty() ? r.value + " is " + r.got : r.explanation;
    out += r.held ? "/>\n" : fmt::format(">\n      <failure message=\"{}\"/>\n    </testcase>\n", xml_text(why));
  }
  return out + "  </testsuite>\n";
}

std::string line_of(const TestCase& c) {
  const std::string head = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.6f}\"", xml_text(c.suite),
                                       xml_text(c.name), c.seconds);
  if (c.failure.empty() && c.skipped.empty()) return head + "/>\n";
  const bool failed = !c.failure.empty();
  return fmt::format("{}>\n      <{} message=\"{}\">{}</{}>\n    </testcase>\n", head, failed ? "failure" : "skipped",
                     xml_text(failed ? c.failure : c.skipped), xml_text(c.details), failed ? "failure" : "skipped");
}

}  // namespace

std::string junit_xml(const std::vector<TestCase>& cases) {
  const auto failures = std::count_if(cases.begin(), cases.end(), [](const TestCase& c) { return !c.failure.empty(); });
  const auto skipped = std::count_if(cases.begin(), cases.end(), [](const TestCase& c) { return !c.skipped.empty(); });
  double seconds = 0;
  for (const TestCase& c : cases) seconds += c.seconds;
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "  <testsuite name=\"script\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{:.3f}\">\n",
      cases.size(), failures, skipped, seconds);
  for (const TestCase& c : cases) out += line_of(c);
  return out + "  </testsuite>\n</testsuites>\n";
}

std::string junit_xml(const std::vector<RunSummary>& runs) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const RunSummary& run : runs) out += suite(run);
  return out + "</testsuites>\n";
}

}  // namespace wirelab::cli
