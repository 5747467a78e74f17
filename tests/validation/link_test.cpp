// Arithmetic of a link in whole runs, which has to come out exactly: rates count IP bytes.

#include <fmt/format.h>

#include "captured.h"

namespace wirelab::validation {
namespace {

// 1500 bytes at 10 Mbit/s take 1.2 ms, there and back.
TEST(LinkArithmetic, FifteenHundredBytesTake1200Microseconds) {
  const RunSummary s = run_text(two_hosts("", "", R"("rate": "10Mbit", "delay": "0s")",
                                          R"("duration": "5s", "record": "none",
                "apps": [{ "id": "echo", "type": "ping", "from": "a", "to": "b", "count": 3, "size": 1472 }])"));
  EXPECT_EQ(app(s, "echo").min_rtt, Duration::us(2400));
  EXPECT_EQ(app(s, "echo").max_rtt, Duration::us(2400));
}

/// Share of the link's rate that a flow has after the start, to the segment.
double goodput_share(const char* tcp) {
  const RunSummary s = run_text(two_hosts(
      "", "", R"("rate": "12Mbit", "delay": "1ms", "queue": "30p", "backward": { "rate": "100Gbit" })",
      fmt::format(R"("duration": "40s", "measure": {{ "from": "10s" }}, "record": "none", "apps": [{{ "id": "flow",
                "type": "bulk", "from": "a", "to": "b", "tcp": {{ "cc": "reno", {} }} }}])",
                  tcp)));
  EXPECT_DOUBLE_EQ(link(s, "wire").forward.utilization, 1);
  return *app(s, "flow").goodput_bps / 12e6;
}

TEST(LinkArithmetic, GoodputIsTheShareOfPayloadInAPacket) {
  EXPECT_NEAR(goodput_share(R"("timestamps": false)"), 1460.0 / 1500, 3e-4);  // three segments of 30,000 may be lost
  EXPECT_NEAR(goodput_share(R"("timestamps": true)"), 1448.0 / 1500, 3e-4);
}

// RFC 791: offsets count 8 bytes. 4000 bytes with the header are 3972 of UDP payload.
TEST(LinkArithmetic, FourThousandBytesAreThreeFragments) {
  RunSummary summary;
  const auto packets = run_and_capture(
      two_hosts("", "", R"("rate": "10Mbit", "delay": "20ms")",
                R"("duration": "1s", "record": { "pcap": ["a"] }, "apps": [{ "id": "in", "type": "cbr", "from": "a",
                "to": "b", "interval": "10s", "packet": 3972 }])"),
      "a-wire", &summary);
  ASSERT_EQ(packets.size(), 3u);
  const std::uint32_t payloads[] = {1480, 1480, 1020}, offsets[] = {0, 185, 370};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(packets[i].length - packets[i].header, payloads[i]);
    EXPECT_EQ(packets[i].fragment_offset, offsets[i]);
    EXPECT_EQ(packets[i].more_fragments, i < 2);
  }
  // 1500 + 1500 + 1040 bytes at 0.8 us each, and the way.
  for (const auto& [name, value] : app(summary, "in").more) {
    if (name == "mean_delay_s") { EXPECT_DOUBLE_EQ(value, 0.023232); }
    if (name == "packets_received") { EXPECT_EQ(value, 1); }
  }
}

// Gilbert 1960, Elliott 1963: p / (p + r) of the packets are in the bad state.
TEST(LinkArithmetic, GilbertElliottLosesItsShare) {
  const RunSummary s =
      run_text(two_hosts("", "",
                         R"("rate": "1Gbit", "delay": "1ms",
                "forward": { "loss": { "model": "gilbert-elliott", "p": 0.01, "r": 0.25 } })",
                         fmt::format(R"("duration": "{}s", "record": "none", "apps": [{{ "id": "in", "type": "cbr",
                "from": "a", "to": "b", "interval": "10us", "packet": 100 }}])",
                                     kReduced ? 4 : 20)));
  const LinkDirectionSummary& wire = link(s, "wire").forward;
  const double lost = static_cast<double>(wire.drops_loss) / static_cast<double>(wire.drops_loss + wire.packets);
  EXPECT_NEAR(lost / (0.01 / 0.26), 1, kReduced ? 0.08 : 0.04);  // four standard deviations of 19,000 bursts
}

}  // namespace
}  // namespace wirelab::validation
