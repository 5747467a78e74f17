#include "scenario/load.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/near.h"
#include "scenario/names.h"
#include "scenario/schema.h"
#include "scenario/tables.h"

namespace wirelab::scenario {
namespace {

/// A dumbbell of three pairs with these apps, and more keys.
Loaded load_apps(const std::string& apps, const std::string& more = "", const LoadOptions& options = {}) {
  return load_text("dir/test-1.json",
                   R"({ "duration": "10s", "topology": { "generator": "dumbbell", "params": { "pairs": 3 } },
    "apps": [)" + apps +
                       "]" + more + "}",
                   options);
}

#define ASSERT_OK(l) ASSERT_TRUE((l).ok()) << testing::PrintToString((l).docs.formatted_errors())

TEST(Load, NamesAScenarioAfterItsFileAndAppsAfterTheirType) {
  const Loaded l =
      load_apps(R"({ "type": "bulk", "from": "s1", "to": "d1" }, { "type": "ping", "from": "s1", "to": "d2" },
                                { "type": "bulk", "from": "s2", "to": "d2" })");
  ASSERT_OK(l);
  EXPECT_EQ(l.scenario.name, "test-1");
  EXPECT_EQ(l.scenario.apps[0].id, "bulk1");
  EXPECT_EQ(l.scenario.apps[1].id, "ping1");
  EXPECT_EQ(l.scenario.apps[2].id, "bulk2");
  EXPECT_EQ(l.scenario.plots.size(), 4u);
}

TEST(Load, GivesPortsFrom5001InTheOrderOfAppsPastWrittenOnes) {
  const Loaded l = load_apps(
      R"({ "type": "bulk", "from": "s1", "to": "d1" }, { "type": "bulk", "from": "s1", "to": "d1", "port": 5002 },
                                { "type": "ping", "from": "s1", "to": "d1" }, { "type": "cbr", "from": "s1", "to": "d1", "rate": "1Mbit" })");
  ASSERT_OK(l);
  EXPECT_EQ(l.scenario.apps[0].port, 5001);
  EXPECT_EQ(l.scenario.apps[1].port, 5002);
  EXPECT_EQ(l.scenario.apps[2].port, 0);
  EXPECT_EQ(l.scenario.apps[3].port, 5003);
}

TEST(Load, MergesTcpOptionsByRank) {
  const Loaded l = load_text(
      "x.json",
      R"({ "duration": "1s", "defaults": { "tcp": { "cc": "reno", "sack": 0, "initcwnd": 2, "delayed_ack": "10ms" } },
    "topology": { "nodes": [ { "id": "a", "tcp": { "initial_window": 3, "timestamps": false } }, { "id": "b" } ],
                  "links": [ { "between": ["a", "b"] } ] },
    "apps": [ { "type": "bulk", "from": "a", "to": "b", "tcp": { "delayed_ack": "0s" }, "from_tcp": { "cc": { "name": "cubic", "beta": 0.8 } },
                "to_tcp": { "profile": "rfc" } } ] })");
  ASSERT_OK(l);
  const tcp::TcpConfig& from = l.scenario.tcp_configs[l.scenario.apps[0].from[0].tcp];
  const tcp::TcpConfig& to = l.scenario.tcp_configs[l.scenario.apps[0].to[0].tcp];
  EXPECT_EQ(from.cc.name, "cubic");
  ASSERT_EQ(from.cc.parameters.size(), 1u);
  EXPECT_EQ(from.cc.parameters[0].second, 0.8);
  EXPECT_EQ(from.initial_window, 3u);  // the node, under the option's other name, over the default
  EXPECT_EQ(to.initial_window, 2u);
  EXPECT_FALSE(from.timestamps);
  EXPECT_TRUE(to.timestamps);
  EXPECT_FALSE(to.sack);
  EXPECT_EQ(from.delayed_ack, Duration());
  EXPECT_EQ(to.cc.name, "reno");
  EXPECT_EQ(to.rto_min, Duration::s(1));  // of the rfc profile, which ranks lowest
  EXPECT_EQ(from.rto_min, Duration::ms(200));
}

TEST(Load, TakesHostsOfListsAndPatternsInTurn) {
  const Loaded l = load_apps(R"({ "id": "a", "type": "bulk", "from": "s*", "to": ["d3", "d[1-2]"] },
                                { "id": "b", "type": "bulk", "from": "s1", "to": "d1", "count": 5, "stagger": "1s" },
                                { "id": "c", "type": "request-response", "from": "s*", "to": "d1", "arrivals": { "poisson": "50/s" } })");
  ASSERT_OK(l);
  const App& a = l.scenario.apps[0];
  EXPECT_EQ(a.from.size(), 3u);
  ASSERT_EQ(a.to.size(), 3u);
  EXPECT_EQ(l.scenario.nodes[a.to[0].node].id, "d3");
  EXPECT_EQ(l.scenario.nodes[a.to[1].node].id, "d1");
  EXPECT_EQ(a.count, 3u);
  EXPECT_TRUE(a.many);
  EXPECT_EQ(a.instance_id(0), "a.1");
  EXPECT_EQ(l.scenario.apps[1].count, 5u);
  EXPECT_EQ(l.scenario.apps[1].stagger.low, 1'000'000'000'000);
  EXPECT_FALSE(l.scenario.apps[2].count.has_value());
  EXPECT_EQ(l.scenario.apps[2].arrivals_per_second, 50.0);
}

TEST(Load, ReadsRandomValues) {
  const Loaded l = load_apps(R"({ "type": "bulk", "from": "s1", "to": "d1", "start": { "uniform": ["0s", "1s"] },
    "size": { "pareto": { "mean": "100kB", "shape": 1.2 } } })");
  ASSERT_OK(l);
  EXPECT_EQ(l.scenario.apps[0].start.kind, Distribution::Kind::Uniform);
  EXPECT_EQ(l.scenario.apps[0].start.high, 1'000'000'000'000);
  const auto size = std::get<BulkApp>(l.scenario.apps[0].kind).size;
  ASSERT_TRUE(size.has_value());
  EXPECT_EQ(size->kind, Distribution::Kind::Pareto);
  EXPECT_EQ(size->mean, 100'000);
  EXPECT_EQ(size->shape, 1.2);
}

TEST(Load, EventsKeepWhatTheyDoNotSetAndMayConcernOneDirection) {
  const Loaded l = load_apps(R"({ "id": "a", "type": "bulk", "from": "s1", "to": "d1" })", R"(, "events": [
    { "at": "3s", "link": "bottleneck:backward", "set": { "rate": "5Mbit", "queue": "20ms" } },
    { "from": "1s", "to": "2s", "every": "4s", "link": "bottleneck", "set": { "up": false } },
    { "at": "5s", "node": "left", "set": { "deny": ["icmp"] }, "add": { "routes": [ { "to": "d1", "via": "right" } ] } },
    { "at": "9s", "app": "a", "do": "abort" } ])");
  ASSERT_OK(l);
  ASSERT_EQ(l.scenario.events.size(), 5u);  // routes and deny are two
  const auto& rate = std::get<LinkEvent>(l.scenario.events[0].what);
  EXPECT_FALSE(rate.set[kForward].has_value());
  EXPECT_EQ(rate.set[kBackward]->rate, DataRate::bps(5'000'000));
  EXPECT_EQ(rate.set[kBackward]->queue->bytes, Bytes(12'500));  // 20 ms at the new rate
  EXPECT_FALSE(rate.set[kBackward]->delay.has_value());
  EXPECT_EQ(l.scenario.events[1].every, Duration::s(4));
  const auto& routes = std::get<RouteEvent>(l.scenario.events[2].what);
  EXPECT_EQ(routes.add.at(0).to.length(), 32);
  EXPECT_TRUE(std::get<AppEvent>(l.scenario.events[4].what).abort);
}

TEST(Load, RecordsNodesAsPortsAndInstancesByNumber) {
  const Loaded l = load_apps(R"({ "id": "w", "type": "bulk", "from": "s1", "to": "d1", "count": 9 })",
                             R"(, "record": { "pcap": ["left"], "tcp": ["w.3"], "tcp_sampling": "10ms" })");
  ASSERT_OK(l);
  EXPECT_EQ(l.scenario.record.pcap_list.size(), 4u);  // the bottleneck and three hosts' links
  EXPECT_EQ(l.scenario.record.tcp_list, (std::vector<AppPick>{{0, 3}}));
  EXPECT_EQ(l.scenario.record.tcp_sampling.interval, Duration::ms(10));
}

TEST(Load, CommentsAreAllowedAndPositionsCountThem) {
  const Loaded l = load_text(
      "x.json", "{ // one\n  /* two\n */ \"duration\": \"1s\", \"topology\": { \"generator\": \"ring\" }, \"x\": 1 }");
  ASSERT_EQ(l.docs.errors().size(), 1u);
  EXPECT_EQ(l.docs.formatted_errors()[0].substr(0, 16), "x.json:3:60: /x:");
}

TEST(Load, WhatItWritesLoadsToTheSame) {
  LoadOptions options;
  options.sets = {R"(topology/links/bottleneck/loss={"model":"gilbert-elliott","p":0.01,"r":0.3})",
                  R"(topology/links/bottleneck/jitter={"stddev":"1ms"})", "apps/a/tcp/cc=reno"};
  options.seed = 7;
  const Loaded l = load_apps(
      R"({ "id": "a", "type": "bulk", "from": "s*", "to": "d*", "start": { "exponential": "100ms" } },
         { "type": "dialog", "from": "s1", "to": "d1", "client": [ { "send": "1kB" }, { "close": true } ],
           "server": [ { "recv": "1kB" } ] })",
      R"(, "params": { "x": "2Mbit" }, "events": [ { "at": "3s", "link": "bottleneck", "set": { "rate": "$x" } } ],
           "expect": [ { "value": "/jain_index", "near": 1, "within": "3%" } ])",
      options);
  ASSERT_OK(l);
  EXPECT_EQ(nlohmann::json::parse(l.resolved).at("seed"), 7);  // strict JSON
  const Loaded again = load_text("scenario.json", l.resolved);
  ASSERT_OK(again);
  EXPECT_EQ(again.resolved, l.resolved);
  EXPECT_EQ(again.hash, l.hash);
  EXPECT_EQ(again.scenario.name, "test-1");
  EXPECT_EQ(again.scenario.tcp_configs[again.scenario.apps[0].from[0].tcp].cc.name, "reno");
}

