#include "cli/interrupt.h"

#include <csignal>

namespace wirelab::cli {

namespace {

volatile std::sig_atomic_t caught = 0;
struct sigaction previous_interrupt, previous_terminate;

extern "C" void note_signal(int) { caught = 1; }

}  // namespace

InterruptGuard::InterruptGuard() {
  caught = 0;
  struct sigaction once {};
  once.sa_handler = note_signal;
  sigemptyset(&once.sa_mask);
  once.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &once, &previous_interrupt);
  sigaction(SIGTERM, &once, &previous_terminate);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &previous_interrupt, nullptr);
  sigaction(SIGTERM, &previous_terminate, nullptr);
}

bool InterruptGuard::interrupted() { return caught != 0; }

}  // namespace wirelab::cli
