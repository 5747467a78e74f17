#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "cli/commands.h"
#include "cli/messages.h"
#include "cli/version.h"
#include "core/near.h"
#include "scenario/documents.h"

namespace wirelab::cli {

namespace {

constexpr const char* kStart =
    "\nStart with `wirelab run reno-vs-cubic`. `wirelab list scenarios` says what else there is to run, `wirelab run "
    "-h`\n"
    "what can be asked of it, and scenarios/schema/scenario.json what a file of your own may hold.\n";
constexpr const char* kExitStatus =
    "\nExit status: 0 done and every expectation held; 1 an expectation failed; 2 the command line or a file is\n"
    "wrong, nothing was run; 3 could not write or out of a resource; 130 interrupted.";

constexpr const char* kScenarioHelp = "a file, a scenario's name (wirelab list scenarios), or - for standard input";

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

/// CLI11 takes the largest number for one that is too large.
std::string is_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seed);
  const bool good = fault == std::errc() && end == text.data() + text.size();
  return good ? std::string() : "\"" + text + "\" is no seed; write a whole number from 0 to 18446744073709551615";
}

std::string is_a_path(const std::string& text) { return text.empty() ? "the name is empty" : std::string(); }

void add_seed(CLI::App& app, std::optional<std::uint64_t>& seed, const char* help) {
  app.add_option("--seed", seed, help)->type_name("N")->check(is_seed);
}

void add_output(CLI::App& app, std::string& output, const char* help) {
  app.add_option("-o,--output", output, help)->type_name("DIR")->check(is_a_path);
}

void add_settings(CLI::App& app, std::vector<std::string>& settings) {
  app.add_option("--set", settings,
                 "overrides a parameter of the file (rate=5Mbit) or any value in it (apps/reno/tcp/cc=vegas);\n"
                 "may be given several times")
      ->type_name("KEY=VALUE")
      ->check(has_a_key)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

/// Three answers: yes, no, and not said.
void add_plot_flags(CLI::App& app, std::optional<bool>& plot) {
  CLI::Option* const yes = app.add_flag_callback(
      "--plot", [&plot] { plot = true; }, "pictures must be drawn: without gnuplot the exit status is 3");
  app.add_flag_callback(
         "--no-plot", [&plot] { plot = false; }, "no pictures; otherwise they are drawn where gnuplot is")
      ->excludes(yes);
}

/// Of an option's kind of value CLI11 also prints how it is checked, and what it excludes; an error says that when it
/// matters.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_size() == 0 ? std::string() : option->get_type_name();
    const std::string name = type.substr(0, type.find(':'));
    const bool must = option->get_required() && !option->get_positional();
    return (name.empty() ? "" : " " + name) + (must ? " (required)" : "") +
           (option->get_expected_max() > 1 && name.empty() ? "..." : "");
  }
};

void add_force(CLI::App& app, bool& force) {
  app.add_flag("--force", force, "writes even into a folder that holds other things, which stay as they are");
}

void add_run(CLI::App& parent, Action& action) {
  const Subcommand<RunCommand> s(parent, "run", "Runs scenarios, draws, and prints what came of them", action, run);
  RunCommand& c = *s.command;
  s.app->add_option("SCENARIO", c.scenarios, std::string(kScenarioHelp) + "; several run one after the other")
      ->type_name("")
      ->required();
  add_output(*s.app, c.output, "folder for the results, with several scenarios DIR/<name>; default out/<name>");
  add_seed(*s.app, c.seed, "of all that is random; default: the scenario's, which is 1 if it has none");
  add_settings(*s.app, c.settings);
  s.app->add_option("--threads", c.threads, "at most this many; results are the same for any number; default 1")
      ->type_name("N")
      ->check(CLI::Range(1u, 1024u));
  s.app->add_flag("--pcap", c.pcap, "writes pcap/<node>-<link>.pcap for every port (open with Wireshark)");
  add_plot_flags(*s.app, c.plot);
  s.app->add_flag("--json", c.json, "prints summary.json in place of the table");
  s.app->add_option("--junit", c.junit, "writes the expectations as a JUnit report")
      ->type_name("FILE")
      ->check(is_a_path);
  add_force(*s.app, c.force);
  s.app->add_flag("-q,--quiet", c.quiet, "no progress and no table");
}

