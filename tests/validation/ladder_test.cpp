// When a connection tries again and when it gives up, by what is on the wire: Documentation/networking/ip-sysctl.rst of
// Linux, RFC 6298 and RFC 1122. Timers fire when they are due (`exact_timers`).

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "captured.h"

namespace wirelab::validation {
namespace {

constexpr const char* kFast = R"("rate": "100Gbit", "delay": "5us", "queue": "100000p")";
constexpr const char* kCapture = R"("record": { "tcp": "none", "queues": "none", "pcap": ["a", "b"] })";

std::vector<double> whole_seconds(const std::vector<CapturedPacket>& packets, std::uint8_t flags) {
  std::vector<double> times;
  for (const CapturedPacket& p : packets) {
    if (p.tcp_flags == flags) times.push_back(std::round(p.at * 1000) / 1000);
  }
  return times;
}

std::vector<double> syns(const char* profile, RunSummary& summary) {
  const auto packets = run_and_capture(
      two_hosts("", R"(, "deny": ["any"])", kFast,
                fmt::format(R"("duration": "200s", {}, "apps": [{{ "id": "flow", "type": "bulk", "from": "a", "to": "b",
                "tcp": {{ "profile": "{}", "exact_timers": true }} }}])",
                            kCapture, profile)),
      "a-wire", &summary);
  return whole_seconds(packets, 0x02);
}

TEST(Ladder, OfTheTextbooksSynDoublesFromTheStart) {
  RunSummary summary;
  EXPECT_THAT(syns("rfc", summary), testing::ElementsAre(0, 1, 3, 7, 15, 31, 63));
  EXPECT_NEAR(app(summary, "flow").end->seconds(), 127, 0.001);
  EXPECT_NE(app(summary, "flow").error, "");
}

TEST(Ladder, OfLinuxesSynBeginsWithFiveEqualSteps) {
  RunSummary summary;
  EXPECT_THAT(syns("linux", summary), testing::ElementsAre(0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67));
  EXPECT_NEAR(app(summary, "flow").end->seconds(), 131, 0.001);
}

TEST(Ladder, OfTheSynAckEndsAt31Seconds) {
  for (const char* profile : {"rfc", "linux"}) {
    const auto packets = run_and_capture(
        two_hosts(R"(, "deny": ["synack"])", "", kFast,
                  fmt::format(
                      R"("duration": "100s", {}, "apps": [{{ "id": "flow", "type": "bulk", "from": "a", "to": "b",
                "tcp": {{ "profile": "{}", "exact_timers": true }}, "from_tcp": {{ "syn_retries": 0, "syn_linear_timeouts": 0 }} }}])",
                      kCapture, profile)),
        "b-wire");
    EXPECT_THAT(whole_seconds(packets, 0x12), testing::ElementsAre(0, 1, 3, 7, 15, 31)) << profile;
  }
}

/// A bulk transfer whose receiver falls silent at 1 s.
std::string silence(const std::string& tcp, int seconds) {
  return two_hosts("", "", R"("rate": "10Mbit", "delay": "1us", "queue": "100000p")",
                   fmt::format(R"("duration": "{}s", {}, "apps": [{{ "id": "flow", "type": "bulk", "from": "a",
                "to": "b", "tcp": {{ "exact_timers": true, "rcvbuf": "64kB", {} }} }}],
                "events": [{{ "at": "1s", "node": "b", "set": {{ "deny": ["any"] }} }}])",
                               seconds, kCapture, tcp));
}

/// Between retransmissions: what a sends once the last ACK, at most a delayed one, has been answered.
std::vector<double> gaps_of_timeouts(const std::vector<CapturedPacket>& packets, double delayed_ack) {
  std::vector<double> times, gaps;
  for (const CapturedPacket& p : packets) {
    if (p.source == 1 && p.at > 1.01 + delayed_ack) times.push_back(p.at);
  }
  for (std::size_t i = 1; i < times.size(); ++i) gaps.push_back(times[i] - times[i - 1]);
  return gaps;
}

// ip-sysctl, tcp_retries2: "the default value of 15 yields a hypothetical timeout of 924.6 seconds", from 0.2 to 120 s.
TEST(Ladder, OfRetransmissionsDoublesTo120SecondsAndEndsAfter924) {
  RunSummary summary;
  const std::string tcp = R"("profile": "linux", "early_retrans": 0)";  // no probe before the timeouts
  const auto gaps = gaps_of_timeouts(run_and_capture(silence(tcp, 1000), "a-wire", &summary), 0.04);
  ASSERT_EQ(gaps.size(), 14u);  // 15 retransmissions
  for (std::size_t i = 0; i + 1 < gaps.size(); ++i) {
    EXPECT_NEAR(gaps[i + 1], std::min(2 * gaps[i], 120.0), 0.001) << i;
  }
  const AppSummary& flow = app(summary, "flow");
  EXPECT_NE(flow.error, "");
  EXPECT_EQ(flow.timeouts, 15u);
  ASSERT_TRUE(flow.end);
  // It waits at least the hypothetical time, and ends when the timer goes off after that.
  EXPECT_GE(flow.end->seconds(), 1 + 924.6);
  EXPECT_LE(flow.end->seconds(), 1 + 924.6 * 1.15);
}

