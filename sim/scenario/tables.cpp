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
    {"id", "name", "", "", true},
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
    {"queues", "selection", "", "all, none, or links; default: those plotted or that dropped"},
    {"pcap", "selection", "none", "all, none, or nodes and links"},
    {"tcp_sampling", "sampling", "auto", "auto, every, or a time between rows"},
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
    {"mean", "quantity", "", "", true},
    {"shape", "number", "", "above 1; heavy below 2", true},
};
constexpr Field kLognormal[] = {
    {"mean", "quantity", "", "", true},
    {"sigma", "number", "", "standard deviation of the logarithm", true},
};
constexpr Field kCc[] = {{"name", "cc-name", "", "the algorithm (wirelab list cc)", true}};

// ---- apps

constexpr Field kAppCommon[] = {
    {"id", "name", "", "default: <type><n>"},
    {"type", "app-type", "", "what it does (wirelab list apps)", true},
    {"from", "names", "", "connects or sends: a node, a list, or a pattern", true},
    {"to", "names", "", "listens or answers: a node, a list, or a pattern", true},
    {"start", "random-time", "0s", "when it begins"},
    {"stop", "random-time", "", "when it closes"},
    {"stagger", "random-time", "0s", "between the starts of instances"},
    {"arrivals", "arrivals", "", "instances come by themselves until `stop`"},
    {"pairing", "pairing", "in-turn", "how `from` and `to` are matched: in-turn or random"},
};
constexpr Field kAppCount[] = {{"count", "count", "1", "instances; default: one for each host of the longer list"}};
constexpr Field kAppPort[] = {{"port", "port", "", "on which `to` listens; default: 5001 upwards"}};
constexpr Field kAppReverse[] = {{"reverse", "boolean", "false", "data flow from `to` to `from`"}};
constexpr Field kAppTcp[] = {
    {"abort", "boolean", "false", "sends RST at `stop` in place of a close"},
    {"tcp", "tcp", "", "TCP options of both ends"},
    {"from_tcp", "tcp", "", "TCP options of `from`"},
    {"to_tcp", "tcp", "", "TCP options of `to`"},
};
constexpr Field kBulk[] = {
    {"size", "random-size", "", "bytes to send; default: until the end"},
    {"read", "reader", "", "a reader that does not take all at once"},
};
constexpr Field kCbr[] = {
    {"rate", "rate", "", "of payload; or give `interval`"},
    {"interval", "random-time", "", "between packets"},
    {"packet", "random-bytes", "1000", "payload of a packet"},
    {"df", "boolean", "false", "must not be fragmented"},
};
constexpr Field kOnOff[] = {
    {"rate", "rate", "", "of payload while on", true},    {"on", "random-time", "", "length of a burst", true},
    {"off", "random-time", "", "silence after it", true}, {"packet", "random-bytes", "1000", "payload of a packet"},
    {"df", "boolean", "false", "must not be fragmented"},
};
constexpr Field kPing[] = {
    {"count", "count", "", "echo requests; default: until `stop` or the end"},
    {"interval", "random-time", "1s", "between requests"},
    {"size", "random-bytes", "56", "payload, as ping -s"},
    {"df", "boolean", "false", "must not be fragmented"},
    {"ttl", "ttl", "64", "time to live of the requests"},
};
constexpr Field kRequestResponse[] = {
    {"request", "random-size", "100B", "what `from` sends"},
    {"response", "random-size", "10kB", "what `to` answers"},
    {"think", "random-time", "0s", "from a response to the next request"},
    {"requests", "random-count", "1", "on one connection"},
};
constexpr Field kDialog[] = {
    {"client", "steps", "", "what the program at `from` does, in order", true},
    {"server", "steps", "", "what the program at `to` does, in order", true},
    {"open", "open", "", "\"simultaneous\": both connect"},
};
constexpr Entry kApps[] = {
    {"bulk", "one TCP connection that sends as fast as it may", kBulk},
    {"cbr", "UDP packets at a constant rate", kCbr},
    {"on-off", "UDP packets at a constant rate in bursts", kOnOff},
    {"ping", "ICMP echo requests", kPing},
    {"request-response", "one TCP connection: requests and their responses", kRequestResponse},
    {"dialog", "what two programs do on one TCP connection, step by step", kDialog},
};

