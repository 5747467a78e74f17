#pragma once
// The list `files` of a summary.json that is there already: what a later command adds to a run's folder belongs to the
// run, and goes with it when the next run takes the folder.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "record/atomic_file.h"

namespace wirelab {

/// Adds the names (below `dir`, with forward slashes) that are not listed yet; every other byte stays as it is, and so
/// does a summary without a list. The file is replaced at once.
[[nodiscard]] std::optional<FileError> add_recorded_files(const std::filesystem::path& dir,
                                                          const std::vector<std::string>& names);

}  // namespace wirelab
