#pragma once
// What applications tell about themselves, and who watches their connections.

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/units.h"
#include "tcp/errors.h"
#include "tcp/observer.h"

namespace wirelab {

/// What became of one instance of an app.
struct FlowResult {
  std::uint64_t instance = 0;      ///< from 0
  std::uint32_t from = 0, to = 0;  ///< nodes
  Time start, end;                 ///< first packet; last byte read, or given up
  bool completed = false;          ///< did all that it was asked for
  std::int64_t bytes = 0;          ///< payload that reached the other side's program
  tcp::Error error = tcp::Error::None;
};

struct DatagramTotals;

class FlowTracker {
 public:
  /// The observer of a connection and the tag under which it is told of it.
  struct Tracking {
    tcp::ConnectionObserver* observer = nullptr;
    std::uint32_t tag = 0;
  };
  /// The client's side of an instance that is about to connect.
  virtual Tracking track_client(std::uint32_t line, std::uint64_t instance, std::uint32_t node) = 0;
  /// A listener of a line; its connections belong to the instance whose client has the remote endpoint.
  virtual Tracking track_listener(std::uint32_t line, std::uint32_t node) = 0;
  /// An instance of a datagram app that starts: the tag under which it is told of, nothing if it is not recorded.
  virtual std::optional<std::uint32_t> track_datagrams(std::uint32_t line, std::uint64_t instance) = 0;
  /// What it has come to, and the longest delay since the call before; returns when the next call is wanted.
  virtual Time on_datagrams(std::uint32_t tag, const DatagramTotals& totals, std::int64_t bytes_received,
                            std::optional<Duration> delay, Time now) = 0;
  virtual void on_flow_end(std::uint32_t line, const FlowResult& result) = 0;

 protected:
  ~FlowTracker() = default;
};

}  // namespace wirelab
