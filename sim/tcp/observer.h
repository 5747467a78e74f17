#pragma once
// How recording learns that it may look. Protocol code says once, at the end of a segment, timer or call, which kinds
// of things changed; the observer reads the rest through the connection's const accessors if it wants a row.

#include <compare>
#include <cstdint>

#include "core/units.h"
#include "tcp/state.h"
#include "wire/address.h"

namespace wirelab::tcp {

class Connection;

struct Endpoint {
  Ipv4Address address;
  std::uint16_t port = 0;
  friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// The `event` column of tcp.csv, as bits. When several happen at one time the row is named after the last in this
/// list.
namespace change {
inline constexpr std::uint32_t Sent = 1u << 0;  ///< snd_nxt moved
inline constexpr std::uint32_t Ack = 1u << 1;   ///< snd_una or the window moved
inline constexpr std::uint32_t DupAck = 1u << 2;
inline constexpr std::uint32_t State = 1u << 3;  ///< a transition that has no name of its own here
inline constexpr std::uint32_t Idle = 1u << 4;   ///< the window restarted after an idle time
inline constexpr std::uint32_t Established = 1u << 5;
inline constexpr std::uint32_t RecoveryExit = 1u << 6;
inline constexpr std::uint32_t Ecn = 1u << 7;
inline constexpr std::uint32_t FastRetransmit = 1u << 8;
inline constexpr std::uint32_t Timeout = 1u << 9;
inline constexpr std::uint32_t Undo = 1u << 10;
inline constexpr std::uint32_t Mtu = 1u << 11;        ///< segments shrank
inline constexpr std::uint32_t Persist = 1u << 12;    ///< a zero-window probe left
inline constexpr std::uint32_t Keepalive = 1u << 13;  ///< a keep-alive probe left
inline constexpr std::uint32_t Tlp = 1u << 14;        ///< a tail loss probe left
}  // namespace change
using ChangeKinds = std::uint32_t;

/// One transition. SYN-RECEIVED and TIME-WAIT may be held by small records with no Connection behind them, so this
/// stands for itself; `tag` is what the observer gave the connection (or its listener).
struct StateChange {
  std::uint32_t tag;
  Endpoint local, remote;
  State from, to;
  Cause cause;
  Time now;
};

class ConnectionObserver {
 public:
  /// A connection exists: connect was called, or a listener's handshake is complete. Time to set its tag.
  virtual void on_open(Connection&, Time) {}
  virtual void on_change(const Connection&, ChangeKinds, Time) {}
  virtual void on_state(const StateChange&) {}
  /// The connection is about to be destroyed (a small record may go on in TIME-WAIT). Last chance for totals.
  virtual void on_end(const Connection&, Time) {}

  /// One that does nothing; what everything has until it is given another.
  static ConnectionObserver& none();

 protected:
  ~ConnectionObserver() = default;
};

}  // namespace wirelab::tcp
