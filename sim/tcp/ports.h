#pragma once
// Ephemeral ports: the search of RFC 6056 algorithm 3, which is Linux's, over Linux's default range.

#include <algorithm>
#include <cstdint>
#include <optional>

#include "tcp/isn.h"

namespace wirelab::tcp {

inline constexpr std::uint16_t kFirstEphemeralPort = 32768, kLastEphemeralPort = 60999;

class PortChooser {
 public:
  explicit PortChooser(std::uint64_t secret) : secret_(secret) {}

  /// A port for a connection to `id`'s remote end (its local port is ignored) that is free at `now`. Nothing: all are
  /// taken. `free_from(port)`: since when a port is free, or from when on it will be; `Time::never()`: until something
  /// leaves the table, which has `left` so often.
  template <class FreeFrom>
  std::optional<std::uint16_t> choose(FourTuple id, Time now, std::uint64_t left, FreeFrom free_from) {
    constexpr std::uint32_t count = kLastEphemeralPort - kFirstEphemeralPort + 1;
    id.local_port = 0;
    if (id == full_.id && left == full_.left && now < full_.until) return std::nullopt;
    Time soonest = Time::never();
    const auto offset = static_cast<std::uint32_t>(keyed_hash(id, secret_, ~secret_));
    for (std::uint32_t tried = 0; tried < count; ++tried) {
      const auto port = static_cast<std::uint16_t>(kFirstEphemeralPort + (offset + next_++) % count);
      const Time from = free_from(port);
      if (from <= now) return port;
      soonest = std::min(soonest, from);
    }
    full_ = {id, left, soonest};
    return std::nullopt;
  }

 private:
  /// The last search that found nothing: another one for the same end would not either, before `until`.
  struct Full {
    FourTuple id{};
    std::uint64_t left = 0;
    Time until{};
  };

  std::uint64_t secret_;
  std::uint32_t next_ = 0;
  Full full_;
};

}  // namespace wirelab::tcp
