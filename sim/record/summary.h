#pragma once
// What a run comes to, as plain values: the content of summary.json. Whoever runs the scenario fills it in.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/units.h"
#include "trace/drop_reason.h"

namespace wirelab {

/// Of the flows that an app with `count` or `arrivals` made; times from first SYN to last byte read.
struct FlowsSummary {
  std::uint64_t count = 0, completed = 0;
  /// Absent when none completed.
  struct Times {
    double mean = 0, p50 = 0, p90 = 0, p99 = 0, max = 0;  ///< seconds
  };
  std::optional<Times> completion_time;
};

/// One app; sums over its flows where it has many. Absent values are null in the file.
struct AppSummary {
  std::string id;
  std::string label;  ///< the name before it was made an id; empty: the same
  std::string type, from, to;
  std::string cc;  ///< empty when the app has no TCP
  std::optional<Time> start, end;
  bool completed = false;
  std::optional<Duration> completion_time;
  std::uint64_t bytes_acked = 0;
  std::optional<double> goodput_bps;
  std::uint64_t segments_sent = 0, segments_retransmitted = 0, fast_recoveries = 0, timeouts = 0;
  std::optional<double> mean_cwnd_segments;
  std::optional<double> mean_rtt_s;
  std::optional<Duration> min_rtt, max_rtt;
  std::string error;  ///< empty: none (null in the file)
  std::optional<FlowsSummary> flows;
  /// Whatever else an app type has to say, in this order: ("packets_received", 100.0).
  std::vector<std::pair<std::string, double>> more;
};

struct LinkDirectionSummary {
  std::uint64_t packets = 0, bytes = 0;           ///< put on the wire
  std::uint64_t drops_queue = 0, drops_loss = 0;  ///< refused by the queue; taken by loss models
  std::uint64_t drops_other = 0;                  ///< down, MTU and whatever else
  std::uint64_t max_queue_packets = 0;
  std::uint64_t ecn_marked = 0;   ///< given CE by the queue's threshold; written if there were any
  double mean_queue_packets = 0;  ///< time-weighted
  double utilization = 0;         ///< bits sent / integral of the rate
};

struct LinkSummary {
  std::string id, label;
  LinkDirectionSummary forward, backward;
};

struct IpSummary {
  std::uint64_t forwarded = 0, fragments_created = 0, datagrams_reassembled = 0, reassembly_timeouts = 0,
                ttl_expired = 0, no_route = 0;
};

struct NodeSummary {
  std::string id, label;
  IpSummary ip;
};

/// In IP packets: sent = delivered + in_flight + dropped.
struct Conservation {
  std::uint64_t sent = 0, delivered = 0, in_flight = 0;
  std::array<std::uint64_t, kDropReasons> dropped_by{};
};

struct ExpectResult {
  std::string value;  ///< the pointer, or "states" of which app and host
  std::string got;    ///< JSON text
  bool held = false;
  std::string explanation;  ///< one line for people when it did not hold
};

struct RunSummary {
  std::string scenario;
  std::uint64_t seed = 0;
  std::string version;
  std::uint64_t scenario_hash = 0, result_hash = 0;  ///< sixteen hexadecimal digits in the file
  bool interrupted = false;
  Time sim_time;
  std::uint64_t events = 0, packet_hops = 0;
  std::vector<AppSummary> apps;
  std::vector<LinkSummary> links;
  std::vector<NodeSummary> nodes;
  IpSummary ip;
  std::optional<double> jain_index;  ///< absent below two bulk flows
  Conservation conservation;
  std::vector<ExpectResult> expect;
  std::vector<std::string> files;  ///< all that the run wrote, relative to its folder with '/', summary.json included
  double wall_s = 0, user_s = 0;   ///< of the event loop; all that may differ between two runs
};

/// summary.json as text. `wall_s` and `user_s` stand alone on the last two lines.
std::string to_json(const RunSummary& summary);

/// One written file as the result hash sees it.
struct HashedFile {
  std::string name;  ///< relative to the run's folder
  std::uint64_t content_hash = 0;
};

/// The hash of what the run found out: names and contents of the CSV and pcap files in the order of their names, then
/// the summary without `result_hash`, `scenario_hash`, `version`, `files`, `wall_s` and `user_s`. Pictures and
/// scenario.json do not count: they follow from these, and gnuplot is not ours.
std::uint64_t result_hash(const RunSummary& summary, std::vector<HashedFile> files);

/// Jain's fairness index (sum x)^2 / (n sum x^2); nothing below two values or when all are 0.
std::optional<double> jain_index(const std::vector<double>& values);

}  // namespace wirelab
