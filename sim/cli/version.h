#pragma once
// The program's version, as CMake knows it.

namespace wirelab::cli {

const char* version();

}  // namespace wirelab::cli
