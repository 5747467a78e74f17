#pragma once
// What the program's exit status says.

namespace wirelab::cli {

enum class ExitStatus : int {
  Done = 0,           ///< and every expectation held
  Failed = 1,         ///< ran, and an expectation failed
  BadInput = 2,       ///< the command line or a file is wrong: nothing was run and nothing overwritten
  NoResource = 3,     ///< could not write, or out of a resource
  Interrupted = 130,  ///< ended by Ctrl-C; what was recorded is written
};

/// The one to report after several runs: the graver, in the order interrupted, no resource, bad input, failed, done.
ExitStatus graver(ExitStatus a, ExitStatus b);

}  // namespace wirelab::cli
