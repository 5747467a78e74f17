#pragma once
// The folder that a run writes into: which folders are refused, and what of an earlier run is removed first.

#include <filesystem>
#include <optional>
#include <string>

namespace wirelab {

struct OutputRefusal {
  int exit_status;      ///< 2: not ours to overwrite; 3: cannot be written
  std::string message;  ///< one line with the remedy
};

/// May a run write into `dir`? Changes nothing. A folder that is not there yet may be made; one that is not empty must
/// hold the summary.json of an earlier run, or `force` must be given. What a run that died left half-written
/// (record/atomic_file.h) does not count. A link in the place of a folder that a run writes into is refused even so.
std::optional<OutputRefusal> check_output_dir(const std::filesystem::path& dir, bool force);

/// Makes the folder, and removes from it what its summary.json lists under `files`: regular files with plain names
/// below `dir`, reached through no link, and the folders that this empties. Nothing else is touched, but half-written
/// leftovers. summary.json goes last. Precondition: check_output_dir let it pass.
std::optional<OutputRefusal> prepare_output_dir(const std::filesystem::path& dir);

}  // namespace wirelab
