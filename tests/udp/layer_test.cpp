#include "udp/layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace wirelab::udp {
namespace {

const Ipv4Address kSelf(10, 0, 0, 1), kOther(10, 0, 5, 1), kPeer(10, 0, 9, 9), kStranger(10, 0, 9, 8);

/// The host below: one packet sent is one packet kept.
struct Host final : DatagramOutput {
  explicit Host(Domain& d) : DatagramOutput(d) {}
  SendResult send(Packet* p, std::uint8_t ttl, Time) override {
    sent.push_back(*p);
    ttls.push_back(ttl);
    domain().deliver(p);
    return {next_error, Time::at(Duration::us(7))};
  }
  void port_unreachable(const Packet& p, Time) override { unreachable.push_back(p); }
  std::optional<Ipv4Address> source_for(Ipv4Address dst) override {
    if (!routed) return std::nullopt;
    return dst == kOther ? kOther : kSelf;
  }
  bool is_own_address(Ipv4Address a) const override { return a == kSelf || a == kOther; }
  std::vector<Packet> sent, unreachable;
  std::vector<int> ttls;
  Error next_error = Error::None;
  bool routed = true;
};

struct App final : User {
  void on_datagram(const Datagram& d, Time) override { got.push_back(d); }
  void on_error(Error e, const IcmpQuote&, Time) override { errors.push_back(e); }
  std::vector<Datagram> got;
  std::vector<Error> errors;
};

class Udp : public ::testing::Test {
 protected:
  void arrive(Endpoint from, Endpoint to, Payload payload = {1, 0, 100}, bool corrupt = false) {
    Packet* const p = domain.make();
    const std::uint32_t extension = p->extension;
    *p = Packet{};
    p->extension = extension;
    p->src = from.address;
    p->sport = from.port;
    p->dst = to.address;
    p->dport = to.port;
    p->payload_stream = payload.stream;
    p->payload_offset = payload.offset;
    p->payload = payload.length;
    p->size = static_cast<std::uint16_t>(28 + payload.length);
    p->protocol = Protocol::Udp;
    if (corrupt) p->marks |= mark::Corrupt;
    layer.receive(p, now);
    EXPECT_EQ(domain.pool.live(), 0u);
    EXPECT_EQ(domain.account.in_flight(), 0u);
  }
  IcmpQuote quote(Endpoint from, Endpoint to) const {
    IcmpQuote q{};
    q.src = from.address;
    q.sport = from.port;
    q.dst = to.address;
    q.dport = to.port;
    q.protocol = 17;
    return q;
  }

