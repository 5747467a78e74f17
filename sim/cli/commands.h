#pragma once
// The subcommands as values and functions: what the command line says, typed, and what is done about it. Option names
// and help stand in command_line.cpp; nothing here knows how they were written.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/exit_status.h"
#include "core/units.h"

namespace wirelab::cli {

struct RunCommand {
  std::vector<std::string> scenarios;  ///< names or paths
  std::string output;                  ///< empty: out/<name>/
  std::optional<std::uint64_t> seed;
  std::vector<std::string> settings;  ///< of --set, KEY=VALUE
  unsigned threads = 1;
  bool pcap = false;
  std::optional<bool> plot;  ///< given: plots that cannot be drawn are an error; not given: they are a remark
  bool json = false;         ///< print summary.json in place of the table
  std::string junit;         ///< file; empty: none
  bool force = false, quiet = false;
};

struct CompareCommand {
  std::string scenario;
  std::string key;                  ///< of --vary
  std::vector<std::string> values;  ///< of --vary
  unsigned repeat = 1;
  std::string output;
  std::vector<std::string> settings;  ///< of --set, KEY=VALUE
  std::optional<std::uint64_t> seed;
  bool force = false, quiet = false;
  std::optional<bool> plot;
};

struct PlotCommand {
  std::vector<std::string> folders;
  std::vector<std::string> kinds;    ///< empty: those of the scenario
  std::vector<std::string> formats;  ///< png, svg
};

struct CheckCommand {
  std::string scenario;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> settings;  ///< of --set, KEY=VALUE
  bool json = false;
};

struct TopoCommand {
  std::string file;
  std::string format;  ///< dot, json, svg; empty: a listing for people
};

struct SchemaCommand {
  std::string which = "scenario";  ///< or topology
};

struct ScriptCommand {
  std::vector<std::string> files;
  std::optional<Duration> tolerance;                             ///< beats the scripts' own
  bool strict = false;                                           ///< 1 ms or 1 %
  std::vector<std::pair<std::string, std::string>> definitions;  ///< of -D, NAME=value
  std::string pcap;                                              ///< folder; empty: none
  std::string junit;                                             ///< file; empty: none
  unsigned jobs = 1;
  bool quiet = false;
};

struct ListCommand {
  std::string what;  ///< cc, apps, ...; empty: all of them
};

ExitStatus run(const RunCommand& command);
ExitStatus compare(const CompareCommand& command);
ExitStatus plot(const PlotCommand& command);
ExitStatus check(const CheckCommand& command);
ExitStatus list(const ListCommand& command);
ExitStatus topo(const TopoCommand& command);
ExitStatus schema(const SchemaCommand& command);
ExitStatus run_scripts(const ScriptCommand& command);

}  // namespace wirelab::cli
