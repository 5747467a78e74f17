#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"

namespace wirelab {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kDumbbell = R"({ "generator": "dumbbell", "params": { "pairs": 3, "rate": "5Mbit" } })";

TEST(Topo, ListsNodesAndLinksWithWhatTheyHave) {
  const Scratch here;
  here.write("t.json", kDumbbell);
  const Outcome o = here.wirelab({"topo", "t.json"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, AllOf(StartsWith("t: 8 nodes, 7 links"), HasSubstr("bottleneck"), HasSubstr("5Mbit")));
}

TEST(Topo, WhatItConvertsReadsBackAsTheSameNetwork) {
  const Scratch here;
  here.write("t.json", kDumbbell);
  for (const std::string format : {"json", "dot"}) {
    const Outcome converted = here.wirelab({"topo", "t.json", "--format", format});
    ASSERT_EQ(converted.status, 0) << converted.err;
    here.write("again." + format, converted.out);
    const Outcome again = here.wirelab({"topo", "again." + format});
    EXPECT_EQ(again.status, 0) << again.err;
    EXPECT_THAT(again.err, IsEmpty());
    EXPECT_THAT(again.out, AllOf(StartsWith("again: 8 nodes, 7 links"), HasSubstr("5Mbit")));
  }
}

TEST(Topo, DrawsTheSamePictureTwice) {
  const Scratch here;
  here.write("t.json", kDumbbell);
  const Outcome once = here.wirelab({"topo", "t.json", "--format", "svg"});
  EXPECT_EQ(once.status, 0) << once.err;
  EXPECT_THAT(once.out, AllOf(StartsWith("<svg"), HasSubstr(">left</text>"), HasSubstr(">s3</text>")));
  EXPECT_EQ(here.wirelab({"topo", "t.json", "--format", "svg"}).out, once.out);
}

TEST(Topo, SaysWhereAFileIsWrong) {
  const Scratch here;
  here.write("t.json", "{\n  \"generator\": \"dumbell\"\n}\n");
  const Outcome o = here.wirelab({"topo", "t.json"});
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.out, IsEmpty());
  EXPECT_THAT(o.err, AllOf(StartsWith("t.json:2:16: /generator: "), HasSubstr("\"dumbbell\"")));
  here.write("values.json",
             R"({"nodes": [{"id": "a"}, {"id": "b"}], "links": [{"between": ["a", "b"], "rate": "fast"}]})");
  EXPECT_THAT(here.wirelab({"topo", "values.json"}).err, HasSubstr("\"fast\" is not a rate"));
  EXPECT_EQ(here.wirelab({"topo", "absent.json"}).status, 2);
  EXPECT_EQ(here.wirelab({"topo", "t.json", "--format", "gif"}).status, 2);
}

}  // namespace
}  // namespace wirelab
