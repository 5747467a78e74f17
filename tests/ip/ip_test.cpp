#include "ip/ip.h"

#include <algorithm>
#include <random>

#include "bench.h"
#include "ip/flow_hash.h"

namespace wirelab::test {
namespace {

using ::testing::ElementsAre;

const Ipv4Address kLeft(10, 0, 1, 1), kRight(10, 0, 2, 1);        // the node under test
const Ipv4Address kFriend(10, 0, 1, 9), kFar(10, 0, 2, 9);        // on its links
const Ipv4Address kBeyond(192, 168, 7, 7), kNowhere(9, 9, 9, 9);  // behind kFar; behind nobody

struct TwoLinks : IpBench {
  explicit TwoLinks(const IpConfig& config = {}, std::uint16_t right_mtu = 1500) : IpBench(config) {
    left = link(kLeft);
    right = link(kRight, 24, right_mtu);
    ip.routes().add({*Ipv4Prefix::parse("192.168.0.0/16"), {right, kFar}, 0, RouteOrigin::Static});
  }
  InterfaceId left, right;
};

// ---- forwarding

TEST(Forwarding, ARouterPassesOnWithOneLessToLive) {
  TwoLinks b(router());
  b.receive({.src = kFriend, .dst = kBeyond, .size = 1500, .ttl = 17, .id = 4711, .tos = 0x28}, b.left);
  const auto out = b.sent(b.right);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].packet.ttl, 16);
  EXPECT_EQ(out[0].packet.id, 4711);
  EXPECT_EQ(out[0].packet.tos, 0x28);
  EXPECT_EQ(out[0].packet.src, kFriend);
  EXPECT_EQ(b.ip.counters().forwarded, 1u);
  EXPECT_TRUE(b.sent(b.left).empty());
}

// RFC 1122 section 3.2.1.3: a host silently drops what is not for it.
TEST(Forwarding, AHostDoesNotForward) {
  TwoLinks b;
  b.receive({.src = kFriend, .dst = kBeyond}, b.left);
  EXPECT_TRUE(b.sent(b.right).empty());
  EXPECT_TRUE(b.sent(b.left).empty());
  EXPECT_EQ(b.ip.counters().not_for_us, 1u);
  EXPECT_EQ(b.dropped(DropReason::NoRoute), 1u);
  b.expect_balance();
}

TEST(Forwarding, APacketForAnyAddressOfTheNodeIsItsOwn) {  // the weak host model, RFC 1122 section 3.3.4.2
  TwoLinks b(router());
  b.receive({.src = kFriend, .dst = kRight, .protocol = Protocol::Tcp}, b.left);
  b.receive({.src = kFriend, .dst = kLeft}, b.left);
  EXPECT_EQ(b.tcp.got.size(), 1u);
  EXPECT_EQ(b.udp.got.size(), 1u);
  EXPECT_EQ(b.ip.counters().delivered, 2u);
  EXPECT_EQ(b.domain.pool.live(), 0u);
}

TEST(Forwarding, ARouterCutsWhatIsTooLongForTheNextLink) {
  TwoLinks b(router(), 1500);
  b.receive({.src = kFriend, .dst = kBeyond, .size = 4000, .ttl = 9}, b.left);
  const auto out = b.sent(b.right);
  ASSERT_EQ(out.size(), 3u);
  for (const Seen& s : out) EXPECT_EQ(s.packet.ttl, 8);
  EXPECT_EQ(out[2].extension.fragment.first, 370 * 8);
  EXPECT_EQ(b.ip.counters().fragments_created, 3u);
  EXPECT_EQ(b.ip.counters().datagrams_fragmented, 1u);
  EXPECT_EQ(b.ip.counters().forwarded, 1u);
}

TEST(Forwarding, ARouterDoesNotReassemble) {
  TwoLinks b(router(), 1500);
  Packet* const p = b.packet({.src = kFriend, .dst = kBeyond, .size = 1600});
  std::vector<Packet*> parts;
  fragment(b.domain, p, 1500, parts);
  for (Packet* const f : parts) b.ip.receive(f, b.left, b.now);
  EXPECT_EQ(b.sent(b.right).size(), 2u);
  EXPECT_EQ(b.ip.counters().datagrams_reassembled, 0u);
}

