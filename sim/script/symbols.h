#pragma once
// The numbers behind the words of the socket interface.

#include <cstdint>
#include <string_view>

#include "core/assert.h"
#include "script/readers.h"

namespace wirelab::script {

/// Precondition: the word is known.
inline std::int64_t symbol_value(std::string_view name) {
  const auto value = symbol(name);
  WIRELAB_ASSERT(value.has_value());
  return *value;
}

}  // namespace wirelab::script
