// datagrams.csv as the program writes it: every row can be worked out by hand.

#include <gtest/gtest.h>

#include <string>

#include "cli/program.h"

namespace wirelab {
namespace {

// Two hosts, 10 ms apart: 1028 bytes at 8.224 Mbit/s take 1 ms, and an echo of 84 bytes 81.712... us each way.
std::string scenario(const std::string& apps, const std::string& record) {
  return R"({ "duration": "1s", "plots": [], "record": { )" + record + R"( }, "topology": {
    "nodes": [{ "id": "a" }, { "id": "b" }],
    "links": [{ "id": "l", "between": ["a", "b"], "rate": "8.224Mbit", "delay": "10ms",
                "forward": { "loss": { "model": "list", "packets": [2], "match": "udp" } } }] },
    "apps": [)" +
         apps + "] }";
}

const std::string kVoice =
    R"({ "id": "voice", "type": "cbr", "from": "a", "to": "b", "interval": "100ms", "packet": 1000, "stop": "250ms" })";
const std::string kPing = R"({ "id": "echo", "type": "ping", "from": "a", "to": "b", "count": 1 })";

TEST(DatagramsFile, HasWhatWasSentReceivedAndTheDelay) {
  const Scratch here;
  here.write("x.json", scenario(kVoice, R"("tcp_sampling": "every")"));
  ASSERT_EQ(here.wirelab({"run", "x.json", "-q", "-o", "dir"}).status, 0);
  EXPECT_EQ(content_of(here / "dir/datagrams.csv"),
            "time_s,app,sent,received,bytes_sent,bytes_received,delay_s\n"
            "0,voice,1,0,1000,0,\n"
            "0.011,voice,1,1,1000,1000,0.011\n"
            "0.1,voice,2,1,2000,1000,\n"
            "0.2,voice,3,1,3000,1000,\n"
            "0.211,voice,3,2,3000,2000,0.011\n");
}

TEST(DatagramsFile, OfPingHasTheRoundTrip) {
  const Scratch here;
  here.write("x.json", scenario(kPing, R"("tcp_sampling": "every")"));
  ASSERT_EQ(here.wirelab({"run", "x.json", "-q", "-o", "dir"}).status, 0);
  const std::string rows = content_of(here / "dir/datagrams.csv");
  EXPECT_NE(rows.find("\n0,echo,1,0,56,0,\n0.020163424"), std::string::npos) << rows;  // 2 x (10 ms + 81.712 us)
}

TEST(DatagramsFile, HoldsTheFlowsThatAreAskedFor) {
  const Scratch here;
  here.write("one.json", scenario(kVoice + "," + kPing, R"("datagrams": ["echo"])"));
  here.write("none.json", scenario(kVoice + "," + kPing, R"("datagrams": "none")"));
  ASSERT_EQ(here.wirelab({"run", "one.json", "none.json", "-q"}).status, 0);
  const std::string rows = content_of(here / "out/one/datagrams.csv");
  EXPECT_NE(rows.find(",echo,"), std::string::npos);
  EXPECT_EQ(rows.find(",voice,"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(here / "out/none/datagrams.csv"));
}

// At most one row of each kind, sent and arrived, in an interval, and one when the program stops, with what was left
// out since and the longest of its delays.
TEST(DatagramsFile, IsThinnedOutByTheSampling) {
  const Scratch here;
  here.write("x.json", scenario(kVoice, R"("tcp_sampling": "500ms")"));
  ASSERT_EQ(here.wirelab({"run", "x.json", "-q", "-o", "dir"}).status, 0);
  EXPECT_EQ(content_of(here / "dir/datagrams.csv"),
            "time_s,app,sent,received,bytes_sent,bytes_received,delay_s\n"
            "0,voice,1,0,1000,0,\n"
            "0.011,voice,1,1,1000,1000,0.011\n"
            "0.25,voice,3,2,3000,2000,0.011\n");
}

// What is under way when the program stops arrives when it arrives, however thin the rows are otherwise.
TEST(DatagramsFile, TellsTheLastArrivalsAtTheirOwnTime) {
  const Scratch here;
  here.write("x.json", scenario(kVoice, R"("tcp_sampling": "500ms")"));
  ASSERT_EQ(here.wirelab({"run", "x.json", "-q", "-o", "dir", "--set", "apps/voice/stop=205ms"}).status, 0);
  EXPECT_EQ(content_of(here / "dir/datagrams.csv"),
            "time_s,app,sent,received,bytes_sent,bytes_received,delay_s\n"
            "0,voice,1,0,1000,0,\n"
            "0.011,voice,1,1,1000,1000,0.011\n"
            "0.205,voice,3,1,3000,1000,\n"
            "0.211,voice,3,2,3000,2000,0.011\n");
}

}  // namespace
}  // namespace wirelab