/// The values of `KEY=V1,V2,...`: split at commas, or the elements of a JSON list, for values that hold commas.
std::vector<std::string> values_of(const std::string& text) {
  std::vector<std::string> values;
  if (text.starts_with('[')) {
    scenario::Documents docs;
    const auto list = docs.parse("--vary", text);
    if (!list || !list->is_array() || list->array()->empty()) return {text};  // loading it tells the fault
    for (const scenario::Value& v : *list->array()) values.push_back(v.text() != nullptr ? *v.text() : v.dump());
    return values;
  }
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
  s.app->add_option("SCENARIO", c.scenario, kScenarioHelp)->type_name("")->required();
  s.app
      ->add_option_function<std::vector<std::string>>(
          "--vary",
          [command = s.command](const std::vector<std::string>& texts) {
            if (texts.size() > 1) {
              throw CLI::ValidationError("--vary", "a comparison varies one key; make one comparison for each");
            }
            const std::string& text = texts.front();
            const auto equals = text.find('=');
            command->key = text.substr(0, equals);
            command->values = values_of(text.substr(equals + 1));
          },
          "what differs, and nothing else does: cc=reno,cubic or topology/params/queue=10p,100p; a JSON list\n"
          "where values hold commas: 'apps/a/start=[\"1s\", {\"uniform\": [\"0s\", \"2s\"]}]'")
      ->type_name("KEY=V1,V2,...")
      ->allow_extra_args(false)
      ->check(has_a_key)
      ->required();
  s.app->add_option("--repeat", c.repeat, "runs for each value, with seeds one apart; default 1")
      ->type_name("N")
      ->check(CLI::Range(1u, 10000u));
  add_output(*s.app, c.output, "folder for the results; default out/<name>-by-<key>");
  add_seed(*s.app, c.seed, "of the first repetition; default: the scenario's");
  add_settings(*s.app, c.settings);
  add_plot_flags(*s.app, c.plot);
  add_force(*s.app, c.force);
  s.app->add_flag("-q,--quiet", c.quiet, "no progress and no table");
}

void add_plot(CLI::App& parent, Action& action) {
  const Subcommand<PlotCommand> s(parent, "plot", "Draws again from what a run recorded", action, plot);
  PlotCommand& c = *s.command;
  s.app->add_option("DIR", c.folders, "folders that `wirelab run` or `wirelab compare` wrote")
      ->type_name("")
      ->required();
  s.app->add_option("--kind", c.kinds, "which plots (wirelab list plots); default: those of the scenario")
      ->type_name("KIND,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  s.app->add_option("--format", c.formats, "png, svg; default both")
      ->type_name("png,svg")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"png", "svg"}));
}

void add_list(CLI::App& parent, Action& action) {
  const Subcommand<ListCommand> s(parent, "list", "What can be named in a scenario, with parameters and defaults",
                                  action, list);
  s.app
      ->add_option("WHAT", s.command->what,
                   "scenarios, cc, apps, tcp, queues, loss, topologies, links, plots or values; all if absent")
      ->type_name("");
}

void add_check(CLI::App& parent, Action& action) {
  const Subcommand<CheckCommand> s(parent, "check", "Validates, and shows addresses, routes and paths; runs nothing",
                                   action, check);
  CheckCommand& c = *s.command;
  s.app->add_option("SCENARIO", c.scenario, kScenarioHelp)->type_name("")->required();
  add_seed(*s.app, c.seed, "as for wirelab run");
  add_settings(*s.app, c.settings);
  s.app->add_flag("--json", c.json, "prints the scenario with everything resolved");
}

void add_topo(CLI::App& parent, Action& action) {
  const Subcommand<TopoCommand> s(parent, "topo", "Shows or converts a topology", action, topo);
  s.app->add_option("FILE", s.command->file, "JSON, GraphML or DOT file, or one of ours by name")
      ->type_name("")
      ->required();
  s.app->add_option("--format", s.command->format, "dot, json or svg, to standard output; a listing if absent")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"dot", "json", "svg"}));
}

void add_schema(CLI::App& parent, Action& action) {
  const Subcommand<SchemaCommand> s(parent, "schema", "Prints the JSON Schema of scenario or topology files", action,
                                    schema);
  s.app->add_option("WHICH", s.command->which, "scenario (if absent) or topology")
      ->type_name("")
      ->check(CLI::IsMember({"scenario", "topology"}));
}

/// Seconds, milliseconds or microseconds, by their unit.
std::optional<Duration> duration_of(const std::string& text) {
  double n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error != std::errc() || n < 0 || n > 1e6) return std::nullopt;
  if (unit == "s") return Duration::seconds(n);
  if (unit == "ms") return Duration::seconds(n * 1e-3);
  if (unit == "us") return Duration::seconds(n * 1e-6);
  return std::nullopt;
}

