#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/junit.h"
#include "cli/messages.h"
#include "record/atomic_file.h"
#include "script/run.h"

namespace wirelab::cli {

namespace {

namespace fs = std::filesystem;
using script::Outcome;
using script::Verdict;

struct Text {
  std::string file, content;
};

bool read_all(const std::vector<std::string>& files, std::vector<Text>& texts) {
  bool good = true;
  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    std::error_code ignored;
    if (!in || fs::is_directory(file, ignored)) {
      const char* const why = fs::is_directory(file, ignored) ? "is a folder; name the scripts in it"
                              : !fs::exists(file, ignored)    ? "is not there"
                                                              : "cannot be read";
      say(fmt::format("script: {} {}", file, why));
      good = false;
      continue;
    }
    texts.push_back({file, {std::istreambuf_iterator<char>(in), {}}});
  }
  return good;
}

std::string place(const std::string& file, const Outcome& o) {
  if (o.column > 0) return fmt::format("{}:{}:{}", file, o.line, o.column);
  return o.line > 0 ? fmt::format("{}:{}", file, o.line) : file;
}

void print_outcome(const std::string& file, const Outcome& o, double wall_s) {
  fmt::print("{:<11} {:9.3f} ms  {}", name_of(o.verdict), wall_s * 1e3, file);
  if (o.verdict == Verdict::Pass && !o.strict) {
    fmt::print("  (off by {:.3f} ms in line {})", o.largest_deviation.seconds() * 1e3, o.deviation_line);
  }
  fmt::print("\n");
  fmt::print("{}", o.printed);
  if (o.verdict != Verdict::Pass) fmt::print("  {}: {}\n{}", place(file, o), o.reason, o.details);
}

TestCase test_case(const std::string& file, const Outcome& o, double wall_s) {
  TestCase c;
  c.suite = fs::path(file).parent_path().generic_string();
  c.name = fs::path(file).filename().string();
  c.seconds = wall_s;
  if (o.verdict != Verdict::Pass) {
    (o.verdict == Verdict::Fail ? c.failure : c.skipped) = fmt::format("{}: {}", place(file, o), o.reason);
    c.details = o.details;
  }
  return c;
}

}  // namespace

ExitStatus run_scripts(const ScriptCommand& command) {
  std::vector<Text> texts;
  if (!read_all(command.files, texts)) return ExitStatus::BadInput;

  script::RunOptions options;
  options.tolerance = command.tolerance;
  options.strict = command.strict;
  options.definitions = command.definitions;
  const InterruptGuard guard;
  ExitStatus status = ExitStatus::Done;
  std::vector<TestCase> cases;
  std::size_t passed = 0, failed = 0, unsupported = 0, strictly = 0;
  double total_s = 0;
  for (const Text& text : texts) {
    if (InterruptGuard::interrupted()) {
      status = ExitStatus::Interrupted;
      break;
    }
    if (!command.pcap.empty()) options.pcap = fs::path(command.pcap) / fs::path(text.file).stem().concat(".pcap");
    const auto began = std::chrono::steady_clock::now();
    const Outcome o = script::run_script(text.content, options);
    const double wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    total_s += wall_s;
    passed += o.verdict == Verdict::Pass ? 1 : 0;
    failed += o.verdict == Verdict::Fail ? 1 : 0;
    unsupported += o.verdict == Verdict::Unsupported ? 1 : 0;
    strictly += o.verdict == Verdict::Pass && o.strict ? 1 : 0;
    if (o.verdict != Verdict::Pass) status = graver(status, o.column > 0 ? ExitStatus::BadInput : ExitStatus::Failed);
    if (!command.quiet || o.verdict == Verdict::Fail) print_outcome(text.file, o, wall_s);
    if (!o.file_error.empty()) {
      say(o.file_error);
      status = graver(status, ExitStatus::NoResource);
    }
    if (!command.junit.empty()) cases.push_back(test_case(text.file, o, wall_s));
  }
  fmt::print("{} passed ({} of them also at 1 ms or 1 %), {} failed, {} unsupported; {:.3f} s\n", passed, strictly,
             failed, unsupported, total_s);
  if (!command.junit.empty()) {
    if (const auto error = write_file(command.junit, junit_xml(cases))) {
      say(error->message());
      status = graver(status, ExitStatus::NoResource);
    }
  }
  return status;
}

}  // namespace wirelab::cli
