// Every type of app, by what its users would count: bytes, times, packets, states.

#include "run.h"

namespace wirelab::scenario {
namespace {

TEST(Bulk, ASizeIsSentReadAndThenItEnds) {
  Ran r(kTwoHosts + R"(, "apps": [{"id": "x", "type": "bulk", "from": "a", "to": "b", "size": "100kB"}])");
  EXPECT_TRUE(r.app("x").completed);
  EXPECT_EQ(r.app("x").bytes_acked, 100'000u);
  EXPECT_EQ(r.app("x").segments_sent, 70u);  // 69 full ones of 1448 bytes, and the rest with the FIN
  EXPECT_EQ(r.app("x").segments_retransmitted, 0u);
}

// Handshake 40 ms, then one flight: 10 segments of 1500 bytes at 1.2 ms each, 20 ms there and one more hop's 1.2 ms.
TEST(Bulk, OneFlightTakesTheHandshakeAndItsTransmission) {
  Ran r(kTwoHosts + R"(, "apps": [{"id": "x", "type": "bulk", "from": "a", "to": "b", "size": "14480B"}])");
  ASSERT_TRUE(r.app("x").completion_time);
  EXPECT_NEAR(r.app("x").completion_time->seconds(), 0.040 + 0.012 + 0.020 + 0.0012, 0.0006);
}

// What a fast port has taken before the program's next call can no longer carry the FIN; what waits for a slow one
// does.
TEST(Bulk, TheFinLeavesByItselfBehindWhatAFastPortHasTaken) {
  const std::string app = R"(, "apps": [{"id": "x", "type": "bulk", "from": "a", "to": "b", "size": "10136B"}])";
  Ran slow(kTwoHosts + app);
  EXPECT_EQ(slow.app("x").segments_sent, 7u);
  Ran fast(R"("topology": {"nodes": [{"id": "a"}, {"id": "b"}],
    "links": [{"between": ["a", "b"], "rate": "100Gbit", "delay": "10ms"}]})" +
           app);
  EXPECT_EQ(fast.app("x").segments_sent, 8u);
}

TEST(Bulk, ReverseLetsTheListenerSend) {
  Ran r(kTwoHosts +
        R"(, "apps": [{"id": "x", "type": "bulk", "from": "a", "to": "b", "size": "1MB", "reverse": true}])");
  EXPECT_TRUE(r.app("x").completed);
  EXPECT_EQ(r.app("x").bytes_acked, 1'000'000u);
  EXPECT_GT(r.link("rb").backward.bytes, 1'000'000u);
  EXPECT_LT(r.link("rb").forward.bytes, 100'000u);
}

TEST(Bulk, WithoutASizeItFillsThePathToTheEnd) {
  Ran r(kTwoHosts + R"(, "duration": "10s", "measure": {"from": "2s"},
    "apps": [{"id": "x", "type": "bulk", "from": "a", "to": "b"}])");
  ASSERT_TRUE(r.app("x").goodput_bps);
  EXPECT_NEAR(*r.app("x").goodput_bps, 1e7 * 1448 / 1500, 1e5);
  EXPECT_NEAR(r.link("rb").forward.utilization, 1, 0.01);
}

TEST(Bulk, ASlowReaderSetsThePace) {
  Ran r(kTwoHosts + R"(, "duration": "20s", "measure": {"from": "5s"},
    "apps": [{"id": "x", "type": "bulk", "from": "a", "to": "b", "read": {"rate": "1Mbit"}}])");
  EXPECT_NEAR(*r.app("x").goodput_bps, 1e6, 3e4);
}

// The window closes; when the reader comes back a probe or its window update finds it open.
TEST(Bulk, APausedReaderStopsTheSenderUntilItReadsAgain) {
  Ran r(kTwoHosts + R"(, "duration": "60s", "apps": [{"id": "x", "type": "bulk", "from": "a", "to": "b", "size": "5MB",
    "read": {"pause": ["1s", "20s"]}, "to_tcp": {"rcvbuf": "64KiB"}}])");
  EXPECT_TRUE(r.app("x").completed);
  EXPECT_GT(r.app("x").completion_time->seconds(), 20);
  EXPECT_LT(r.app("x").completion_time->seconds(), 26);
}

