#pragma once
// Where the program finds what it comes with: scenarios, topologies and plot scripts. An installed copy has them in
// share/wirelab beside its bin folder; a program in its build folder uses those of its source tree.

#include <filesystem>
#include <string>
#include <vector>

namespace wirelab::cli {

/// The folder that holds `scenarios`, `topologies` and `plots`; empty if there is none.
std::filesystem::path data_folder();

/// Names of the scenarios and topologies that come with the program, sorted.
std::vector<std::string> scenario_names();
std::vector<std::string> topology_names();

/// A scenario as named on the command line: a path or "-" stays as it is; a bare word that is no file here is the
/// program's own scenario of that name, where there is one.
std::string resolve_scenario(const std::string& name_or_path);
/// The same for a topology.
std::string resolve_topology_file(const std::string& name_or_path);

}  // namespace wirelab::cli
