#pragma once
// Ephemeral ports: the search of RFC 6056 algorithm 3, which is Linux's, over Linux's default range.

#include <cstdint>
#include <optional>

#include "tcp/isn.h"

namespace wirelab::tcp {

inline constexpr std::uint16_t kFirstEphemeralPort = 32768, kLastEphemeralPort = 60999;

class PortChooser {
 public:
  explicit PortChooser(std::uint64_t secret) : secret_(secret) {}

  /// A port for a connection to `id`'s remote end (its local port is ignored) for which `is_free(port)` holds.
  /// Nothing: all are taken.
  template <class IsFree>
  std::optional<std::uint16_t> choose(FourTuple id, IsFree is_free) {
    constexpr std::uint32_t count = kLastEphemeralPort - kFirstEphemeralPort + 1;
    id.local_port = 0;
    const auto offset = static_cast<std::uint32_t>(keyed_hash(id, secret_, ~secret_));
    for (std::uint32_t tried = 0; tried < count; ++tried) {
      const auto port = static_cast<std::uint16_t>(kFirstEphemeralPort + (offset + next_++) % count);
      if (is_free(port)) return port;
    }
    return std::nullopt;
  }

 private:
  std::uint64_t secret_;
  std::uint32_t next_ = 0;
};

}  // namespace wirelab::tcp
