#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

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

// Where links cross, their middles meet: the texts must not.
TEST(Topo, DrawsTextsThatDoNotHideEachOther) {
  const Scratch here;
  here.write("mesh.json", R"({ "generator": "full-mesh" })");
  const std::string svg = here.wirelab({"topo", "mesh.json", "--format", "svg"}).out;
  struct Rectangle {
    double x, y, width, height;
  };
  std::vector<Rectangle> texts;
  const std::regex written("<rect x=\"([-.0-9]+)\" y=\"([-.0-9]+)\" width=\"([.0-9]+)\" height=\"([.0-9]+)\"");
  for (std::sregex_iterator m(svg.begin(), svg.end(), written), end; m != end; ++m) {
    texts.push_back({std::stod((*m)[1]), std::stod((*m)[2]), std::stod((*m)[3]), std::stod((*m)[4])});
  }
  ASSERT_EQ(texts.size(), 8u + 10u);  // nodes and links
  for (std::size_t i = 0; i < texts.size(); ++i) {
    for (std::size_t j = i + 1; j < texts.size(); ++j) {
      const Rectangle &a = texts[i], &b = texts[j];
      const bool apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      EXPECT_TRUE(apart) << i << " and " << j;
    }
  }
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
