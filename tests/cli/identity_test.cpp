// The same scenario and seed: the same bytes, wherever, whenever and in whatever surroundings; and what commands add to
// a folder belongs to it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace wirelab {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// Something of each random stream: losses, arrivals, sizes, jitter, corruption, pairing.
constexpr const char* kRandom = R"({ "name": "random", "duration": "3s", "seed": 11,
  "topology": { "generator": "dumbbell", "params": { "pairs": 3, "rate": "5Mbit", "queue": "30p",
      "loss": { "model": "bernoulli", "p": 0.01 } },
    "links": [ { "id": "bottleneck", "jitter": { "stddev": "1ms", "distribution": "normal" }, "corrupt": { "p": 0.002 },
                 "duplicate": { "p": 0.002 }, "reorder": { "p": 0.01, "delay": "3ms" } } ] },
  "apps": [ { "id": "reno", "type": "bulk", "from": "s1", "to": "d1", "tcp": { "cc": "reno" } },
            { "id": "web", "type": "request-response", "from": "s*", "to": "d*", "pairing": "random",
              "arrivals": { "poisson": "10/s" }, "response": { "pareto": { "mean": "20kB", "shape": 1.3 } } },
            { "id": "voice", "type": "cbr", "from": "s2", "to": "d2", "packet": 200,
              "interval": { "exponential": "20ms" } } ],
  "record": { "pcap": "all", "tcp": "all", "cc": true } })";

class Identity : public testing::Test {
 protected:
  Identity() { here.write("random.json", kRandom); }

  std::map<std::string, std::string> files_in(const std::string& folder) const { return results_in(here / folder); }
  json summary(const std::string& folder) const { return json::parse(content_of(here / (folder + "/summary.json"))); }
  bool there_is(const std::string& program) const { return here.shell("command -v " + program).status == 0; }

  Scratch here;
};

TEST_F(Identity, SurroundingsChangeNoByte) {
  ASSERT_EQ(here.wirelab({"run", "random.json", "-q", "-o", "a"}).status, 0);
  const Outcome other = here.shell(
      "mkdir elsewhere; cd elsewhere; umask 077; LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8 TZ=Asia/Kolkata HOME=/nowhere "
      "\"$WIRELAB\" run ../random.json -q -o ../b --threads 2");
  ASSERT_EQ(other.status, 0) << other.err;
  const auto a = files_in("a"), b = files_in("b");
  EXPECT_GE(a.size(), 10u);
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, content] : a) EXPECT_TRUE(b.at(name) == content) << name;
}

TEST_F(Identity, TheResolvedScenarioIsAFixedPoint) {
  ASSERT_EQ(here.wirelab({"run", "random.json", "--no-plot", "-q", "-o", "a", "--seed", "5", "--set",
                          "apps/reno/tcp/cc=vegas"})
                .status,
            0);
  ASSERT_EQ(here.wirelab({"run", "a/scenario.json", "--no-plot", "-q", "-o", "b"}).status, 0);
  const auto a = files_in("a"), b = files_in("b");
  for (const auto& [name, content] : a) EXPECT_TRUE(b.at(name) == content) << name;
  EXPECT_EQ(summary("b")["result_hash"], summary("a")["result_hash"]);
}

TEST_F(Identity, AnotherSeedIsAnotherResult) {
  ASSERT_EQ(here.wirelab({"run", "random.json", "--no-plot", "-q", "-o", "a"}).status, 0);
  ASSERT_EQ(here.wirelab({"run", "random.json", "--no-plot", "-q", "-o", "b", "--seed", "12"}).status, 0);
  EXPECT_NE(summary("b")["result_hash"], summary("a")["result_hash"]);
}

TEST_F(Identity, WhatIsRecordedDoesNotChangeWhatHappens) {
  ASSERT_EQ(here.wirelab({"run", "random.json", "--no-plot", "-q", "-o", "a"}).status, 0);
  ASSERT_EQ(here.wirelab({"run", "random.json", "--no-plot", "-q", "-o", "b", "--set", "record=none"}).status, 0);
  json a = summary("a"), b = summary("b");
  for (const char* differs : {"scenario_hash", "result_hash", "files", "wall_s", "user_s", "events"}) {
    a.erase(differs);
    b.erase(differs);
  }
  EXPECT_EQ(a, b);
  EXPECT_THAT(summary("b")["files"], testing::ElementsAre("scenario.json", "summary.json"));
}

TEST_F(Identity, AComparisonOverItsOwnFolderGivesTheSameBytes) {
  const std::vector<std::string> command = {
      "compare", "random.json", "--vary", "apps/reno/tcp/cc=reno,cubic", "-q", "--set", "duration=1s", "-o", "c"};
  ASSERT_EQ(here.wirelab(command).status, 0);
  const auto first = files_in("c");
  EXPECT_EQ(first.count("summary.json"), 1u);
  const Outcome again = here.wirelab(command);
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(files_in("c"), first);
  // The list is complete: every file below the folder stands in it.
  std::vector<std::string> names;
  for (const auto& [name, content] : first) names.push_back(name);
  EXPECT_EQ(summary("c")["files"], json(names));
}