TEST(Forwarding, FlowsOverEqualRoutesAreSpreadAndEachStaysOnItsWay) {
  IpConfig config = router();
  config.ecmp_salt = 77;
  IpBench b(config);
  const InterfaceId in = b.link(Ipv4Address(10, 0, 0, 1));
  std::vector<InterfaceId> ways;
  for (int i = 1; i <= 4; ++i) {
    ways.push_back(b.link(Ipv4Address(10, 0, i, 1)));
    b.ip.routes().add({Ipv4Prefix(kBeyond, 16), {ways.back(), Ipv4Address(10, 0, i, 9)}, 0, RouteOrigin::Static});
  }
  for (int round = 0; round < 3; ++round) {
    for (std::uint16_t port = 1; port <= 1000; ++port) {
      b.receive({.src = Ipv4Address(10, 0, 0, 9), .dst = kBeyond, .sport = port}, in);
    }
  }
  for (const InterfaceId way : ways) {
    std::vector<int> seen(1001);
    for (const Seen& s : b.sent(way)) ++seen[s.packet.sport];
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 0) + std::count(seen.begin(), seen.end(), 3), 1001)
        << "a flow changed its way";
    EXPECT_NEAR(static_cast<double>(std::count(seen.begin(), seen.end(), 3)), 250, 70);
  }
}

TEST(Forwarding, TheMatchingPacketsAreDeniedAndOthersNot) {
  TwoLinks b(router());
  b.ip.set_deny(std::vector{Match::Icmp, Match::Udp});
  b.receive({.src = kFriend, .dst = kBeyond, .protocol = Protocol::Tcp}, b.left);
  b.receive({.src = kFriend, .dst = kBeyond, .protocol = Protocol::Udp}, b.left);
  b.receive({.src = kFriend, .dst = kLeft, .protocol = Protocol::Udp}, b.left);
  b.receive({.src = kFriend, .dst = kLeft, .protocol = Protocol::Icmp, .sport = icmp::word(icmp::EchoRequest, 0)},
            b.left);
  EXPECT_EQ(b.sent(b.right).size(), 1u);
  EXPECT_TRUE(b.sent(b.left).empty()) << "denied silently";
  EXPECT_TRUE(b.udp.got.empty());
  EXPECT_EQ(b.dropped(DropReason::Deny), 3u);
  EXPECT_EQ(b.ip.counters().denied, 3u);
  b.ip.set_deny({});
  b.receive({.src = kFriend, .dst = kLeft, .protocol = Protocol::Udp}, b.left);
  EXPECT_EQ(b.udp.got.size(), 1u);
}

TEST(Forwarding, DenyDoesNotTouchWhatTheNodeItselfSends) {
  TwoLinks b;
  b.ip.set_deny(std::vector{Match::Any});
  EXPECT_EQ(b.send({.dst = kFar}).error, IpError::None);
  EXPECT_EQ(b.sent(b.right).size(), 1u);
}

// ---- checks (RFC 1812 sections 5.2.2 and 5.3.7, RFC 1122 section 3.2.1.3)

TEST(Checks, SourcesThatCanBeNoHostAreDropped) {
  TwoLinks b(router());
  const Ipv4Address sources[] = {{0, 0, 0, 0},   {127, 0, 0, 1},       {224, 0, 0, 1},
                                 {240, 1, 1, 1}, {255, 255, 255, 255}, {0, 1, 2, 3}};
  for (const Ipv4Address src : sources) b.receive({.src = src, .dst = kBeyond}, b.left);
  EXPECT_EQ(b.ip.counters().malformed, 6u);
  EXPECT_EQ(b.dropped(DropReason::Malformed), 6u);
  EXPECT_TRUE(b.sent(b.right).empty());
  EXPECT_TRUE(b.sent(b.left).empty()) << "and nothing is reported to them";
}

TEST(Checks, NobodyElseSendsFromOurAddressOrABroadcastAddress) {
  TwoLinks b;
  b.receive({.src = kRight, .dst = kLeft}, b.left);
  b.receive({.src = Ipv4Address(10, 0, 1, 255), .dst = kLeft}, b.left);
  b.receive({.src = kFriend, .dst = Ipv4Address(127, 0, 0, 1)}, b.left);
  EXPECT_TRUE(b.udp.got.empty());
  EXPECT_EQ(b.ip.counters().malformed, 3u);
}

TEST(Checks, AFlippedBitInTheIpHeaderEndsThePacketHere) {
  TwoLinks b(router());
  for (const std::uint32_t bit : {0u, 64u, 159u}) {
    Packet* const p = b.packet({.src = kFriend, .dst = kBeyond});
    p->marks |= mark::Corrupt;
    b.domain.pool.extend(*p).corrupt_bit = bit;
    b.ip.receive(p, b.left, b.now);
  }
  EXPECT_EQ(b.dropped(DropReason::Corrupt), 3u);
  EXPECT_TRUE(b.sent(b.right).empty());
}

