#include "ip/reassembly.h"

#include <algorithm>
#include <random>

#include "bench.h"

namespace wirelab::test {
namespace {

const Ipv4Address kA(10, 0, 0, 1), kB(10, 0, 1, 1);

class Fragments : public ::testing::Test {
 protected:
  std::vector<Packet*> cut(Packet* p, std::uint16_t mtu) {
    std::vector<Packet*> out;
    fragment(domain, p, mtu, out);
    return out;
  }
  Packet* datagram(std::uint16_t size, std::uint16_t id = 7, std::uint64_t offset = 0) {
    return make_packet(domain, {.src = kA, .dst = kB, .size = size, .id = id, .offset = offset});
  }
  FragmentRange range(const Packet* p) const { return range_of(*p, domain.pool); }
  std::uint64_t given_up() const { return domain.account.dropped[static_cast<std::size_t>(DropReason::Reassembly)]; }
  void expect_balance() const { EXPECT_EQ(domain.account.in_flight(), domain.pool.live()); }

  Domain domain;
  IpCounters counters;
  Reassembler reassembler{domain, counters, {}};
  Time now = Time::at(1_s);
};

// A 4000-byte datagram over an MTU of 1500: payloads 1480, 1480, 1020 at offsets 0, 185, 370 (in 8 bytes).
TEST_F(Fragments, FourThousandBytesOverAnMtuOf1500) {
  const auto parts = cut(datagram(4000), 1500);
  ASSERT_EQ(parts.size(), 3u);
  const int payload[] = {1480, 1480, 1020}, offset[] = {0, 185, 370};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(range(parts[i]).length, payload[i]);
    EXPECT_EQ(range(parts[i]).first, offset[i] * 8);
    EXPECT_EQ(range(parts[i]).total, 3980);
    EXPECT_EQ(parts[i]->size, payload[i] + 20);
    EXPECT_TRUE(parts[i]->has(mark::Fragment));
    EXPECT_EQ(parts[i]->id, 7);
  }
  EXPECT_EQ(domain.account.sent, 4u);       // the original and three fragments
  EXPECT_EQ(domain.account.delivered, 1u);  // the original was cut up
  expect_balance();
}

// RFC 791 section 3.2: all parts but the last are multiples of 8 bytes, whatever the MTU.
TEST_F(Fragments, EveryMtuGivesPartsThatFitAndCoverTheWhole) {
  for (std::uint16_t mtu = kMinMtu; mtu < 1500; ++mtu) {
    const auto parts = cut(datagram(1500), mtu);
    int next = 0;
    for (Packet* const p : parts) {
      EXPECT_LE(p->size, mtu);
      EXPECT_EQ(range(p).first, next);
      EXPECT_EQ(range(p).first % 8, 0);
      EXPECT_TRUE(p == parts.back() || p->size + 8 > mtu) << "a part may not be smaller than it must";
      next += range(p).length;
      domain.deliver(p);
    }
    EXPECT_EQ(next, 1480);
  }
}

TEST_F(Fragments, CuttingAFragmentAgainNarrowsItsRange) {
  auto parts = cut(datagram(4000), 1500);
  const std::uint32_t original = range(parts[1]).original;
  const auto smaller = cut(parts[1], 576);  // 556 bytes, of which 552 are a multiple of 8
  ASSERT_EQ(smaller.size(), 3u);
  const int first[] = {1480, 2032, 2584}, length[] = {552, 552, 376};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(range(smaller[i]).first, first[i]);
    EXPECT_EQ(range(smaller[i]).length, length[i]);
    EXPECT_EQ(range(smaller[i]).total, 3980);
    EXPECT_EQ(range(smaller[i]).original, original);
  }
  Packet* whole = nullptr;
  for (Packet* const p : {smaller[2], parts[2], smaller[0], parts[0], smaller[1]}) {
    ASSERT_EQ(whole, nullptr);
    whole = reassembler.add(p, now);
  }
  ASSERT_NE(whole, nullptr);
  EXPECT_EQ(whole->size, 4000);
  EXPECT_FALSE(whole->has(mark::Fragment));
  domain.deliver(whole);
  EXPECT_EQ(domain.pool.live(), 0u);
  expect_balance();
}

