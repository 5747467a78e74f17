#pragma once
// What can be set of an application, by type. Times are picoseconds, sizes bytes of payload.

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "core/units.h"

namespace wirelab {

/// A constant or a random value, in the base unit of where it stands: picoseconds, bytes, or a plain count.
struct Distribution {
  enum class Kind : std::uint8_t { Constant, Uniform, Exponential, Pareto, Lognormal };
  Kind kind = Kind::Constant;
  std::int64_t low = 0;   ///< the constant; the lower end of Uniform
  std::int64_t high = 0;  ///< the upper end of Uniform, not below `low`
  std::int64_t mean = 0;  ///< of Exponential, Pareto and Lognormal; positive
  double shape = 0;       ///< of Pareto, above 1 so that the mean exists
  double sigma = 0;       ///< of Lognormal: standard deviation of the logarithm, not negative

  static Distribution constant(std::int64_t value) { return {.low = value, .high = value}; }
  bool is_constant() const { return kind == Kind::Constant; }
  friend bool operator==(const Distribution&, const Distribution&) = default;
};

/// A reader that does not take all at once. At most one of the two is set.
struct SlowReader {
  std::optional<DataRate> rate;
  std::optional<std::pair<Time, Time>> pause;  ///< reads nothing in [first, second)
};
struct BulkApp {
  std::optional<Distribution> size;  ///< bytes; none: until `stop` or the end of the run
  SlowReader read;
};
/// UDP. Exactly one of `rate` (of payload) and `interval` (picoseconds) is set.
struct CbrApp {
  std::optional<DataRate> rate;
  std::optional<Distribution> interval;
  Distribution packet = Distribution::constant(1000);  ///< payload bytes
  bool df = false;
};
/// UDP at `rate` for `on`, silent for `off`, and again.
struct OnOffApp {
  DataRate rate;
  Distribution on, off;                                ///< picoseconds
  Distribution packet = Distribution::constant(1000);  ///< payload bytes
  bool df = false;
};
struct PingApp {
  std::optional<std::uint64_t> count;                                 ///< echo requests; none: until `stop`
  Distribution interval = Distribution::constant(1'000'000'000'000);  ///< picoseconds
  Distribution size = Distribution::constant(56);                     ///< payload bytes, as `ping -s`
  bool df = false;
  std::uint8_t ttl = 64;
};
struct RequestResponseApp {
  Distribution request = Distribution::constant(100), response = Distribution::constant(10'000);  ///< bytes
  Distribution think;                                 ///< picoseconds between a response and the next request
  Distribution requests = Distribution::constant(1);  ///< on one connection
};
struct DialogStep {
  enum class Kind : std::uint8_t { Wait, Send, Recv, ShutdownWrite, Close, Abort };
  Kind kind = Kind::Wait;
  Distribution amount;  ///< picoseconds of Wait, bytes of Send and Recv
};
struct DialogApp {
  std::vector<DialogStep> client, server;
  bool simultaneous_open = false;  ///< both ends connect; the client from `port` too
};
using AppKind = std::variant<BulkApp, CbrApp, OnOffApp, PingApp, RequestResponseApp, DialogApp>;

}  // namespace wirelab
