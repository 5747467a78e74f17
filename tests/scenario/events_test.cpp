// What changes on the way, and where packets go.

#include <cmath>
#include <string>
#include <vector>

#include "run.h"

namespace wirelab::scenario {
namespace {

const std::string kCbr =
    R"("apps": [{"id": "c", "type": "cbr", "from": "a", "to": "b", "interval": "10ms", "packet": 100}])";

/// a - r1 - r2 - b with a detour r1 - r3 - r2.
std::string triangle(const std::string& routing) {
  return R"("duration": "10s", "topology": {"nodes": [{"id": "a"}, {"id": "b"}, {"id": "r1", "type": "router"},
      {"id": "r2", "type": "router"}, {"id": "r3", "type": "router"}], "routing": )" +
         routing + R"(,
    "links": [{"id": "a1", "between": ["a", "r1"]}, {"id": "b2", "between": ["b", "r2"]}, {"id": "direct", "between": ["r1", "r2"]},
              {"id": "up", "between": ["r1", "r3"]}, {"id": "over", "between": ["r3", "r2"]}]}, )";
}

TEST(Events, ARateChangeTakesHoldAndGoesBack) {
  Ran r(kTwoHosts + R"(, "duration": "30s", "apps": [{"id": "x", "type": "bulk", "from": "a", "to": "b"}],
    "events": [{"from": "10s", "to": "20s", "link": "rb", "set": {"rate": "2Mbit"}}], "measure": {"from": "12s", "to": "20s"})");
  EXPECT_NEAR(*r.app("x").goodput_bps, 2e6 * 1448 / 1500, 5e4);
  EXPECT_NEAR(r.link("rb").forward.utilization, 1, 0.01);
  Ran after(kTwoHosts + R"(, "duration": "40s", "apps": [{"id": "x", "type": "bulk", "from": "a", "to": "b"}],
    "events": [{"from": "10s", "to": "20s", "link": "rb", "set": {"rate": "2Mbit"}}], "measure": {"from": "30s"})");
  EXPECT_NEAR(*after.app("x").goodput_bps, 1e7 * 1448 / 1500, 2e5);
}

// One packet each 10 ms; down from 2 s to 3 s: the queue keeps 10 and refuses the rest, and the wire held one.
TEST(Events, AnOutageKeepsTheQueueAndLosesTheWire) {
  Ran r(R"("duration": "10s", "topology": {"nodes": [{"id": "a"}, {"id": "b"}],
      "links": [{"id": "l", "between": ["a", "b"], "delay": "20ms", "queue": "10p"}]},
    "events": [{"from": "2.005s", "to": "3.005s", "link": "l", "set": {"up": false}}], )" +
        kCbr);
  EXPECT_EQ(r.dropped(DropReason::Down), 2u);
  EXPECT_EQ(r.dropped(DropReason::HostQueue), 90u);
  EXPECT_EQ(r.more("c", "packets_lost"), 92 + 2);  // two are still on the wire at the end
}

/// Packets of 1000 bits that cross a link in each of ten seconds, at most 10 a second but for what `events` do to it.
std::vector<int> received_each_second(const std::string& events) {
  std::vector<int> received;
  for (int second = 0; second < 10; ++second) {
    const std::string span = std::to_string(second) + R"(s", "to": ")" + std::to_string(second + 1) + "s";
    Ran r(R"("duration": "10s", "topology": {"nodes": [{"id": "a"}, {"id": "b"}],
      "links": [{"id": "l", "between": ["a", "b"], "rate": "10kbit", "delay": "1us", "queue": "1p"}]},
      "apps": [{"id": "c", "type": "cbr", "from": "a", "to": "b", "interval": "1ms", "packet": 97}],
      "measure": {"from": ")" +
          span + R"("}, "events": )" + events);
    received.push_back(static_cast<int>(std::lround(*r.app("c").goodput_bps / (97 * 8))));
  }
  return received;
}

// 125 bytes a packet on the wire, so a rate of 1 kbit/s is a packet a second.
TEST(Events, SpansOfOneLinkMayMeetOverlapAndLieWithinEachOther) {
  const auto span = [](int from, int to, int kbit) {
    return R"({"from": ")" + std::to_string(from) + R"(s", "to": ")" + std::to_string(to) +
           R"(s", "link": "l", "set": {"rate": ")" + std::to_string(kbit) + R"(kbit"}})";
  };
  const auto near = [](const std::vector<int>& got, const std::vector<int>& wanted) {
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(got[i], wanted[i], 1) << "second " << i;
  };
  near(received_each_second("[" + span(2, 4, 4) + "," + span(4, 6, 7) + "]"), {10, 10, 4, 4, 7, 7, 10, 10, 10, 10});
  near(received_each_second("[" + span(2, 6, 4) + "," + span(4, 8, 7) + "]"), {10, 10, 4, 4, 7, 7, 7, 7, 10, 10});
  near(received_each_second("[" + span(2, 8, 4) + "," + span(4, 6, 7) + "]"), {10, 10, 4, 4, 7, 7, 4, 4, 10, 10});
  near(received_each_second("[" + span(2, 8, 4) + "," + span(4, 8, 7) + "]"), {10, 10, 4, 4, 7, 7, 7, 7, 10, 10});
  near(received_each_second("[" + span(4, 8, 7) + "," + span(2, 6, 4) + "]"), {10, 10, 4, 4, 7, 7, 7, 7, 10, 10});
  const std::string at = R"({"at": "4s", "link": "l", "set": {"rate": "7kbit"}})";
  near(received_each_second("[" + span(2, 6, 4) + "," + at + "]"), {10, 10, 4, 4, 7, 7, 7, 7, 7, 7});
}