void add_script(CLI::App& parent, Action& action) {
  const Subcommand<ScriptCommand> s(parent, "script", "Runs packetdrill scripts against a simulated host", action,
                                    run_scripts);
  ScriptCommand& c = *s.command;
  s.app->add_option("FILE", c.files, "scripts (.pkt)")->type_name("")->required();
  const CLI::Option* const tolerance =
      s.app
          ->add_option_function<std::string>(
              "--tolerance", [command = s.command](const std::string& text) { command->tolerance = duration_of(text); },
              "how far from its time an event may be; else the script's own, or 4ms; 12.5 % in any case")
          ->type_name("TIME")
          ->check([](const std::string& text) {
            return duration_of(text) ? std::string() : "\"" + text + "\" is not a time; write 5ms";
          });
  s.app->add_flag("--strict", c.strict, "1 ms or 1 %")->excludes(const_cast<CLI::Option*>(tolerance));
  s.app
      ->add_option_function<std::vector<std::string>>(
          "-D",
          [command = s.command](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              const auto equals = text.find('=');
              command->definitions.emplace_back(text.substr(0, equals), text.substr(equals + 1));
            }
          },
          "what a word in the scripts stands for")
      ->type_name("NAME=VALUE")
      ->check(has_a_key)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  s.app->add_option("--pcap", c.pcap, "folder for a capture of each script")->type_name("DIR")->check(is_a_path);
  s.app->add_option("--junit", c.junit, "writes the results as a JUnit report")->type_name("FILE")->check(is_a_path);
  s.app->add_option("-j,--jobs", c.jobs, "at most so many at a time; the output is the same for any number")
      ->type_name("N")
      ->check(CLI::Range(1u, 1024u));
  s.app->add_flag("-q,--quiet", c.quiet, "only what fails, and the totals");
}

/// A first word that is no subcommand: said with a near name, which CLI11 does not know.
bool names_no_command(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return false;
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  const std::vector<std::string_view> views(names.begin(), names.end());
  if (std::find(views.begin(), views.end(), argv[1]) != views.end()) return false;
  say("there is no command \"" + std::string(argv[1]) + "\"" + suggestion(argv[1], views, "commands"));
  return true;
}

/// What no command foresaw ends as it would anywhere: with a sentence, and status 3. Files that were being written are
/// removed on the way here (record/atomic_file.h).
ExitStatus carried_out(const Action& action) {
  ExitStatus status = ExitStatus::NoResource;
  try {
    status = action();
  } catch (const std::bad_alloc&) {
    say("out of memory; make the scenario smaller, or record less (\"record\": \"none\")");
  } catch (const std::system_error& fault) {  // of the file system, and of standard output
    if (std::ferror(stdout) == 0) say(fault.what());
  }
  std::fflush(stdout);
  if (std::ferror(stdout) != 0) {
    say("standard output could not be written");
    status = graver(status, ExitStatus::NoResource);
  }
  return status;
}

}  // namespace

ExitStatus run_command_line(int argc, const char* const* argv) {
  CLI::App app("A packet-level network simulator that shows what TCP does: one JSON file in, pictures out.", "wirelab");
  app.set_version_flag("--version", std::string("wirelab ") + version());
  app.footer(kExitStatus);
  app.formatter(std::make_shared<HelpFormatter>());
  app.require_subcommand(1);
  Action action;
  add_run(app, action);
  add_compare(app, action);
  add_plot(app, action);
  add_check(app, action);
  add_topo(app, action);
  add_schema(app, action);
  add_script(app, action);
  add_list(app, action);
  app.footer(std::string(kStart) + kExitStatus);
  if (argc < 2) {
    say("say what to do, such as: wirelab run reno-vs-cubic (wirelab -h says what there is)");
    return ExitStatus::BadInput;
  }
  if (names_no_command(app, argc, argv)) return ExitStatus::BadInput;
  // A file beyond the limit on sizes is an error like a full disk, and not the end of the program.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // -h, --version
    std::ostringstream text;
    app.exit(asked, text, text);
    return carried_out([&] {
      std::fputs(text.str().c_str(), stdout);
      return ExitStatus::Done;
    });
  } catch (const CLI::ParseError& fault) {
    say(std::string(fault.what()) + " (wirelab -h says what there is)");
    return ExitStatus::BadInput;
  }
  return carried_out(action);
}

}  // namespace wirelab::cli