TEST_F(Identity, AComparisonRemovesWhatAnEarlierOneWroteAndNothingElse) {
  const auto compare = [&](const std::string& values) {
    return here.wirelab({"compare", "random.json", "--set", "duration=1s", "--vary", "apps/reno/tcp/cc=" + values,
                         "--no-plot", "-q", "-o", "c"});
  };
  ASSERT_EQ(compare("reno,vegas").status, 0);
  here.write("c/notes.txt", "mine");
  ASSERT_EQ(compare("reno,cubic").status, 0);
  EXPECT_FALSE(fs::exists(here / "c/runs/vegas"));
  EXPECT_TRUE(fs::exists(here / "c/runs/cubic/summary.json"));
  EXPECT_TRUE(fs::exists(here / "c/notes.txt"));
  here.write("other/notes.txt", "mine");
  EXPECT_EQ(
      here.wirelab({"compare", "random.json", "--vary", "duration=1s,2s", "--no-plot", "-q", "-o", "other"}).status, 2);
  EXPECT_FALSE(fs::exists(here / "other/runs"));
}

TEST_F(Identity, PicturesDrawnLaterBelongToTheRun) {
  ASSERT_EQ(here.wirelab({"run", "random.json", "--no-plot", "-q", "-o", "a"}).status, 0);
  const auto before = files_in("a");
  const std::string hash = summary("a")["result_hash"];
  const Outcome o = here.wirelab({"plot", "a", "--kind", "jain,cwnd"});
  if (!there_is("gnuplot")) {
    EXPECT_EQ(o.status, 3);
  } else {
    EXPECT_EQ(o.status, 0) << o.err;
    EXPECT_THAT(summary("a")["files"], testing::Contains("plots/cwnd.png"));
  }
  std::vector<std::string> names;
  for (const auto& [name, content] : files_in("a")) names.push_back(name);
  EXPECT_EQ(summary("a")["files"], json(names));
  EXPECT_EQ(summary("a")["result_hash"], hash);
  ASSERT_EQ(here.wirelab({"run", "random.json", "--no-plot", "-q", "-o", "a"}).status, 0);
  EXPECT_EQ(files_in("a"), before);
  EXPECT_FALSE(fs::exists(here / "a/plots"));
}

TEST_F(Identity, JsonIsAloneOnStandardOutput) {
  const Outcome one = here.shell("PATH=/nowhere \"$WIRELAB\" run random.json --json -o a");
  EXPECT_EQ(one.status, 0) << one.err;
  EXPECT_EQ(json::parse(one.out)["scenario"], "random");
  EXPECT_THAT(one.err, HasSubstr("gnuplot"));  // remarks do not stand in its way
  here.write("second.json", R"({ "name": "second", "duration": "1s", "topology": { "generator": "chain" },
    "apps": [ { "type": "bulk", "from": "h1", "to": "h2" } ] })");
  const Outcome two = here.wirelab({"run", "random.json", "second.json", "--json", "--no-plot", "-o", "both"});
  EXPECT_EQ(two.status, 0) << two.err;
  const json all = json::parse(two.out);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1]["scenario"], "second");
  EXPECT_TRUE(fs::exists(here / "both/random/summary.json"));
  EXPECT_TRUE(fs::exists(here / "both/second/summary.json"));
  const Outcome checked = here.wirelab({"check", "random.json", "--json"});
  EXPECT_TRUE(json::accept(checked.out));
}

TEST_F(Identity, TheReportIsXml) {
  const std::string expect =
      R"(expect=[{"value": "/apps/reno/timeouts", "min": 0}, {"value": "/jain_index", "is": "<&\">"}])";
  EXPECT_EQ(
      here.wirelab({"run", "random.json", "--no-plot", "-q", "--set", expect, "--junit", "deep/junit.xml"}).status, 1);
  const std::string xml = content_of(here / "deep/junit.xml");
  EXPECT_THAT(xml, StartsWith("<?xml"));
  EXPECT_THAT(xml, HasSubstr("tests=\"2\" failures=\"1\""));
  EXPECT_TRUE(!there_is("xmllint") || here.shell("xmllint --noout deep/junit.xml").status == 0);
}

TEST_F(Identity, StandardInputIsReadOnceForAllRunsOfAComparison) {
  const Outcome o = here.wirelab({"compare", "-", "--vary", "duration=1s,2s", "--no-plot", "-q", "-o", "c"}, kRandom);
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, IsEmpty());
  EXPECT_EQ(summary("c/runs/2s")["sim_time_s"], 2);
}

}  // namespace
}  // namespace wirelab
