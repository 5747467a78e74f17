#pragma once
// The JSON Schema (draft 2020-12) of scenario and topology files, made from the tables by which they are read. Editors
// complete and check with it; what only the reader can see (names, ranges across keys) it leaves to the reader.

#include <string>

namespace wirelab::scenario {

std::string scenario_schema();
std::string topology_schema();

}  // namespace wirelab::scenario
