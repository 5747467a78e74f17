// RFC 7413: cookies, the client's cache, and connections that carry data on their SYN.

#include "tcp/fast_open.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tcp/fast_open_cache.h"
#include "tcp/isn.h"
#include "tcp/segment.h"
#include "two_hosts.h"

namespace wirelab::tcp::test {
namespace {

FastOpenOption cookie_of(std::initializer_list<std::uint8_t> bytes, bool experimental = false) {
  FastOpenOption o;
  o.experimental = experimental;
  for (const std::uint8_t b : bytes) o.cookie[o.length++] = b;
  return o;
}

FastOpenKey counting_key() {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 16; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return fast_open_key(bytes);
}

// The reference vectors of SipHash-2-4, key 00..0f: the message 00..07 gives the bytes 62 24 93 9a 79 f5 f5 93.
TEST(FastOpenCookie, IsTheReferenceHashOfBothAddresses) {
  EXPECT_EQ(siphash(0x0706050403020100u, 0x0f0e0d0c0b0a0908u, std::array<std::uint64_t, 1>{0x0706050403020100u}),
            0x93f5f5799a932462u);
  // The same message as addresses in the order of the wire: client 0.1.2.3, server 4.5.6.7.
  const FastOpenOption c = make_fast_open_cookie(counting_key(), Ipv4Address(0, 1, 2, 3), Ipv4Address(4, 5, 6, 7));
  EXPECT_EQ(c, cookie_of({0x62, 0x24, 0x93, 0x9a, 0x79, 0xf5, 0xf5, 0x93}));
}

TEST(FastOpenCookie, IsGoodForItsAddressesAndUnderEitherKey) {
  const FastOpenKey old_key{1, 2}, new_key{3, 4}, other{5, 6};
  const FastOpenKeys keys{{new_key, old_key}, 2};
  const auto match = [&](const FastOpenKey& key, Ipv4Address client) {
    return match_fast_open_cookie(keys, kAlice, kBob, make_fast_open_cookie(key, client, kBob));
  };
  EXPECT_EQ(match(new_key, kAlice), CookieMatch::Current);
  EXPECT_EQ(match(old_key, kAlice), CookieMatch::Backup);
  EXPECT_EQ(match(other, kAlice), CookieMatch::None);
  EXPECT_EQ(match(new_key, kBob), CookieMatch::None);
  EXPECT_EQ(match_fast_open_cookie(keys, kAlice, kBob, {}), CookieMatch::None);
}

TEST(FastOpenOption, TakesWholeWords) {
  EXPECT_EQ(FastOpenOption{}.bytes(), 4);
  EXPECT_EQ(cookie_of({1, 2, 3, 4}).bytes(), 8);
  EXPECT_EQ(cookie_of({1, 2, 3, 4, 5, 6}).bytes(), 8);
  EXPECT_EQ(cookie_of({}, true).bytes(), 4);
  EXPECT_EQ(cookie_of({1, 2, 3, 4, 5, 6}, true).bytes(), 12);
  for (const std::size_t good : {0, 4, 6, 16}) EXPECT_TRUE(FastOpenOption::is_valid_length(good)) << good;
  for (const std::size_t bad : {1, 2, 5, 15, 18}) EXPECT_FALSE(FastOpenOption::is_valid_length(bad)) << bad;
}

TEST(FastOpenCache, KeepsCookieAndMssByAddress) {
  FastOpenCache cache;
  cache.note(kAlice, kBob, {1400, cookie_of({1, 2, 3, 4}), false, false});
  EXPECT_EQ(cache.look_up(kAlice, kBob).option, cookie_of({1, 2, 3, 4}));
  EXPECT_EQ(cache.look_up(kAlice, kBob).mss, 1400);
  EXPECT_EQ(cache.look_up(kBob, kAlice).option.length, 0);
  cache.note(kAlice, kBob, {1200, std::nullopt, false, false});  // no new cookie: the old one stays
  EXPECT_EQ(cache.look_up(kAlice, kBob).option.length, 4);
  EXPECT_EQ(cache.look_up(kAlice, kBob).mss, 1200);
  cache.flush();
  EXPECT_EQ(cache.look_up(kAlice, kBob).option.length, 0);
}

TEST(FastOpenCache, TriesTheExperimentalOptionOnce) {
  FastOpenCache cache;
  cache.note(kAlice, kBob, {1400, std::nullopt, true, false});
  EXPECT_TRUE(cache.look_up(kAlice, kBob).option.experimental);
  cache.note(kAlice, kBob, {1400, std::nullopt, true, true});
  EXPECT_FALSE(cache.look_up(kAlice, kBob).option.experimental);
  cache.note(kAlice, kBob, {1400, std::nullopt, true, false});
  EXPECT_FALSE(cache.look_up(kAlice, kBob).option.experimental);
}

// As Linux: a pause for the whole host, doubled each time in a row, at most 64-fold.
TEST(FastOpenCache, PausesAfterABlackHole) {
  FastOpenCache cache;
  cache.on_black_hole(Duration{}, Time{});
  EXPECT_FALSE(cache.is_paused(10_s, Time{}));
  cache.on_black_hole(10_s, Time{});
  EXPECT_TRUE(cache.is_paused(10_s, Time::at(9_s)));
  EXPECT_FALSE(cache.is_paused(10_s, Time::at(10_s)));
  cache.on_black_hole(10_s, Time::at(10_s));
  EXPECT_TRUE(cache.is_paused(10_s, Time::at(29_s)));
  EXPECT_FALSE(cache.is_paused(10_s, Time::at(30_s)));
  for (int i = 0; i < 20; ++i) cache.on_black_hole(10_s, Time::at(30_s));
  EXPECT_TRUE(cache.is_paused(10_s, Time::at(669_s)));
  EXPECT_FALSE(cache.is_paused(10_s, Time::at(670_s)));
  cache.on_success();
  EXPECT_FALSE(cache.is_paused(10_s, Time::at(40_s)));
}

// RFC 7413 section 5.1: a client that resets counts for a while, lest forged SYNs wear the server out.
TEST(FastOpenQueue, CountsWhatWasResetForAMinute) {
  FastOpenQueue queue;
  EXPECT_FALSE(queue.has_room(0, Time{}));
  queue.enter();
  EXPECT_FALSE(queue.has_room(1, Time{}));
  EXPECT_TRUE(queue.has_room(2, Time{}));
  queue.leave_by_reset(Time{});
  EXPECT_FALSE(queue.has_room(1, Time::at(59_s)));
  EXPECT_TRUE(queue.has_room(1, Time::at(60_s)));
  EXPECT_EQ(queue.pending(), 0u);
}

/// Bob takes Fast Open; Alice asks for it.
struct FastHosts {
  FastHosts() {
    TcpConfig server = exact(Profile::Linux);
    server.fastopen = fast_open_bit::Server;
    server.fastopen_queue = 4;
    client.fastopen = fast_open_bit::Client;
    listener = wire.bob.tcp.listen({{}, 80}, shared(server), nullptr, nullptr, 0, wire.now).listener;
  }
  Opened dial(std::int64_t bytes) {
    OpenOptions options;
    options.remote = {kBob, 80};
    options.config = shared(client);
    options.fast_open = FastOpenRequest{bytes, false};
    return wire.alice.tcp.connect(options, wire.now);
  }
  /// A first connection that fetches the cookie.
  void warm_up() {
    const Opened first = dial(100);
    wire.run_for(100_ms);
    first.connection->close(wire.now);
    listener->accept()->close(wire.now);
    wire.run_for(100_ms);
  }