// ---- links

constexpr Field kBernoulli[] = {
    {"p", "probability", "", "for each matching packet", true},
    {"match", "match", "any", "which packets"},
};
constexpr Field kEvery[] = {
    {"n", "positive", "", "the n-th, 2n-th, ... matching packet", true},
    {"match", "match", "data", "which packets are counted"},
};
constexpr Field kList[] = {
    {"packets", "ordinals", "", "numbers of matching packets, from 1", true},
    {"match", "match", "data", "which packets are counted"},
};
constexpr Field kGilbertElliott[] = {
    {"p", "probability", "", "from good to bad, for each packet", true},
    {"r", "probability", "", "from bad to good, for each packet", true},
    {"loss_bad", "probability", "1", "loss in the bad state"},
    {"loss_good", "probability", "0", "loss in the good state"},
    {"match", "match", "any", "which packets"},
};
constexpr Field kBlackout[] = {
    {"from", "time", "", "start", true},
    {"to", "time", "", "end", true},
    {"match", "match", "any", "which packets"},
};
constexpr Entry kLoss[] = {
    {"bernoulli", "each matching packet is lost with probability p", kBernoulli},
    {"every", "every n-th matching packet is lost", kEvery},
    {"list", "the matching packets with these numbers are lost", kList},
    {"gilbert-elliott", "bursts: a good and a bad state", kGilbertElliott},
    {"blackout", "everything that matches is lost for a while", kBlackout},
};
constexpr Field kDropTail[] = {
    {"limit", "queue-limit", "1000p", "packets, a size, a time at the link's rate, or BDPs"}};
constexpr Entry kQueues[] = {{"droptail", "first in, first out; what does not fit is dropped", kDropTail}};

// ---- generators

#define WIRELAB_CORE_LINK                                                                                      \
  {"rate", "rate", "1Gbit", "of every link between routers"},                                                  \
      {"delay", "time", "1ms", "of every link between routers"},                                               \
      {"queue", "queue", "1000p", "of every link between routers"}, {"mtu", "mtu", "1500", "of every link"}, { \
    "loss", "loss", "", "on every link between routers, both directions"                                       \
  }
#define WIRELAB_ACCESS_LINK \
  {"access_rate", "rate", "1Gbit", "of the hosts' links"}, { "access_delay", "time", "1ms", "of the hosts' links" }

