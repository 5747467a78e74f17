// Marking by the length of the queue: RFC 8257 section 3.1, RFC 3168 section 5.

#include "bench.h"

namespace wirelab {
namespace {

constexpr std::uint8_t kNotEct = 0, kEct1 = 1, kEct0 = 2, kCe = 3;

/// What a direction does with a burst of `n` packets of 1500 bytes that all come at once.
struct Burst {
  Domain domain;
  Scheduler scheduler;
  LinkDirection link;
  std::vector<std::uint8_t> tos;

  Burst(LinkKind kind, QueueLimit limit, int n, std::uint8_t field)
      : link(domain, scheduler, {0, 1}, config(limit), kind, 1, component_of("test")) {
    for (int i = 0; i < n; ++i) {
      Packet* const p = domain.make();
      p->protocol = Protocol::Udp;
      p->size = 1500;
      p->tos = field;
      link.send(p, Time::zero());
    }
    while (!scheduler.next_time().is_never()) {
      const Time now = scheduler.next_time();
      if (scheduler.top() == 1) {
        link.on_transmission_done(now);
        continue;
      }
      Packet* const p = link.take_arrival(scheduler, now);
      tos.push_back(p->tos);
      domain.deliver(p);
    }
  }
  static LinkConfig config(QueueLimit limit) {
    LinkConfig c = ten_megabit();
    c.queue = limit;
    return c;
  }
  std::uint64_t marked() { return link.counters(Time::at(Duration::s(10))).ecn_marked; }
};

class EcnThresholdTest : public testing::TestWithParam<LinkKind> {
 protected:
  static QueueLimit limit(EcnThreshold ecn) {
    QueueLimit l;
    l.packets = 100;
    l.ecn = ecn;
    return l;
  }
};
INSTANTIATE_TEST_SUITE_P(Link, EcnThresholdTest, testing::Values(LinkKind::Computed, LinkKind::Stepped),
                         [](const auto& kind) { return kind.param == LinkKind::Computed ? "Computed" : "Stepped"; });

// One is being sent, three wait unmarked, and those with which more than three wait are marked.
TEST_P(EcnThresholdTest, APacketThatFindsTheQueueFullUpToTheThresholdIsMarked) {
  Burst b(GetParam(), limit(EcnThreshold::packets(3)), 6, kEct0);
  EXPECT_EQ(b.tos, (std::vector<std::uint8_t>{kEct0, kEct0, kEct0, kEct0, kCe, kCe}));
  EXPECT_EQ(b.marked(), 2u);
}

TEST_P(EcnThresholdTest, AThresholdMayCountBytes) {
  Burst b(GetParam(), limit(EcnThreshold::bytes(4500)), 6, kEct0);
  EXPECT_EQ(b.marked(), 2u);
  Burst less(GetParam(), limit(EcnThreshold::bytes(4499)), 6, kEct0);
  EXPECT_EQ(less.marked(), 3u);
}

TEST_P(EcnThresholdTest, AThresholdOfNoneMarksWhateverWaits) {
  Burst b(GetParam(), limit(EcnThreshold::packets(0)), 3, kEct1);
  EXPECT_EQ(b.tos, (std::vector<std::uint8_t>{kEct1, kCe, kCe}));
}

// What is not ECN-capable is stored as ever, and dropped only when the queue is full; other TOS bits stay.
TEST_P(EcnThresholdTest, PacketsThatAreNotEcnCapableAreNotMarked) {
  Burst b(GetParam(), limit(EcnThreshold::packets(1)), 5, kNotEct);
  EXPECT_EQ(b.tos, std::vector<std::uint8_t>(5, kNotEct));
  EXPECT_EQ(b.marked(), 0u);
  Burst dscp(GetParam(), limit(EcnThreshold::packets(1)), 3, 0xb8 | kEct0);
  EXPECT_EQ(dscp.tos.back(), 0xb8 | kCe);
}

TEST_P(EcnThresholdTest, WithoutAThresholdNothingIsMarked) {
  Burst b(GetParam(), limit({}), 90, kEct0);
  EXPECT_EQ(b.marked(), 0u);
}

}  // namespace
}  // namespace wirelab
