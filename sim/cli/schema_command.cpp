#include <cstdio>
#include <string>

#include "cli/commands.h"
#include "scenario/schema.h"

namespace wirelab::cli {

ExitStatus schema(const SchemaCommand& command) {
  const std::string text = command.which == "topology" ? scenario::topology_schema() : scenario::scenario_schema();
  std::fputs(text.c_str(), stdout);
  return ExitStatus::Done;
}

}  // namespace wirelab::cli
