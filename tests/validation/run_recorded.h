#pragma once
// A scenario run with its files: for tests that read what a user finds in the folder.

#include <vector>

#include "run_text.h"
#include "scratch.h"

namespace wirelab::validation {

/// Runs it and writes what it records into `scratch`. `capture`: packets of all nodes too; `files`, if given, gets the
/// names of what was written.
inline RunSummary run_recorded(const scenario::Loaded& loaded, const Scratch& scratch, bool capture = false,
                               std::vector<HashedFile>* files = nullptr) {
  scenario::Simulation simulation(loaded.scenario);
  EXPECT_FALSE(simulation.record_to(scratch.dir, capture));
  simulation.run();
  std::vector<HashedFile> written;
  EXPECT_FALSE(simulation.commit(files != nullptr ? *files : written));
  return simulation.summary();
}

}  // namespace wirelab::validation