TEST(Checks, AFlippedBitBehindTheIpHeaderIsTheTransportsBusiness) {
  TwoLinks b(router());
  for (const Ipv4Address dst : {kBeyond, kLeft}) {
    Packet* const p = b.packet({.src = kFriend, .dst = dst});
    p->marks |= mark::Corrupt;
    b.domain.pool.extend(*p).corrupt_bit = 160;
    b.ip.receive(p, b.left, b.now);
  }
  EXPECT_EQ(b.sent(b.right).size(), 1u);
  ASSERT_EQ(b.udp.got.size(), 1u);
  EXPECT_TRUE(b.udp.got[0].packet.has(mark::Corrupt));
}

TEST(Checks, ABroadcastIsDeliveredToUdpButNeverToTcp) {  // RFC 9293 section 3.9.2.3
  TwoLinks b(router());
  const Ipv4Address everyone[] = {{10, 0, 1, 255}, {255, 255, 255, 255}};
  for (const Ipv4Address dst : everyone) {
    b.receive({.src = kFriend, .dst = dst}, b.left);
    b.receive({.src = kFriend, .dst = dst, .protocol = Protocol::Tcp}, b.left);
  }
  EXPECT_EQ(b.udp.got.size(), 2u);
  EXPECT_TRUE(b.tcp.got.empty());
  EXPECT_TRUE(b.sent(b.right).empty()) << "RFC 2644: directed broadcasts are not forwarded";
}

// ---- sending

TEST(Sending, FillsInSourceTtlAndIdentification) {
  TwoLinks b;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(b.send({.dst = kBeyond}).error, IpError::None);
  b.send({.dst = kBeyond, .ttl = 5});
  const auto out = b.sent(b.right);
  ASSERT_EQ(out.size(), 4u);
  EXPECT_EQ(out[0].packet.src, kRight) << "the address of the interface it leaves by";
  EXPECT_EQ(out[0].packet.ttl, 64);
  EXPECT_EQ(out[3].packet.ttl, 5);
  EXPECT_NE(out[0].packet.id, out[1].packet.id);
  EXPECT_NE(out[1].packet.id, out[2].packet.id);
}

TEST(Sending, KeepsASourceOfTheNodesOwnAndRefusesAForeignOne) {
  TwoLinks b;
  EXPECT_EQ(b.send({.src = kLeft, .dst = kBeyond}).error, IpError::None);
  EXPECT_EQ(b.sent(b.right).at(0).packet.src, kLeft);
  EXPECT_EQ(b.send({.src = kFriend, .dst = kBeyond}).error, IpError::BadAddress);
  b.expect_balance();
}

TEST(Sending, WithoutARouteIsAnErrorAndACountedDrop) {
  TwoLinks b;
  EXPECT_EQ(b.send({.dst = kNowhere}).error, IpError::NoRoute);
  EXPECT_EQ(b.dropped(DropReason::NoRoute), 1u);
  EXPECT_EQ(b.ip.counters().no_route, 1u);
  EXPECT_TRUE(b.ip.source_for(kNowhere).is_unspecified());
  EXPECT_EQ(b.ip.mtu_to(kNowhere, b.now), 0);
}

TEST(Sending, SaysWhenTheLastBitWillHaveLeft) {
  TwoLinks b;  // 1 Gbit/s: 1500 bytes in 12 us
  EXPECT_EQ(b.send({.dst = kFar, .size = 1500}).leaves, b.now + 12_us);
  const IpSendResult r = b.send({.dst = kFar, .size = 2020});  // fragments of 1500 and 540 bytes
  EXPECT_EQ(r.leaves, b.now + 24_us + 540 * 8_ns);
}

TEST(Sending, CutsAtTheSourceUnlessDfForbidsIt) {
  TwoLinks b({}, 600);
  EXPECT_EQ(b.ip.mtu_to(kFar, b.now), 600);
  EXPECT_EQ(b.send({.dst = kFar, .size = 1000}).error, IpError::None);
  const auto out = b.sent(b.right);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0].packet.size, 596);  // 576 bytes are the largest multiple of 8 in 580
  EXPECT_EQ(out[0].packet.id, out[1].packet.id);
  EXPECT_EQ(b.send({.dst = kFar, .size = 1000, .df = true}).error, IpError::MtuExceeded);
  EXPECT_TRUE(b.sent(b.right).empty());
  EXPECT_EQ(b.dropped(DropReason::MtuExceeded), 1u);
  EXPECT_EQ(b.send({.dst = kFar, .size = 600, .df = true}).error, IpError::None);
  b.expect_balance();
}

