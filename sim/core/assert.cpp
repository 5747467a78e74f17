#include "core/assert.h"

#include <cstdio>
#include <cstdlib>

namespace wirelab::detail {

void assertion_failed(const char* promise, const char* file, int line) {
  std::fprintf(stderr, "wirelab: %s:%d: broken promise: %s\n", file, line, promise);
  std::abort();
}

}  // namespace wirelab::detail
