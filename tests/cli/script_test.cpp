// wirelab script, from outside: what it prints, writes and answers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"

namespace wirelab {
namespace {

using testing::HasSubstr;

const char* const kGood = R"(0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <...>
+.1 < R. 0:0(0) ack 1 win 0
+0 connect(3, ..., ...) = -1 ECONNREFUSED (Connection refused)
)";
const char* const kBad = R"(0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S. 0:0(0) ack 1 <...>
)";

TEST(Script, PassesWithStatus0) {
  const Scratch s;
  s.write("good.pkt", kGood);
  const Outcome o = s.wirelab({"script", "good.pkt"});
  EXPECT_EQ(o.status, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("pass"));
  EXPECT_THAT(o.out, HasSubstr("1 passed (1 of them also at 1 ms or 1 %), 0 failed, 0 unsupported"));
}

TEST(Script, AFailureNamesTheLineAndEndsWithStatus1) {
  const Scratch s;
  s.write("good.pkt", kGood);
  s.write("bad.pkt", kBad);
  const Outcome o = s.wirelab({"script", "bad.pkt", "good.pkt"});
  EXPECT_EQ(o.status, 1);
  EXPECT_THAT(o.out, HasSubstr("bad.pkt:3: the flags differ"));
  EXPECT_THAT(o.out, HasSubstr("1 passed"));
}

TEST(Script, WhatIsNotKnownIsNoPass) {
  const Scratch s;
  s.write("odd.pkt", "0 mmap(1) = 0\n");
  const Outcome o = s.wirelab({"script", "odd.pkt"});
  EXPECT_EQ(o.status, 1);
  EXPECT_THAT(o.out, HasSubstr("odd.pkt:1: the call mmap is not modelled"));
}

TEST(Script, AFileThatIsNotThereIsStatus2AndNothingRuns) {
  const Scratch s;
  s.write("good.pkt", kGood);
  const Outcome o = s.wirelab({"script", "good.pkt", "missing.pkt"});
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.err, HasSubstr("missing.pkt is not there"));
  EXPECT_EQ(o.out, "");
}

TEST(Script, ATextThatIsNoScriptIsToldWithItsPlaceAndStatus2) {
  const Scratch s;
  s.write("good.pkt", kGood);
  s.write("broken.pkt", "0 socket(..., SOCK_STREEM, IPPROTO_TCP) = 3\n");
  const Outcome o = s.wirelab({"script", "good.pkt", "broken.pkt"});
  EXPECT_EQ(o.status, 2);
  EXPECT_THAT(o.out, HasSubstr("broken.pkt:1:15: the word SOCK_STREEM is not known; did you mean SOCK_STREAM?"));
  EXPECT_THAT(o.out, HasSubstr("1 passed"));
  EXPECT_THAT(s.wirelab({"script", "."}).err, HasSubstr("is a folder"));
}

TEST(Script, WritesCapturesAndAJunitReport) {
  const Scratch s;
  s.write("good.pkt", kGood);
  s.write("bad.pkt", kBad);
  const Outcome o = s.wirelab({"script", "--pcap", "captures", "--junit", "report.xml", "good.pkt", "bad.pkt"});
  EXPECT_EQ(o.status, 1) << o.err;
  const std::string pcap = content_of(s / "captures" / "good.pcap");
  EXPECT_EQ(pcap.substr(0, 4), "\x4d\x3c\xb2\xa1");
  const std::string report = content_of(s / "report.xml");
  EXPECT_THAT(report, HasSubstr("tests=\"2\" failures=\"1\" skipped=\"0\""));
  EXPECT_THAT(report, HasSubstr("bad.pkt:3: the flags differ"));
}

TEST(Script, ToleranceIsATime) {
  const Scratch s;
  s.write("good.pkt", kGood);
  EXPECT_EQ(s.wirelab({"script", "--tolerance", "5ms", "good.pkt"}).status, 0);
  EXPECT_EQ(s.wirelab({"script", "--tolerance", "5", "good.pkt"}).status, 2);
  EXPECT_EQ(s.wirelab({"script", "--strict", "good.pkt"}).status, 0);
}

TEST(Script, DefinitionsReachTheScripts) {
  const Scratch s;
  s.write("good.pkt", std::string(kGood).replace(std::string(kGood).find("ECONNREFUSED"), 12, "ERRNO"));
  EXPECT_EQ(s.wirelab({"script", "-D", "ERRNO=ECONNREFUSED", "good.pkt"}).status, 0);
  EXPECT_EQ(s.wirelab({"script", "good.pkt"}).status, 2) << "a word that nobody knows";
}

}  // namespace
}  // namespace wirelab