TEST(Sending, WhatIsForTheNodeItselfComesBackThroughTheTimer) {
  TwoLinks b;
  b.send({.dst = kLeft, .size = 9000});
  b.send({.dst = Ipv4Address(127, 0, 0, 1)});
  EXPECT_TRUE(b.udp.got.empty()) << "never inside the call that sends";
  b.expect_balance();
  b.wait(Ip::kLoopbackTime);
  ASSERT_EQ(b.udp.got.size(), 1u);
  EXPECT_EQ(b.udp.got[0].packet.src, kLeft);
  EXPECT_EQ(b.udp.got[0].packet.size, 9000) << "nothing on the way has an MTU";
  b.wait(Ip::kLoopbackTime);
  ASSERT_EQ(b.udp.got.size(), 2u);
  EXPECT_EQ(b.udp.got[1].packet.src, Ipv4Address(127, 0, 0, 1));
}

TEST(Sending, AnswersTheTransportsQuestions) {
  TwoLinks b({}, 1400);
  EXPECT_EQ(b.ip.source_for(kFriend), kLeft);
  EXPECT_EQ(b.ip.source_for(kBeyond), kRight);
  EXPECT_EQ(b.ip.source_for(kRight), kRight);
  EXPECT_TRUE(b.ip.is_local(kLeft));
  EXPECT_FALSE(b.ip.is_local(kFriend));
  EXPECT_EQ(b.ip.mtu_to(kFriend, b.now), 1500);
  EXPECT_EQ(b.ip.mtu_to(kBeyond, b.now), 1400);
  EXPECT_EQ(b.ip.mtu_to(kLeft, b.now), Ip::kLoopbackMtu);
}

// ---- reassembly inside a node

TEST(Delivery, FragmentsReachTheTransportAsOneDatagram) {
  TwoLinks b;
  std::vector<Packet*> parts;
  fragment(b.domain, b.packet({.src = kFriend, .dst = kLeft, .size = 4000, .ttl = 9}), 1500, parts);
  for (Packet* const p : {parts[2], parts[0], parts[1]}) b.ip.receive(p, b.left, b.now);
  ASSERT_EQ(b.udp.got.size(), 1u);
  EXPECT_EQ(b.udp.got[0].packet.size, 4000);
  EXPECT_EQ(b.ip.counters().datagrams_reassembled, 1u);
  EXPECT_EQ(b.ip.counters().delivered, 1u);
  EXPECT_EQ(b.domain.account.sent, 4u);       // one datagram, three fragments
  EXPECT_EQ(b.domain.account.delivered, 4u);  // cut up, two merged, and the whole to its transport
  EXPECT_EQ(b.domain.pool.live(), 0u);
}

// ---- processing

struct Taking final : ProcessingDelay {
  Duration next() override {
    const Duration d = times.at(drawn++ % times.size());
    return d;
  }
  std::vector<Duration> times;
  std::size_t drawn = 0;
};

TEST(Processing, DelaysEachPacketAndKeepsTheirOrder) {
  Taking taking;
  taking.times = {100_us, 10_us, 300_us};
  IpConfig config = router();
  config.processing = &taking;
  TwoLinks b(config);
  for (std::uint16_t id = 1; id <= 3; ++id) b.receive({.src = kFriend, .dst = kBeyond, .id = id}, b.left);
  const auto ids = [&] {
    std::vector<int> seen;
    for (const Seen& s : b.sent(b.right)) seen.push_back(s.packet.id);
    return seen;
  };
  b.wait(99_us);
  EXPECT_THAT(ids(), ElementsAre());
  EXPECT_EQ(b.domain.account.in_flight(), 3u);
  b.wait(1_us);
  EXPECT_THAT(ids(), ElementsAre(1, 2)) << "the second was ready before and may not overtake";
  b.wait(199_us);
  EXPECT_THAT(ids(), ElementsAre());
  b.wait(1_us);
  EXPECT_THAT(ids(), ElementsAre(3));
}

TEST(Processing, DoesNotDelayWhatTheNodeSends) {
  Taking taking;
  taking.times = {1_s};
  IpConfig config;
  config.processing = &taking;
  TwoLinks b(config);
  b.send({.dst = kFar});
  EXPECT_EQ(b.sent(b.right).size(), 1u);
  EXPECT_EQ(taking.drawn, 0u);
}

}  // namespace
}  // namespace wirelab::test