TEST(Events, EveryRepeatsASpan) {
  Ran r(
      R"("duration": "10s", "topology": {"nodes": [{"id": "a"}, {"id": "b"}], "links": [{"id": "l", "between": ["a", "b"]}]},
    "events": [{"from": "1s", "to": "1.5s", "every": "2s", "link": "l:forward", "set": {"loss": {"model": "bernoulli", "p": 1}}}], )" +
      kCbr);
  EXPECT_NEAR(r.more("c", "packets_lost"), 5 * 50, 2);
}

TEST(Events, PacketsTakeTheDetourWhenTheLinkIsDown) {
  const std::string outage = R"("events": [{"from": "2s", "to": "4s", "link": "direct", "set": {"up": false}}], )";
  Ran r(triangle(R"({"type": "shortest-path", "reconverge": "500ms"})") + outage + kCbr);
  EXPECT_NEAR(static_cast<double>(r.link("over").forward.packets), 200, 3);  // from 2.5 s to 4.5 s
  Ran never(triangle(R"({"type": "shortest-path", "reconverge": "never"})") + outage + kCbr);
  EXPECT_EQ(never.link("over").forward.packets, 0u);
}

TEST(Events, ARouteAddedAtRunTimeIsUsedAtOnce) {
  Ran r(triangle(R"({"type": "shortest-path"})") + R"("events": [{"at": "5s", "node": "r1",
    "add": {"routes": [{"to": "b", "via": "r3"}]}}], )" +
        kCbr);
  EXPECT_NEAR(static_cast<double>(r.link("over").forward.packets), 500, 2);
  EXPECT_NEAR(r.more("c", "packets_lost"), 0, 1);
}

TEST(Events, DenyIsSwitchedOnAndOff) {
  Ran r(triangle(R"({"type": "shortest-path"})") +
        R"("events": [{"from": "3s", "to": "4s", "node": "r2", "set": {"deny": ["udp"]}}], )" + kCbr);
  EXPECT_NEAR(static_cast<double>(r.dropped(DropReason::Deny)), 100, 1);
}

TEST(Routing, StaticRoutesAloneCarryPackets) {
  Ran r(R"("duration": "1s", "topology": {"nodes": [{"id": "a", "routes": [{"to": "default", "via": "r"}]},
      {"id": "r", "type": "router"}, {"id": "b", "routes": [{"to": "default", "via": "r"}]}], "routing": "static",
      "links": [{"between": ["a", "r"]}, {"between": ["r", "b"]}]}, )" +
        kCbr);
  EXPECT_NEAR(r.more("c", "packets_lost"), 0, 1);
}

// Flows of one pair of hosts spread over two equal paths, each keeping to its own.
TEST(Routing, EcmpSpreadsFlowsAndKeepsEachOnItsPath) {
  Ran r(
      R"("duration": "2s", "topology": {"nodes": [{"id": "a"}, {"id": "b"}, {"id": "r1", "type": "router"}, {"id": "r2", "type": "router"},
      {"id": "u", "type": "router"}, {"id": "v", "type": "router"}], "routing": {"type": "shortest-path", "ecmp": true},
    "links": [{"between": ["a", "r1"]}, {"between": ["b", "r2"]}, {"id": "u1", "between": ["r1", "u"]}, {"id": "u2", "between": ["u", "r2"]},
              {"id": "v1", "between": ["r1", "v"]}, {"id": "v2", "between": ["v", "r2"]}]},
    "apps": [{"id": "c", "type": "cbr", "from": "a", "to": "b", "interval": "10ms", "packet": 100, "count": 40}])");
  const auto over_u = r.link("u1").forward.packets, over_v = r.link("v1").forward.packets;
  EXPECT_EQ(over_u % 200, 0u);
  EXPECT_EQ(over_u + over_v, 40u * 200u);
  EXPECT_NEAR(static_cast<double>(over_u) / 200, 20, 12);  // binomial, deviation 3.2
}

TEST(Processing, ANodesDelayIsAddedToEachPacket) {
  Ran r(R"("topology": {"nodes": [{"id": "a"}, {"id": "r", "type": "router", "processing": "3ms"}, {"id": "b"}],
      "links": [{"between": ["a", "r"], "delay": "1ms"}, {"between": ["r", "b"], "delay": "1ms"}]},
    "apps": [{"id": "p", "type": "ping", "from": "a", "to": "b", "count": 1}])");
  EXPECT_NEAR(r.app("p").min_rtt->seconds(), 0.004 + 2 * 0.003, 1e-5);
}

TEST(Bdp, ALimitInBdpsIsRateTimesTheBaseRtt) {
  Ran r(
      R"("duration": "5s", "topology": {"generator": "dumbbell", "params": {"rate": "10Mbit", "rtt": "100ms", "queue": "1bdp"}},
    "apps": [{"id": "x", "type": "bulk", "from": "s1", "to": "d1"}])");
  EXPECT_EQ(r.simulation().network().direction(0, 0).queue_limit().bytes, 125'000_B);
}

}  // namespace
}  // namespace wirelab::scenario
