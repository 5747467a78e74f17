#pragma once
// Broken promises inside the code. Both kinds end the program with the place and the promise; the second is for checks
// that cost too much on the packet path and is on in builds with WIRELAB_CHECKED (tests, sanitizers, fuzzing).

namespace wirelab::detail {
[[noreturn]] void assertion_failed(const char* promise, const char* file, int line);
}

#define WIRELAB_ASSERT(promise) \
  (static_cast<bool>(promise) ? void(0) : ::wirelab::detail::assertion_failed(#promise, __FILE__, __LINE__))

#ifdef WIRELAB_CHECKED
#define WIRELAB_DEBUG_ASSERT(promise) WIRELAB_ASSERT(promise)
#else
#define WIRELAB_DEBUG_ASSERT(promise) void(0)
#endif