TEST_F(Fragments, AnyOrderOfArrivalGivesTheDatagramBack) {
  std::vector<std::size_t> order = {0, 1, 2, 3};
  do {
    const auto parts = cut(datagram(5000, 7, 123'456'789'012), 1500);
    ASSERT_EQ(parts.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) {
      Packet* const whole = reassembler.add(parts[order[i]], now);
      ASSERT_EQ(whole != nullptr, i == 3);
      if (whole == nullptr) continue;
      EXPECT_EQ(whole->size, 5000);
      EXPECT_EQ(whole->payload, 4972);
      EXPECT_EQ(whole->payload_offset, 123'456'789'012u);
      domain.deliver(whole);
    }
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(reassembler.datagrams(), 0u);
  EXPECT_EQ(reassembler.held(), 0_B);
  EXPECT_EQ(counters.datagrams_reassembled, 24u);
  expect_balance();
}

TEST_F(Fragments, TcpOptionsSurvive) {
  Packet* const p = make_packet(domain, {.src = kA, .dst = kB, .size = 2000, .protocol = Protocol::Tcp});
  domain.pool.extend(*p).mss = 1460;
  domain.pool.extend(*p).window_scale = 8;
  const auto parts = cut(p, 1500);
  reassembler.add(parts[1], now);
  Packet* const whole = reassembler.add(parts[0], now);
  ASSERT_NE(whole, nullptr);
  EXPECT_EQ(domain.pool.extension(*whole).mss, 1460);
  EXPECT_EQ(domain.pool.extension(*whole).window_scale, 8);
}

TEST_F(Fragments, ExactDuplicatesAreIgnored) {
  const auto parts = cut(datagram(4000), 1500);
  Packet* const again = domain.copy(*parts[0]);
  reassembler.add(parts[0], now);
  EXPECT_EQ(reassembler.add(again, now), nullptr);
  reassembler.add(parts[1], now);
  EXPECT_NE(reassembler.add(parts[2], now), nullptr);
  EXPECT_EQ(counters.reassembly_conflicts, 0u);
  EXPECT_EQ(given_up(), 1u);
}

// Two copies of one datagram (a link had duplicated it) that different routers have cut are one datagram still.
TEST_F(Fragments, CopiesCutApartElsewhereCompleteEachOther) {
  Packet* const p = datagram(4000);
  Packet* const twin = domain.copy(*p);
  twin->ttl = 3;
  const auto parts = cut(p, 1500);
  const auto others = cut(twin, 1500);
  reassembler.add(parts[0], now);
  reassembler.add(others[1], now);
  Packet* const whole = reassembler.add(parts[2], now);
  ASSERT_NE(whole, nullptr);
  EXPECT_EQ(whole->size, 4000);
}

// RFC 5722: an overlap discards the whole, including what has not come yet.
TEST_F(Fragments, AnOverlapDropsTheWholeDatagramAndItsStragglers) {
  Packet* const p = datagram(4000);
  Packet* const twin = domain.copy(*p);
  const auto parts = cut(p, 1500);
  const auto others = cut(twin, 1492);  // 1472 bytes a part: overlaps without being equal
  EXPECT_EQ(reassembler.add(parts[0], now), nullptr);
  EXPECT_EQ(reassembler.add(others[1], now), nullptr);
  EXPECT_EQ(counters.reassembly_conflicts, 1u);
  EXPECT_EQ(given_up(), 2u);
  EXPECT_EQ(reassembler.add(parts[1], now), nullptr);
  EXPECT_EQ(reassembler.add(parts[2], now), nullptr);
  EXPECT_EQ(given_up(), 4u);
  EXPECT_EQ(reassembler.held(), 0_B);
  EXPECT_EQ(counters.datagrams_reassembled, 0u);
}

TEST_F(Fragments, AnOverlapWithTheNextPartDropsTheWholeToo) {
  Packet* const p = datagram(4000);
  Packet* const twin = domain.copy(*p);
  const auto parts = cut(p, 1500);
  const auto others = cut(twin, 1492);
  EXPECT_EQ(reassembler.add(parts[2], now), nullptr);   // [2960, 3980)
  EXPECT_EQ(reassembler.add(others[2], now), nullptr);  // [2944, 3980)
  EXPECT_EQ(counters.reassembly_conflicts, 1u);
  EXPECT_EQ(given_up(), 2u);
}

TEST_F(Fragments, TheFirstFragmentsHeaderBecomesTheDatagrams) {  // RFC 791 section 3.2
  const auto parts = cut(datagram(4000), 1500);
  parts[0]->ttl = 10;
  parts[1]->ttl = 20;
  parts[2]->ttl = 30;
  for (const std::size_t i : {0u, 2u}) reassembler.add(parts[i], now);
  EXPECT_EQ(reassembler.add(parts[1], now)->ttl, 10);
}

TEST_F(Fragments, ASecondOriginalUnderOneKeyDropsBoth) {
  const auto one = cut(datagram(2000, 7, 0), 1500);
  const auto two = cut(datagram(2000, 7, 5'000), 1500);  // the identification has wrapped around (RFC 4963)
  reassembler.add(one[0], now);
  EXPECT_EQ(reassembler.add(two[1], now), nullptr) << "the halves of two datagrams must not become one";
  EXPECT_EQ(reassembler.add(one[1], now), nullptr);
  EXPECT_EQ(counters.reassembly_conflicts, 1u);
}

TEST_F(Fragments, DifferentKeysDoNotMix) {
  std::vector<std::vector<Packet*>> all;
  all.push_back(cut(datagram(2000, 1), 1500));
  all.push_back(cut(datagram(2000, 2), 1500));
  all.push_back(cut(make_packet(domain, {.src = kB, .dst = kA, .size = 2000, .id = 1}), 1500));
  all.push_back(
      cut(make_packet(domain, {.src = kA, .dst = kB, .size = 2000, .protocol = Protocol::Tcp, .id = 1}), 1500));
  for (const auto& parts : all) EXPECT_EQ(reassembler.add(parts[0], now), nullptr);
  EXPECT_EQ(reassembler.datagrams(), 4u);
  for (const auto& parts : all) EXPECT_NE(reassembler.add(parts[1], now), nullptr);
}

TEST_F(Fragments, AreGivenUpThirtySecondsAfterTheFirstCame) {
  const auto parts = cut(datagram(4000), 1500);
  reassembler.add(parts[0], now);
  EXPECT_EQ(reassembler.deadline(), now + 30_s);
  reassembler.add(parts[2], now + 29_s);
  EXPECT_EQ(reassembler.deadline(), now + 30_s) << "a later fragment does not prolong the wait";
  EXPECT_EQ(reassembler.expire(now + 30_s - 1_ps), nullptr);
  Packet* const first = reassembler.expire(now + 30_s);
  ASSERT_EQ(first, parts[0]);
  EXPECT_EQ(given_up(), 1u);  // the other one
  domain.drop(first, DropReason::Reassembly);
  EXPECT_EQ(reassembler.expire(now + 30_s), nullptr);
  EXPECT_EQ(counters.reassembly_timeouts, 1u);
  EXPECT_EQ(reassembler.held(), 0_B);
  EXPECT_TRUE(reassembler.deadline().is_never());
  domain.deliver(parts[1]);
  EXPECT_EQ(domain.pool.live(), 0u);
}

TEST_F(Fragments, TheOldestDatagramGoesWhenMemoryIsShort) {
  Reassembler small(domain, counters, {.timeout = 30_s, .memory = 4000_B});
  const auto a = cut(datagram(2000, 1), 1500), b = cut(datagram(2000, 2), 1500), c = cut(datagram(2000, 3), 1500);
  small.add(a[0], now);
  small.add(b[0], now);
  EXPECT_EQ(small.held(), 3000_B);
  small.add(c[0], now);
  EXPECT_EQ(counters.reassembly_evictions, 1u);
  EXPECT_LE(small.held(), 4000_B);
  EXPECT_NE(small.add(b[1], now), nullptr);
  EXPECT_NE(small.add(c[1], now), nullptr);
  EXPECT_EQ(small.add(a[1], now), nullptr) << "its first half is gone";
}

// A flipped bit stays where it is in the datagram's bytes, however these are cut.
TEST_F(Fragments, ACorruptBitGoesWithTheFragmentThatCarriesIt) {
  Packet* const p = datagram(4000);
  p->marks |= mark::Corrupt;
  domain.pool.extend(*p).corrupt_bit = (20 + 2000) * 8 + 3;  // in the payload byte at 2000
  const auto parts = cut(p, 1500);
  EXPECT_FALSE(parts[0]->has(mark::Corrupt));
  ASSERT_TRUE(parts[1]->has(mark::Corrupt));
  EXPECT_FALSE(parts[2]->has(mark::Corrupt));
  EXPECT_EQ(domain.pool.extension(*parts[1]).corrupt_bit, (20 + 2000 - 1480) * 8 + 3u);
  for (const std::size_t i : {2u, 1u}) reassembler.add(parts[i], now);
  Packet* const whole = reassembler.add(parts[0], now);
  ASSERT_TRUE(whole->has(mark::Corrupt));
  EXPECT_EQ(domain.pool.extension(*whole).corrupt_bit, (20 + 2000) * 8 + 3u);
}

TEST_F(Fragments, NothingIsLostFromTheAccountInAStorm) {
  std::mt19937 random(11);
  Reassembler r(domain, counters, {.timeout = 1_s, .memory = 600'000_B});
  std::vector<Packet*> air;
  std::uint64_t wholes = 0;
  const auto feed = [&](std::size_t i) {
    Packet* const p = air[i];
    air[i] = air.back();
    air.pop_back();
    if (Packet* const whole = r.add(p, now)) {
      EXPECT_FALSE(whole->has(mark::Fragment));
      EXPECT_EQ(whole->size, kIpv4HeaderBytes + kUdpHeaderBytes + whole->payload);
      ++wholes;
      domain.deliver(whole);
    }
  };
  for (int round = 0; round < 20'000; ++round) {
    now += 1_ms;
    const auto size = static_cast<std::uint16_t>(1501 + random() % 8000);
    const auto id = static_cast<std::uint16_t>(random() % 2048);
    const std::vector<Packet*> parts = cut(datagram(size, id, random()), 1500);
    for (Packet* const p : parts) {
      if (random() % 8 == 0) air.push_back(domain.copy(*p));
      if (random() % 8 == 0 && p->size > 600) {
        fragment(domain, p, 600, air);
      } else if (random() % 8 == 0) {
        domain.drop(p, DropReason::Loss);
      } else {
        air.push_back(p);
      }
    }
    while (air.size() > 12) feed(random() % air.size());
    while (Packet* const first = r.expire(now)) domain.drop(first, DropReason::Reassembly);
    ASSERT_EQ(domain.account.in_flight(), domain.pool.live());
    ASSERT_LE(r.held(), 600'000_B);
  }
  while (!air.empty()) feed(air.size() - 1);
  while (Packet* const first = r.expire(now + 2_s)) domain.drop(first, DropReason::Reassembly);
  EXPECT_EQ(domain.pool.live(), 0u);
  EXPECT_EQ(domain.account.in_flight(), 0u);
  EXPECT_EQ(r.held(), 0_B);
  EXPECT_EQ(r.datagrams(), 0u);
  EXPECT_EQ(counters.datagrams_reassembled, wholes);
  EXPECT_GT(wholes, 1000u);
  EXPECT_GT(counters.reassembly_conflicts, 100u);
  EXPECT_GT(counters.reassembly_timeouts, 100u);
  EXPECT_GT(counters.reassembly_evictions, 100u);
}

}  // namespace
}  // namespace wirelab::test
