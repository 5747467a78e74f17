#pragma once
// Ctrl-C as a question that the run asks now and then. A second one ends the program at once, as if it were not caught.

namespace wirelab::cli {

/// Catches SIGINT and SIGTERM while it lives. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static bool interrupted();
};

}  // namespace wirelab::cli