TEST(Names, PatternsKnowStarsQuestionMarksAndRanges) {
  EXPECT_TRUE(matches_pattern("s*", "s12"));
  EXPECT_TRUE(matches_pattern("s[2-20]", "s20"));
  EXPECT_FALSE(matches_pattern("s[2-20]", "s21"));
  EXPECT_FALSE(matches_pattern("s[2-20]", "s02"));
  EXPECT_FALSE(matches_pattern("s[2-20]", "s2x"));
  EXPECT_TRUE(matches_pattern("*-[1-3]-?", "a-b-2-c"));
  EXPECT_FALSE(matches_pattern("s", "s1"));
  EXPECT_TRUE(matches_pattern("*", ""));
}

TEST(Names, TheNearestIsWithinAThirdOfTheWord) {
  EXPECT_EQ(nearest("cubik", {"reno", "cubic"}), "cubic");
  EXPECT_EQ(nearest("Reno", {"reno", "cubic"}), "reno");
  EXPECT_EQ(nearest("tcp", {"reno", "cubic"}), "");
  EXPECT_EQ(nearest("duraiton", {"duration"}), "duration");  // a swap is one slip
}

TEST(Schema, IsJsonAndDefinesWhatItRefersTo) {
  for (const std::string& text : {scenario_schema(), topology_schema()}) {
    const auto schema = nlohmann::json::parse(text);
    std::set<std::string> used;
    for (std::size_t i = text.find("#/$defs/"); i != std::string::npos; i = text.find("#/$defs/", i + 1)) {
      used.insert(text.substr(i + 8, text.find('"', i) - i - 8));
    }
    EXPECT_GT(used.size(), 20u);
    for (const std::string& name : used) EXPECT_TRUE(schema.at("$defs").contains(name)) << name;
  }
}

TEST(Schema, HasEveryKeyOfEveryAppAndTcpOption) {
  const std::string text = scenario_schema();
  for (const Entry& type : app_types()) {
    for (const Field& f : app_fields(type))
      EXPECT_NE(text.find("\"" + std::string(f.name) + "\""), std::string::npos) << f.name;
  }
  EXPECT_NE(text.find("\"initcwnd\""), std::string::npos);
}

}  // namespace
}  // namespace wirelab::scenario
