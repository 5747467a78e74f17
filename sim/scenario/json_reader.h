#pragma once
// From JSON text to values with origins. The grammar is nlohmann-json's; the positions come from an iterator that
// publishes how far its lexer has read.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/value.h"

namespace wirelab::scenario {

struct JsonFault {
  std::uint32_t offset = 0;
  std::string text;
};
struct JsonText {
  std::optional<Value> value;  ///< none after a syntax error
  std::vector<JsonFault> faults;
};

/// Precondition: text is shorter than 4 GiB.
JsonText read_json(std::string_view text, std::uint32_t source, std::size_t deepest);

}  // namespace wirelab::scenario
