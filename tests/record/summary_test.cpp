#include "record/summary.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "record/comparison.h"
#include "record/expectation.h"
#include "record/recorded_run.h"
#include "record/scratch_dir.h"
#include "record/summary_table.h"

namespace wirelab {
namespace {

using Json = nlohmann::ordered_json;

RunSummary example() {
  RunSummary s;
  s.scenario = "two \"flows\"";
  s.seed = 18446744073709551615u;
  s.version = "0.1.0";
  s.scenario_hash = 0xabc;
  s.sim_time = Time::zero() + 60_s;
  s.events = 1'000'000;
  s.packet_hops = 3'000'000;
  AppSummary reno;
  reno.id = "reno";
  reno.type = "bulk";
  reno.from = "s1";
  reno.to = "d1";
  reno.cc = "reno";
  reno.start = Time::zero();
  reno.end = Time::zero() + 60_s;
  reno.bytes_acked = 30'000'000;
  reno.goodput_bps = 4e6;
  reno.segments_retransmitted = 52;
  reno.mean_cwnd_segments = 38.25;
  reno.mean_rtt_s = 0.0613;
  reno.min_rtt = 44_ms;
  reno.max_rtt = 85_ms;
  AppSummary cubic = reno;
  cubic.id = cubic.cc = "cubic";
  cubic.goodput_bps = 5e6;
  AppSummary web;
  web.id = "web";
  web.type = "request-response";
  web.error = "ConnRefused";
  web.flows = FlowsSummary{10, 8, FlowsSummary::Times{0.5, 0.4, 0.9, 1, 1.25}};
  s.apps = {reno, cubic, web};
  s.links = {{"bottleneck",
              "",
              {.packets = 40'000,
               .bytes = 60'000'000,
               .drops_queue = 312,
               .max_queue_packets = 100,
               .mean_queue_packets = 45.1,
               .utilization = 0.972},
              {}}};
  s.nodes = {{"r1", "Router 1", {}}};
  s.jain_index = 0.988;
  s.conservation.sent = 100;
  s.conservation.dropped_by[static_cast<std::size_t>(DropReason::Queue)] = 7;
  s.files = {"summary.json", "tcp.csv"};
  s.wall_s = 0.25;
  s.user_s = 0.24;
  return s;
}

TEST(Summary, IsJsonWithEveryMemberOfTheContract) {
  const Json json = Json::parse(to_json(example()));
  for (const char* key : {"scenario", "seed", "version", "scenario_hash", "result_hash", "interrupted", "sim_time_s",
                          "events", "packet_hops", "apps", "links", "nodes", "ip", "jain_index", "conservation",
                          "expect", "files", "wall_s", "user_s"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  for (const char* key : {"type", "from", "to", "cc", "start_s", "end_s", "completed", "completion_time_s",
                          "bytes_acked", "goodput_bps", "segments_sent", "segments_retransmitted", "fast_recoveries",
                          "timeouts", "mean_cwnd_segments", "mean_rtt_s", "min_rtt_s", "max_rtt_s", "error"}) {
    EXPECT_TRUE(json["apps"]["reno"].contains(key)) << key;
  }
  for (const char* key :
       {"packets", "bytes", "drops_queue", "drops_loss", "max_queue_packets", "mean_queue_packets", "utilization"}) {
    EXPECT_TRUE(json["links"]["bottleneck"]["forward"].contains(key)) << key;
    EXPECT_TRUE(json["links"]["bottleneck"]["backward"].contains(key)) << key;
  }
  for (const char* key :
       {"forwarded", "fragments_created", "datagrams_reassembled", "reassembly_timeouts", "ttl_expired", "no_route"}) {
    EXPECT_TRUE(json["ip"].contains(key)) << key;
    EXPECT_TRUE(json["nodes"]["r1"]["ip"].contains(key)) << key;
  }
  EXPECT_EQ(json["scenario"], "two \"flows\"");
  EXPECT_EQ(json["seed"], 18446744073709551615u);
  EXPECT_EQ(json["scenario_hash"], "0000000000000abc");
  EXPECT_EQ(json["apps"]["reno"]["completion_time_s"], nullptr);
  EXPECT_EQ(json["apps"]["reno"]["min_rtt_s"], 0.044);
  EXPECT_EQ(json["apps"]["web"]["flows"]["completion_time_s"]["p99"], 1);
  EXPECT_EQ(json["apps"]["web"]["error"], "ConnRefused");
  EXPECT_EQ(json["conservation"]["dropped"], 7);
  EXPECT_EQ(json["conservation"]["dropped_by"]["queue"], 7);
}

TEST(Summary, WallAndUserTimeStandAloneOnTheLastTwoLines) {
  RunSummary a = example(), b = example();
  b.wall_s = 99;
  b.user_s = 98;
  const auto cut = [](std::string text) {
    for (int i = 0; i < 3; ++i) text.erase(text.rfind('\n'));  // the end of the last line, and two lines
    return text;
  };
  EXPECT_NE(to_json(a), to_json(b));
  EXPECT_EQ(cut(to_json(a)), cut(to_json(b)));
  EXPECT_NE(cut(to_json(a)).find("\"tcp.csv\""), std::string::npos);
}

TEST(Summary, TheResultHashSeesResultsAndNothingElse) {
  const std::vector<HashedFile> files = {{"tcp.csv", 1}, {"queues.csv", 2}};
  const std::uint64_t before = result_hash(example(), files);
  RunSummary same = example();
  same.wall_s = 7;
  same.user_s = 8;
  same.result_hash = 9;
  same.files.push_back("plots/cwnd.png");
  EXPECT_EQ(result_hash(same, {files[1], files[0]}), before);
  RunSummary other = example();
  other.apps[0].bytes_acked += 1;
  EXPECT_NE(result_hash(other, files), before);
  EXPECT_NE(result_hash(example(), {{"tcp.csv", 1}, {"queues.csv", 3}}), before);
  EXPECT_NE(result_hash(example(), {{"tcp.csv", 1}}), before);
}

TEST(JainIndex, IsOneForEqualsAndOneOverNForOneAlone) {
  EXPECT_DOUBLE_EQ(*jain_index({5, 5, 5, 5}), 1);
  EXPECT_DOUBLE_EQ(*jain_index({7, 0, 0, 0}), 0.25);
  EXPECT_DOUBLE_EQ(*jain_index({1, 2}), 9.0 / 10);
  EXPECT_FALSE(jain_index({5}));
  EXPECT_FALSE(jain_index({0, 0}));
}

TEST(SummaryTable, SaysWhatAReaderAsksForWithUnitsWithin110Columns) {
  const std::string text = summary_table(example());
  for (const char* part :
       {"reno", "s1 > d1", "4.00 Mbit/s", "52", "38.2 seg", "61.3 ms", "44.0 ms..85.0 ms", "8/10", "ConnRefused",
        "97.2 %", "312", "45.1 p", "100 p", "0.988", "240 simulated seconds", "12.0 M packet hops"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    EXPECT_LE(end - at, 115u) << text.substr(at, end - at);
  }
}

TEST(SummaryTable, AThousandAppsFitOnAScreen) {
  RunSummary s = example();
  s.apps.assign(1000, s.apps[0]);
  const std::string text = summary_table(s);
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 40);
  EXPECT_NE(text.find("980 more"), std::string::npos);
}

class Expectations : public ScratchDir {
 protected:
  ExpectResult judge(const Expectation& e) { return evaluate({e}, to_json(example()), dir / "states.csv").at(0); }
  static Expectation value(const std::string& pointer) {
    Expectation e;
    e.value = pointer;
    return e;
  }
};

TEST_F(Expectations, RangesIncludeTheirEnds) {
  Expectation e = value("/apps/reno/goodput_bps");
  e.min = e.max = 4e6;
  EXPECT_TRUE(judge(e).held);
  e.min = 4e6 + 1;
  e.max.reset();
  const ExpectResult r = judge(e);
  EXPECT_FALSE(r.held);
  EXPECT_EQ(r.got, "4000000.0");
  EXPECT_NE(r.explanation.find("at least 4000001"), std::string::npos);
}

TEST_F(Expectations, OverIsTheRatioOfTwoValues) {
  Expectation e = value("/apps/reno/goodput_bps");
  e.over = "/apps/cubic/goodput_bps";
  e.max = 0.8;
  EXPECT_TRUE(judge(e).held);
  EXPECT_EQ(judge(e).got, "0.8");
  e.max = 0.79;
  EXPECT_FALSE(judge(e).held);
}

TEST_F(Expectations, NearIsWithinAShare) {
  Expectation e = value("/apps/reno/mean_cwnd_segments");
  e.near = 39;
  e.within = 0.02;
  EXPECT_TRUE(judge(e).held);
  e.within = 0.01;
  EXPECT_FALSE(judge(e).held);
}

TEST_F(Expectations, IsComparesAnyJsonValue) {
  Expectation e = value("/apps/web/error");
  e.is = "\"ConnRefused\"";
  EXPECT_TRUE(judge(e).held);
  e.value = "/apps/reno/error";
  e.is = "null";
  EXPECT_TRUE(judge(e).held);
  e.value = "/apps/reno/completed";
  e.is = "true";
  EXPECT_FALSE(judge(e).held);
  e.value = "/apps/reno/segments_retransmitted";
  e.is = "52";
  EXPECT_TRUE(judge(e).held);
}

TEST_F(Expectations, IsGoesWithOverAndWithARange) {
  Expectation e = value("/apps/reno/goodput_bps");
  e.over = "/apps/cubic/goodput_bps";
  e.is = "0.8";
  EXPECT_TRUE(judge(e).held);
  e.is = "4000000";
  EXPECT_FALSE(judge(e).held);
  EXPECT_NE(judge(e).explanation.find("over /apps/cubic/goodput_bps is 0.8, expected 4000000"), std::string::npos);
  e.is = "0.8";
  e.min = 0.9;
  EXPECT_FALSE(judge(e).held);
}

TEST_F(Expectations, AValueThatIsNotThereOrNoNumberDoesNotHold) {
  for (const char* pointer : {"/apps/none/goodput_bps", "apps", "", "/apps/reno/completion_time_s", "/apps/reno/type",
                              "/files/99", "/apps/reno/type/deeper"}) {
    Expectation e = value(pointer);
    e.max = 1e30;
    const ExpectResult r = judge(e);
    EXPECT_FALSE(r.held) << pointer;
    EXPECT_FALSE(r.explanation.empty()) << pointer;
  }
}

TEST_F(Expectations, APathOfStatesIsTheWholePathOfOneEnd) {
  put("states.csv",
      "time_s,app,host,port,from,to,cause\n0,a,h1,1,CLOSED,SYN-SENT,connect\n0.1,a,h2,5001,LISTEN,SYN-RECEIVED,syn\n"
      "0.2,a,h1,1,SYN-SENT,ESTABLISHED,synack\n");
  Expectation e;
  e.app = "a";
  e.host = "h1";
  e.path = {"CLOSED", "SYN-SENT", "ESTABLISHED"};
  EXPECT_TRUE(judge(e).held);
  EXPECT_EQ(judge(e).got, R"(["CLOSED", "SYN-SENT", "ESTABLISHED"])");
  e.path.pop_back();
  EXPECT_FALSE(judge(e).held);
  e.host = "h3";
  EXPECT_FALSE(judge(e).held);
}

// Student's t for 4 degrees of freedom at 97.5 % is 2.776 in every table.
TEST(Comparison, TheIntervalIsStudentsT) {
  const Estimate e = estimate({10, 12, 14, 16, 18});
  EXPECT_EQ(e.n, 5u);
  EXPECT_DOUBLE_EQ(e.mean, 14);
  EXPECT_NEAR(*e.sd, 3.1623, 1e-4);
  EXPECT_NEAR(*e.ci95_high - e.mean, 2.776 * 3.1623 / 2.2361, 1e-3);
  EXPECT_NEAR(e.mean - *e.ci95_low, *e.ci95_high - e.mean, 1e-12);
  EXPECT_FALSE(estimate({3}).sd);
  EXPECT_EQ(estimate({0.1, 0.1, 0.1}).sd, 0);  // 0.1 + 0.1 + 0.1 is not 3 x 0.1
}

class ComparisonFile : public ScratchDir {};

TEST_F(ComparisonFile, HasARowForEachValueAndMetric) {
  ComparisonTable table;
  table.add("reno", {{"jain_index", 1}, {"apps/a/goodput_bps", 10}});
  table.add("reno", {{"jain_index", 3}, {"apps/a/goodput_bps", 10}});
  table.add("cubic,x", {{"jain_index", 0.5}, {"only/here", 2}});
  ASSERT_FALSE(table.write(dir / "table.csv"));
  const std::string text = read(dir / "table.csv");
  EXPECT_EQ(text.substr(0, text.find('\n')), "value,metric,n,mean,sd,ci95_low,ci95_high");
  EXPECT_NE(text.find("\nreno,jain_index,2,2,1.414"), std::string::npos) << text;
  EXPECT_NE(text.find("\nreno,apps/a/goodput_bps,2,10,0,10,10\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\n\"cubic,x\",jain_index,1,0.5,,,\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\n\"cubic,x\",only/here,1,2,,,\n"), std::string::npos) << text;
}

TEST_F(ComparisonFile, TheTextLeavesOutLinksThatCarryNothing) {
  ComparisonTable table;
  for (const char* value : {"20p", "100p"}) {
    table.add(value, {{"apps/a/goodput_bps", 10},
                      {"apps/a/bytes_acked", 99},
                      {"links/slow/forward/utilization", 0.97},
                      {"links/slow/forward/drops_queue", 3},
                      {"links/idle/forward/utilization", 0.01},
                      {"links/idle/forward/drops_queue", 0}});
  }
  const std::string text = table.text();
  EXPECT_NE(text.find("apps/a/goodput_bps"), std::string::npos);
  EXPECT_NE(text.find("links/slow/forward/drops_queue"), std::string::npos);
  EXPECT_EQ(text.find("idle"), std::string::npos);
  EXPECT_NE(text.find("97.0 %"), std::string::npos) << text;
  EXPECT_NE(text.find("10.0 bit/s"), std::string::npos) << text;
  EXPECT_EQ(text.find("bytes_acked"), std::string::npos);
}

TEST(Metrics, AreTheNumbersOfASummaryThatARepetitionMayChange) {
  const auto metrics = metrics_of(to_json(example()));
  const auto has = [&](const std::string& name) {
    return std::any_of(metrics.begin(), metrics.end(), [&](const auto& m) { return m.first == name; });
  };
  EXPECT_TRUE(has("apps/reno/goodput_bps"));
  EXPECT_TRUE(has("links/bottleneck/forward/utilization"));
  EXPECT_FALSE(has("wall_s"));
  EXPECT_FALSE(has("seed"));
  EXPECT_FALSE(has("apps/reno/error"));
}

}  // namespace
}  // namespace wirelab
