// SYN cookies: RFC 4987 section 3.6, with what Linux's cookies hold.

#include "tcp/syn_cookie.h"

#include "bench.h"
#include "tcp/timestamps.h"
#include "two_hosts.h"

namespace wirelab::tcp::test {
namespace {

constexpr SynCookieKey kKey{11, 22};
const FourTuple kId{kBob, kAlice, 80, 40000};

TEST(SynCookie, NamesTheLargestOfFourSizesThatIsNotTooLarge) {
  const std::pair<std::uint16_t, std::uint16_t> kCases[] = {{88, 536},    {536, 536},   {1299, 536},
                                                            {1300, 1300}, {1439, 1300}, {1440, 1440},
                                                            {1459, 1440}, {1460, 1460}, {8960, 1460}};
  for (const auto& [offered, named] : kCases) {
    const Seq cookie = make_syn_cookie(kKey, kId, Seq(77), offered, Time::at(5_s));
    EXPECT_EQ(mss_in_syn_cookie(kKey, kId, Seq(77), cookie, Time::at(5_s)), named) << offered;
  }
}

TEST(SynCookie, IsGoodInItsMinuteAndTheNext) {
  // 300 minutes go once round the eight bits that the minute has.
  for (const int minute : {0, 1, 255, 256, 300}) {
    const Time made = Time{} + 60_s * minute + 59_s;
    const Seq cookie = make_syn_cookie(kKey, kId, Seq(4294967295u), 1460, made);
    EXPECT_TRUE(mss_in_syn_cookie(kKey, kId, Seq(4294967295u), cookie, made + 60_s)) << minute;
    EXPECT_FALSE(mss_in_syn_cookie(kKey, kId, Seq(4294967295u), cookie, made + 61_s)) << minute;
  }
}

TEST(SynCookie, IsGoodForOneHandshakeUnderOneKey) {
  const Time now = Time::at(1_s);
  const Seq cookie = make_syn_cookie(kKey, kId, Seq(77), 1460, now);
  FourTuple other = kId;
  other.remote_port = 40001;
  EXPECT_FALSE(mss_in_syn_cookie(kKey, other, Seq(77), cookie, now));
  EXPECT_FALSE(mss_in_syn_cookie(kKey, kId, Seq(78 + 4), cookie, now));
  EXPECT_FALSE(mss_in_syn_cookie({11, 23}, kId, Seq(77), cookie, now));
  EXPECT_NE(make_syn_cookie(kKey, other, Seq(77), 1460, now), cookie);
}

// The clock of the SYN-ACK gives up six bits and still never runs ahead of the segments that follow (PAWS).
TEST(SynCookie, TimestampHoldsTheOptionsAndIsNotLaterThanTheClock) {
  for (int ms = 0; ms < 200; ++ms) {
    for (int choice = 0; choice < 64; ++choice) {
      Terms terms;
      terms.sack = (choice & 1) != 0;
      terms.ecn = (choice & 2) != 0;
      terms.scaling = choice / 4 < 15;
      terms.snd_wscale = static_cast<std::uint8_t>(terms.scaling ? choice / 4 : 0);
      const Time now = Time::at(Duration::ms(ms));
      const std::uint32_t stamp = cookie_timestamp(now, terms);
      EXPECT_LT(timestamp_at(now, 0) - stamp, 64u);
      Terms read;
      read_cookie_timestamp(stamp, read);
      EXPECT_EQ(read.sack, terms.sack);
      EXPECT_EQ(read.ecn, terms.ecn);
      EXPECT_EQ(read.scaling, terms.scaling);
      EXPECT_EQ(read.snd_wscale, terms.snd_wscale);
    }
  }
}

TcpConfig with_cookies(std::uint32_t syncookies) {
  TcpConfig c = exact(Profile::Linux);
  c.syncookies = syncookies;
  return c;
}

TEST(SynCookie, AConnectionFromOneHasAllOptionsByItsTimestamp) {
  Wire wire;
  TcpConfig client = exact(Profile::Linux), server = with_cookies(2);
  client.ecn = server.ecn = true;
  std::size_t kept = 0;
  wire.on_send = [&](const Packet& p, int from) {
    if (from == 1 && p.has_flag(tcp_flag::Syn)) kept = wire.bob.tcp.handshakes();
  };
  Pair p(wire, client, server);
  EXPECT_EQ(kept, 0u);
  EXPECT_EQ(p.listener->syn_queue(), 0u);
  ASSERT_NE(p.bob, nullptr);
  EXPECT_EQ(p.bob_log.path(), "LISTEN SYN-RECEIVED ESTABLISHED");
  const Terms &alice = p.alice->terms(), &bob = p.bob->terms();
  EXPECT_TRUE(bob.timestamps && bob.sack && bob.scaling && bob.ecn);
  EXPECT_EQ(bob.snd_wscale, alice.rcv_wscale);
  EXPECT_EQ(bob.rcv_wscale, alice.snd_wscale);
  EXPECT_EQ(bob.peer_mss, 1460);
  EXPECT_TRUE(p.bob->sender().rtt().has_sample());  // of the timestamp that came back
  EXPECT_EQ(wire.bob.tcp.counters().syn_cookies_sent, 1u);
  EXPECT_EQ(wire.bob.tcp.counters().syn_cookies_received, 1u);

  Bulk sender(200'000), receiver(0);
  sender.attach(*p.bob, wire.now);
  receiver.attach(*p.alice, wire.now);
  wire.run_for(10_s);
  EXPECT_EQ(receiver.read, 200'000);
  EXPECT_TRUE(receiver.got_eof);
  EXPECT_EQ(wire.alice.tcp.counters().paws_drops, 0u);
}

TEST(SynCookie, WithoutTimestampsNoOtherOptionIsLeft) {
  Wire wire;
  TcpConfig client = exact(Profile::Linux), server = with_cookies(2);
  client.timestamps = false;
  client.ecn = server.ecn = true;
  Pair p(wire, client, server);
  ASSERT_NE(p.bob, nullptr);
  for (const Terms& t : {p.alice->terms(), p.bob->terms()}) {
    EXPECT_FALSE(t.timestamps || t.sack || t.scaling || t.ecn);
    EXPECT_EQ(t.snd_wscale + t.rcv_wscale, 0);
    EXPECT_EQ(t.peer_mss, 1460);
  }
}

// Linux: the backlog bounds the handshakes too, which holds one more than it says. Whoever finds the queue full is
// answered all the same, and gets through although those before it never do.
TEST(SynCookie, AFullQueueAnswersWithOne) {
  for (const std::uint32_t syncookies : {0u, 1u}) {
    Wire wire;
    TcpConfig server = with_cookies(syncookies);
    server.backlog = 1;
    Listener* const l = wire.bob.tcp.listen({{}, 80}, shared(server), nullptr, nullptr, 0, wire.now).listener;
    wire.lose = [](const Packet& p, int from, int) {
      return from == 0 && p.sport < 1002 && !p.has_flag(tcp_flag::Syn);
    };
    std::vector<Connection*> clients;
    for (std::uint16_t port = 1000; port < 1003; ++port) {
      const OpenOptions options{{{}, port}, {kBob, 80}, shared(exact(Profile::Linux)), nullptr, nullptr, 0};
      clients.push_back(wire.alice.tcp.connect(options, wire.now).connection);
    }
    wire.run_for(100_ms);
    EXPECT_EQ(l->syn_queue(), 2u);
    EXPECT_EQ(wire.bob.tcp.counters().syn_drops, 1 - syncookies);
    EXPECT_EQ(wire.bob.tcp.counters().syn_cookies_sent, syncookies);
    EXPECT_EQ(clients[2]->state(), syncookies == 1 ? State::Established : State::SynSent);
    Connection* const c = l->accept();
    ASSERT_EQ(c != nullptr, syncookies == 1);
    if (c != nullptr) { EXPECT_EQ(c->remote().port, 1002); }
  }
}

TEST(SynCookie, TheAckMayCarryDataAndAFin) {
  TcpBench t;
  t.config.syncookies = 2;
  t.listen();
  t.receive(syn());
  t.expect_sent({syn_ack()});
  t.receive(data(1, 101).ack(1).plus(tcp_flag::Fin));
  t.after(40_ms).expect_sent({ack(102)});
  EXPECT_EQ(t.received_bytes, 100);
  EXPECT_EQ(t.state(), State::CloseWait);
}

TEST(SynCookie, AnAckWithAnotherNumberIsReset) {
  TcpBench t;
  t.config.syncookies = 2;
  t.listen();
  t.receive(syn());
  t.expect_sent({syn_ack()});
  t.receive(ack_at(1, 100));
  t.expect_sent({rst(100)});
  t.receive(ack_at(2, 1));
  t.expect_sent({rst(1)});
  EXPECT_EQ(t.c, nullptr);
  t.receive(ack_at(1, 1));
  t.expect_silence();
  EXPECT_EQ(t.state(), State::Established);
}

TEST(SynCookie, TwoMinutesLaterItIsWorthless) {
  TcpBench t;
  t.config.syncookies = 2;
  t.listen();
  t.receive(syn());
  t.expect_sent({syn_ack()});
  t.after(121_s).receive(ack_at(1, 1));
  t.expect_sent({rst(1)});
  EXPECT_EQ(t.c, nullptr);
}

// Linux: with no room in the accept queue the ACK is as good as lost, and no timer sends the SYN-ACK again.
TEST(SynCookie, AFullAcceptQueueTakesNone) {
  Wire wire;
  TcpConfig server = with_cookies(2);
  server.backlog = 0;
  Listener* const l = wire.bob.tcp.listen({{}, 80}, shared(server), nullptr, nullptr, 0, wire.now).listener;
  std::vector<Connection*> clients;
  for (int i = 0; i < 2; ++i) {  // both SYNs find an empty queue
    const OpenOptions options{{}, {kBob, 80}, shared(exact(Profile::Linux)), nullptr, nullptr, 0};
    clients.push_back(wire.alice.tcp.connect(options, wire.now).connection);
  }
  wire.run_for(3_s);
  EXPECT_EQ(l->accept_queue(), 1u);
  EXPECT_EQ(l->overflows(), 1u);
  EXPECT_EQ(wire.sent[1], 2);
  // The client believes in its connection: with data it comes again, and finds room.
  ASSERT_NE(l->accept(), nullptr);
  clients[1]->send(100, wire.now);
  wire.run_for(50_ms);
  Connection* const second = l->accept();
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->recv(1000, wire.now).bytes, 100);
}

}  // namespace
}  // namespace wirelab::tcp::test
