#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
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

/// `KEY=VALUE`, for --set and --vary.
std::string has_a_key(const std::string& text) {
  const auto equals = text.find('=');
  return equals == 0 || equals == std::string::npos ? "\"" + text + "\" is not KEY=VALUE" : std::string();
}

void add_settings(CLI::App& app, std::vector<std::string>& settings) {
  app.add_option("--set", settings, "KEY=VALUE: overrides a parameter (cc=reno) or any value (apps/reno/tcp/cc=reno)")
      ->check(has_a_key)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

/// Three answers: yes, no, and not said.
void add_plot_flag(CLI::App& app, std::optional<bool>& plot) {
  app.add_flag_function(
      "--plot,!--no-plot", [&plot](std::int64_t times) { plot = times > 0; }, "pictures; on unless switched off");
}

void add_run(CLI::App& parent, Action& action) {
  const Subcommand<RunCommand> s(parent, "run", "Runs scenarios, draws, and prints what came of them", action, run);
  RunCommand& c = *s.command;
  s.app->add_option("SCENARIO", c.scenarios, "files, names of ours, or - for standard input")->required();
  s.app->add_option("-o,--output", c.output, "folder for the results; default out/<name>");
  s.app->add_option("--seed", c.seed, "of all random streams")->check(CLI::NonNegativeNumber);
  add_settings(*s.app, c.settings);
  s.app->add_option("--threads", c.threads, "at most; results are the same for any number")
      ->check(CLI::Range(1u, 1024u));
  s.app->add_flag("--pcap", c.pcap, "captures at every port");
  add_plot_flag(*s.app, c.plot);
  s.app->add_flag("--json", c.json, "prints summary.json in place of the table");
  s.app->add_option("--junit", c.junit, "writes the expectations as a JUnit report to this file");
  s.app->add_flag("--force", c.force, "writes into a folder that holds something else");
  s.app->add_flag("-q,--quiet", c.quiet, "no progress and no table");
}

/// The values of `KEY=V1,V2,...`: split at commas unless the text starts with `[`, which is JSON.
std::vector<std::string> values_of(const std::string& text) {
  std::vector<std::string> values;
  if (text.starts_with('[')) return {text};
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    values.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return values;
}

void add_compare(CLI::App& parent, Action& action) {
  const Subcommand<CompareCommand> s(parent, "compare", "The same scenario once for each value of one key", action,
                                     compare);
  CompareCommand& c = *s.command;
  s.app->add_option("SCENARIO", c.scenario, "file, name of ours, or - for standard input")->required();
  s.app
      ->add_option_function<std::string>(
          "--vary",
          [command = s.command](const std::string& text) {
            const auto equals = text.find('=');
            command->key = text.substr(0, equals);
            command->values = values_of(text.substr(equals + 1));
          },
          "KEY=V1,V2,...: what differs, and nothing else")
      ->check(has_a_key)
      ->required();
  s.app->add_option("--repeat", c.repeat, "runs for each value, with seeds one apart")->check(CLI::Range(1u, 10000u));
  s.app->add_option("-o,--output", c.output, "folder for the results; default out/<name>-by-<key>");
  s.app->add_option("--seed", c.seed, "of the first repetition")->check(CLI::NonNegativeNumber);
  add_settings(*s.app, c.settings);
  add_plot_flag(*s.app, c.plot);
  s.app->add_flag("--force", c.force, "writes into a folder that holds something else");
  s.app->add_flag("-q,--quiet", c.quiet, "no progress and no table");
}

void add_plot(CLI::App& parent, Action& action) {
  const Subcommand<PlotCommand> s(parent, "plot", "Draws again from what a run recorded", action, plot);
  PlotCommand& c = *s.command;
  s.app->add_option("DIR", c.folders, "folders that `wirelab run` wrote")->required();
  s.app->add_option("--kind", c.kinds, "cwnd,queue,... (wirelab list plots); default: those of the scenario")
      ->delimiter(',')
      ->expected(1);
  s.app->add_option("--format", c.formats, "png, svg; default both")
      ->delimiter(',')
      ->expected(1)
      ->check(CLI::IsMember({"png", "svg"}));
}

void add_list(CLI::App& parent, Action& action) {
  const Subcommand<ListCommand> s(parent, "list", "What can be named in a scenario, with parameters and defaults",
                                  action, list);
  s.app->add_option("WHAT", s.command->what, "cc, apps, tcp, queues, loss, topologies or plots; all of them if absent");
}

void add_check(CLI::App& parent, Action& action) {
  const Subcommand<CheckCommand> s(parent, "check", "Validates, and shows addresses, routes and paths; runs nothing",
                                   action, check);
  CheckCommand& c = *s.command;
  s.app->add_option("SCENARIO", c.scenario, "file, name of ours, or - for standard input")->required();
  s.app->add_option("--seed", c.seed, "of all random streams")->check(CLI::NonNegativeNumber);
  add_settings(*s.app, c.settings);
  s.app->add_flag("--json", c.json, "prints the scenario with everything resolved");
}

void add_topo(CLI::App& parent, Action& action) {
  const Subcommand<TopoCommand> s(parent, "topo", "Shows or converts a topology", action, topo);
  s.app->add_option("FILE", s.command->file, "JSON, GraphML or DOT file, or one of ours by name")->required();
  s.app->add_option("--format", s.command->format, "dot, json or svg; a listing if absent")
      ->check(CLI::IsMember({"dot", "json", "svg"}));
}

void add_schema(CLI::App& parent, Action& action) {
  const Subcommand<SchemaCommand> s(parent, "schema", "Prints the JSON Schema of scenario or topology files", action,
                                    schema);
  s.app->add_option("WHICH", s.command->which, "scenario (if absent) or topology")
      ->check(CLI::IsMember({"scenario", "topology"}));
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
  add_run(app, action);
  add_compare(app, action);
  add_plot(app, action);
  add_check(app, action);
  add_topo(app, action);
  add_schema(app, action);
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