TEST(Bulk, StopEndsItInOrderAndAbortByReset) {
  Ran stop(kTwoHosts +
           R"(, "duration": "10s", "apps": [{"id": "x", "type": "bulk", "from": "a", "to": "b", "stop": "2s"}],
    "expect": [{"states": ["x", "a"], "path": ["CLOSED", "SYN-SENT", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"]}])");
  EXPECT_EQ(stop.app("x").error, "");
  EXPECT_EQ(stop.simulation().path(0, 0).size(), 6u);
  Ran abort(kTwoHosts + R"(, "duration": "10s",
    "apps": [{"id": "x", "type": "bulk", "from": "a", "to": "b", "stop": "2s", "abort": true}],
    "expect": [{"states": ["x", "b"], "path": ["CLOSED", "SYN-RECEIVED", "ESTABLISHED", "CLOSED"]}])");
  ASSERT_FALSE(abort.simulation().path(0, 2).empty());
  EXPECT_EQ(abort.simulation().path(0, 2).back(), tcp::State::Closed);
  EXPECT_LT(abort.app("x").end->seconds(), 2.1);
}

TEST(Bulk, NobodyListeningAnswersIsRefusedOnlyWhenDenied) {
  Ran r(
      R"("duration": "200s", "topology": {"nodes": [{"id": "a"}, {"id": "b", "deny": ["syn"]}], "links": [{"between": ["a", "b"]}]},
    "apps": [{"id": "x", "type": "bulk", "from": "a", "to": "b", "size": "1kB"}])");
  EXPECT_EQ(r.app("x").error, "ETIMEDOUT");
  EXPECT_NEAR(r.app("x").end->seconds(), 131, 6);  // Linux: 0 1 2 3 4 5 7 11 19 35 67, gives up at 131 s
  EXPECT_EQ(r.dropped(DropReason::Deny), 11u);
}

TEST(Many, CountMakesInstancesWithNamesAndQuantiles) {
  Ran r(
      kTwoHosts +
      R"(, "apps": [{"id": "x", "type": "bulk", "from": "a", "to": "b", "size": "10kB", "count": 20, "stagger": "100ms"}])");
  ASSERT_TRUE(r.app("x").flows);
  EXPECT_EQ(r.app("x").flows->count, 20u);
  EXPECT_EQ(r.app("x").flows->completed, 20u);
  EXPECT_EQ(r.app("x").bytes_acked, 200'000u);
  ASSERT_TRUE(r.app("x").flows->completion_time);
  EXPECT_NEAR(r.app("x").flows->completion_time->p50, 0.07, 0.01);
  EXPECT_LE(r.app("x").flows->completion_time->p50, r.app("x").flows->completion_time->max);
}

// 50/s for 40 s: 2000 expected, the standard deviation is 45.
TEST(Many, PoissonArrivalsComeAtTheirRate) {
  Ran r(R"("duration": "41s", "topology": {"generator": "dumbbell", "params": {"pairs": 3, "rate": "1Gbit"}},
    "apps": [{"id": "w", "type": "request-response", "from": "s*", "to": "d*", "pairing": "random", "stop": "40s",
              "arrivals": {"poisson": "50/s"}, "response": {"exponential": "5kB"}}])");
  EXPECT_NEAR(static_cast<double>(r.app("w").flows->count), 2000, 180);
  EXPECT_GE(r.app("w").flows->completed + 60, r.app("w").flows->count);
}

TEST(RequestResponse, AsksAsOftenAsItIsTold) {
  Ran r(kTwoHosts + R"(, "apps": [{"id": "w", "type": "request-response", "from": "a", "to": "b",
    "request": "200B", "response": "1000B", "requests": 5, "think": "100ms"}])");
  EXPECT_TRUE(r.app("w").completed);
  EXPECT_EQ(r.app("w").bytes_acked, 5u * 1200u);
  // Handshake, five round trips, four pauses.
  EXPECT_NEAR(r.app("w").completion_time->seconds(), 0.040 + 5 * 0.040 + 4 * 0.100, 0.02);
}

TEST(Dialog, BothEndsOpenAtOnce) {
  Ran r(kTwoHosts +
        R"(, "duration": "5s", "apps": [{"id": "d", "type": "dialog", "from": "a", "to": "b", "open": "simultaneous",
    "client": [{"send": "1kB"}, {"recv": "2kB"}], "server": [{"send": "2kB"}, {"recv": "1kB"}]}],
    "expect": [{"states": ["d", "a"], "path": ["CLOSED"]}, {"states": ["d", "b"], "path": ["CLOSED"]}])");
  EXPECT_TRUE(r.app("d").completed);
  for (const NodeIndex node : {0u, 2u}) {
    const auto path = r.simulation().path(0, node);
    ASSERT_GE(path.size(), 4u);
    EXPECT_EQ(path[1], tcp::State::SynSent);
    EXPECT_EQ(path[2], tcp::State::SynReceived);
    EXPECT_EQ(path[3], tcp::State::Established);
  }
}

