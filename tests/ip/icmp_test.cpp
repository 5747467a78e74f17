#include "ip/icmp.h"

#include "bench.h"

namespace wirelab::test {
namespace {

const Ipv4Address kLeft(10, 0, 1, 1), kRight(10, 0, 2, 1), kFriend(10, 0, 1, 9), kFar(10, 0, 2, 9);
const Ipv4Address kBeyond(192, 168, 7, 7), kNowhere(9, 9, 9, 9);

struct Icmp : ::testing::Test {
  void build(const IpConfig& config, std::uint16_t right_mtu = 1500) {
    bench.emplace(config);
    left = bench->link(kLeft);
    right = bench->link(kRight, 24, right_mtu);
    bench->ip.routes().add({*Ipv4Prefix::parse("192.168.0.0/16"), {right, kFar}, 0, RouteOrigin::Static});
  }
  /// The one ICMP error that has left to the left since, and what it says.
  Seen expect_error(std::uint8_t type, std::uint8_t code) {
    const auto out = bench->sent(left);
    EXPECT_EQ(out.size(), 1u);
    if (out.size() != 1) return {};
    EXPECT_EQ(out[0].packet.protocol, Protocol::Icmp);
    EXPECT_EQ(icmp::type_of(out[0].packet), type);
    EXPECT_EQ(icmp::code_of(out[0].packet), code);
    EXPECT_EQ(out[0].packet.size, 20 + 8 + 20 + 8) << "header, ICMP header, quoted header and 8 bytes (RFC 792)";
    return out[0];
  }
  void expect_silence() { EXPECT_TRUE(bench->sent(left).empty()); }
  void receive_error(std::uint8_t type, std::uint8_t code, std::uint16_t mtu, const Spec& about) {
    Packet* const quoted = bench->packet(about);
    const IcmpQuote quote = quote_of(*quoted);
    bench->domain.deliver(quoted);
    Packet* const p = bench->packet({.src = kFar, .dst = kRight, .size = 56, .protocol = Protocol::Icmp});
    p->sport = icmp::word(type, code);
    p->seq = Seq(mtu);
    bench->domain.pool.extend(*p).quote = quote;
    bench->ip.receive(p, right, bench->now);
  }
  std::optional<IpBench> bench;
  InterfaceId left = 0, right = 0;
};

// ---- errors of a router (RFC 792, RFC 1812 section 5.2.7)

TEST_F(Icmp, TimeExceededWhenTheTtlRunsOutInTransit) {
  build(router());
  bench->receive({.src = kFriend, .dst = kBeyond, .ttl = 1, .id = 99, .tos = 8}, left);
  const Seen e = expect_error(icmp::TimeExceeded, icmp::TtlInTransit);
  EXPECT_EQ(e.packet.dst, kFriend);
  EXPECT_EQ(e.packet.src, kLeft);
  EXPECT_EQ(e.packet.tos, 0xc0);  // internetwork control, RFC 1812 section 4.3.2.5
  EXPECT_EQ(e.extension.quote.src, kFriend);
  EXPECT_EQ(e.extension.quote.dst, kBeyond);
  EXPECT_EQ(e.extension.quote.id, 99);
  EXPECT_EQ(e.extension.quote.ttl, 1);
  EXPECT_EQ(e.extension.quote.sport, 1000);
  EXPECT_EQ(e.extension.quote.dport, 2000);
  EXPECT_EQ(e.extension.quote.size, 100);
  EXPECT_EQ(e.extension.quote.udp_length, 80);
  EXPECT_EQ(bench->dropped(DropReason::Ttl), 1u);
  EXPECT_EQ(bench->ip.counters().ttl_expired, 1u);
  EXPECT_TRUE(bench->sent(right).empty());
}

TEST_F(Icmp, ATtlOfTwoStillPassesOneRouter) {
  build(router());
  bench->receive({.src = kFriend, .dst = kBeyond, .ttl = 2}, left);
  ASSERT_EQ(bench->sent(right).size(), 1u);
}

TEST_F(Icmp, ATtlOfOneIsEnoughForTheDestination) {
  build(router());
  bench->receive({.src = kFriend, .dst = kRight, .ttl = 1}, left);
  EXPECT_EQ(bench->udp.got.size(), 1u);
}

TEST_F(Icmp, NetUnreachableWithoutARoute) {
  build(router());
  bench->receive({.src = kFriend, .dst = kNowhere}, left);
  expect_error(icmp::Unreachable, icmp::NetUnreachable);
  EXPECT_EQ(bench->dropped(DropReason::NoRoute), 1u);
  EXPECT_EQ(bench->ip.counters().no_route, 1u);
}

TEST_F(Icmp, HostUnreachableForAnAddressThatNobodyHasOnThePointToPointLink) {
  build(router());
  bench->receive({.src = kFriend, .dst = Ipv4Address(10, 0, 1, 77)}, left);
  expect_error(icmp::Unreachable, icmp::HostUnreachable);
}

TEST_F(Icmp, FragmentationNeededNamesTheNextMtu) {  // RFC 1191 section 4
  build(router(), 1400);
  bench->receive({.src = kFriend, .dst = kBeyond, .size = 1500, .df = true}, left);
  const Seen e = expect_error(icmp::Unreachable, icmp::FragmentationNeeded);
  EXPECT_EQ(e.packet.seq.raw(), 1400u);
  EXPECT_EQ(bench->dropped(DropReason::MtuExceeded), 1u);
  EXPECT_TRUE(bench->sent(right).empty());
  bench->receive({.src = kFriend, .dst = kBeyond, .size = 1400, .df = true}, left);
  EXPECT_EQ(bench->sent(right).size(), 1u);
}

TEST_F(Icmp, ProtocolUnreachableWithoutATransport) {
  build(router());
  bench->receive({.src = kFriend, .dst = kLeft, .protocol = Protocol{132}}, left);
  expect_error(icmp::Unreachable, icmp::ProtocolUnreachable);
  EXPECT_EQ(bench->dropped(DropReason::NoListener), 1u);
}

TEST_F(Icmp, PortUnreachableComesFromTheAddressThatWasAsked) {
  build({});
  Packet* const p = bench->packet({.src = kFriend, .dst = kRight});
  bench->ip.send_icmp_error(*p, {icmp::Unreachable, icmp::PortUnreachable}, bench->now);
  bench->domain.drop(p, DropReason::NoListener);
  EXPECT_EQ(expect_error(icmp::Unreachable, icmp::PortUnreachable).packet.src, kRight);
}

TEST_F(Icmp, ReassemblyTimeExceededIfTheFirstFragmentHasCome) {
  build({});
  for (const bool with_first : {true, false}) {
    std::vector<Packet*> parts;
    fragment(bench->domain, bench->packet({.src = kFriend, .dst = kLeft, .size = 4000, .id = with_first}), 1500, parts);
    bench->ip.receive(parts[with_first ? 0 : 1], left, bench->now);
    bench->domain.drop(parts[with_first ? 1 : 0], DropReason::Loss);
    bench->domain.drop(parts[2], DropReason::Loss);
    bench->wait(30_s - 1_ps);
    expect_silence();
    bench->wait(1_ps);
    if (with_first) {
      expect_error(icmp::TimeExceeded, icmp::ReassemblyTime);
    } else {
      expect_silence();
    }
  }
  EXPECT_EQ(bench->ip.counters().reassembly_timeouts, 2u);
  EXPECT_EQ(bench->dropped(DropReason::Reassembly), 2u);
  EXPECT_EQ(bench->domain.pool.live(), 0u);
}

// ---- when to keep silent (RFC 1122 section 3.2.2)

TEST_F(Icmp, NoErrorAboutAnError) {
  build(router());
  const std::uint8_t errors[] = {3, 4, 5, 11, 12};
  for (const std::uint8_t type : errors) {
    bench->receive({.src = kFriend, .dst = kNowhere, .protocol = Protocol::Icmp, .sport = icmp::word(type, 0)}, left);
  }
  expect_silence();
  bench->receive(
      {.src = kFriend, .dst = kNowhere, .protocol = Protocol::Icmp, .sport = icmp::word(icmp::EchoRequest, 0)}, left);
  expect_error(icmp::Unreachable, icmp::NetUnreachable);
}

TEST_F(Icmp, NoErrorAboutABroadcastOrMulticast) {
  build(router());
  const Ipv4Address groups[] = {{10, 0, 1, 255}, {255, 255, 255, 255}, {224, 0, 0, 1}};
  for (const Ipv4Address dst : groups) bench->receive({.src = kFriend, .dst = dst, .protocol = Protocol{132}}, left);
  expect_silence();
}

TEST_F(Icmp, NoErrorAboutALaterFragment) {
  build(router());
  std::vector<Packet*> parts;
  fragment(bench->domain, bench->packet({.src = kFriend, .dst = kNowhere, .size = 4000}), 1500, parts);
  bench->ip.receive(parts[1], left, bench->now);
  bench->ip.receive(parts[2], left, bench->now);
  expect_silence();
  bench->ip.receive(parts[0], left, bench->now);
  expect_error(icmp::Unreachable, icmp::NetUnreachable);
}

// ---- rate limit (RFC 1812 section 4.3.2.8; Linux: a burst of 6, then one a second to each destination)

TEST_F(Icmp, ErrorsToOneDestinationAreLimited) {
  build(router());
  for (int i = 0; i < 20; ++i) bench->receive({.src = kFriend, .dst = kNowhere}, left);
  EXPECT_EQ(bench->sent(left).size(), 6u);
  EXPECT_EQ(bench->ip.counters().icmp_rate_limited, 14u);
  bench->receive({.src = Ipv4Address(10, 0, 1, 10), .dst = kNowhere}, left);
  EXPECT_EQ(bench->sent(left).size(), 1u) << "another destination has its own allowance";
  bench->wait(999_ms);
  bench->receive({.src = kFriend, .dst = kNowhere}, left);
  expect_silence();
  bench->wait(1_ms);
  for (int i = 0; i < 5; ++i) bench->receive({.src = kFriend, .dst = kNowhere}, left);
  EXPECT_EQ(bench->sent(left).size(), 1u);
  bench->wait(100_s);
  for (int i = 0; i < 20; ++i) bench->receive({.src = kFriend, .dst = kNowhere}, left);
  EXPECT_EQ(bench->sent(left).size(), 6u) << "credit does not pile up beyond the burst";
}

TEST_F(Icmp, FragmentationNeededAndEchoRepliesAreNotLimited) {
  build(router(), 1400);
  for (int i = 0; i < 20; ++i) {
    bench->receive({.src = kFriend, .dst = kBeyond, .size = 1500, .df = true}, left);
    bench->receive(
        {.src = kFriend, .dst = kLeft, .protocol = Protocol::Icmp, .sport = icmp::word(icmp::EchoRequest, 0)}, left);
  }
  EXPECT_EQ(bench->sent(left).size(), 40u);
}

// ---- echo (RFC 792, RFC 1122 section 3.2.2.6)

TEST_F(Icmp, AnEchoRequestComesBackWithItsData) {
  build({});
  Packet* const p = bench->packet({.src = kFriend, .dst = kRight, .size = 1028, .protocol = Protocol::Icmp, .tos = 4});
  p->sport = icmp::word(icmp::EchoRequest, 0);
  p->seq = Seq(0xbeef0007);
  p->payload = 1000;
  p->payload_stream = 5;
  p->payload_offset = 17;
  bench->ip.receive(p, left, bench->now);
  const auto out = bench->sent(left);
  ASSERT_EQ(out.size(), 1u);
  const Packet& r = out[0].packet;
  EXPECT_EQ(r.sport, icmp::word(icmp::EchoReply, 0));
  EXPECT_EQ(r.src, kRight) << "the address that was asked, not that of the interface";
  EXPECT_EQ(r.dst, kFriend);
  EXPECT_EQ(icmp::identifier_of(r), 0xbeef);
  EXPECT_EQ(icmp::sequence_of(r), 7);
  EXPECT_EQ(r.size, 1028);
  EXPECT_EQ(r.payload, 1000);
  EXPECT_EQ(r.payload_stream, 5u);
  EXPECT_EQ(r.payload_offset, 17u);
  EXPECT_EQ(r.tos, 4);
  EXPECT_EQ(r.ttl, 64);
}

TEST_F(Icmp, ACorruptRequestAndOneToABroadcastGoUnanswered) {
  build({});
  const Spec request{
      .src = kFriend, .dst = kLeft, .protocol = Protocol::Icmp, .sport = icmp::word(icmp::EchoRequest, 0)};
  Packet* const p = bench->packet(request);
  p->marks |= mark::Corrupt;
  bench->domain.pool.extend(*p).corrupt_bit = 200;
  bench->ip.receive(p, left, bench->now);
  Spec broadcast = request;
  broadcast.dst = Ipv4Address(10, 0, 1, 255);
  bench->receive(broadcast, left);
  expect_silence();
  EXPECT_EQ(bench->ip.counters().icmp_sent, 0u);
  EXPECT_EQ(bench->dropped(DropReason::Corrupt), 1u);
}

struct Pinger final : EchoUser {
  void on_echo_reply(const Packet& reply, Time) override { replies.push_back(icmp::sequence_of(reply)); }
  void on_echo_error(const IcmpQuote& request, IcmpError error, Time) override {
    failed.push_back(icmp::sequence_of(request));
    last = error;
  }
  std::vector<int> replies, failed;
  IcmpError last;
};

TEST_F(Icmp, RepliesAndErrorsReachTheUserWithTheIdentifier) {
  build({});
  Pinger one, two;
  const std::uint16_t first = bench->ip.open_echo(one), second = bench->ip.open_echo(two);
  EXPECT_NE(first, second);
  EXPECT_EQ(
      bench->ip.send_echo({.destination = kBeyond, .identifier = second, .sequence = 3, .ttl = 1}, bench->now).error,
      IpError::None);
  const Seen request = bench->sent(right).at(0);
  EXPECT_EQ(request.packet.size, 84);  // 56 bytes of data, as ping sends them
  EXPECT_EQ(request.packet.ttl, 1);

  Spec reply{
      .src = kBeyond, .dst = kRight, .size = 84, .protocol = Protocol::Icmp, .sport = icmp::word(icmp::EchoReply, 0)};
  Packet* const p = bench->packet(reply);
  p->seq = request.packet.seq;
  bench->ip.receive(p, right, bench->now);
  EXPECT_EQ(two.replies, std::vector{3});

  Packet* const e = bench->packet({.src = kFar, .dst = kRight, .size = 56, .protocol = Protocol::Icmp});
  e->sport = icmp::word(icmp::TimeExceeded, icmp::TtlInTransit);
  bench->domain.pool.extend(*e).quote = quote_of(request.packet);
  bench->ip.receive(e, right, bench->now);
  EXPECT_EQ(two.failed, std::vector{3});
  EXPECT_EQ(two.last.type, icmp::TimeExceeded);
  EXPECT_TRUE(one.replies.empty() && one.failed.empty());
  bench->ip.close_echo(second);
  receive_error(icmp::Unreachable, icmp::HostUnreachable, 0,
                {.src = kRight, .dst = kBeyond, .protocol = Protocol::Icmp});
}

TEST_F(Icmp, PingingOneselfWorks) {
  build({});
  Pinger user;
  const std::uint16_t identifier = bench->ip.open_echo(user);
  bench->ip.send_echo({.destination = kLeft, .identifier = identifier, .sequence = 1}, bench->now);
  bench->wait(1_ms);
  EXPECT_EQ(user.replies, std::vector{1});
  EXPECT_EQ(bench->domain.pool.live(), 0u);
}

// ---- errors that arrive

TEST_F(Icmp, AnErrorIsPassedToTheTransportThatSent) {
  build({});
  receive_error(icmp::Unreachable, icmp::PortUnreachable, 0, {.src = kRight, .dst = kBeyond, .sport = 1, .dport = 2});
  receive_error(icmp::TimeExceeded, icmp::TtlInTransit, 0, {.src = kRight, .dst = kBeyond, .protocol = Protocol::Tcp});
  ASSERT_EQ(bench->udp.errors.size(), 1u);
  EXPECT_EQ(bench->udp.errors[0].error.code, icmp::PortUnreachable);
  EXPECT_EQ(bench->udp.errors[0].quote.dport, 2);
  ASSERT_EQ(bench->tcp.errors.size(), 1u);
  EXPECT_EQ(bench->tcp.errors[0].error.type, icmp::TimeExceeded);
  receive_error(icmp::Unreachable, icmp::PortUnreachable, 0, {.src = kFriend, .dst = kBeyond});
  EXPECT_EQ(bench->udp.errors.size(), 1u) << "about a datagram that this node cannot have sent";
}

// ---- path MTU discovery (RFC 1191)

TEST_F(Icmp, FragmentationNeededLowersThePathMtuForTenMinutes) {
  build({});
  const Spec sent{.src = kRight, .dst = kBeyond, .size = 1500, .df = true, .protocol = Protocol::Tcp};
  EXPECT_EQ(bench->ip.mtu_to(kBeyond, bench->now), 1500);
  receive_error(icmp::Unreachable, icmp::FragmentationNeeded, 1400, sent);
  EXPECT_EQ(bench->ip.mtu_to(kBeyond, bench->now), 1400);
  EXPECT_EQ(bench->ip.mtu_to(kFar, bench->now), 1500) << "only that destination";
  ASSERT_EQ(bench->tcp.errors.size(), 1u);
  EXPECT_EQ(bench->tcp.errors[0].error.mtu, 1400);
  EXPECT_EQ(bench->send(sent).error, IpError::MtuExceeded);
  bench->wait(600_s - 1_ps);
  EXPECT_EQ(bench->ip.mtu_to(kBeyond, bench->now), 1400);
  bench->wait(1_ps);
  EXPECT_EQ(bench->ip.mtu_to(kBeyond, bench->now), 1500);
  EXPECT_EQ(bench->send(sent).error, IpError::None);
}

TEST_F(Icmp, APathMtuOnlyEverShrinks) {
  build({});
  const Spec sent{.src = kRight, .dst = kBeyond, .size = 1500, .df = true};
  receive_error(icmp::Unreachable, icmp::FragmentationNeeded, 1000, sent);
  receive_error(icmp::Unreachable, icmp::FragmentationNeeded, 1400, sent);
  EXPECT_EQ(bench->ip.mtu_to(kBeyond, bench->now), 1000);
  receive_error(icmp::Unreachable, icmp::FragmentationNeeded, 9000, sent);
  EXPECT_EQ(bench->ip.mtu_to(kBeyond, bench->now), 1000);
}

TEST_F(Icmp, WithoutDfTheSourceCutsToThePathMtu) {
  build({});
  receive_error(icmp::Unreachable, icmp::FragmentationNeeded, 1000,
                {.src = kRight, .dst = kBeyond, .size = 1500, .df = true});
  EXPECT_EQ(bench->send({.dst = kBeyond, .size = 1500}).error, IpError::None);
  const auto out = bench->sent(right);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0].packet.size, 996);
}

TEST_F(Icmp, BelowTheFloorDfIsGivenUpEvenIfTheOwnLinkIsAsNarrow) {
  build({}, 552);
  const Spec sent{.src = kRight, .dst = kBeyond, .size = 552, .df = true};
  receive_error(icmp::Unreachable, icmp::FragmentationNeeded, 296, sent);
  EXPECT_EQ(bench->send(sent).error, IpError::None);
  EXPECT_FALSE(bench->sent(right).at(0).packet.has(mark::DontFragment));
}

// Linux: below ip_rt_min_pmtu (552) the report is not followed, and DF is given up instead.
TEST_F(Icmp, BelowTheFloorTheSourceGivesUpDf) {
  build({});
  const Spec sent{.src = kRight, .dst = kBeyond, .size = 552, .df = true};
  receive_error(icmp::Unreachable, icmp::FragmentationNeeded, 296, sent);
  EXPECT_EQ(bench->ip.mtu_to(kBeyond, bench->now), 552);
  EXPECT_EQ(bench->send(sent).error, IpError::None);
  const auto out = bench->sent(right);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_FALSE(out[0].packet.has(mark::DontFragment));
}

}  // namespace
}  // namespace wirelab::test
