#pragma once
// The ways that apps take through the network at the start of a run, and what can be told from them: base round-trip
// times, bottlenecks, how much there will be to compute, and faults that only the network shows.

#include <cstdint>
#include <optional>
#include <vector>

#include "scenario/build.h"
#include "scenario/load.h"
#include "scenario/model.h"

namespace wirelab::scenario {

/// One pair of hosts that an app connects.
struct AppPath {
  AppIndex app = 0;
  NodeIndex from = 0, to = 0;
  Way there, back;
  Duration base_rtt;  ///< propagation both ways
  /// Of the direction in which the app's data flow (`reverse`: back). Nothing for a path without links.
  std::optional<Way::Hop> bottleneck;
  DataRate bottleneck_rate;
  std::uint16_t mtu = 1500;  ///< smallest on the data's way
  double bdp_packets = 0;    ///< bottleneck_rate x base_rtt in packets of `mtu` bytes

  const Way& data_way(const App& a) const { return a.reverse ? back : there; }
};

/// The distinct pairs of an app, in the order of its instances, at most `limit` of them.
std::vector<AppPath> paths_of(const Scenario& scenario, Built& built, AppIndex app, std::size_t limit);

/// How often sources will fire for each app, very roughly: flows that share a bottleneck share its rate, and nothing is
/// lost. Nothing where no duration and no size bound it.
std::vector<std::optional<double>> expected_events(const Scenario& scenario, Built& built);

/// Reports hosts that cannot be reached, and queues in bandwidth-delay products that no app crosses, as errors of the
/// file. What events may repair is a warning. Precondition: loaded.ok().
void check_paths(Loaded& loaded);

}  // namespace wirelab::scenario
