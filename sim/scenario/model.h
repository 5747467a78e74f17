#pragma once
// A scenario, read, defaulted, expanded and checked: what the builder consumes. Everything here is typed and resolved:
// no text is left to parse, no default to fill in, no name to look up; ids stand beside indices for messages and
// files only. Not resolved here, because they need routes: queue limits in BDPs (bdp.h) and the paths of apps.
// Random values stay distributions; whoever expands instances draws them from streams keyed by id.

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "app/config.h"
#include "core/units.h"
#include "link/config.h"
#include "tcp/config.h"
#include "wire/address.h"
#include "wire/match.h"

namespace wirelab::scenario {

using NodeIndex = std::uint32_t;
using LinkIndex = std::uint32_t;
using AppIndex = std::uint32_t;
using TcpIndex = std::uint32_t;  ///< into Scenario::tcp_configs

/// A queue limit as written. A time has become bytes (rate x time).
struct QueueSpec {
  enum class Unit : std::uint8_t { Packets, Bytes, Bdp };
  Unit unit = Unit::Packets;
  std::int64_t amount = 1000;  ///< packets, bytes, or millionths of a bandwidth-delay product
  Unit ecn_unit = Unit::Packets;
  std::int64_t ecn_amount = -1;  ///< the threshold from which the queue marks; -1: none

  bool needs_bdp() const { return unit == Unit::Bdp || (ecn_amount >= 0 && ecn_unit == Unit::Bdp); }
  friend bool operator==(const QueueSpec&, const QueueSpec&) = default;
};
/// The limit that a spec means; of Bdp nothing yet (one packet) until resolve_bdp_limits() has run.
QueueLimit limit_of(const QueueSpec& spec);

struct LinkDirection {
  LinkConfig config;  ///< complete, except config.queue while `queue` is in BDPs
  QueueSpec queue;
};

struct LinkEnd {
  NodeIndex node = 0;
  Ipv4Address address;
  int prefix_length = 30;
};

inline constexpr std::size_t kForward = 0, kBackward = 1;
struct Link {
  std::string id, label;  ///< `label`: the original name where an import had to change it, else empty
  std::array<LinkEnd, 2> ends;
  std::array<LinkDirection, 2> directions;  ///< [kForward]: from ends[0] to ends[1]
};

/// One route as written. A destination that was a node's id has become one host route for each of its addresses.
struct StaticRoute {
  Ipv4Prefix to;  ///< 0.0.0.0/0 for "default"
  Ipv4Address via;
  LinkIndex link = 0;  ///< over which `via` is a neighbour
  std::uint32_t metric = 0;
};

struct Node {
  enum class Type : std::uint8_t { Host, Router };
  std::string id, label;
  Type type = Type::Host;
  Distribution processing;  ///< picoseconds for each packet that is received or forwarded
  std::vector<Match> deny;
  std::vector<StaticRoute> routes;
  std::optional<std::pair<double, double>>
      coordinates;  ///< latitude and longitude in degrees, where the source has them
};

struct Routing {
  enum class Type : std::uint8_t { ShortestPath, Static };
  Type type = Type::ShortestPath;
  bool ecmp = false;
  std::optional<Duration> reconverge = Duration();  ///< none: never
};

// ---- apps

/// One host that an app may use, with the TCP configuration that holds there for this app:
/// profile, defaults.tcp, node, app, from_tcp or to_tcp, in this order of rank.
struct Endpoint {
  NodeIndex node = 0;
  TcpIndex tcp = 0;
};

/// A line of the scenario's `apps`. It stands for `count` instances, or for arrivals until `stop`.
struct App {
  std::string id;
  std::string type;  ///< as written: "bulk", "request-response", ...
  AppKind kind;
  std::vector<Endpoint> from, to;  ///< instance k (from 0) takes from[k % n] and to[k % m] unless paired at random
  bool random_pairing = false;
  Distribution start;                ///< picoseconds; with arrivals: when they begin
  std::optional<Distribution> stop;  ///< picoseconds from the start of the run
  bool abort = false;                ///< at `stop`: RST in place of a close
  bool reverse = false;              ///< data flow from `to` to `from`
  std::uint16_t port = 0;            ///< on which `to` listens; 0 for ping
  /// Instances. With arrivals: the most of them, none for no bound. Without arrivals always set, at least 1.
  std::optional<std::uint64_t> count = 1;
  Distribution stagger;                       ///< picoseconds between the starts of consecutive instances
  std::optional<double> arrivals_per_second;  ///< Poisson arrivals
  bool many = false;  ///< written with count, arrivals or several hosts: instances are "id.1", "id.2", ...

