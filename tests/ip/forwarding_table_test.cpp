#include "ip/forwarding_table.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "ip/flow_hash.h"

namespace wirelab {
namespace {

using Kind = RouteDecision::Kind;

Ipv4Prefix net(const char* text) { return *Ipv4Prefix::parse(text); }
Ipv4Address ip(const char* text) { return *Ipv4Address::parse(text); }
Route via(const char* to, InterfaceId interface, std::uint32_t metric = 0) {
  return {net(to), {interface, Ipv4Address(10, 0, interface, 254)}, metric, RouteOrigin::Static};
}

// RFC 1812 section 5.2.4.3, rule 2: the longest match decides, in whatever order routes were added.
TEST(ForwardingTable, TheLongestMatchingPrefixWins) {
  ForwardingTable t;
  t.add(via("0.0.0.0/0", 1));
  t.add(via("10.1.2.3", 5));
  t.add(via("10.0.0.0/8", 2));
  t.add(via("10.1.2.0/24", 4));
  t.add(via("10.1.0.0/16", 3));
  EXPECT_EQ(t.find(ip("192.168.0.1")).index, 1);
  EXPECT_EQ(t.find(ip("10.9.9.9")).index, 2);
  EXPECT_EQ(t.find(ip("10.1.9.9")).index, 3);
  EXPECT_EQ(t.find(ip("10.1.2.9")).index, 4);
  EXPECT_EQ(t.find(ip("10.1.2.3")).index, 5);
  EXPECT_EQ(t.find(ip("10.1.2.3")).kind, Kind::Gateway);
}

TEST(ForwardingTable, WithoutAMatchThereIsNoRoute) {
  ForwardingTable t;
  EXPECT_EQ(t.find(ip("10.0.0.1")).kind, Kind::NoRoute);
  t.add(via("10.0.0.0/8", 1));
  EXPECT_EQ(t.find(ip("11.0.0.1")).kind, Kind::NoRoute);
  EXPECT_EQ(t.find(ip("224.0.0.5")).kind, Kind::NoRoute);
}

TEST(ForwardingTable, TheLowerMetricWinsAndTheHigherTakesOverWhenItGoes) {
  ForwardingTable t;
  t.add(via("10.1.0.0/16", 1, 20));
  t.add(via("10.1.0.0/16", 2, 10));
  EXPECT_EQ(t.find(ip("10.1.0.1")).index, 2);
  EXPECT_TRUE(t.remove(via("10.1.0.0/16", 2, 10)));
  EXPECT_EQ(t.find(ip("10.1.0.1")).index, 1);
  EXPECT_FALSE(t.remove(via("10.1.0.0/16", 2, 10)));
}

TEST(ForwardingTable, RemovingWithoutAMetricTakesTheLowest) {  // as `ip route del` does
  ForwardingTable t;
  t.add(via("10.1.0.0/16", 1, 30));
  t.add(via("10.1.0.0/16", 1, 20));
  EXPECT_FALSE(t.remove(via("10.1.0.0/16", 1, 10)));
  EXPECT_FALSE(t.remove(via("10.1.0.0/16", 2)));
  EXPECT_TRUE(t.remove(via("10.1.0.0/16", 1)));
  ASSERT_EQ(t.routes().size(), 1u);
  EXPECT_EQ(t.routes()[0].metric, 30u);
}

TEST(ForwardingTable, AMetricNeverBeatsALongerPrefix) {
  ForwardingTable t;
  t.add(via("10.1.0.0/16", 1, 1));
  t.add(via("10.1.1.0/24", 2, 1000));
  EXPECT_EQ(t.find(ip("10.1.1.1")).index, 2);
}

TEST(ForwardingTable, AChangeAtRunTimeReplacesWhatWasLearnt) {
  ForwardingTable t;
  t.add(via("0.0.0.0/0", 1));
  EXPECT_EQ(t.find(ip("10.1.2.3")).index, 1);
  const std::uint64_t before = t.generation();
  t.add(via("10.1.2.3", 2));
  EXPECT_GT(t.generation(), before);
  EXPECT_EQ(t.find(ip("10.1.2.3")).index, 2);
  EXPECT_EQ(t.remove_all(net("10.1.2.3/32"), RouteOrigin::Static), 1u);
  EXPECT_EQ(t.find(ip("10.1.2.3")).index, 1);
}

TEST(ForwardingTable, OwnAndBroadcastAddressesAreKnownBeforeRoutes) {
  ForwardingTable t;
  t.add_local(ip("10.0.1.1"), net("10.0.1.0/24"), 3);
  t.add({net("10.0.1.0/24"), {3, {}}, 0, RouteOrigin::Connected});
  EXPECT_EQ(t.find(ip("10.0.1.1")).kind, Kind::Local);
  EXPECT_EQ(t.find(ip("10.0.1.255")).kind, Kind::Broadcast);
  EXPECT_EQ(t.find(ip("10.0.1.7")).kind, Kind::Connected);
  EXPECT_EQ(t.find(ip("10.0.1.7")).index, 3);
  EXPECT_EQ(t.find(ip("127.0.0.1")).kind, Kind::Local);
  EXPECT_TRUE(t.is_local(ip("10.0.1.1")));
  EXPECT_FALSE(t.is_local(ip("10.0.1.255")));
}

// RFC 3021: a /31 has two hosts and no broadcast address.
TEST(ForwardingTable, BothAddressesOfASlash31AreHosts) {
  ForwardingTable t;
  t.add_local(ip("10.0.1.0"), net("10.0.1.0/31"), 0);
  t.add({net("10.0.1.0/31"), {0, {}}, 0, RouteOrigin::Connected});
  EXPECT_EQ(t.find(ip("10.0.1.0")).kind, Kind::Local);
  EXPECT_EQ(t.find(ip("10.0.1.1")).kind, Kind::Connected);
}

TEST(ForwardingTable, EqualRoutesShareTheLoadInTheOrderOfLinks) {
  ForwardingTable t;
  t.add(via("10.1.0.0/16", 7));
  t.add(via("10.1.0.0/16", 2));
  t.add(via("10.1.0.0/16", 5, 1));  // a higher metric stands aside
  t.add(via("10.1.0.0/16", 4));
  const RouteDecision d = t.find(ip("10.1.0.1"));
  ASSERT_EQ(d.kind, Kind::Multipath);
  EXPECT_EQ(std::vector(t.members(d.index).begin(), t.members(d.index).end()), (std::vector<InterfaceId>{2, 4, 7}));
  t.remove(via("10.1.0.0/16", 7));
  t.remove(via("10.1.0.0/16", 4));
  EXPECT_EQ(t.find(ip("10.1.0.1")).kind, Kind::Gateway);
  EXPECT_EQ(t.find(ip("10.1.0.1")).index, 2);
}

struct FixedSource final : RouteSource {
  Found find(std::uint32_t node, Ipv4Address) override {
    asked_by = node;
    return {prefix, hops};
  }
  Ipv4Prefix prefix;
  std::vector<NextHop> hops;
  std::uint32_t asked_by = 0;
};

TEST(ForwardingTable, AStaticRouteBeatsAComputedOneOfItsLengthAndLosesToALonger) {
  FixedSource source;
  source.prefix = net("10.1.1.0/24");
  source.hops = {{9, ip("10.0.9.1")}};
  ForwardingTable t;
  t.set_source(&source, 42);
  EXPECT_EQ(t.find(ip("10.1.1.1")).index, 9);
  EXPECT_EQ(source.asked_by, 42u);
  t.add(via("10.1.0.0/16", 1));
  EXPECT_EQ(t.find(ip("10.1.1.1")).index, 9);
  t.add(via("10.1.1.0/24", 2, 1000));
  EXPECT_EQ(t.find(ip("10.1.1.1")).index, 2);
}

TEST(ForwardingTable, WhatTheSourceSaysAnewCountsAfterInvalidate) {
  FixedSource source;
  source.prefix = net("10.1.1.0/24");
  source.hops = {{9, ip("10.0.9.1")}};
  ForwardingTable t;
  t.set_source(&source, 0);
  EXPECT_EQ(t.find(ip("10.1.1.1")).index, 9);
  source.hops = {{3, ip("10.0.3.1")}};
  EXPECT_EQ(t.find(ip("10.1.1.1")).index, 9);
  t.invalidate();
  EXPECT_EQ(t.find(ip("10.1.1.1")).index, 3);
  source.hops.clear();
  t.invalidate();
  EXPECT_EQ(t.find(ip("10.1.1.1")).kind, Kind::NoRoute);
}

TEST(ForwardingTable, AgreesWithALinearSearchOverRandomRoutesAndManyDestinations) {
  std::mt19937 random(7);
  ForwardingTable t;
  std::vector<Route> routes;
  for (InterfaceId i = 0; i < 400; ++i) {
    const int length = static_cast<int>(random() % 25) + 8;
    const Ipv4Address address(0x0a000000u | (random() & 0x000f0fffu));
    const Route r{Ipv4Prefix(address, length), {i, ip("1.1.1.1")}, static_cast<std::uint32_t>(i), RouteOrigin::Static};
    routes.push_back(r);
    t.add(r);
  }
  for (int round = 0; round < 20'000; ++round) {
    const auto destination = Ipv4Address(0x0a000000u | (random() & 0x000f0fffu));
    const Route* best = nullptr;
    for (const Route& r : routes) {  // metrics differ, so that the best is one
      if (!r.to.contains(destination)) continue;
      if (best == nullptr || r.to.length() > best->to.length() ||
          (r.to.length() == best->to.length() && r.metric < best->metric)) {
        best = &r;
      }
    }
    const RouteDecision d = t.find(destination);
    ASSERT_EQ(d.kind, best ? Kind::Gateway : Kind::NoRoute) << destination.to_string();
    ASSERT_EQ(d.index, best ? best->via.interface : 0) << destination.to_string();
  }
  EXPECT_GT(t.cached(), 10'000u);
}

// ---- choice between equal paths

Packet flow(std::uint16_t sport) {
  Packet p{};
  p.src = ip("10.0.0.1");
  p.dst = ip("10.9.0.1");
  p.sport = sport;
  p.dport = 80;
  p.protocol = Protocol::Tcp;
  return p;
}

TEST(FlowHash, SpreadsFlowsEvenly) {
  for (const std::uint32_t members : {2u, 3u, 4u, 7u}) {
    std::vector<int> count(members);
    constexpr int kFlows = 20'000;
    for (int i = 0; i < kFlows; ++i) {
      ++count[pick_member(flow_hash(flow(static_cast<std::uint16_t>(32768 + i)), 99), members)];
    }
    const double expected = kFlows / static_cast<double>(members);
    for (const int n : count) EXPECT_NEAR(n, expected, 5 * std::sqrt(expected));  // five standard deviations
  }
}

TEST(FlowHash, KeepsAFlowOnItsPathAndDependsOnTheSalt) {
  int moved = 0;
  for (std::uint16_t port = 1; port <= 1000; ++port) {
    Packet later = flow(port);
    later.seq = Seq(12345);
    later.payload = 1460;
    later.id = port;
    EXPECT_EQ(flow_hash(flow(port), 5), flow_hash(later, 5));
    if (pick_member(flow_hash(flow(port), 5), 2) != pick_member(flow_hash(flow(port), 6), 2)) ++moved;
  }
  EXPECT_NEAR(moved, 500, 80);
}

TEST(FlowHash, FragmentsOfDifferentPortsGoTogether) {
  Packet a = flow(1), b = flow(2);
  EXPECT_NE(flow_hash(a, 5), flow_hash(b, 5));
  a.marks = b.marks = mark::Fragment;
  EXPECT_EQ(flow_hash(a, 5), flow_hash(b, 5));
}

}  // namespace
}  // namespace wirelab
