#pragma once
// What can be set of one TCP endpoint. A profile (option_table.h) is only a named set of defaults for these; nothing
// below the scenario knows its name.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/units.h"

namespace wirelab::tcp {

/// Which congestion control, with its own parameters as they stand in the scenario.
struct CcChoice {
  std::string name = "cubic";
  std::vector<std::pair<std::string, double>> parameters;  ///< booleans as 0 and 1
};

struct TcpConfig {
  CcChoice cc;
};

}  // namespace wirelab::tcp
