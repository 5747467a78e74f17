#include "scenario/tables.h"

#include <algorithm>

#include "record/plot.h"

namespace wirelab::scenario {

namespace {

constexpr Field kScenario[] = {
    {"name", "name", "", "names the run and its folder; default: the file's stem"},
    {"description", "text", "", "one or two sentences for the reader"},
    {"duration", "time", "", "length of the run; may be absent when every app ends by itself"},
    {"seed", "seed", "1", "of all random streams"},
    {"params", "params", "", "names with defaults; a string that is exactly \"$name\" becomes the value"},
    {"defaults", "defaults", "", "for all links and all TCP endpoints"},
    {"topology", "topology", "", "nodes and links: written out, a file, or a generator", true},
    {"routing", "routing", "shortest-path", "how routes come about"},
    {"apps", "apps", "", "what the hosts do"},
    {"events", "events", "", "what changes on the way"},
    {"measure", "measure", "", "the span that means and goodput cover"},
    {"record", "record", "", "what is written besides the summary"},
    {"plots", "plots", "", "pictures; default cwnd, rtt, throughput, queue"},
    {"expect", "expect", "", "what must hold at the end"},
};
constexpr Field kDefaults[] = {
    {"tcp", "tcp", "", "TCP options of all endpoints"},
    {"link", "direction", "", "keys of all links that do not give them"},
};
constexpr Field kTopology[] = {
    {"name", "name", "", "default: the file's stem"},
    {"description", "text", "", "what it models and where its figures come from"},
    {"params", "params", "", "names with defaults; also handed to the generator or file named here"},
    {"defaults", "defaults", "", "`link`: keys of all links that do not give them"},
    {"file", "text", "", "another topology to start from"},
    {"generator", "generator", "", "a generator to start from"},
    {"nodes", "nodes", "", "all nodes, or additions and overrides"},
    {"links", "links", "", "all links, or additions and overrides"},
    {"routing", "routing", "", "how routes come about, unless the scenario says otherwise"},
};
constexpr Field kInlineTopology[] = {
    {"file", "text", "", "a topology file; its path is relative to this file"},
    {"generator", "generator", "", "a generator (wirelab list topologies)"},
    {"params", "params", "", "parameters of the file or generator"},
    {"nodes", "nodes", "", "all nodes, or additions and overrides"},
    {"links", "links", "", "all links, or additions and overrides"},
    {"routing", "routing", "", "how routes come about, unless the scenario says otherwise"},
};
constexpr Field kNode[] = {
    {"id", "name", "", "by which links, apps and events call it", true},
    {"label", "text", "", "the original name where an import changed it"},
    {"type", "node-type", "host", "a router forwards, a host does not"},
    {"tcp", "tcp", "", "TCP options of this node"},
    {"processing", "random-time", "0s", "delay of each packet received or forwarded"},
    {"deny", "match-list", "", "what is dropped when it would be forwarded or received"},
    {"routes", "routes", "", "static routes"},
};

#define WIRELAB_DIRECTION_FIELDS                                                                             \
  {"rate", "rate", "1Gbit", "counts IP bytes"}, {"delay", "time", "1ms", "propagation alone"},               \
      {"mtu", "mtu", "1500", "IP bytes, 68 to 65535"},                                                       \
      {"queue", "queue", "1000p", "what may wait in the port, the packet being sent apart"},                 \
      {"loss", "loss", "", "a loss model, or several in order; takes a packet before it reaches the queue"}, \
      {"jitter", "jitter", "", "random extra delay"}, {"duplicate", "impairment", "", "copies a packet"},    \
      {"corrupt", "impairment", "", "flips one bit; a checksum catches it"},                                 \
      {"reorder", "reorder", "", "holds a packet back so that later ones overtake it"}, {                    \
    "up", "boolean", "true", "whether the link works at the start"                                           \
  }

constexpr Field kDirection[] = {WIRELAB_DIRECTION_FIELDS};
constexpr Field kLink[] = {
    {"id", "name", "", "default: <first>-<second>"},
    {"label", "text", "", "the original name where an import changed it"},
    {"between", "pair", "", "the two nodes", true},
    WIRELAB_DIRECTION_FIELDS,
    {"addresses", "addresses", "", "of both ends by node, as 10.0.1.1/24; default: assigned"},
    {"forward", "direction", "", "overrides for first to second node"},
    {"backward", "direction", "", "overrides for second to first node"},
};
#undef WIRELAB_DIRECTION_FIELDS

constexpr Field kLinkSet[] = {
    {"rate", "rate", "", "from the next transmission on"},
    {"delay", "time", "", "of packets sent from now on"},
    {"loss", "loss", "", "in place of the models before; [] for none"},
    {"queue", "queue", "", "the new limit; what waits already stays"},
    {"up", "boolean", "", "down: what is on the wire is lost, what is queued waits"},
};
constexpr Field kQueue[] = {
    {"type", "queue-type", "droptail", "the discipline (wirelab list queues)"},
    {"limit", "queue-limit", "1000p", "packets, a size, a time at the link's rate, or BDPs"},
    {"ecn_threshold", "queue-limit", "",
     "ECN-capable packets with which more than this waits are marked CE (RFC 8257)"},
};
constexpr Field kJitter[] = {
    {"stddev", "time", "", "standard deviation of the extra delay", true},
    {"distribution", "jitter-shape", "normal", "normal or uniform"},
    {"keep_order", "boolean", "true", "a packet never overtakes"},
};
constexpr Field kProbability[] = {{"p", "probability", "", "for each packet", true}};
constexpr Field kReorder[] = {
    {"p", "probability", "", "for each packet", true},
    {"delay", "time", "", "by which it is held back", true},
};
constexpr Field kRoute[] = {
    {"to", "text", "", "a prefix, a node (all its addresses), or default", true},
    {"via", "text", "", "a neighbour: its address or its id", true},
    {"metric", "metric", "0", "among equal prefixes the lowest wins"},
};
constexpr Field kRouting[] = {
    {"type", "routing-type", "shortest-path", "shortest-path fills the tables; static leaves it to `routes`"},
    {"ecmp", "boolean", "false", "equal paths share flows by a hash"},
    {"reconverge", "time-or-never", "0s", "from a link's change to the new routes"},
};
constexpr Field kEvent[] = {
    {"at", "time", "", "when"},
    {"from", "time", "", "in place of `at`: the old values come back at `to`"},
    {"to", "time", "", "when the old values come back"},
    {"every", "time", "", "repeats `from` and `to` after this time"},
    {"link", "text", "", "a link, or one direction of it: \"bottleneck:forward\""},
    {"node", "name", "", "a node"},
    {"app", "name", "", "an app"},
    {"set", "event-set", "", "a link's rate, delay, loss, queue, up; a node's deny"},
    {"add", "event-routes", "", "a node's new routes"},
    {"del", "event-routes", "", "routes that a node loses"},
    {"do", "app-action", "", "stop or abort"},
};
constexpr Field kMeasure[] = {
    {"from", "time", "0s", "start of the span"},
    {"to", "time", "", "its end; default: the end of the run"},
};
constexpr Field kRecord[] = {
    {"tcp", "selection", "", "all, none, or apps; default: all connections up to 64"},
    {"datagrams", "selection", "", "all, none, or apps (cbr, on-off, ping); default: all flows up to 64"},
    {"queues", "selection", "", "all, none, or links; default: those plotted or that dropped"},
    {"pcap", "selection", "none", "all, none, or nodes and links"},
    {"tcp_sampling", "sampling", "auto", "auto, every, or a time between rows; of datagrams too"},
    {"queue_sampling", "sampling", "auto", "auto, every, or a time between rows"},
    {"cc", "boolean", "false", "also cc.csv with the algorithms' own variables"},
};
constexpr Field kPlot[] = {
    {"kind", "plot-kind", "", "what is drawn (wirelab list plots)", true},
    {"name", "name", "", "of the picture; default: the kind"},
    {"apps", "names", "", "only these apps"},
    {"links", "names", "", "only these links"},
    {"from", "time", "", "start of the time axis"},
    {"to", "time", "", "its end"},
};
constexpr Field kExpect[] = {
    {"value", "pointer", "", "JSON Pointer into summary.json"},
    {"over", "pointer", "", "a second one: the ratio is judged"},
    {"min", "bound", "", "a number in SI units or a quantity"},
    {"max", "bound", "", "a number in SI units or a quantity"},
    {"near", "bound", "", "with `within`"},
    {"within", "percent", "", "of `near`, such as 3%"},
    {"is", "scalar", "", "exactly this"},
    {"states", "pair", "", "an app and a host, with `path`"},
    {"path", "states", "", "the TCP states it went through, in order"},
};
constexpr Field kSlowReader[] = {
    {"rate", "rate", "", "reads at most this fast"},
    {"pause", "time-pair", "", "reads nothing from the first to the second time"},
};
constexpr Field kArrivals[] = {{"poisson", "frequency", "", "independent arrivals at this mean rate", true}};
constexpr Field kStep[] = {
    {"wait", "random-time", "", "does nothing for this long"},
    {"send", "random-size", "", "sends so many bytes"},
    {"recv", "random-size", "", "reads until so many bytes have come"},
    {"shutdown", "shutdown", "", "\"write\": sends FIN, still reads"},
    {"close", "true", "", "closes"},
    {"abort", "true", "", "sends RST"},
};
constexpr Field kRandom[] = {
    {"uniform", "range", "", "even between two values"},
    {"exponential", "quantity", "", "with this mean"},
    {"pareto", "pareto", "", "heavy tail with mean and shape"},
    {"lognormal", "lognormal", "", "with mean and sigma"},
};
constexpr Field kPareto[] = {
    {"mean", "quantity", "", "in the unit of what is drawn", true},
    {"shape", "number", "", "above 1; heavy below 2", true},
};
constexpr Field kLognormal[] = {
    {"mean", "quantity", "", "in the unit of what is drawn", true},
    {"sigma", "number", "", "standard deviation of the logarithm", true},
};
constexpr Field kCc[] = {{"name", "cc-name", "", "the algorithm (wirelab list cc)", true}};

}  // namespace

Fields scenario_fields() { return kScenario; }
Fields defaults_fields() { return kDefaults; }
Fields topology_fields() { return kTopology; }
Fields inline_topology_fields() { return kInlineTopology; }
Fields node_fields() { return kNode; }
Fields link_fields() { return kLink; }
Fields direction_fields() { return kDirection; }
Fields link_set_fields() { return kLinkSet; }
Fields queue_fields() { return kQueue; }
Fields jitter_fields() { return kJitter; }
Fields probability_fields() { return kProbability; }
Fields reorder_fields() { return kReorder; }
Fields route_fields() { return kRoute; }
Fields routing_fields() { return kRouting; }
Fields event_fields() { return kEvent; }
Fields measure_fields() { return kMeasure; }
Fields record_fields() { return kRecord; }
Fields plot_fields() { return kPlot; }
Fields expect_fields() { return kExpect; }
Fields reader_fields() { return kSlowReader; }
Fields arrivals_fields() { return kArrivals; }
Fields step_fields() { return kStep; }
Fields random_fields() { return kRandom; }
Fields pareto_fields() { return kPareto; }
Fields lognormal_fields() { return kLognormal; }
Fields cc_fields() { return kCc; }
Entries plot_kinds() {
  static const std::vector<Entry> kinds = [] {  // the pictures themselves are the record layer's
    std::vector<Entry> all;
    for (const PlotKind& kind : wirelab::plot_kinds()) all.push_back({kind.name, kind.help, {}});
    return all;
  }();
  return kinds;
}

const Entry* find_entry(Entries entries, std::string_view name) {
  const auto it = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.name == name; });
  return it == entries.end() ? nullptr : &*it;
}

std::vector<std::string_view> names_of(Entries entries) {
  std::vector<std::string_view> names;
  for (const Entry& e : entries) names.push_back(e.name);
  return names;
}

std::vector<std::string_view> names_of(Fields fields) {
  std::vector<std::string_view> names;
  for (const Field& f : fields) names.push_back(f.name);
  return names;
}

}  // namespace wirelab::scenario
