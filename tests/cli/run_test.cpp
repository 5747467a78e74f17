#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace wirelab {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kTwoFlows = R"({
  "name": "two",
  "duration": "2s",
  "topology": { "generator": "dumbbell", "params": { "rate": "5Mbit", "queue": "20p" } },
  "apps": [
    { "id": "reno", "type": "bulk", "from": "s1", "to": "d1", "tcp": { "cc": "reno" } },
    { "id": "cubic", "type": "bulk", "from": "s2", "to": "d2" }
  ],
  "expect": [ { "value": "/apps/reno/timeouts", "min": 0 } ]
})";

class Run : public testing::Test {
 protected:
  Run() { here.write("two.json", kTwoFlows); }

  std::map<std::string, std::string> files_in(const std::string& folder) const { return results_in(here / folder); }
  json summary(const std::string& folder) const { return json::parse(content_of(here / (folder + "/summary.json"))); }

  Scratch here;
};

TEST_F(Run, WritesItsResultsIntoTheFolderOfItsName) {
  const Outcome o = here.wirelab({"run", "two.json", "--no-plot"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, AllOf(HasSubstr("reno"), HasSubstr("cubic"), HasSubstr("out/two/summary.json")));
  for (const char* file : {"summary.json", "scenario.json", "tcp.csv", "states.csv", "queues.csv"}) {
    EXPECT_TRUE(fs::exists(here / "out/two" / file)) << file;
  }
  const json s = summary("out/two");
  EXPECT_EQ(s["scenario"], "two");
  EXPECT_EQ(s["interrupted"], false);
  EXPECT_GT(s["apps"]["reno"]["bytes_acked"], 0);
}

TEST_F(Run, NothingBelowTheNameIsHalfWritten) {
  ASSERT_EQ(here.wirelab({"run", "two.json", "--no-plot"}).status, 0);
  for (const auto& [name, content] : files_in("out/two")) EXPECT_THAT(name, Not(HasSubstr("part")));
}

TEST_F(Run, WallClockTimesStandAloneOnTheLastTwoLines) {
  ASSERT_EQ(here.wirelab({"run", "two.json", "--no-plot"}).status, 0);
  std::string text = content_of(here / "out/two/summary.json");
  const auto wall = text.find("\n  \"wall_s\": "), user = text.find("\n  \"user_s\": ");
  ASSERT_NE(wall, std::string::npos);
  ASSERT_GT(user, wall);
  EXPECT_EQ(std::count(text.begin() + static_cast<std::ptrdiff_t>(wall) + 1, text.end(), '\n'),
            2);  // the brace shares the last
}

TEST_F(Run, TwiceGivesTheSameBytes) {
  ASSERT_EQ(here.wirelab({"run", "two.json", "--no-plot", "--pcap", "-q", "-o", "a"}).status, 0);
  ASSERT_EQ(here.wirelab({"run", "two.json", "--no-plot", "--pcap", "-q", "-o", "b"}).status, 0);
  EXPECT_EQ(files_in("a"), files_in("b"));
  EXPECT_THAT(files_in("a").size(), testing::Gt(6u));  // the captures too
}

TEST_F(Run, WhatItResolvedRunsToTheSameResult) {
  ASSERT_EQ(here.wirelab({"run", "two.json", "--no-plot", "--seed", "7", "--set", "apps/cubic/tcp/cc=vegas", "-o", "a"})
                .status,
            0);
  const Outcome again = here.wirelab({"run", "a/scenario.json", "--no-plot", "-o", "b"});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(summary("a")["result_hash"], summary("b")["result_hash"]);
  EXPECT_EQ(summary("b")["seed"], 7);
  EXPECT_EQ(summary("b")["apps"]["cubic"]["cc"], "vegas");
}

TEST_F(Run, AnExpectationThatDoesNotHoldIsStatusOneAndAFailedCase) {
  const Outcome o = here.wirelab({"run", "two.json", "--no-plot", "--set",
                                  R"(expect=[{"value": "/apps/reno/timeouts", "min": 1000}])", "--junit", "junit.xml"});
  EXPECT_EQ(o.status, 1) << o.err;
  EXPECT_THAT(content_of(here / "junit.xml"), AllOf(HasSubstr("failures=\"1\""), HasSubstr("/apps/reno/timeouts")));
  EXPECT_EQ(summary("out/two")["expect"][0]["held"], false);
}

TEST_F(Run, AWrongScenarioLeavesTheLastResultsAlone) {
  ASSERT_EQ(here.wirelab({"run", "two.json", "--no-plot", "-o", "a"}).status, 0);
  const auto before = files_in("a");
  const Outcome o = here.wirelab({"run", "two.json", "--no-plot", "-o", "a", "--set", "apps/reno/tcp/cc=renoo"});
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.err, AllOf(HasSubstr("--set"), HasSubstr("/apps/reno/tcp/cc"), HasSubstr("\"reno\"")));
  EXPECT_EQ(files_in("a"), before);
}

