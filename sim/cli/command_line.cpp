#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/messages.h"
#include "cli/version.h"
#include "scenario/near.h"

namespace wirelab::cli {

namespace {

constexpr const char* kFooter =
    "\nExit status: 0 done and every expectation held; 1 an expectation failed; 2 the command line or a file is\n"
    "wrong, nothing was run; 3 could not write or out of a resource; 130 interrupted.";

using Action = std::function<ExitStatus()>;

/// A subcommand whose options land in a command struct, which is handed to `handler` after parsing.
template <class Command>
struct Subcommand {
  CLI::App* app;
  std::shared_ptr<Command> command = std::make_shared<Command>();

  Subcommand(CLI::App& parent, const char* name, const char* help, Action& action,
             ExitStatus (*handler)(const Command&))
      : app(parent.add_subcommand(name, help)) {
    app->callback([&action, handler, kept = command] { action = [handler, kept] { return handler(*kept); }; });
  }
};

void add_list(CLI::App& parent, Action& action) {
  const Subcommand<ListCommand> s(parent, "list", "What can be named in a scenario, with parameters and defaults",
                                  action, list);
  s.app->add_option("WHAT", s.command->what, "cc, apps, tcp, queues, loss, topologies or plots; all of them if absent");
}

void add_topo(CLI::App& parent, Action& action) {
  const Subcommand<TopoCommand> s(parent, "topo", "Shows or converts a topology", action, topo);
  s.app->add_option("FILE", s.command->file, "JSON, GraphML or DOT file, or one of ours by name")->required();
  s.app->add_option("--format", s.command->format, "dot, json or svg; a listing if absent")
      ->check(CLI::IsMember({"dot", "json", "svg"}));
}

/// A first word that is no subcommand: said with a near name, which CLI11 does not know.
bool names_no_command(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return false;
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  const std::vector<std::string_view> views(names.begin(), names.end());
  if (std::find(views.begin(), views.end(), argv[1]) != views.end()) return false;
  say("there is no command \"" + std::string(argv[1]) + "\"" + scenario::suggestion(argv[1], views, "commands"));
  return true;
}

}  // namespace

ExitStatus run_command_line(int argc, const char* const* argv) {
  CLI::App app("A packet-level network simulator that shows what TCP does: one JSON file in, pictures out.", "wirelab");
  app.set_version_flag("--version", std::string("wirelab ") + version());
  app.footer(kFooter);
  app.require_subcommand(1);
  Action action;
  add_topo(app, action);
  add_list(app, action);
  if (names_no_command(app, argc, argv)) return ExitStatus::BadInput;
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
