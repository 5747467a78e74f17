// What `wirelab list topologies` shows: the generators with their parameters.

#include "scenario/tables.h"

namespace wirelab::scenario {

namespace {

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

Entries generators() { return kGenerators; }

}  // namespace wirelab::scenario