TEST_F(Run, OneWrongScenarioOfTwoRunsNeither) {
  here.write("wrong.json", R"({ "name": "wrong", "duration": "1s", "topolgy": {} })");
  const Outcome o = here.wirelab({"run", "two.json", "wrong.json", "--no-plot"});
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.err, HasSubstr("\"topology\""));
  EXPECT_FALSE(fs::exists(here / "out"));
}

TEST_F(Run, AFolderThatHoldsSomethingElseIsRefusedUnlessForced) {
  here.write("mine/thesis.txt", "years of work");
  const Outcome o = here.wirelab({"run", "two.json", "--no-plot", "-o", "mine"});
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.err, HasSubstr("--force"));
  EXPECT_FALSE(fs::exists(here / "mine/summary.json"));
  EXPECT_EQ(here.wirelab({"run", "two.json", "--no-plot", "-o", "mine", "--force"}).status, 0);
  EXPECT_EQ(content_of(here / "mine/thesis.txt"), "years of work");
}

TEST_F(Run, WhatTheLastRunWroteAndThisOneDoesNotIsRemoved) {
  ASSERT_EQ(here.wirelab({"run", "two.json", "--no-plot", "--pcap", "-o", "a"}).status, 0);
  ASSERT_TRUE(fs::exists(here / "a/pcap"));
  here.write("a/notes.txt", "kept");
  ASSERT_EQ(here.wirelab({"run", "two.json", "--no-plot", "-o", "a"}).status, 0);
  EXPECT_FALSE(fs::exists(here / "a/pcap"));
  EXPECT_TRUE(fs::exists(here / "a/notes.txt"));
}

TEST_F(Run, InterruptedItWritesWhatItHas) {
  const Outcome o = here.shell(
      "\"$WIRELAB\" run two.json --set duration=10h --no-plot -q & run=$!\n"
      "sleep 1; kill -INT $run; wait $run");
  EXPECT_EQ(o.status, 130) << o.err;
  const json s = summary("out/two");
  EXPECT_EQ(s["interrupted"], true);
  EXPECT_GT(s["sim_time_s"], 0);
  EXPECT_LT(s["sim_time_s"], 36000);
}

TEST_F(Run, ReadsAScenarioFromStandardInput) {
  const Outcome o = here.wirelab({"run", "-", "--no-plot", "-q"}, kTwoFlows);
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, IsEmpty());
  EXPECT_TRUE(fs::exists(here / "out/two/summary.json"));
}

TEST_F(Run, PrintsTheSummaryAsJsonWhenAsked) {
  const Outcome o = here.wirelab({"run", "two.json", "--no-plot", "--json"});
  EXPECT_EQ(o.status, 0);
  EXPECT_EQ(o.out, content_of(here / "out/two/summary.json"));
}

TEST_F(Run, WithoutGnuplotPicturesAreARemarkUnlessDemanded) {
  const Outcome remark = here.shell("PATH=/nowhere \"$WIRELAB\" run two.json");
  EXPECT_EQ(remark.status, 0);
  EXPECT_THAT(remark.err, HasSubstr("gnuplot"));
  EXPECT_EQ(here.shell("PATH=/nowhere \"$WIRELAB\" run two.json --plot").status, 3);
}

TEST_F(Run, AFolderThatCannotBeMadeIsStatusThree) {
  const Outcome o = here.wirelab({"run", "two.json", "--no-plot", "-o", "/proc/nowhere"});
  EXPECT_EQ(o.status, 3);
  EXPECT_THAT(o.err, HasSubstr("/proc/nowhere"));
}

TEST_F(Run, AHostThatNoRouteReachesIsAFaultOfTheFile) {
  here.write("apart.json", R"({ "duration": "1s",
  "topology": { "nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}],
                "links": [{"between": ["a", "b"]}, {"between": ["c", "d"]}] },
  "apps": [{ "type": "bulk", "from": "a",
             "to": "d" }] })");
  const Outcome o = here.wirelab({"run", "apart.json"});
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.err, HasSubstr("apart.json:5:20: /apps/0/to: there is no way from a to d"));
}

TEST_F(Run, PicturesOfAComparisonAreDrawnAgain) {
  const auto draw = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"plot", "c"});
    return here.wirelab(arguments);
  };
  ASSERT_EQ(
      here.wirelab({"compare", "two.json", "--vary", "apps/reno/tcp/cc=reno,vegas", "--no-plot", "-o", "c"}).status, 0);
  const Outcome o = draw({});
  if (o.status == 3 && o.err.find("gnuplot") != std::string::npos) GTEST_SKIP() << "needs gnuplot";
  EXPECT_EQ(o.status, 0);
  const std::string script = content_of(here / "c/plots/cwnd.gp");
  EXPECT_THAT(script, AllOf(HasSubstr("cc=reno"), HasSubstr("cc=vegas")));
  EXPECT_THAT(content_of(here / "c/summary.json"), HasSubstr("plots/cwnd.gp"));
  EXPECT_EQ(draw({"--kind", "queue", "--format", "svg"}).out, "c/plots/queue.svg\n");
}

