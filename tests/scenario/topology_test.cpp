#include "scenario/topology.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "scenario/imports.h"
#include "scenario/load.h"

namespace wirelab::scenario {
namespace {

Loaded load_generator(const std::string& generator, const std::string& params, const std::string& more = "") {
  return load_text("x.json", R"({ "duration": "1s", "topology": { "generator": ")" + generator + R"(", "params": {)" +
                                 params + "}" + more + "} }");
}

std::vector<std::string> ids(const Loaded& l) {
  std::vector<std::string> all;
  for (const Node& n : l.scenario.nodes) all.push_back(n.id);
  return all;
}
const Link& link(const Loaded& l, const std::string& id) {
  for (const Link& x : l.scenario.links) {
    if (x.id == id) return x;
  }
  ADD_FAILURE() << "no link " << id;
  return l.scenario.links.front();
}

TEST(Dumbbell, HasTheNamesAndDefaultsThatThePagePromises) {
  const Loaded l = load_generator("dumbbell", "");
  ASSERT_TRUE(l.ok());
  EXPECT_EQ(ids(l), (std::vector<std::string>{"s1", "s2", "left", "right", "d1", "d2"}));
  const LinkConfig& bottleneck = link(l, "bottleneck").directions[kForward].config;
  EXPECT_EQ(bottleneck.rate, DataRate::bps(10'000'000));
  EXPECT_EQ(bottleneck.delay, Duration::ms(20));
  EXPECT_EQ(link(l, "bottleneck").directions[kForward].queue, (QueueSpec{QueueSpec::Unit::Bdp, 1'000'000}));
  EXPECT_EQ(link(l, "s1-left").directions[kBackward].config.delay, Duration::ms(1));
  EXPECT_EQ(link(l, "right-d2").directions[kForward].config.rate, DataRate::bps(1'000'000'000));
}

TEST(Dumbbell, TakesAnRttInPlaceOfTheDelayAndLossByDirection) {
  const Loaded l =
      load_generator("dumbbell", R"("rtt": "100ms", "access_delay": "2ms", "loss": {"model": "every", "n": 9})");
  ASSERT_TRUE(l.ok());
  EXPECT_EQ(link(l, "bottleneck").directions[kForward].config.delay, Duration::ms(46));  // 100/2 - 2 x 2
  EXPECT_EQ(link(l, "bottleneck").directions[kForward].config.loss.size(), 1u);
  EXPECT_TRUE(link(l, "bottleneck").directions[kBackward].config.loss.empty());
}

TEST(Dumbbell, TakesOneAccessDelayForEachPair) {
  const Loaded l = load_generator("dumbbell", R"("access_delay": ["1ms", "30ms"])");
  ASSERT_TRUE(l.ok());
  EXPECT_EQ(link(l, "s2-left").directions[kForward].config.delay, Duration::ms(30));
  EXPECT_EQ(link(l, "right-d1").directions[kForward].config.delay, Duration::ms(1));
}

TEST(Generators, MakeAsManyNodesAndLinksAsTheirDefinitionsSay) {
  const auto counts = [](const std::string& name, const std::string& params) {
    const Loaded l = load_generator(name, params);
    EXPECT_TRUE(l.ok()) << name;
    return std::pair(l.scenario.nodes.size(), l.scenario.links.size());
  };
  using P = std::pair<std::size_t, std::size_t>;
  EXPECT_EQ(counts("chain", R"("routers": 3)"), P(5, 4));
  EXPECT_EQ(counts("chain", R"("routers": 0)"), P(2, 1));
  EXPECT_EQ(counts("star", R"("hosts": 5)"), P(6, 5));
  EXPECT_EQ(counts("ring", R"("routers": 5)"), P(10, 10));
  EXPECT_EQ(counts("parking-lot", R"("hops": 3)"), P(12, 11));
  EXPECT_EQ(counts("fat-tree", R"("k": 4)"), P(16 + 20, 48));
  EXPECT_EQ(counts("leaf-spine", ""), P(4 + 2 + 16, 8 + 16));
  EXPECT_EQ(counts("full-mesh", R"("routers": 4)"), P(8, 6 + 4));
}

TEST(Generators, EveryNodeOfARandomGraphIsReachedAndASeedGivesOneGraph) {
  const Loaded l = load_generator("random", R"("routers": 30, "alpha": 0.05)");
  ASSERT_TRUE(l.ok());
  std::vector<std::size_t> part(l.scenario.nodes.size());
  for (std::size_t i = 0; i < part.size(); ++i) part[i] = i;
  for (std::size_t round = 0; round < part.size(); ++round) {
    for (const Link& x : l.scenario.links) {
      const std::size_t least = std::min(part[x.ends[0].node], part[x.ends[1].node]);
      part[x.ends[0].node] = part[x.ends[1].node] = least;
    }
  }
  for (const std::size_t p : part) EXPECT_EQ(p, 0u);
  EXPECT_EQ(load_generator("random", R"("routers": 30, "alpha": 0.05)").hash, l.hash);
  EXPECT_NE(load_generator("random", R"("routers": 30, "alpha": 0.05, "seed": 2)").hash, l.hash);
}

TEST(Overrides, ChangeWhatIsKnownAndAddWhatIsNot) {
  const Loaded l =
      load_generator("dumbbell", "", R"(, "nodes": [ { "id": "x" }, { "id": "s1", "tcp": { "cc": "reno" } } ],
    "links": [ { "id": "bottleneck", "delay": "50ms", "backward": { "rate": "1Mbit" } }, { "between": ["x", "left"] } ])");
  ASSERT_TRUE(l.ok()) << testing::PrintToString(l.docs.formatted_errors());
  EXPECT_EQ(l.scenario.nodes.back().id, "x");
  EXPECT_EQ(link(l, "bottleneck").directions[kForward].config.rate, DataRate::bps(10'000'000));  // kept
  EXPECT_EQ(link(l, "bottleneck").directions[kForward].config.delay, Duration::ms(50));
  EXPECT_EQ(link(l, "bottleneck").directions[kBackward].config.rate, DataRate::bps(1'000'000));
  EXPECT_EQ(link(l, "x-left").directions[kForward].config.queue.packets, 1000u);
}

TEST(Addresses, GiveEachLinkASubnetOfItsOwnBesideTheWrittenOnes) {
  const Loaded l =
      load_text("x.json", R"({ "duration": "1s", "topology": { "nodes": [ {"id": "a"}, {"id": "b"}, {"id": "c"} ],
    "links": [ { "between": ["a", "b"] },
               { "between": ["b", "c"], "addresses": { "c": "10.0.1.7/24", "b": "10.0.1.1/24" } } ] } })");
  ASSERT_TRUE(l.ok()) << testing::PrintToString(l.docs.formatted_errors());
  EXPECT_EQ(l.scenario.links[1].ends[1].address.to_string(), "10.0.1.7");
  EXPECT_EQ(l.scenario.links[0].ends[0].address.to_string(), "10.0.2.1");
  EXPECT_EQ(l.scenario.links[0].ends[1].address.to_string(), "10.0.2.2");
}

FileReader one_file(const std::string& name, const std::string& text) {
  return [=](const std::string& path) {
    return path == name ? FileText{text, {}} : FileText{std::nullopt, "is not there"};
  };
}
Loaded load_import(const std::string& name, const std::string& text) {
  LoadOptions options;
  options.files = one_file(name, text);
  return load_text("x.json", R"({ "duration": "1s", "topology": { "file": ")" + name + "\" } }", options);
}

TEST(Imports, NodeLinkJsonMakesOneLinkOfTwoOppositeEdges) {
  const Loaded l = load_import("n.json", R"({ "directed": true, "multigraph": false, "graph": {},
    "nodes": [ { "id": "New York" }, { "id": 2 } ],
    "edges": [ { "source": "New York", "target": 2, "rate": "1Mbit", "weight": 3 }, { "source": 2, "target": "New York" } ] })");
  ASSERT_TRUE(l.ok()) << testing::PrintToString(l.docs.formatted_errors());
  EXPECT_EQ(ids(l), (std::vector<std::string>{"New_York", "2"}));
  EXPECT_EQ(l.scenario.nodes[0].label, "New York");
  ASSERT_EQ(l.scenario.links.size(), 1u);
  EXPECT_EQ(l.scenario.links[0].directions[kForward].config.rate, DataRate::bps(1'000'000));
  EXPECT_EQ(l.scenario.links[0].directions[kBackward].config.rate, DataRate::bps(1'000'000'000));
  EXPECT_EQ(l.docs.warnings().size(), 1u);  // no delay
}

TEST(Imports, GraphmlOfTheTopologyZooGivesDelaysFromCoordinatesAndRatesFromLinkSpeedRaw) {
  const Loaded l = load_import("z.graphml", R"(<?xml version="1.0"?><graphml>
    <key attr.name="Latitude" attr.type="double" for="node" id="d1"/><key attr.name="Longitude" for="node" id="d2"/>
    <key attr.name="label" for="node" id="d3"/><key attr.name="LinkSpeedRaw" for="edge" id="d4"/>
    <graph edgedefault="undirected">
    <node id="0"><data key="d1">40.71427</data><data key="d2">-74.00597</data><data key="d3">New York</data></node>
    <node id="1"><data key="d1">41.85003</data><data key="d2">-87.65005</data></node>
    <edge source="0" target="1"><data key="d4">10000000000.0</data></edge></graph></graphml>)");
  ASSERT_TRUE(l.ok()) << testing::PrintToString(l.docs.formatted_errors());
  EXPECT_EQ(l.scenario.nodes[0].label, "New York");
  const LinkConfig& c = l.scenario.links.at(0).directions[kForward].config;
  EXPECT_EQ(c.rate, DataRate::bps(10'000'000'000));
  EXPECT_NEAR(c.delay.seconds(), 1145e3 / 200e6, 10e-6);  // 1145 km between the two cities
  EXPECT_EQ(c.delay.ps() % 1'000'000, 0);
}

TEST(Imports, DotIsReadDirectedOrNot) {
  const Loaded l = load_import("g.dot", "graph { a -- b [delay=\"5ms\"]; b -- c; }");
  ASSERT_TRUE(l.ok()) << testing::PrintToString(l.docs.formatted_errors());
  EXPECT_EQ(l.scenario.nodes.size(), 3u);
  EXPECT_EQ(link(l, "a-b").directions[kForward].config.delay, Duration::ms(5));
  EXPECT_EQ(l.scenario.nodes[1].type, Node::Type::Router);
  const Loaded directed = load_import("g.gv", "digraph { a -> b; b -> a; }");
  ASSERT_TRUE(directed.ok());
  EXPECT_EQ(directed.scenario.links.size(), 1u);
}

TEST(Imports, DotIsReadAsItIsFoundInTheWild) {
  const Loaded l = load_import("g.dot",
                               "\xef\xbb\xbf# comment\r\nstrict digraph \"My net\" {\n  rankdir=LR; node [shape=box];\n"
                               "  graph [label=<<b>all</b>>];\n  subgraph cluster_0 { edge [rate=\"5Mbit\"]; a -> b }\n"
                               "  b -> { c; \"d e\" Zürich } [delay=\"2ms\", mtu=1280]; /* and */ b -> c;\n"
                               "  \"Zü\" + \"rich\":p:n -> 1.5 // ports\n  c [label=\"two\\nli\nnes\"]\n}\n");
  ASSERT_TRUE(l.ok()) << testing::PrintToString(l.docs.formatted_errors());
  EXPECT_EQ(ids(l), (std::vector<std::string>{"a", "b", "c", "d_e", "Z_rich", "1_5"}));
  EXPECT_EQ(l.scenario.nodes[2].label, "two li nes");
  EXPECT_EQ(l.scenario.nodes[4].label, "Zürich");
  ASSERT_EQ(l.scenario.links.size(), 5u);  // b -> c twice is one: strict
  EXPECT_EQ(link(l, "a-b").directions[kForward].config.rate, DataRate::bps(5'000'000));
  EXPECT_EQ(link(l, "b-Z_rich").directions[kForward].config.rate, DataRate::bps(1'000'000'000));
  EXPECT_EQ(link(l, "b-Z_rich").directions[kForward].config.delay, Duration::ms(2));
  EXPECT_EQ(link(l, "b-c").directions[kForward].config.mtu, 1280);
}

TEST(Imports, DotThatIsWrongIsSaidWithItsPlace) {
  const auto error = [](const std::string& text) {
    const Loaded l = load_import("g.dot", text);
    return l.docs.formatted_errors().empty() ? "" : l.docs.formatted_errors().front();
  };
  EXPECT_EQ(error("graph {\n a -- ;\n}").substr(0, 12), "g.dot:2:7: n");
  EXPECT_EQ(error("graph {\n a -> b\n}").substr(0, 14), "g.dot:2:4: `->");
  EXPECT_EQ(error("digraph {\n a -- b\n}").substr(0, 14), "g.dot:2:4: `--");
  EXPECT_NE(error("graph {\n a -- b").find("end of the file"), std::string::npos);
  EXPECT_NE(error("graph { a -- \"b }").find("closing quote"), std::string::npos);
  EXPECT_NE(error("graph { a -- b [rate=\"fast\"] }").find("g.dot:1:11: \"fast\" is not a rate"), std::string::npos);
  EXPECT_NE(error("graph {} x").find("after the end"), std::string::npos);
  EXPECT_NE(error("graph " + std::string(40, '{')).find("32 braces deep"), std::string::npos);
}

TEST(Imports, AnMtuOfGraphmlIsANumber) {
  const Loaded l = load_import("m.graphml", R"(<graphml><key id="k" for="edge" attr.name="mtu"/><graph>
    <node id="a"/><node id="b"/><edge source="a" target="b"><data key="k">1280</data></edge></graph></graphml>)");
  ASSERT_TRUE(l.ok()) << testing::PrintToString(l.docs.formatted_errors());
  EXPECT_EQ(l.scenario.links.at(0).directions[kForward].config.mtu, 1280);
}

TEST(Imports, AQuarterOfTheEarthTakesFiftyMilliseconds) {
  EXPECT_NEAR(propagation_delay({0, 0}, {0, 90}).seconds(), 10'007.5 / 200e3, 1e-5);
  EXPECT_EQ(propagation_delay({12, 34}, {12, 34}), Duration());
}

TEST(TopologyFiles, AllLoadAndAbileneHasElevenNodesAndFourteenLinks) {
  const auto folder = std::filesystem::path(WIRELAB_SOURCE_DIR) / "topologies";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const Loaded l =
        load_text("x.json", R"({ "duration": "1s", "topology": { "file": ")" + entry.path().string() + "\" } }");
    EXPECT_TRUE(l.ok()) << entry.path() << testing::PrintToString(l.docs.formatted_errors());
    if (entry.path().stem() == "abilene") {
      EXPECT_EQ(l.scenario.nodes.size(), 11u);
      EXPECT_EQ(l.scenario.links.size(), 14u);
    }
    ++files;
  }
  EXPECT_GE(files, 6);
}

}  // namespace
}  // namespace wirelab::scenario
