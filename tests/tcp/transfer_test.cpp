// Whole connections over an ideal wire: what goes in comes out, whatever is lost, doubled or reordered on the way. The
// receiver compares every segment with the pattern that the sender cut it from, so a wrong byte ends the test.

#include <gtest/gtest.h>

#include <random>

#include "two_hosts.h"

namespace wirelab::tcp::test {
namespace {

TEST(Transfer, AMegabyteArrivesWithoutLoss) {
  Wire wire;
  Pair p(wire);
  ASSERT_NE(p.bob, nullptr);
  Bulk sender(1'000'000), receiver(0);
  receiver.attach(*p.bob, wire.now);
  sender.attach(*p.alice, wire.now);
  wire.run_for(10_s);
  EXPECT_EQ(receiver.read, 1'000'000);
  EXPECT_TRUE(receiver.got_eof);
  EXPECT_TRUE(sender.got_eof);
  EXPECT_EQ(p.alice->bytes_acked(), 1'000'000u);
  EXPECT_EQ(p.alice->sender().counters().segments_retransmitted, 0u);
}

/// Both ends send at once over a wire that loses, doubles delays and reorders; both must get everything.
struct Trouble {
  const char* name;
  Profile profile;
  bool sack, timestamps;
  double loss, reorder;
  std::uint32_t seed;
  std::int64_t rcvbuf = 0;
};

class TroubledTransfer : public testing::TestWithParam<Trouble> {};

TEST_P(TroubledTransfer, ArrivesWholeInBothDirections) {
  const Trouble& t = GetParam();
  Wire wire;
  std::mt19937 random(t.seed);
  const auto chance = [&](double p) { return static_cast<double>(random()) < p * 4294967296.0; };
  wire.lose = [&](const Packet&, int, int) { return chance(t.loss); };
  wire.extra = [&](const Packet&, int, int) {
    return chance(t.reorder) ? Duration::us(static_cast<std::int64_t>(random() % 30'000)) : Duration{};
  };
  TcpConfig config = exact(t.profile);
  config.sack = t.sack;
  config.timestamps = t.timestamps;
  config.rcvbuf = Bytes(t.rcvbuf);
  config.syn_retries = 20;
  config.synack_retries = 20;
  Pair p(wire, config, config);
  for (int i = 0; i < 1000 && p.bob == nullptr; ++i) {
    wire.run_for(100_ms);
    p.bob = p.listener->accept();
  }
  ASSERT_NE(p.bob, nullptr);
  Bulk a(600'000), b(250'000);
  a.attach(*p.alice, wire.now);
  b.attach(*p.bob, wire.now);
  wire.run_for(3000_s);
  EXPECT_EQ(b.read, 600'000);
  EXPECT_EQ(a.read, 250'000);
  EXPECT_TRUE(a.got_eof);
  EXPECT_TRUE(b.got_eof);
  EXPECT_EQ(a.error, Error::None);
  EXPECT_EQ(b.error, Error::None);
  EXPECT_EQ(wire.alice.tcp.time_waits() + wire.bob.tcp.time_waits(), 0u);  // long over
  // Every packet is accounted for.
  EXPECT_EQ(wire.domain.account.in_flight(), wire.domain.pool.live());
}

std::vector<Trouble> troubles() {
  std::vector<Trouble> all;
  std::uint32_t seed = 1;
  for (const Profile profile : {Profile::Linux, Profile::Rfc}) {
    for (const bool sack : {true, false}) {
      for (const bool timestamps : {true, false}) {
        for (const auto& [name, loss, reorder] : {std::tuple{"loss", 0.02, 0.0},
                                                  {"heavy_loss", 0.15, 0.0},
                                                  {"reordering", 0.0, 0.2},
                                                  {"both", 0.05, 0.1}}) {
          all.push_back({name, profile, sack, timestamps, loss, reorder, ++seed, 0});
          all.push_back({name, profile, sack, timestamps, loss, reorder, ++seed, 5000});
        }
      }
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, TroubledTransfer, testing::ValuesIn(troubles()), [](const auto& one) {
  const Trouble& trouble = one.param;
  return std::string(trouble.profile == Profile::Linux ? "linux_" : "rfc_") + (trouble.sack ? "sack_" : "nosack_") +
         (trouble.timestamps ? "ts_" : "nots_") + (trouble.rcvbuf != 0 ? "smallbuf_" : "") + trouble.name;
});

}  // namespace
}  // namespace wirelab::tcp::test
