#pragma once
// One line on standard error that says how far a run has come, rewritten five times a second, on a terminal only.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/units.h"

namespace wirelab::cli {

class ProgressLine {
 public:
  /// `name`: of the run. Shows nothing unless `wanted` and standard error is a terminal.
  ProgressLine(std::string name, bool wanted);
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// To be called as often as convenient. `end` may be Time::never(): then neither share nor time left are known.
  void show(Time now, Time end, std::uint64_t events);
  /// Takes the line away, so that other output starts on a clean one.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  std::string name_;
  bool active_;
  Clock::time_point started_, next_;
  std::size_t width_ = 0;  // of what stands there
};

/// "reno-vs-cubic  37 %  22.4 of 60 s  8.1 M events/s  12 s left"
std::string progress_text(const std::string& name, Time now, Time end, std::uint64_t events, double wall_seconds);

}  // namespace wirelab::cli