  Wire wire{10_ms};
  TcpConfig client = exact(Profile::Linux);
  Listener* listener = nullptr;
};

TEST(FastOpen, TheFirstConnectionFetchesTheCookieThatTheSecondUses) {
  FastHosts t;
  const Opened first = t.dial(100);
  EXPECT_EQ(first.taken, 0);
  t.wire.run_for(100_ms);
  EXPECT_EQ(t.wire.alice.tcp.fast_open_cache().look_up(kAlice, kBob).option.length, 8);

  const Opened second = t.dial(100);
  EXPECT_EQ(second.taken, 100);
  t.wire.run_for(11_ms);  // one way
  ASSERT_EQ(t.listener->accept_queue(), 2u);
  ASSERT_NE(t.listener->accept(), nullptr);
  Connection* const child = t.listener->accept();
  EXPECT_EQ(child->state(), State::SynReceived);
  EXPECT_TRUE(child->is_half_open());
  EXPECT_EQ(child->recv(1000, t.wire.now).bytes, 100);
  EXPECT_EQ(child->send(500, t.wire.now).bytes, 500);
  t.wire.run_for(10_ms);  // the answer, half a round trip after the question's arrival
  EXPECT_EQ(second.connection->state(), State::Established);
  EXPECT_TRUE(second.connection->syn_data_acked());
  EXPECT_EQ(second.connection->recv(1000, t.wire.now).bytes, 500);
  t.wire.run_for(50_ms);
  EXPECT_EQ(child->state(), State::Established);
  EXPECT_FALSE(child->is_half_open());
  EXPECT_EQ(child->bytes_acked(), 500u);
}

TEST(FastOpen, AServerThatDoesNotKnowItCostsARoundTripAndNoData) {
  FastHosts t;
  t.warm_up();
  TcpConfig plain = exact(Profile::Linux);
  t.listener->set_config(shared(plain));
  const Opened o = t.dial(700);
  EXPECT_EQ(o.taken, 700);
  t.wire.run_for(100_ms);
  EXPECT_EQ(o.connection->bytes_acked(), 700u);
  EXPECT_FALSE(o.connection->syn_data_acked());
  EXPECT_EQ(o.connection->sender().window().cwnd, 10u);  // no congestion was seen
  EXPECT_EQ(t.listener->accept()->recv(1000, t.wire.now).bytes, 700);
}

TEST(FastOpen, SurvivesTheLossOfEachPacketOfTheHandshake) {
  for (int side = 0; side < 2; ++side) {
    for (int lost = 1; lost <= 3; ++lost) {
      FastHosts t;
      t.warm_up();
      const int before = t.wire.sent[side];
      t.wire.lose = [=](const Packet&, int from, int number) { return from == side && number == before + lost; };
      const Opened o = t.dial(900);
      t.wire.run_for(15_ms);
      Connection* child = t.listener->accept();
      if (child != nullptr) {
        child->recv(1000, t.wire.now);
        child->send(3000, t.wire.now);
      }
      t.wire.run_for(10_s);
      if (child == nullptr) {
        child = t.listener->accept();
        ASSERT_NE(child, nullptr) << side << lost;
        child->recv(1000, t.wire.now);
        child->send(3000, t.wire.now);
        t.wire.run_for(10_s);
      }
      EXPECT_EQ(child->bytes_read(), 900u) << side << lost;
      EXPECT_EQ(child->bytes_acked(), 3000u) << side << lost;
      EXPECT_EQ(o.connection->bytes_acked(), 900u) << side << lost;
      EXPECT_EQ(o.connection->recv(5000, t.wire.now).bytes, 3000) << side << lost;
    }
  }
}

TEST(FastOpen, AFullQueueFallsBackToTheOrdinaryHandshake) {
  FastHosts t;
  t.warm_up();
  TcpConfig server = exact(Profile::Linux);
  server.fastopen = fast_open_bit::Server;
  server.fastopen_queue = 1;
  t.listener->set_config(shared(server));
  const Opened one = t.dial(50), two = t.dial(50);
  t.wire.run_for(100_ms);
  EXPECT_TRUE(one.connection->syn_data_acked());
  EXPECT_FALSE(two.connection->syn_data_acked());
  EXPECT_EQ(two.connection->bytes_acked(), 50u);
  const Opened three = t.dial(50);  // the first has left the queue
  t.wire.run_for(100_ms);
  EXPECT_TRUE(three.connection->syn_data_acked());
}

// Linux gives up a SYN-ACK after one retry more than usual: 1 + 2 + ... + 64 s.
TEST(FastOpen, AChildWhoseClientIsGoneEndsByTimeout) {
  FastHosts t;
  t.warm_up();
  t.wire.lose = [](const Packet&, int from, int) { return from == 1; };
  t.dial(50).connection->abort(t.wire.now);
  t.wire.run_for(1_s);
  Connection* const child = t.listener->accept();
  ASSERT_NE(child, nullptr);
  t.wire.run_for(125_s);
  EXPECT_EQ(child->state(), State::SynReceived);
  t.wire.run_for(2_s);
  EXPECT_EQ(child->error(), Error::TimedOut);
  EXPECT_EQ(t.listener->fast_open_queue()->pending(), 0u);
}

// RFC 7413 section 4.1.3.1: what swallows such SYNs would swallow the next one too. Linux counts the third timeout in a
// row, or the end, and pauses on the whole host.
TEST(FastOpen, ABlackHoleOnThePathPausesTheClient) {
  FastHosts t;
  t.client.fastopen_blackhole_timeout = 60_s;
  t.warm_up();
  t.wire.lose = [](const Packet&, int, int) { return true; };
  t.dial(50);
  t.wire.run_for(2500_ms);  // two timeouts
  EXPECT_EQ(t.dial(50).taken, 50);
  t.wire.run_for(1_s);
  const Opened during = t.dial(50);
  EXPECT_EQ(during.taken, 0);
  t.wire.lose = [](const Packet&, int, int) { return false; };
  t.wire.run_for(150_s);
  const Opened after = t.dial(50);
  EXPECT_EQ(after.taken, 50);
  EXPECT_TRUE(t.wire.alice.tcp.fast_open_cache().is_on_probation());
  t.wire.run_for(100_ms);
  after.connection->close(t.wire.now);
  while (Connection* const c = t.listener->accept()) {
    c->recv(50, t.wire.now);  // unread, it would make a RST
    c->close(t.wire.now);
  }
  t.wire.run_for(1_s);
  EXPECT_FALSE(t.wire.alice.tcp.fast_open_cache().is_on_probation());
}

TEST(FastOpen, ClosingTheListenerResetsChildrenThatNobodyAccepted) {
  FastHosts t;
  t.warm_up();
  const Opened o = t.dial(50);
  t.wire.run_for(11_ms);
  t.listener->close(t.wire.now);
  t.wire.run_for(100_ms);
  EXPECT_EQ(o.connection->error(), Error::ConnReset);
  EXPECT_EQ(t.wire.bob.tcp.connections(), 0u);
}

TEST(FastOpen, NoConnectionWithoutItHasAnyOfItsState) {
  Wire wire;
  Pair p(wire);
  EXPECT_EQ(p.alice->syn_data(), 0u);
  EXPECT_FALSE(p.alice->syn_data_acked());
  EXPECT_FALSE(p.bob->is_half_open());
  EXPECT_EQ(p.listener->fast_open_queue(), nullptr);
}

}  // namespace
}  // namespace wirelab::tcp::test
