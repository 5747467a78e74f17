#pragma once
// How long the sender has been busy, and how much of that the peer's window or the send buffer held it back: Linux's
// chronograph.

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/units.h"

namespace wirelab::tcp {

class SendTimes {
 public:
  enum class Kind : std::uint8_t { Idle, Busy, WindowLimited, BufferLimited };

  /// From `now` on it is this kind of time.
  void enter(Kind kind, Time now) {
    if (kind == kind_) return;
    if (kind_ != Kind::Idle) total_[place(kind_)] += now - since_;
    kind_ = kind;
    since_ = now;
  }

  /// Time with data or a FIN in flight or waiting.
  Duration busy(Time now) const { return spent(Kind::Busy, now) + window_limited(now) + buffer_limited(now); }
  Duration window_limited(Time now) const { return spent(Kind::WindowLimited, now); }
  /// All that the send buffer held had been sent, and the application waited for room in it.
  Duration buffer_limited(Time now) const { return spent(Kind::BufferLimited, now); }
  Kind kind() const { return kind_; }

 private:
  static std::size_t place(Kind kind) { return static_cast<std::size_t>(kind) - 1; }  // what is not idle
  Duration spent(Kind kind, Time now) const {
    const Duration before = total_[place(kind)];
    return kind == kind_ ? before + (now - since_) : before;
  }

  std::array<Duration, 3> total_{};
  Time since_{};
  Kind kind_ = Kind::Idle;
};

}  // namespace wirelab::tcp
