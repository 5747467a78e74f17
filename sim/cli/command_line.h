#pragma once
// The command line as a whole: reads the arguments, runs the subcommand that they name.

#include "cli/exit_status.h"

namespace wirelab::cli {

/// Everything that can go wrong is said on standard error and told by the status.
ExitStatus run_command_line(int argc, const char* const* argv);

}  // namespace wirelab::cli
