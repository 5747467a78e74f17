#include "cli/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace wirelab::cli {

namespace {

constexpr std::chrono::milliseconds kInterval{200};

std::string time_left(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  if (seconds < 90 * 60) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace

std::string progress_text(const std::string& name, Time now, Time end, std::uint64_t events, double wall_seconds) {
  const double rate = wall_seconds > 0 ? static_cast<double>(events) / wall_seconds / 1e6 : 0;
  if (end.is_never() || end <= Time::zero()) {
    return fmt::format("{}  {:.1f} s  {:.1f} M events/s", name, now.seconds(), rate);
  }
  const double share = std::clamp(now.seconds() / end.seconds(), 0.0, 1.0);
  std::string text = fmt::format("{}  {:.0f} %  {:.1f} of {:g} s  {:.1f} M events/s", name, share * 100, now.seconds(),
                                 end.seconds(), rate);
  if (share > 0) text += fmt::format("  {} left", time_left(wall_seconds * (1 - share) / share));
  return text;
}

ProgressLine::ProgressLine(std::string name, bool wanted)
    : name_(std::move(name)),
      active_(wanted && isatty(STDERR_FILENO) != 0),
      started_(Clock::now()),
      next_(started_ + kInterval) {}

void ProgressLine::show(Time now, Time end, std::uint64_t events) {
  if (!active_) return;
  const Clock::time_point moment = Clock::now();
  if (moment < next_) return;
  next_ = moment + kInterval;
  const std::chrono::duration<double> wall = moment - started_;
  const std::string text = progress_text(name_, now, end, events, wall.count());
  std::fprintf(stderr, "\r%-*s", static_cast<int>(width_), text.c_str());
  std::fflush(stderr);
  width_ = text.size();
}

void ProgressLine::clear() {
  if (width_ == 0) return;
  std::fprintf(stderr, "\r%*s\r", static_cast<int>(width_), "");
  std::fflush(stderr);
  width_ = 0;
}

}  // namespace wirelab::cli
