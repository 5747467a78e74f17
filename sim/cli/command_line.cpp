#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "cli/messages.h"
#include "cli/version.h"

namespace wirelab::cli {

namespace {

constexpr const char* kFooter =
    "\nExit status: 0 done and every expectation held; 1 an expectation failed; 2 the command line or a file is\n"
    "wrong, nothing was run; 3 could not write or out of a resource; 130 interrupted.";

}  // namespace

ExitStatus run_command_line(int argc, const char* const* argv) {
  CLI::App app("A packet-level network simulator that shows what TCP does: one JSON file in, pictures out.", "wirelab");
  app.set_version_flag("--version", std::string("wirelab ") + version());
  app.footer(kFooter);
  app.require_subcommand(1);
  std::function<ExitStatus()> action;
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // -h, --version
    app.exit(asked);
    return ExitStatus::Done;
  } catch (const CLI::ParseError& fault) {
    say(std::string(fault.what()) + " (wirelab -h says what there is)");
    return ExitStatus::BadInput;
  }
  return action();
}

}  // namespace wirelab::cli