  std::string instance_id(std::uint64_t k) const { return many ? id + "." + std::to_string(k + 1) : id; }
};

/// How many instances an app will have, as far as is known: arrivals count as expected in a run of `duration`.
double expected_instances(const App& app, std::optional<Duration> duration);

// ---- what happens and what is asked

/// The keys that were given; the others keep what they have. `loss` and `queue` are whole values.
struct LinkChange {
  std::optional<DataRate> rate;
  std::optional<Duration> delay;
  std::optional<std::vector<LossConfig>> loss;
  std::optional<QueueLimit> queue;
  QueueSpec queue_spec;  ///< of `queue`
  std::optional<bool> up;
};
struct LinkEvent {
  LinkIndex link = 0;
  /// By direction, since an override is merged into what the direction had; none: this direction is not touched.
  std::array<std::optional<LinkChange>, 2> set;
};
struct RouteEvent {
  NodeIndex node = 0;
  std::vector<StaticRoute> add, del;
};
struct DenyEvent {
  NodeIndex node = 0;
  std::vector<Match> deny;  ///< in place of what was denied before
};
struct AppEvent {
  AppIndex app = 0;
  bool abort = false;  ///< else stop
};
struct Event {
  Time at;                        ///< or `from`
  std::optional<Time> until;      ///< `to`: the old values come back
  std::optional<Duration> every;  ///< with `until`: again after this time, not below until - at
  std::variant<LinkEvent, RouteEvent, DenyEvent, AppEvent> what;
};

struct Measure {
  Time from;
  std::optional<Time> to;  ///< none: the end of the run
};

struct Sampling {
  enum class Kind : std::uint8_t { Auto, Every, Interval };
  Kind kind = Kind::Auto;
  Duration interval;  ///< of Interval
};
/// Apps to record. `instance` counts from 1; 0 means all of the app's.
struct AppPick {
  AppIndex app = 0;
  std::uint64_t instance = 0;
  friend auto operator<=>(const AppPick&, const AppPick&) = default;
};
/// One port: the end `end` (0 or 1) of a link.
struct PortPick {
  LinkIndex link = 0;
  std::uint8_t end = 0;
  friend auto operator<=>(const PortPick&, const PortPick&) = default;
};
enum class RecordMode : std::uint8_t { Default, All, None, Listed };
struct Record {
  bool nothing = false;  ///< "record": "none": summary.json and scenario.json alone
  RecordMode tcp = RecordMode::Default, datagrams = RecordMode::Default, queues = RecordMode::Default,
             pcap = RecordMode::None;
  std::vector<AppPick> tcp_list, datagram_list;  ///< ascending
  std::vector<LinkIndex> queue_list;             ///< ascending
  std::vector<PortPick> pcap_list;  ///< ascending; a node stands for all its ports, a link for both its ends
  Sampling tcp_sampling, queue_sampling;
  bool cc = false;
};

struct Plot {
  std::string kind;              ///< a name of plot_kinds() in catalog.h
  std::string name;              ///< of the files; `kind` unless given, unique
  std::vector<AppPick> apps;     ///< empty: all
  std::vector<LinkIndex> links;  ///< empty: all that have something to show
  std::optional<Time> from, to;
};

struct ExpectValue {
  std::string value;                ///< JSON Pointer into summary.json
  std::optional<std::string> over;  ///< a second one: the ratio is judged
  std::optional<double> min, max;   ///< SI units
  std::optional<double> near;
  double within = 0;  ///< of `near`, as a fraction: 0.03 for "3%"
  /// What it must be, with its type; std::monostate for null.
  std::optional<std::variant<std::monostate, bool, double, std::string>> is;
};
/// The host went through exactly these states, in this order.
struct ExpectStates {
  AppIndex app = 0;
  NodeIndex node = 0;
  std::vector<std::string> path;  ///< RFC 9293 names, "SYN-SENT"
};
using Expectation = std::variant<ExpectValue, ExpectStates>;

struct Scenario {
  std::string name, description;
  std::optional<Duration> duration;  ///< none only if every app ends by itself
  std::uint64_t seed = 1;
  std::vector<Node> nodes;
  std::vector<Link> links;
  Routing routing;
  std::vector<tcp::TcpConfig> tcp_configs;
  std::vector<App> apps;
  std::vector<Event> events;  ///< in the order of the file
  Measure measure;
  Record record;
  std::vector<Plot> plots;
  bool plots_given = false;  ///< false: `plots` holds the four defaults
  std::vector<Expectation> expect;
};

}  // namespace wirelab::scenario
