#pragma once
// What the holder of a connection or a listener is told. Told once the connection is consistent again, as the last act
// of a segment, timer or call; so the user may call back at once, even close or abort.

#include <cstdint>

#include "core/units.h"

namespace wirelab::tcp {

class Connection;
class Listener;

/// Readiness as epoll names it.
namespace ready {
inline constexpr std::uint8_t Readable = 1;  ///< data, or the end of the peer's data
inline constexpr std::uint8_t Writable = 2;  ///< a third of the send buffer is free; after connect: established
inline constexpr std::uint8_t Error = 4;     ///< take_error() has one
inline constexpr std::uint8_t HangUp = 8;    ///< both directions have ended
}  // namespace ready
using Readiness = std::uint8_t;

class ConnectionUser {
 public:
  /// `became` holds what has gone from not ready to ready; `Connection::readiness` says all.
  virtual void on_readiness(Connection&, Readiness became, Time now) = 0;

 protected:
  ~ConnectionUser() = default;
};

class ListenerUser {
 public:
  /// A connection waits for accept where none did.
  virtual void on_acceptable(Listener&, Time now) = 0;

 protected:
  ~ListenerUser() = default;
};

}  // namespace wirelab::tcp
