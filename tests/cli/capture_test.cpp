// Captures as tshark reads them: whole packets, the handshakes and closes that took place, and wrong checksums exactly
// where the run corrupted a packet.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/program.h"

namespace wirelab {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Each;
using testing::IsEmpty;

/// A little of everything: TCP that is cut into fragments, TCP that finds the path's MTU, UDP in three fragments, small
/// UDP with an odd length, echo, connections that open and close in both directions, and one that is reset.
std::string everything(const std::string& impairment) {
  return R"({ "name": "all", "duration": "20s",
  "topology": { "nodes": [{ "id": "a" }, { "id": "b" }, { "id": "c" }, { "id": "r", "type": "router" }],
    "links": [ { "id": "ar", "between": ["a", "r"], "mtu": 1500 }, { "id": "cr", "between": ["c", "r"] },
               { "id": "rb", "between": ["r", "b"], "rate": "5Mbit", "mtu": 576)" +
         impairment + R"( } ] },
  "apps": [
    { "id": "cut", "type": "bulk", "from": "a", "to": "b", "size": "200kB", "tcp": { "mtu_discovery": false } },
    { "id": "fits", "type": "bulk", "from": "c", "to": "b", "size": "200kB", "stop": "15s" },
    { "id": "udp", "type": "cbr", "from": "c", "to": "b", "rate": "300kbit", "packet": 1600, "stop": "15s" },
    { "id": "small", "type": "cbr", "from": "b", "to": "a", "rate": "40kbit", "packet": 201, "stop": "15s" },
    { "id": "ping", "type": "ping", "from": "a", "to": "b", "interval": "50ms", "size": 101, "stop": "15s" },
    { "id": "talk", "type": "request-response", "from": "b", "to": "a", "requests": 20 },
    { "id": "reset", "type": "bulk", "from": "b", "to": "c", "start": "5s", "stop": "6s", "abort": true } ] })";
}

class Capture : public testing::Test {
 protected:
  void SetUp() override {
    if (here.shell("tshark --version").status != 0) GTEST_SKIP() << "needs tshark";
  }
  void run(const std::string& scenario) {
    here.write("s.json", scenario);
    const Outcome o = here.wirelab({"run", "s.json", "--no-plot", "--pcap", "-q", "-o", "dir"});
    ASSERT_EQ(o.status, 0) << o.err;
    summary = json::parse(content_of(here / "dir/summary.json"));
  }
  std::vector<std::string> captures() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(here / "dir/pcap")) names.push_back(entry.path().stem());
    return names;
  }
  /// The fields of each packet that the filter lets pass, with every checksum verified; one line each.
  std::vector<std::string> packets(const std::string& capture, const std::string& filter,
                                   const std::string& fields = "-e frame.number") const {
    // Two passes: analysis that looks ahead is complete then.
    const Outcome o = here.shell("tshark -2 -r 'dir/pcap/" + capture + ".pcap' -o ip.check_checksum:TRUE " +
                                 "-o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE -T fields -E separator=, " +
                                 fields + " -Y '" + filter + "'");
    EXPECT_EQ(o.status, 0) << capture << ": " << o.err;
    std::vector<std::string> lines;
    std::istringstream in(o.out);
    for (std::string line; std::getline(in, line);) {
      if (line.find("Running as user") == std::string::npos) lines.push_back(line);
    }
    return lines;
  }
  std::size_t count(const std::string& capture, const std::string& filter) const {
    return packets(capture, filter).size();
  }

  static constexpr const char* kWrong =
      "(tcp.checksum.status == 0 || udp.checksum.status == 0 || icmp.checksum.status == 0)";
  Scratch here;
  json summary;
};

TEST_F(Capture, NothingIsMalformedAndNoChecksumIsWrong) {
  run(everything(""));
  ASSERT_EQ(captures().size(), 6u);
  for (const std::string& capture : captures()) {
    const auto all = packets(capture, "frame",
                             "-e _ws.col.Protocol -e ip.checksum.status -e tcp.checksum.status "
                             "-e udp.checksum.status -e icmp.checksum.status -e _ws.malformed");
    EXPECT_GT(all.size(), 100u) << capture;
    // Payload is payload, and no analyser takes it for a protocol; each checksum that is there is right (1).
    EXPECT_THAT(all, Each(testing::MatchesRegex("TCP,1,1,,,|UDP,1,,1,,|ICMP,1,,,1,|IPv4,1,,,,"))) << capture;
  }
}

TEST_F(Capture, EachPacketStandsInTheCapturesOfBothEndsOfItsLink) {
  run(everything(""));
  for (const char* link : {"ar", "rb", "cr"}) {
    const json& directions = summary["links"][link];
    const auto sent =
        directions["forward"]["packets"].get<std::size_t>() + directions["backward"]["packets"].get<std::size_t>();
    const std::string host = link == std::string("ar") ? "a" : link == std::string("rb") ? "b" : "c";
    EXPECT_EQ(count(host + "-" + link, "ip"), sent) << link;
    EXPECT_EQ(count(std::string("r-") + link, "ip"), sent) << link;
  }
}