// RFC 6298 rules 2.4 and 5.5: at least one second, doubled each time. RFC 1122 R2: at least 100 s.
TEST(Ladder, OfTheTextbooksRetransmissionsStartsAtASecond) {
  RunSummary summary;
  const auto gaps = gaps_of_timeouts(run_and_capture(silence(R"("profile": "rfc")", 1000), "a-wire", &summary), 0.2);
  ASSERT_GE(gaps.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(gaps[i], 2.0 * (1 << i), 0.001) << i;
  ASSERT_TRUE(app(summary, "flow").end);
  EXPECT_GE(app(summary, "flow").end->seconds(), 1 + 100.0);
}

// RFC 1122 section 4.2.3.6 with Linux's numbers: 7200 s + 9 x 75 s.
TEST(Ladder, OfKeepAliveEndsAfter7875Seconds) {
  RunSummary summary;
  const auto packets = run_and_capture(
      two_hosts("", "", kFast,
                fmt::format(R"("duration": "9000s", {}, "apps": [{{ "id": "idle", "type": "dialog", "from": "a",
                "to": "b", "client": [{{ "recv": "1B" }}], "server": [{{ "wait": "8999s" }}],
                "from_tcp": {{ "keepalive": true, "exact_timers": true }} }}],
                "events": [{{ "at": "1s", "node": "b", "set": {{ "deny": ["any"] }} }}])",
                            kCapture)),
      "a-wire", &summary);
  std::vector<double> times;
  for (const CapturedPacket& p : packets) {
    if (p.source == 1 && p.at > 1 && p.at < 8000) times.push_back(std::round(p.at));
  }
  // Nine probes, and the reset with which it ends.
  EXPECT_THAT(times, testing::ElementsAre(7200, 7275, 7350, 7425, 7500, 7575, 7650, 7725, 7800, 7875));
  EXPECT_NE(app(summary, "idle").error, "");
}

std::vector<CapturedPacket> data_packets(const std::string& tcp, int mtu) {
  auto packets = run_and_capture(
      two_hosts("", "", fmt::format(R"("rate": "100Gbit", "delay": "50ms", "queue": "100000p", "mtu": {})", mtu),
                fmt::format(R"("duration": "600ms", {}, "apps": [{{ "id": "flow", "type": "bulk", "from": "a",
                "to": "b", "tcp": {{ "cc": "reno", "delayed_ack": "0s", {} }} }}])",
                            kCapture, tcp)),
      "a-wire");
  std::erase_if(packets, [](const CapturedPacket& p) { return p.source != 1 || p.payload == 0; });
  return packets;
}

std::size_t sent_before(const std::vector<CapturedPacket>& packets, double time) {
  return static_cast<std::size_t>(
      std::count_if(packets.begin(), packets.end(), [&](const CapturedPacket& p) { return p.at < time; }));
}

// RFC 6928: ten segments, and slow start doubles what has been sent: 10 (2^n - 1).
TEST(InitialWindow, OfTenDoublesEachRoundTrip) {
  const auto packets = data_packets(R"("profile": "linux")", 1500);
  EXPECT_EQ(sent_before(packets, 0.15), 10u);
  EXPECT_EQ(sent_before(packets, 0.25), 30u);
  EXPECT_EQ(sent_before(packets, 0.35), 70u);
  EXPECT_EQ(sent_before(packets, 0.45), 150u);
}

// RFC 5681 section 3.1 and RFC 3390: min(4 MSS, max(2 MSS, 4380 bytes)).
TEST(InitialWindow, OfTheTextbookDependsOnTheSegmentSize) {
  for (const auto& [mss, segments] : {std::pair{536, 4u}, {1000, 4u}, {1460, 3u}, {4312, 2u}, {8960, 2u}}) {
    const auto packets =
        data_packets(fmt::format(R"("profile": "rfc", "timestamps": false, "mss": {})", mss), mss + 40);
    EXPECT_EQ(sent_before(packets, 0.15), segments) << mss;
    EXPECT_EQ(packets.front().payload, static_cast<std::uint32_t>(mss));
  }
}

}  // namespace
}  // namespace wirelab::validation