TEST(Dialog, HalfCloseLetsTheOtherSideFinish) {
  Ran r(kTwoHosts + R"(, "duration": "5s", "apps": [{"id": "d", "type": "dialog", "from": "a", "to": "b",
    "client": [{"send": "1kB"}, {"shutdown": "write"}, {"recv": "50kB"}], "server": [{"recv": "1kB"}, {"wait": "500ms"}, {"send": "50kB"}]}])");
  EXPECT_TRUE(r.app("d").completed);
  EXPECT_EQ(r.app("d").bytes_acked, 51'000u);
}

// 1000-byte payloads at 800 kbit/s: 100 a second.
TEST(Cbr, SendsByTheClockAndCountsWhatIsLost) {
  Ran r(R"("duration": "10s", "topology": {"nodes": [{"id": "a"}, {"id": "b"}],
      "links": [{"id": "l", "between": ["a", "b"], "delay": "5ms", "forward": {"loss": {"model": "every", "n": 10}}}]},
    "apps": [{"id": "c", "type": "cbr", "from": "a", "to": "b", "rate": "800kbit", "packet": 1000, "stop": "9s"}])");
  EXPECT_EQ(r.more("c", "packets_sent"), 900);
  EXPECT_EQ(r.more("c", "packets_lost"), 90);
  EXPECT_NEAR(r.more("c", "mean_delay_s"), 0.005 + 1028 * 8 / 1e9, 1e-6);
  EXPECT_NEAR(r.more("c", "jitter_s"), 0, 1e-9);
}

TEST(OnOff, IsSilentInBetween) {
  Ran r(kTwoHosts +
        R"(, "duration": "10s", "apps": [{"id": "o", "type": "on-off", "from": "a", "to": "b", "rate": "800kbit",
    "packet": 1000, "on": "1s", "off": "1s"}])");
  EXPECT_NEAR(r.more("o", "packets_sent"), 500, 6);
}

TEST(Ping, MeasuresTheRoundTrip) {
  Ran r(kTwoHosts +
        R"(, "apps": [{"id": "p", "type": "ping", "from": "a", "to": "b", "count": 4, "interval": "100ms"}])");
  EXPECT_TRUE(r.app("p").completed);
  EXPECT_EQ(r.more("p", "packets_received"), 4);
  // 84 bytes over four hops: 4 x 67.2 us beside 40 ms.
  EXPECT_EQ(*r.app("p").min_rtt, Duration::us(40'000) + Duration::ns(4 * 67'200));
}

TEST(Ping, ATtlThatIsTooSmallDiesAtTheRouter) {
  Ran r(kTwoHosts + R"(, "apps": [{"id": "p", "type": "ping", "from": "a", "to": "b", "count": 2, "ttl": 1}])");
  EXPECT_FALSE(r.app("p").completed);
  EXPECT_EQ(r.app("p").error, "EHOSTUNREACH");
  EXPECT_EQ(r.dropped(DropReason::Ttl), 2u);
}

TEST(Ping, WithDfIsToldWhenThePathTakesLess) {
  Ran r(R"("topology": {"nodes": [{"id": "a"}, {"id": "r", "type": "router"}, {"id": "b"}],
    "links": [{"between": ["a", "r"]}, {"between": ["r", "b"], "mtu": 800}]}, "apps": [
    {"id": "p", "type": "ping", "from": "a", "to": "b", "count": 3, "size": 1000, "df": true}])");
  EXPECT_EQ(r.app("p").error, "EMSGSIZE");
  EXPECT_EQ(r.more("p", "errors"), 3);  // the first from the router, the others from the host itself
  EXPECT_EQ(r.dropped(DropReason::MtuExceeded), 3u);
}

