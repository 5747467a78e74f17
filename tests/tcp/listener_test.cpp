// Listeners with their queues, ephemeral ports, initial sequence numbers, and the table of options.

#include <gtest/gtest.h>

#include <set>

#include "two_hosts.h"

namespace wirelab::tcp::test {
namespace {

Opened dial(Wire& wire, Endpoint local = {}, ConnectionUser* user = nullptr) {
  return wire.alice.tcp.connect({local, {kBob, 80}, shared(exact(Profile::Linux)), user, nullptr, 0}, wire.now);
}

// Linux: as many connections as the backlog and one more; the rest wait at the other end as if their SYN was lost.
TEST(Listener, AFullAcceptQueueLeavesSynsUnanswered) {
  Wire wire;
  TcpConfig config = exact(Profile::Linux);
  config.backlog = 2;
  Listener* const l = wire.bob.tcp.listen({{}, 80}, shared(config), nullptr, nullptr, 0, wire.now).listener;
  std::vector<Connection*> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(dial(wire).connection);
    wire.run_for(50_ms);
  }
  EXPECT_EQ(l->accept_queue(), 3u);
  EXPECT_EQ(l->overflows(), 2u);
  EXPECT_EQ(clients[3]->state(), State::SynSent);
  ASSERT_NE(l->accept(), nullptr);
  wire.run_for(1_s);
  EXPECT_EQ(clients[3]->state(), State::Established);
}

TEST(Listener, SynQueueIsBoundedWithoutSynCookies) {
  Wire wire;
  TcpConfig config = exact(Profile::Linux);
  config.syncookies = 0;
  config.max_syn_backlog = 2;
  Listener* const l = wire.bob.tcp.listen({{}, 80}, shared(config), nullptr, nullptr, 0, wire.now).listener;
  wire.lose = [](const Packet&, int from, int) { return from == 1; };  // no SYN-ACK arrives
  for (int i = 0; i < 4; ++i) dial(wire);
  wire.run_for(15_ms);
  EXPECT_EQ(l->syn_queue(), 2u);
  EXPECT_EQ(wire.bob.tcp.counters().syn_drops, 2u);
}

TEST(Listener, ClosingItResetsWhatWasNotAccepted) {
  Wire wire;
  Pair p(wire);
  Opened second = dial(wire);
  wire.run_for(50_ms);
  ASSERT_EQ(p.listener->accept_queue(), 1u);
  p.listener->close(wire.now);
  wire.run_for(50_ms);
  EXPECT_EQ(second.connection->error(), Error::ConnReset);
  EXPECT_EQ(p.alice->state(), State::Established);
  const Opened third = dial(wire);
  wire.run_for(50_ms);
  EXPECT_EQ(third.connection->error(), Error::ConnRefused);
}

TEST(Listener, OnePortOneListener) {
  Wire wire;
  Layer& tcp = wire.bob.tcp;
  const auto config = shared(exact(Profile::Linux));
  EXPECT_EQ(tcp.listen({{}, 80}, config, nullptr, nullptr, 0, wire.now).error, Error::None);
  EXPECT_EQ(tcp.listen({{}, 80}, config, nullptr, nullptr, 0, wire.now).error, Error::AddrInUse);
  EXPECT_EQ(tcp.listen({kBob, 80}, config, nullptr, nullptr, 0, wire.now).error, Error::AddrInUse);
  EXPECT_EQ(tcp.listen({kBob, 81}, config, nullptr, nullptr, 0, wire.now).error, Error::None);
  EXPECT_EQ(tcp.listen({kAlice, 82}, config, nullptr, nullptr, 0, wire.now).error, Error::AddrNotAvail);
}

TEST(Ports, TheSameFourTupleTwiceIsAddrInUse) {
  Wire wire;
  EXPECT_EQ(dial(wire, {{}, 1234}).error, Error::None);
  EXPECT_EQ(dial(wire, {{}, 1234}).error, Error::AddrInUse);
  EXPECT_EQ(dial(wire, {kBob, 0}).error, Error::AddrNotAvail);
}

TEST(Ports, EphemeralPortsRunOutOnlyWhenAllAreTaken) {
  Wire wire;
  wire.lose = [](const Packet&, int, int) { return true; };
  std::set<std::uint16_t> used;
  constexpr int kAll = kLastEphemeralPort - kFirstEphemeralPort + 1;
  for (int i = 0; i < kAll; ++i) {
    const Opened o = dial(wire);
    ASSERT_EQ(o.error, Error::None);
    used.insert(o.connection->local().port);
  }
  EXPECT_EQ(used.size(), static_cast<std::size_t>(kAll));
  EXPECT_EQ(*used.begin(), kFirstEphemeralPort);
  EXPECT_EQ(*used.rbegin(), kLastEphemeralPort);
  EXPECT_EQ(dial(wire).error, Error::AddrNotAvail);
}

TEST(Ports, AfterASearchInVainTheNextOneWaitsForSomethingToChange) {
  PortChooser chooser(1);
  const FourTuple id{kAlice, kBob, 0, 80}, other{kAlice, kBob, 0, 81};
  Time free = Time::at(3_s);
  int asked = 0;
  const auto free_from = [&](std::uint16_t port) {
    ++asked;
    return port == 40000 ? free : Time::never();
  };
  const auto count_of = [&](const FourTuple& to, Time now, std::uint64_t left) {
    asked = 0;
    EXPECT_EQ(chooser.choose(to, now, left, free_from),
              now < free ? std::nullopt : std::optional<std::uint16_t>(40000));
    return asked;
  };
  EXPECT_GT(count_of(id, Time::at(1_s), 7), 1);
  EXPECT_EQ(count_of(id, Time::at(2_s), 7), 0);
  EXPECT_GT(count_of(id, Time::at(2_s), 8), 1);     // something has left the table
  EXPECT_GT(count_of(other, Time::at(2_s), 8), 1);  // another end has ports of its own
  EXPECT_GT(count_of(id, Time::at(3_s), 8), 0);     // a TIME-WAIT may be reused now
}

// RFC 6528: the same four-tuple later gets a later number; another four-tuple an unrelated one.
TEST(InitialSequenceNumber, MovesWithTheClockAndDiffersByFourTuple) {
  const FourTuple a{kAlice, kBob, 40000, 80}, b{kAlice, kBob, 40001, 80};
  const Seq first = initial_sequence_number(a, 1, 2, Time{});
  EXPECT_EQ(initial_sequence_number(a, 1, 2, Time::at(1_s)) - first, 250'000);
  EXPECT_NE(initial_sequence_number(b, 1, 2, Time{}), first);
  EXPECT_NE(initial_sequence_number(a, 1, 3, Time{}), first);
}

// The reference vectors of SipHash-2-4, key 00..0f: the message 00..0f gives the bytes db 9b c2 57 7f cc 2a 3f.
TEST(InitialSequenceNumber, HashIsSipHash24) {
  EXPECT_EQ(siphash(0x0706050403020100u, 0x0f0e0d0c0b0a0908u, std::array{0x0706050403020100u, 0x0f0e0d0c0b0a0908u}),
            0x3f2acc7f57c29bdbu);
}

TEST(TimestampOffset, IsNeverZero) {
  for (std::uint16_t port = 1; port < 2000; ++port) EXPECT_NE(timestamp_offset({kAlice, kBob, port, 80}, 5), 0u);
}

TEST(DemuxTable, FindsWhatIsThereAfterManyErasures) {
  DemuxTable table;
  int who[1000];
  const auto id = [](int i) { return FourTuple{kAlice, kBob, static_cast<std::uint16_t>(i), 80}; };
  for (int i = 0; i < 1000; ++i) table.insert(id(i), DemuxTable::Kind::Connection, &who[i]);
  for (int i = 0; i < 1000; i += 3) table.erase(id(i));
  for (int i = 0; i < 1000; ++i) {
    const DemuxTable::Entry* const e = table.find(id(i));
    if (i % 3 == 0) {
      EXPECT_EQ(e, nullptr);
    } else {
      ASSERT_NE(e, nullptr);
      EXPECT_EQ(e->who, &who[i]);
    }
  }
  EXPECT_EQ(table.size(), 666u);
}

TEST(Options, EveryDefaultIsInItsRangeAndReadsBack) {
  for (const OptionInfo& o : options()) {
    EXPECT_LE(o.minimum, o.linux_default) << o.name;
    EXPECT_LE(o.linux_default, o.maximum) << o.name;
    EXPECT_LE(o.minimum, o.rfc_default) << o.name;
    EXPECT_LE(o.rfc_default, o.maximum) << o.name;
    EXPECT_FALSE(o.help.empty()) << o.name;
    TcpConfig config;
    for (const std::int64_t v : {o.minimum, o.maximum, o.linux_default}) {
      o.set(config, v);
      EXPECT_EQ(o.get(config), v) << o.name;
    }
    EXPECT_EQ(find_option(o.name), &o);
    if (!o.alias.empty()) { EXPECT_EQ(find_option(o.alias), &o); }
  }
  EXPECT_EQ(find_option("cc"), nullptr);
}

// What config.h says of the defaults is what the table says.
TEST(Options, PlainConfigIsTheLinuxProfile) {
  const TcpConfig plain, table = defaults(Profile::Linux);
  for (const OptionInfo& o : options()) EXPECT_EQ(o.get(plain), o.get(table)) << o.name;
  EXPECT_EQ(plain.cc.name, table.cc.name);
}

TEST(Options, NoNameTwice) {
  std::set<std::string_view> names;
  for (const OptionInfo& o : options()) {
    EXPECT_TRUE(names.insert(o.name).second) << o.name;
    if (!o.alias.empty()) { EXPECT_TRUE(names.insert(o.alias).second) << o.alias; }
  }
}

}  // namespace
}  // namespace wirelab::tcp::test
