#include "cli/exit_status.h"

namespace wirelab::cli {

// The numbers grow with the gravity.
ExitStatus graver(ExitStatus a, ExitStatus b) { return static_cast<int>(a) < static_cast<int>(b) ? b : a; }

}  // namespace wirelab::cli