TEST_F(Run, AHostThatStandsInTheWayOfOthersIsNamed) {
  here.write("row.json", R"({ "duration": "1s",
  "topology": { "nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
                "links": [{"between": ["a", "b"]}, {"between": ["b", "c"]}] },
  "apps": [{ "type": "bulk", "from": "a", "to": "c" }] })");
  const Outcome o = here.wirelab({"check", "row.json"});
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.err, AllOf(HasSubstr("b stands between them and is a host"), HasSubstr("\"type\": \"router\"")));
}

TEST_F(Run, ComparingRunsOncePerValueWithNothingElseDifferent) {
  const Outcome o =
      here.wirelab({"compare", "two.json", "--vary", "apps/reno/tcp/cc=reno,vegas", "--no-plot", "-o", "c"});
  ASSERT_EQ(o.status, 0) << o.err;
  EXPECT_EQ(summary("c/runs/reno")["apps"]["reno"]["cc"], "reno");
  EXPECT_EQ(summary("c/runs/vegas")["apps"]["reno"]["cc"], "vegas");
  ASSERT_EQ(here.wirelab({"run", "two.json", "--no-plot", "-o", "alone"}).status, 0);
  EXPECT_EQ(summary("c/runs/reno")["result_hash"], summary("alone")["result_hash"]);
  const std::string table = content_of(here / "c/table.csv");
  EXPECT_THAT(table, testing::StartsWith("value,metric,n,mean,sd,ci95_low,ci95_high\n"));
  EXPECT_THAT(table,
              AllOf(HasSubstr("\nreno,apps/reno/goodput_bps,1,"), HasSubstr("\nvegas,apps/reno/goodput_bps,1,")));
}

TEST_F(Run, ComparedValuesThatHoldCommasAreAJsonList) {
  const Outcome o = here.wirelab({"compare", "two.json", "--vary",
                                  R"(apps/cubic/start=["0.5s", {"uniform": ["1s", "1s"]}])", "--no-plot", "-o", "c"});
  ASSERT_EQ(o.status, 0) << o.err;
  EXPECT_EQ(summary("c/runs/0.5s")["apps"]["cubic"]["start_s"], 0.5);
  int others = 0;
  for (const auto& run : fs::directory_iterator(here / "c/runs")) {
    if (run.path().filename() == "0.5s") continue;
    EXPECT_EQ(json::parse(content_of(run.path() / "summary.json"))["apps"]["cubic"]["start_s"], 1);
    ++others;
  }
  EXPECT_EQ(others, 1);
}

TEST_F(Run, RepetitionsTakeSeedsOneApartAndNeedSomethingRandom) {
  // Linux's timers tick with a phase that the seed draws; those of `rfc` are exact.
  const std::vector<std::string> base = {
      "compare", "two.json", "--vary", "apps/reno/tcp/cc=reno,vegas", "--no-plot", "--repeat", "3",
      "-o",      "c",        "--set",  "defaults/tcp/profile=rfc"};
  const Outcome refused = here.wirelab(base);
  EXPECT_EQ(refused.status, 2);
  EXPECT_FALSE(fs::exists(here / "c"));
  auto random = base;
  random.insert(random.end(), {"--seed", "5", "--set", R"(apps/cubic/start={"uniform": ["0s", "1s"]})"});
  ASSERT_EQ(here.wirelab(random).status, 0);
  EXPECT_EQ(summary("c/runs/reno")["seed"], 5);
  EXPECT_EQ(summary("c/runs/reno.3")["seed"], 7);
  EXPECT_THAT(content_of(here / "c/table.csv"), HasSubstr("\nvegas,apps/cubic/goodput_bps,3,"));
}

TEST_F(Run, PlotsAreDrawnAgainFromWhatWasRecorded) {
  ASSERT_EQ(here.wirelab({"run", "two.json", "--no-plot", "-o", "a"}).status, 0);
  const Outcome o = here.wirelab({"plot", "a", "--kind", "cwnd", "--format", "svg"});
  if (o.status == 3 && o.err.find("gnuplot") != std::string::npos) GTEST_SKIP() << "needs gnuplot";
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_TRUE(fs::exists(here / "a/plots/cwnd.svg"));
  EXPECT_FALSE(fs::exists(here / "a/plots/cwnd.png"));
  const Outcome wrong = here.wirelab({"plot", "a", "--kind", "cwdn"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean \"cwnd\"?"));
}

}  // namespace
}  // namespace wirelab