TEST_F(Capture, WrongChecksumsAreThePacketsThatTheRunCorrupted) {
  run(everything(R"(, "corrupt": { "p": 0.03 })"));
  // A flipped bit of an IP header is seen where the packet arrives, and dropped there. Any other travels on to the
  // host, which drops the packet, or the datagram that the fragment became part of.
  std::size_t wrong = 0;
  for (const std::string& capture : captures()) {
    EXPECT_THAT(packets(capture, "_ws.malformed", "-e frame.number -e frame.protocols"), IsEmpty()) << capture;
    wrong += count(capture, "ip.checksum.status == 0");
    if (!capture.starts_with("r-")) {
      wrong += count(capture, std::string(kWrong) + " && !(ip.checksum.status == 0) && !(icmp.type in {3, 11})");
    }
  }
  const json& corrupt = summary["conservation"]["dropped_by"]["corrupt"];
  EXPECT_GT(corrupt, 30);
  EXPECT_EQ(corrupt, wrong);
}

TEST_F(Capture, HandshakesAndClosesAreThereAndNothingIsOutOfOrder) {
  run(R"({ "duration": "10s", "topology": { "generator": "chain", "params": { "delay": "10ms" } },
  "apps": [ { "id": "up", "type": "bulk", "from": "h1", "to": "h2", "size": "500kB", "port": 7001 },
            { "id": "down", "type": "bulk", "from": "h2", "to": "h1", "size": "300kB", "port": 7002, "reverse": true },
            { "id": "ask", "type": "request-response", "from": "h1", "to": "h2", "requests": 3, "port": 7003 } ] })");
  for (const char* capture : {"h1-h1-r1", "h2-r1-h2"}) {
    const std::string syn = "tcp.flags.syn == 1 && tcp.flags.ack == ";
    EXPECT_EQ(count(capture, syn + "0"), 3u);
    EXPECT_EQ(count(capture, syn + "1"), 3u);
    EXPECT_EQ(count(capture, "tcp.flags.fin == 1"), 6u);  // each end of each connection
    EXPECT_EQ(count(capture, "tcp.flags.reset == 1"), 0u);
    EXPECT_EQ(count(capture, "tcp.connection.syn"), 3u);
    EXPECT_EQ(count(capture, "tcp.connection.synack"), 3u);
    EXPECT_EQ(count(capture, "tcp.connection.fin"), 3u + 3u);
    // Every remark of the analysis that a run without losses has no reason for.
    EXPECT_THAT(packets(capture,
                        "tcp.analysis.retransmission || tcp.analysis.out_of_order || tcp.analysis.lost_segment || "
                        "tcp.analysis.ack_lost_segment || tcp.analysis.duplicate_ack || tcp.analysis.zero_window || "
                        "tcp.analysis.keep_alive || tcp.analysis.reused_ports",
                        "-e frame.number -e _ws.expert.message"),
                IsEmpty())
        << capture;
    // SYN, SYN-ACK, ACK in this order, with the options of a modern host.
    const auto first = packets(capture, "tcp.port == 7001 && frame.number", "-e tcp.flags.str -e tcp.len");
    ASSERT_GE(first.size(), 4u);
    EXPECT_EQ(count(capture,
                    "tcp.flags.syn == 1 && tcp.options.mss_val == 1460 && tcp.options.wscale && "
                    "tcp.options.sack_perm && tcp.options.timestamp.tsval"),
              6u);
    // Complete conversations: SYN 1, SYN-ACK 2, ACK 4, data 8, FIN 16.
    EXPECT_EQ(count(capture, "tcp.completeness == 31"), count(capture, "tcp"));
  }
}

TEST_F(Capture, DataWholeByWholeIsWhatWasSent) {
  run(R"({ "duration": "10s", "topology": { "generator": "chain" },
  "apps": [ { "id": "up", "type": "bulk", "from": "h1", "to": "h2", "size": "100kB" } ] })");
  const auto lengths = packets("h2-r1-h2", "tcp.dstport == 5001", "-e tcp.len");
  std::size_t sum = 0;
  for (const std::string& length : lengths) sum += std::stoul(length);
  EXPECT_EQ(sum, 100'000u);
  // Stamps of nanoseconds, in order.
  const auto times = packets("h2-r1-h2", "ip", "-e frame.time_epoch");
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end(),
                             [](const std::string& x, const std::string& y) { return std::stod(x) < std::stod(y); }));
  EXPECT_EQ(here.shell("capinfos -t dir/pcap/h2-r1-h2.pcap | grep -q nanosecond || ! command -v capinfos").status, 0);
}

}  // namespace
}  // namespace wirelab
