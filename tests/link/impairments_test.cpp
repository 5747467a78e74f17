// Loss models, duplication, corruption, jitter and reordering.

#include <algorithm>
#include <cmath>

#include "bench.h"

namespace wirelab {
namespace {

LinkConfig fast() {
  LinkConfig c;
  c.rate = 10_Gbps;
  c.delay = 1_ms;
  c.queue.packets = 1'000'000;
  return c;
}

/// Numbers of the packets that were lost of `n` sent one after the other.
std::vector<int> lost_of(const LinkConfig& config, int n, std::uint64_t seed = 1) {
  LinkBench t(config, LinkKind::Computed, seed);
  std::vector<int> lost;
  for (int i = 1; i <= n; ++i) {
    if (!t.send(Duration::us(10 * i), static_cast<std::uint16_t>(i)).queued) lost.push_back(i);
  }
  EXPECT_EQ(t.dropped(DropReason::Loss), lost.size());
  return lost;
}

TEST(Loss, EveryNthIsCountedFromOne) {
  LinkConfig c = fast();
  c.loss = {EveryLoss{4, Match::Data}};
  EXPECT_EQ(lost_of(c, 12), (std::vector<int>{4, 8, 12}));
}

TEST(Loss, AListNamesPacketsByNumber) {
  LinkConfig c = fast();
  c.loss = {ListLoss{{1, 5, 6}, Match::Data}};
  EXPECT_EQ(lost_of(c, 10), (std::vector<int>{1, 5, 6}));
}

TEST(Loss, ABlackoutTakesItsEndTimeOut) {
  LinkConfig c = fast();
  c.loss = {BlackoutLoss{Time::at(30_us), Time::at(60_us), Match::Any}};
  EXPECT_EQ(lost_of(c, 10), (std::vector<int>{3, 4, 5}));
}

TEST(Loss, ModelsApplyInOrderAndEachCountsWhatItSees) {
  LinkConfig c = fast();
  c.loss = {ListLoss{{2}, Match::Data}, EveryLoss{3, Match::Data}};  // the second sees 1 3 4 5 6 7: takes 4 and 7
  EXPECT_EQ(lost_of(c, 7), (std::vector<int>{2, 4, 7}));
}

TEST(Loss, OnlyWhatMatchesIsCounted) {
  LinkConfig c = fast();
  c.loss = {EveryLoss{1, Match::Syn}};
  EXPECT_TRUE(lost_of(c, 10).empty());
}

// 20,000 draws at p = 0.03: the standard deviation of the share is 0.0012.
TEST(Loss, BernoulliLosesItsShare) {
  LinkConfig c = fast();
  c.loss = {BernoulliLoss{0.03, Match::Any}};
  EXPECT_NEAR(static_cast<double>(lost_of(c, 20'000).size()) / 20'000, 0.03, 4 * 0.0012);
  EXPECT_NE(lost_of(c, 1000, 1), lost_of(c, 1000, 2));
  EXPECT_EQ(lost_of(c, 1000, 3), lost_of(c, 1000, 3));
}

// Share p/(p+r) = 3.846 %, mean burst 1/r = 4.
TEST(Loss, GilbertElliottLosesInBursts) {
  LinkConfig c = fast();
  c.loss = {GilbertElliottLoss{0.01, 0.25, 1, 0, Match::Any}};
  const std::vector<int> lost = lost_of(c, 60'000);
  int bursts = 0;
  for (std::size_t i = 0; i < lost.size(); ++i) bursts += i == 0 || lost[i] != lost[i - 1] + 1;
  EXPECT_NEAR(static_cast<double>(lost.size()) / 60'000, 0.03846, 0.004);
  EXPECT_NEAR(static_cast<double>(lost.size()) / bursts, 4, 0.4);
}

TEST(Duplicate, TheCopyQueuesBehindTheOriginal) {
  LinkConfig c = ten_megabit();
  c.duplicate = 1;
  LinkBench t(c);
  t.send(0_ms, 1);
  t.run_until(1_s);
  ASSERT_EQ(t.order(), (std::vector<std::uint16_t>{1, 1}));
  EXPECT_EQ(t.arrivals()[1].at - t.arrivals()[0].at, 1200_us);
  EXPECT_EQ(t.domain().account.sent, 2u);
}

TEST(Corrupt, OneBitWithinThePacketIsNamed) {
  LinkConfig c = fast();
  c.corrupt = 1;
  Domain domain;
  Scheduler scheduler;
  LinkDirection link(domain, scheduler, {0, 1}, c, LinkKind::Computed, 1, 5);
  std::vector<std::uint32_t> bits;
  for (int i = 0; i < 2000; ++i) {
    Packet* const p = domain.make();
    p->size = 40;
    p->protocol = Protocol::Tcp;
    link.send(p, Time::at(Duration::us(i)));
  }
  while (!scheduler.next_time().is_never()) {
    Packet* const p = link.take_arrival(scheduler, scheduler.next_time());
    ASSERT_TRUE(p->has(mark::Corrupt));
    bits.push_back(domain.pool.extension(*p).corrupt_bit);
    domain.deliver(p);
  }
  EXPECT_LT(*std::max_element(bits.begin(), bits.end()), 320u);
  const auto in_header = std::count_if(bits.begin(), bits.end(), [](std::uint32_t b) { return b < 160; });
  EXPECT_NEAR(static_cast<double>(in_header), 2000.0 * 16 / 35, 4 * 22);  // its share of the bytes that can break
  for (const std::uint32_t spared : {0u, 2u, 3u, 9u, 32u}) {
    EXPECT_TRUE(std::none_of(bits.begin(), bits.end(), [&](std::uint32_t b) { return b / 8 == spared; })) << spared;
  }
}

TEST(Jitter, KeepingOrderDelaysWithoutOvertaking) {
  LinkConfig c = fast();
  c.jitter = JitterConfig{5_ms, JitterConfig::Distribution::Normal, true};
  LinkBench t(c);
  for (std::uint16_t id = 1; id <= 1000; ++id) t.send(Duration::us(100 * id), id);
  t.run_until(10_s);
  const auto order = t.order();
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(order.size(), 1000u);
}

// Uniform over [0, stddev * sqrt(12)): mean stddev * sqrt(3), and packets overtake one another.
TEST(Jitter, WithoutOrderItIsTheDistributionItself) {
  LinkConfig c = fast();
  c.jitter = JitterConfig{5_ms, JitterConfig::Distribution::Uniform, false};
  LinkBench t(c);
  for (int id = 1; id <= 5000; ++id) t.send(Duration::us(100 * id), static_cast<std::uint16_t>(id));
  t.run_until(10_s);
  double sum = 0, square = 0;
  for (const auto& a : t.arrivals()) {
    const double extra = (a.at.since_start() - 100_us * a.id - 1_ms).seconds() - 1.2e-6;
    sum += extra;
    square += extra * extra;
  }
  const double mean = sum / 5000, deviation = std::sqrt(square / 5000 - mean * mean);
  EXPECT_NEAR(mean, 0.005 * std::sqrt(3), 4 * 0.005 / std::sqrt(5000));
  EXPECT_NEAR(deviation, 0.005, 0.0003);
  const auto order = t.order();
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
}

TEST(Reorder, AHeldBackPacketIsOvertaken) {
  LinkConfig c = fast();
  c.reorder = ReorderConfig{0.1, 1_ms};
  LinkBench t(c);
  for (std::uint16_t id = 1; id <= 1000; ++id) t.send(Duration::us(100 * id), id);
  t.run_until(10_s);
  int late = 0;
  for (const auto& a : t.arrivals()) late += a.at.since_start() > 100_us * a.id + 1500_us;
  EXPECT_EQ(t.arrivals().size(), 1000u);
  EXPECT_NEAR(late, 100, 40);
}

}  // namespace
}  // namespace wirelab