  Domain domain;
  Host host{domain};
  Layer layer{host, 0};
  App app, second;
  Time now = Time::at(Duration::s(1));
};

TEST_F(Udp, ADatagramLeavesWithPortsLengthAndPayload) {  // RFC 768
  const auto s = layer.open(app);
  ASSERT_EQ(layer.bind(s, {{}, 5000}), Error::None);
  const SendResult r = layer.send_to(s, {kPeer, 53}, {9, 1'000'000'000'000, 512}, {}, now);
  EXPECT_EQ(r.error, Error::None);
  EXPECT_EQ(r.leaves, Time::at(Duration::us(7)));
  ASSERT_EQ(host.sent.size(), 1u);
  const Packet& p = host.sent[0];
  EXPECT_TRUE(p.src.is_unspecified()) << "IP chooses";
  EXPECT_EQ(p.dst, kPeer);
  EXPECT_EQ(p.sport, 5000);
  EXPECT_EQ(p.dport, 53);
  EXPECT_EQ(p.size, 20 + 8 + 512);
  EXPECT_EQ(p.payload, 512);
  EXPECT_EQ(p.payload_stream, 9u);
  EXPECT_EQ(p.payload_offset, 1'000'000'000'000u);
  EXPECT_EQ(p.protocol, Protocol::Udp);
  EXPECT_FALSE(p.has(mark::DontFragment));
}

TEST_F(Udp, OptionsReachThePacket) {
  const auto s = layer.open(app);
  layer.send_to(s, {kPeer, 53}, {0, 0, 1}, {.dont_fragment = true, .ttl = 3, .tos = 0xb8}, now);
  EXPECT_TRUE(host.sent.at(0).has(mark::DontFragment));
  EXPECT_EQ(host.sent.at(0).tos, 0xb8);
  EXPECT_EQ(host.ttls.at(0), 3);
}

TEST_F(Udp, PayloadIsLimitedByTheIpLengthField) {
  const auto s = layer.open(app);
  EXPECT_EQ(layer.send_to(s, {kPeer, 53}, {0, 0, 65'507}, {}, now).error, Error::None);
  EXPECT_EQ(host.sent.at(0).size, 65'535);
  EXPECT_EQ(layer.send_to(s, {kPeer, 53}, {0, 0, 65'508}, {}, now).error, Error::MessageSize);
  EXPECT_EQ(layer.send_to(s, {kPeer, 53}, {0, 0, 0}, {}, now).error, Error::None) << "an empty datagram is one";
  EXPECT_EQ(host.sent.size(), 2u);
}

TEST_F(Udp, WhatComesReachesTheSocketOfItsPort) {
  const auto a = layer.open(app), b = layer.open(second);
  layer.bind(a, {{}, 5000});
  layer.bind(b, {{}, 5001});
  arrive({kPeer, 1234}, {kSelf, 5001}, {4, 77, 99});
  EXPECT_TRUE(app.got.empty());
  ASSERT_EQ(second.got.size(), 1u);
  EXPECT_EQ(second.got[0].from, (Endpoint{kPeer, 1234}));
  EXPECT_EQ(second.got[0].to, (Endpoint{kSelf, 5001}));
  EXPECT_EQ(second.got[0].payload.length, 99);
  EXPECT_EQ(second.got[0].payload.offset, 77u);
  EXPECT_EQ(layer.counters().received, 1u);
}

TEST_F(Udp, NobodyAtThePortIsReportedAndCounted) {  // RFC 1122 section 4.1.3.1
  arrive({kPeer, 1234}, {kSelf, 5001});
  ASSERT_EQ(host.unreachable.size(), 1u);
  EXPECT_EQ(host.unreachable[0].dport, 5001);
  EXPECT_EQ(layer.counters().no_port, 1u);
  EXPECT_EQ(domain.account.dropped[static_cast<std::size_t>(DropReason::NoListener)], 1u);
}

TEST_F(Udp, ABadChecksumIsDroppedSilently) {  // RFC 1122 section 4.1.3.4
  const auto s = layer.open(app);
  layer.bind(s, {{}, 5000});
  arrive({kPeer, 1}, {kSelf, 5000}, {}, true);
  arrive({kPeer, 1}, {kSelf, 6000}, {}, true);
  EXPECT_TRUE(app.got.empty());
  EXPECT_TRUE(host.unreachable.empty());
  EXPECT_EQ(layer.counters().corrupt, 2u);
  EXPECT_EQ(domain.account.dropped[static_cast<std::size_t>(DropReason::Corrupt)], 2u);
}

TEST_F(Udp, AnAddressBoundHearsOnlyItsOwn) {
  const auto a = layer.open(app), b = layer.open(second);
  EXPECT_EQ(layer.bind(a, {kSelf, 5000}), Error::None);
  EXPECT_EQ(layer.bind(b, {kOther, 5000}), Error::None);
  arrive({kPeer, 1}, {kOther, 5000});
  EXPECT_EQ(app.got.size(), 0u);
  EXPECT_EQ(second.got.size(), 1u);
  EXPECT_EQ(layer.send_to(b, {kPeer, 1}, {}, {}, now).error, Error::None);
  EXPECT_EQ(host.sent.at(0).src, kOther);
}

TEST_F(Udp, AConnectedSocketHearsOnlyItsPeer) {
  const auto s = layer.open(app);
  layer.bind(s, {{}, 5000});
  ASSERT_EQ(layer.connect(s, {kPeer, 7}), Error::None);
  EXPECT_EQ(layer.local(s), (Endpoint{kSelf, 5000})) << "connecting chooses the address";
  arrive({kPeer, 7}, {kSelf, 5000});
  EXPECT_EQ(app.got.size(), 1u);
  arrive({kStranger, 7}, {kSelf, 5000});
  arrive({kPeer, 8}, {kSelf, 5000});
  EXPECT_EQ(app.got.size(), 1u);
  EXPECT_EQ(host.unreachable.size(), 2u);
  EXPECT_EQ(layer.send(s, {0, 0, 10}, {}, now).error, Error::None);
  EXPECT_EQ(host.sent.at(0).dst, kPeer);
  EXPECT_EQ(host.sent.at(0).dport, 7);
}

TEST_F(Udp, AddressesInUseAndNotOursAreRefused) {
  const auto a = layer.open(app), b = layer.open(second);
  EXPECT_EQ(layer.bind(a, {{}, 5000}), Error::None);
  EXPECT_EQ(layer.bind(a, {{}, 5001}), Error::Invalid) << "bound already";
  EXPECT_EQ(layer.bind(b, {{}, 5000}), Error::AddrInUse);
  EXPECT_EQ(layer.bind(b, {kSelf, 5000}), Error::AddrInUse) << "the other has all addresses";
  EXPECT_EQ(layer.bind(b, {kPeer, 5001}), Error::AddrNotAvail);
  layer.close(a);
  EXPECT_EQ(layer.bind(b, {kSelf, 5000}), Error::None);
}

TEST_F(Udp, EphemeralPortsAreDistinctInLinuxsRangeAndRunOut) {
  std::set<std::uint16_t> ports;
  std::vector<Layer::Socket> sockets;
  for (int i = 0; i < 28'232; ++i) {
    sockets.push_back(layer.open(app));
    ASSERT_EQ(layer.bind(sockets.back(), {}), Error::None);
    ports.insert(layer.local(sockets.back()).port);
  }
  EXPECT_EQ(ports.size(), 28'232u);
  EXPECT_EQ(*ports.begin(), 32'768);
  EXPECT_EQ(*ports.rbegin(), 60'999);
  const auto one_more = layer.open(app);
  EXPECT_EQ(layer.bind(one_more, {}), Error::AddrNotAvail);
  layer.close(sockets[100]);
  EXPECT_EQ(layer.bind(one_more, {}), Error::None);
}

TEST_F(Udp, AnUnboundSocketGetsAPortWhenItSends) {
  Layer other(host, 1'000);
  const auto s = other.open(app);
  other.send_to(s, {kPeer, 1}, {}, {}, now);
  EXPECT_EQ(host.sent.at(0).sport, 33'768);
  other.send_to(s, {kPeer, 1}, {}, {}, now);
  EXPECT_EQ(host.sent.at(1).sport, 33'768);
}

TEST_F(Udp, CallsThatMakeNoSenseAreErrors) {
  const auto s = layer.open(app);
  EXPECT_EQ(layer.send(s, {}, {}, now).error, Error::Invalid) << "not connected";
  EXPECT_EQ(layer.connect(s, {kPeer, 0}), Error::Invalid);
  host.routed = false;
  EXPECT_EQ(layer.connect(s, {kPeer, 1}), Error::NetUnreach);
  host.next_error = Error::MessageSize;
  EXPECT_EQ(layer.send_to(s, {kPeer, 1}, {}, {}, now).error, Error::MessageSize) << "what IP says is passed on";
}

TEST_F(Udp, IcmpErrorsReachTheConnectedSocketAlone) {
  const auto a = layer.open(app), b = layer.open(second);
  layer.bind(a, {{}, 5000});
  layer.connect(a, {kPeer, 7});
  layer.bind(b, {{}, 6000});
  const int codes[] = {0, 1, 2, 3, 4};
  for (const int code : codes) {
    layer.on_icmp_error(quote({kSelf, 5000}, {kPeer, 7}), 3, static_cast<std::uint8_t>(code), now);
  }
  layer.on_icmp_error(quote({kSelf, 5000}, {kPeer, 7}), 11, 0, now);
  EXPECT_THAT(app.errors, ::testing::ElementsAre(Error::NetUnreach, Error::HostUnreach, Error::NoProtocol,
                                                 Error::ConnRefused, Error::MessageSize, Error::HostUnreach));
  layer.on_icmp_error(quote({kSelf, 6000}, {kPeer, 7}), 3, 3, now);      // not connected
  layer.on_icmp_error(quote({kSelf, 5000}, {kStranger, 7}), 3, 3, now);  // connected elsewhere
  layer.on_icmp_error(quote({kSelf, 40'000}, {kPeer, 7}), 3, 3, now);    // nobody
  EXPECT_EQ(app.errors.size(), 6u);
  EXPECT_TRUE(second.errors.empty());
}

TEST_F(Udp, AClosedSocketHearsNothing) {
  const auto a = layer.open(app), b = layer.open(second);
  layer.bind(a, {kSelf, 5000});
  layer.bind(b, {kOther, 5000});
  layer.close(a);
  arrive({kPeer, 1}, {kSelf, 5000});
  arrive({kPeer, 1}, {kOther, 5000});
  EXPECT_TRUE(app.got.empty());
  EXPECT_EQ(second.got.size(), 1u);
  EXPECT_EQ(host.unreachable.size(), 1u);
}

}  // namespace
}  // namespace wirelab::udp