// The FIN never arrives, so both programs live to the end of the run; the answer was there after two round trips.
TEST(RequestResponse, IsCompleteWithItsLastAnswerThoughItCannotClose) {
  Ran r(kTwoHosts + R"(, "duration": "5s", "defaults": {"link": {"loss": {"model": "every", "n": 1, "match": "fin"}}},
    "apps": [{"id": "x", "type": "request-response", "from": "a", "to": "b", "response": "1kB"}])");
  EXPECT_TRUE(r.app("x").completed);
  ASSERT_TRUE(r.app("x").completion_time);
  EXPECT_NEAR(r.app("x").completion_time->seconds(), 0.080, 0.005);
}

TEST(Cbr, EndsWhenItStopsOrWithWhatArrivesLater) {
  // The run ends while the receiver still listens for latecomers.
  Ran r(kTwoHosts + R"(, "duration": "5s",
    "apps": [{"id": "x", "type": "cbr", "from": "a", "to": "b", "rate": "1Mbit", "stop": "2s"}])");
  EXPECT_TRUE(r.app("x").completed);
  EXPECT_NEAR(r.app("x").end->since_start().seconds(), 2.02, 0.01);
  EXPECT_NEAR(*r.app("x").goodput_bps, 1e6, 0.02e6);
  Ran lost(kTwoHosts + R"(, "duration": "20s", "defaults": {"link": {"loss": {"model": "bernoulli", "p": 1}}},
    "apps": [{"id": "x", "type": "cbr", "from": "a", "to": "b", "rate": "1Mbit", "start": "1s", "stop": "2s"}])");
  EXPECT_EQ(lost.app("x").end->since_start(), Duration::s(2));
  EXPECT_EQ(lost.app("x").completion_time, Duration::s(1));
  EXPECT_EQ(lost.app("x").goodput_bps, 0);
}

// One packet in ten is lost, one in five comes twice, and they overtake one another: what is lost is still known.
TEST(Datagrams, ThatComeTwiceCountOnce) {
  Ran r(R"("topology": {"nodes": [{"id": "a"}, {"id": "b"}], "links": [{"between": ["a", "b"], "delay": "10ms",
      "forward": {"loss": {"model": "every", "n": 10, "match": "any"}, "duplicate": {"p": 0.2},
                  "jitter": {"stddev": "5ms", "keep_order": false}}}]}, "duration": "30s",
    "apps": [{"id": "u", "type": "cbr", "from": "a", "to": "b", "interval": "1ms", "packet": 100, "stop": "10s"},
             {"id": "p", "type": "ping", "from": "a", "to": "b", "interval": "10ms", "count": 1000}])");
  // Both share the link's counting of losses.
  EXPECT_EQ(r.more("u", "packets_lost") + r.more("p", "packets_lost"), 1100);
  EXPECT_EQ(r.more("u", "packets_sent"), 10'000);
  EXPECT_EQ(r.more("u", "packets_received"), 10'000 - r.more("u", "packets_lost"));
  EXPECT_NEAR(r.more("u", "packets_duplicate"), 0.2 * 9000, 150);
  EXPECT_NEAR(r.more("p", "packets_duplicate"), 0.2 * 900, 50);
  EXPECT_NEAR(*r.app("u").goodput_bps, 0.9 * 800'000, 0.02 * 800'000);
}

TEST(Measure, CoversItsSpanOnly) {
  Ran r(kTwoHosts + R"(, "duration": "10s", "measure": {"from": "4s", "to": "6s"},
    "apps": [{"id": "c", "type": "cbr", "from": "a", "to": "b", "rate": "1Mbit", "packet": 1000, "start": "5s"}])");
  EXPECT_NEAR(*r.app("c").goodput_bps, 1e6, 3e4);
  EXPECT_NEAR(r.link("rb").forward.utilization, 0.5 * 1.028e6 / 1e7, 0.002);
  EXPECT_EQ(r.more("c", "packets_sent"), 625);
}

}  // namespace
}  // namespace wirelab::scenario