constexpr Field kDumbbell[] = {
    {"pairs", "count", "2", "hosts on each side: s1..sN and d1..dN"},
    {"rate", "rate", "10Mbit", "of the bottleneck"},
    {"delay", "time", "20ms", "of the bottleneck"},
    {"rtt", "time", "", "in place of delay: delay = rtt/2 - 2 access_delay"},
    {"queue", "queue", "1bdp", "of the bottleneck, both directions"},
    {"mtu", "mtu", "1500", "of every link"},
    {"loss", "loss", "", "on the bottleneck, left to right"},
    {"loss_back", "loss", "", "on the bottleneck, right to left"},
    {"access_rate", "rate-or-list", "1Gbit", "of the hosts' links, a value or an array by pair"},
    {"access_delay", "time-or-list", "1ms", "of the hosts' links, a value or an array by pair"},
};
constexpr Field kChain[] = {
    {"routers", "count", "1", "between h1 and h2: r1..rN"},
    WIRELAB_CORE_LINK,
    WIRELAB_ACCESS_LINK,
};
constexpr Field kStar[] = {
    {"hosts", "count", "4", "h1..hN around the router `hub`"},
    {"rate", "rate", "1Gbit", "of every link"},
    {"delay", "time", "1ms", "of every link"},
    {"queue", "queue", "1000p", "of every link"},
    {"mtu", "mtu", "1500", "of every link"},
    {"loss", "loss", "", "on every link, both directions"},
};
constexpr Field kRing[] = {
    {"routers", "count", "4", "r1..rN in a circle, each with a host h1..hN"},
    WIRELAB_CORE_LINK,
    WIRELAB_ACCESS_LINK,
};
constexpr Field kParkingLot[] = {
    {"hops", "count", "3", "bottlenecks r1-r2, r2-r3, ...; s0 to d0 cross all, s<i> to d<i> the i-th"},
    {"rate", "rate", "10Mbit", "of every bottleneck"},
    {"delay", "time", "10ms", "of every bottleneck"},
    {"queue", "queue", "1bdp", "of every bottleneck"},
    {"mtu", "mtu", "1500", "of every link"},
    {"loss", "loss", "", "on every bottleneck, both directions"},
    WIRELAB_ACCESS_LINK,
};
constexpr Field kFatTree[] = {
    {"k", "count", "4", "ports of a switch, even: k^3/4 hosts h, k^2/2 edge e, k^2/2 aggregation a, k^2/4 core c"},
    WIRELAB_CORE_LINK,
    WIRELAB_ACCESS_LINK,
};
constexpr Field kLeafSpine[] = {
    {"leaves", "count", "4", "leaf1..leafN"},
    {"spines", "count", "2", "spine1..spineN, each linked to every leaf"},
    {"hosts", "count", "4", "on each leaf; h1.. from left to right"},
    WIRELAB_CORE_LINK,
    WIRELAB_ACCESS_LINK,
};
constexpr Field kFullMesh[] = {
    {"routers", "count", "4", "r1..rN, all linked, each with a host h1..hN"},
    WIRELAB_CORE_LINK,
    WIRELAB_ACCESS_LINK,
};
constexpr Field kWaxman[] = {
    {"routers", "count", "20", "r1..rN at random places, each with a host h1..hN"},
    {"alpha", "probability", "0.4", "density of links (Waxman 1988)"},
    {"beta", "probability", "0.2", "share of long links"},
    {"extent", "time", "20ms", "propagation delay across the diagonal of the square"},
    {"seed", "seed", "1", "of the places and links"},
    {"rate", "rate", "1Gbit", "of every link between routers"},
    {"queue", "queue", "1000p", "of every link between routers"},
    {"mtu", "mtu", "1500", "of every link"},
    WIRELAB_ACCESS_LINK,
};
#undef WIRELAB_CORE_LINK
#undef WIRELAB_ACCESS_LINK

constexpr Entry kGenerators[] = {
    {"dumbbell", "hosts s1..sN - left = bottleneck = right - hosts d1..dN; links s1-left, right-d1", kDumbbell},
    {"chain", "h1 - r1 - ... - rN - h2", kChain},
    {"star", "hosts h1..hN around the router hub; links h1-hub", kStar},
    {"ring", "routers r1..rN in a circle, a host h1..hN at each", kRing},
    {"parking-lot", "routers r1..rN in a row; s0 to d0 cross all hops, s1 to d1 the first, ...", kParkingLot},
    {"fat-tree", "k-ary: hosts h1.., edge e1.., aggregation a1.., core c1.., from left to right", kFatTree},
    {"leaf-spine", "leaf1..leafN each linked to spine1..spineM; hosts h1.. from left to right", kLeafSpine},
    {"full-mesh", "routers r1..rN all linked with each other, a host h1..hN at each", kFullMesh},
    {"random", "Waxman's random graph of routers r1..rN, connected, a host h1..hN at each", kWaxman},
};

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
Entries app_types() { return kApps; }
Entries loss_models() { return kLoss; }
Entries queue_types() { return kQueues; }
Entries generators() { return kGenerators; }
Entries plot_kinds() {
  static const std::vector<Entry> kinds = [] {  // the pictures themselves are the record layer's
    std::vector<Entry> all;
    for (const PlotKind& kind : wirelab::plot_kinds()) all.push_back({kind.name, kind.help, {}});
    return all;
  }();
  return kinds;
}

std::vector<Field> app_fields(const Entry& type) {
  std::vector<Field> all(std::begin(kAppCommon), std::end(kAppCommon));
  const auto add = [&](Fields more) { all.insert(all.end(), more.begin(), more.end()); };
  const bool ping = type.name == "ping";
  const bool udp = type.name == "cbr" || type.name == "on-off";
  if (!ping) add(kAppCount);
  if (!ping) add(kAppPort);
  if (udp || type.name == "bulk") add(kAppReverse);
  if (!udp && !ping) add(kAppTcp);
  add(type.fields);
  return all;
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
