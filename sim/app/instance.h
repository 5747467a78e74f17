#pragma once
// One run of an app: the programs at its two ends. An instance lives from its start until both programs have ended.

#include <cstdint>
#include <memory>

#include "app/tracker.h"
#include "core/units.h"
#include "socket/process.h"
#include "tcp/connection.h"

namespace wirelab {

class Line;
struct LineEndConfig;

/// What a datagram app counts at its two ends.
struct DatagramTotals {
  std::uint64_t sent = 0, received = 0, errors = 0;
  std::uint64_t duplicates = 0;  ///< came again; not in `received`, nor in what follows
  std::int64_t bytes_sent = 0;
  std::int64_t delay_sum_us = 0;
  Duration min_delay = Duration::max(), max_delay;
  Duration jitter;  ///< RFC 3550 section 6.4.1, of the last instance that has one

  DatagramTotals& operator+=(const DatagramTotals& o);
};

class Instance {
 public:
  Instance(Line& line, std::uint64_t number, const LineEndConfig& from, const LineEndConfig& to)
      : line_(line), from_(from), to_(to) {
    result_.instance = number;
  }
  virtual ~Instance() = default;
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// Called once, at the instance's start.
  virtual void begin(Time now) = 0;
  /// The scenario's `stop`: end soon; with `abort` by RST.
  virtual void stop(bool abort, Time now) = 0;
  /// A listener of the line has accepted the connection of this instance's client.
  virtual void on_accepted(tcp::Connection& connection, Time now);
  virtual DatagramTotals datagrams() const { return {}; }

  const FlowResult& result() const { return result_; }

 protected:
  Line& line_;
  const LineEndConfig& from_;
  const LineEndConfig& to_;
  FlowResult result_;
};

/// Makes an instance of the line's kind.
std::unique_ptr<Instance> make_instance(Line& line, std::uint64_t number, const LineEndConfig& from,
                                        const LineEndConfig& to);

}  // namespace wirelab
