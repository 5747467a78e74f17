// `wirelab check`: what a scenario means, without running it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"

namespace wirelab {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// 10 Mbit/s and 2 x (1 + 20 + 1) ms: 55,000 bytes.
TEST(Check, ShowsPathRoundTripAndWhatAQueueInBdpHolds) {
  const Scratch here;
  here.write("x.json", R"({ "duration": "1s", "topology": { "generator": "dumbbell", "params": { "queue": "0.5bdp" } },
    "apps": [ { "id": "flow", "type": "bulk", "from": "s2", "to": "d1" } ] })");
  const Outcome o = here.wirelab({"check", "x.json"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, ContainsRegex("flow +s2 > left > right > d1 +bottleneck +10Mbit +44 ms +36\\.7 packets"));
  EXPECT_THAT(o.out, ContainsRegex("bottleneck +0\\.5bdp +27500 bytes"));
  EXPECT_THAT(o.out, ContainsRegex("bottleneck \\(backward\\) +0\\.5bdp +27500 bytes"));
}

TEST(Check, SaysNothingOfQueuesThatAreWrittenOut) {
  const Scratch here;
  here.write("x.json", R"({ "duration": "1s", "topology": { "generator": "dumbbell", "params": { "queue": "9p" } },
    "apps": [ { "id": "flow", "type": "bulk", "from": "s2", "to": "d1" } ] })");
  EXPECT_THAT(here.wirelab({"check", "x.json"}).out, Not(HasSubstr("holds")));
}

TEST(Check, SaysWhereAFlowMayTakeOtherWays) {
  const Scratch here;
  EXPECT_THAT(here.wirelab({"check", "ecmp"}).out, ContainsRegex("leaf1 +h9 +spine1 or 3 more by flow +leaf1-spine1"));
}

// As in the folder `out`, where every run has left a folder of its scenario's name.
TEST(Check, AFolderDoesNotHideTheScenarioOfItsName) {
  const Scratch here;
  std::filesystem::create_directory(here / "reno-vs-cubic");
  EXPECT_EQ(here.wirelab({"check", "reno-vs-cubic"}).status, 0);
  EXPECT_THAT(here.wirelab({"list", "scenarios"}).out, ContainsRegex("reno-vs-cubic +[A-Z]"));
  EXPECT_THAT(here.wirelab({"check", "./reno-vs-cubic"}).err, HasSubstr("is a directory"));
}

}  // namespace
}  // namespace wirelab
