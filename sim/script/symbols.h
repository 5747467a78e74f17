#pragma once
// The numbers behind the words of the socket interface.

#include <cstdint>
#include <string_view>

#include "core/assert.h"
#include "script/readers.h"
#include "tcp/errors.h"

namespace wirelab::script {

/// Precondition: the word is known.
inline std::int64_t symbol_value(std::string_view name) {
  const auto value = symbol(name);
  WIRELAB_ASSERT(value.has_value());
  return *value;
}

/// The number of a call's error; 0: none.
inline std::int64_t errno_of(tcp::Error e) { return e == tcp::Error::None ? 0 : symbol_value(tcp::name_of(e)); }

}  // namespace wirelab::script
