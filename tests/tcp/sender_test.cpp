#include "tcp/sender.h"

#include <gtest/gtest.h>

#include <random>

#include "tcp/initial_window.h"
#include "tcp/sender_bench.h"
#include "tcp/sender_path.h"

namespace wirelab::tcp {
namespace {

using testing::SenderBench;
using testing::SenderPath;
using testing::with;

// ---- Initial window

TEST(InitialWindow, FollowsTheTablesOfTheRfcs) {
  EXPECT_EQ(rfc5681_initial_window(536_B), 2144_B);
  EXPECT_EQ(rfc5681_initial_window(1000_B), 4000_B);
  EXPECT_EQ(rfc5681_initial_window(1460_B), 4380_B);
  EXPECT_EQ(rfc5681_initial_window(4312_B), 8624_B);
  EXPECT_EQ(rfc5681_initial_window(8960_B), 17920_B);
  EXPECT_EQ(rfc6928_initial_window(536_B), 5360_B);
  EXPECT_EQ(rfc6928_initial_window(1000_B), 10000_B);
  EXPECT_EQ(rfc6928_initial_window(1460_B), 14600_B);
  EXPECT_EQ(rfc6928_initial_window(4312_B), 14600_B);
  EXPECT_EQ(rfc6928_initial_window(8960_B), 17920_B);
}

// RFC 5681 section 3.1: 4, 3 or 2 segments by SMSS.
TEST(InitialWindow, CountsSegmentsByTheStepsOfRfc5681) {
  const TcpConfig rfc = defaults(Profile::Rfc);
  EXPECT_EQ(initial_window(rfc, 1095, false), 4u);
  EXPECT_EQ(initial_window(rfc, 1096, false), 3u);
  EXPECT_EQ(initial_window(rfc, 2190, false), 2u);
  EXPECT_EQ(initial_window(rfc, 2191, false), 2u);
}

TEST(InitialWindow, IsOneAfterALostSynInTheTextbookAndTenInLinux) {
  EXPECT_EQ(initial_window(defaults(Profile::Rfc), 1460, true), 1u);
  EXPECT_EQ(initial_window(defaults(Profile::Linux), 1460, true), 10u);
}

// From IW 10 without loss, n round trips send 10 (2^n - 1) segments.
TEST(SlowStart, DoublesEveryRoundTrip) {
  SenderBench t(with(Profile::Linux));
  const std::uint32_t expected[] = {10, 30, 70, 150, 310};
  std::uint32_t acked = 0;
  t.output();
  for (const std::uint32_t total : expected) {
    ASSERT_EQ(t.next, total);
    t.after(100_ms);
    while (acked < total) t.ack(++acked);
  }
}

// RFC 3465: with delayed ACKs byte counting loses nothing; L = 2 bounds what one ACK may add.
TEST(SlowStart, ByteCountingIsLimitedToTwoSegmentsPerAck) {
  SenderBench t(with(Profile::Rfc), true, 10);
  t.output();
  t.ack(2);
  EXPECT_EQ(t.cwnd(), 12u);
  t.ack(7);
  EXPECT_EQ(t.cwnd(), 14u);
}

// ---- What holds the sender back

TEST(SendWindow, IsTakenFromTheNewestSegment) {
  SenderBench t(with(Profile::Linux));
  t.output();
  AckInput in;
  in.now = t.now;
  in.seq = Seq(10);
  in.ack = t.sender.snd_una();
  in.wnd = 5000;
  EXPECT_TRUE(t.sender.on_ack(in).window_changed);
  EXPECT_EQ(t.sender.window_edge(), t.sender.snd_una() + 5000);
  in.seq = Seq(5);  // older
  in.wnd = 9000;
  EXPECT_FALSE(t.sender.on_ack(in).window_changed);
  EXPECT_EQ(t.sender.snd_wnd(), 5000u);
  EXPECT_EQ(t.sender.snd_wl1(), Seq(10));
}

// RFC 5681 section 2: a window update is no duplicate ACK.
TEST(SendWindow, AnUpdateIsNoDuplicateAck) {
  SenderBench t(with(Profile::Linux), false, 10);
  t.output();
  for (int i = 0; i < 5; ++i) {
    t.peer_window += 1000;
    t.ack(0);
    EXPECT_FALSE(t.last.changes & change::DupAck);
  }
  EXPECT_EQ(t.state(), CaState::Open);
}

// RFC 9293 section 3.10.7.4 takes any window from an ACK of the same data; Linux (tcp_may_update_window) a larger one
// and a closed one, as a smaller one may be older.
TEST(SendWindow, OnlyTheTextbookLetsADuplicateTakeSomeBack) {
  for (const Profile profile : {Profile::Linux, Profile::Rfc}) {
    SenderBench t(with(profile), false, 10);
    t.output();
    const std::uint32_t before = t.sender.snd_wnd();
    t.peer_window = before - 1000;
    t.ack(0);
    EXPECT_EQ(t.sender.snd_wnd(), profile == Profile::Linux ? before : before - 1000);
    EXPECT_EQ((t.last.changes & change::DupAck) != 0, profile == Profile::Linux);
    t.peer_window = 0;
    t.ack(0);
    EXPECT_EQ(t.sender.snd_wnd(), 0u);
  }
}

TEST(CwndValidation, AWindowThatIsNotUsedDoesNotGrow) {
  SenderBench t(with(Profile::Linux));
  for (std::uint32_t round = 0; round < 10; ++round) {
    t.to_send = t.next + 5;
    t.output();
    t.after(50_ms);
    t.ack(t.next - 1);
    t.ack(t.next);
  }
  EXPECT_EQ(t.cwnd(), 10u);  // packetdrill's slow-start-ack-per-2pkt-send-5pkt
}

TEST(CwndValidation, InSlowStartItGrowsToTwiceWhatWasOutstanding) {
  SenderBench t(with(Profile::Linux));
  t.to_send = 8;
  t.output();
  t.after(100_ms);
  for (std::uint32_t i = 1; i <= 8; ++i) t.ack(i);
  EXPECT_EQ(t.cwnd(), 16u);
}

// RFC 5681 section 4.1; packetdrill's slow-start-after-idle: the window restarts at 10 after two seconds.
TEST(Idle, TheWindowRestartsAfterATimeoutsWorthOfSilence) {
  SenderBench t(with(Profile::Linux));
  t.to_send = 30;
  t.output();
  t.after(100_ms);
  for (std::uint32_t i = 1; i <= 10; ++i) t.ack(i);
  t.after(100_ms);
  for (std::uint32_t i = 11; i <= 30; ++i) t.ack(i);
  ASSERT_EQ(t.cwnd(), 40u);
  ASSERT_EQ(t.sender.rtt().rto(), 300_ms);
  t.after(200_ms);  // 300 ms since the last segment left: not above the RTO
  t.to_send = 31;
  t.output();
  EXPECT_EQ(t.cwnd(), 40u);
  t.after(100_ms);
  t.ack(31);
  t.after(201_ms);  // 301 ms: halves once
  t.to_send = 32;
  t.output();
  EXPECT_EQ(t.cwnd(), 20u);
  EXPECT_EQ(t.ssthresh(), infinite_ssthresh);
  t.after(100_ms);
  t.ack(32);
  t.after(2_s);
  t.to_send = 33;
  t.output();
  EXPECT_EQ(t.cwnd(), 10u);
}

TEST(Idle, TheWindowStaysIfTheOptionIsOff) {
  TcpConfig config = with(Profile::Linux);
  config.slow_start_after_idle = false;
  SenderBench t(config);
  t.to_send = 30;
  t.output();
  for (std::uint32_t i = 1; i <= 30; ++i) t.ack(i);
  t.after(10_s);
  t.to_send = 31;
  t.output();
  EXPECT_EQ(t.cwnd(), 40u);
}

// ---- Path MTU (RFC 1191): smaller segments, no reduction.
TEST(PathMtu, WhatIsTooLongIsCutAndSentAgainWithoutReducing) {
  SenderBench t(with(Profile::Linux));
  t.to_send = 4;
  t.output();
  t.sender.set_smss(t.now, 400, true);
  t.sender.scoreboard().check();
  EXPECT_EQ(t.cwnd(), 10u);
  EXPECT_EQ(t.ssthresh(), infinite_ssthresh);
  std::uint32_t bytes = 0, ranges = 0;
  while (const auto range = t.sender.next_retransmission(false)) {
    EXPECT_LE(range->length(), 400u);
    EXPECT_EQ(range->first, SenderBench::seq(0) + bytes);
    bytes += range->length();
    ++ranges;
    t.sender.on_retransmitted(t.now, *range, 0);
  }
  EXPECT_EQ(ranges, 10u);  // cwnd; two more wait
  t.ack(4);
  EXPECT_EQ(t.state(), CaState::Open);
}

// ---- Times

// Karn's rule without timestamps; the time of a SACKed segment counts.
TEST(RoundTrip, IsTakenFromWhatWasSentOnce) {
  SenderBench t(with(Profile::Linux));
  t.to_send = 4;
  t.output();
  t.after(120_ms);
  t.ack(0, {{1, 2}});
  EXPECT_EQ(t.sender.rtt().statistics().count, 2u);
  EXPECT_EQ(t.sender.rtt().statistics().max, 120_ms);
  t.timeout();
  t.after(10_ms);
  t.ack(1, {{1, 2}});
  EXPECT_EQ(t.sender.rtt().statistics().count, 2u);
}

TEST(Timer, RunsFromTheLastAckThatMovedAndStopsWhenNothingIsOut) {
  SenderBench t(with(Profile::Linux));
  EXPECT_TRUE(t.sender.rto_deadline().is_never());
  t.to_send = 2;
  t.output();
  const Time first = t.now + t.sender.rtt().rto();
  EXPECT_EQ(t.sender.rto_deadline(), first);
  t.after(50_ms);
  t.ack(0);  // moves nothing
  EXPECT_EQ(t.sender.rto_deadline(), first);
  t.ack(1);
  EXPECT_EQ(t.sender.rto_deadline(), t.now + t.sender.rtt().rto());
  t.ack(2);
  EXPECT_TRUE(t.sender.rto_deadline().is_never());
}

TEST(Timer, StartsAtThreeSecondsForDataIfTheSynTimedOutInTheTextbook) {
  for (const Profile profile : {Profile::Rfc, Profile::Linux}) {
    TcpConfig config = with(profile);
    Sender sender(config);
    SenderStart start;
    start.syn_resent = 1;
    start.handshake_rtt = 100_ms;  // an echoed timestamp told
    start.smss = 1000;
    sender.start(start);
    EXPECT_EQ(sender.rtt().rto(), profile == Profile::Rfc ? 3_s : 300_ms);
    EXPECT_EQ(sender.window().cwnd, profile == Profile::Rfc ? 1u : 10u);
    start.syn_resent = 2;
    sender.start(start);
    EXPECT_EQ(sender.window().cwnd, 1u);  // in Linux from the second on
  }
}

// RFC 6298 rule 5.7, and Linux's tcp_init_metrics.
TEST(Timer, StartsAtThreeSecondsIfNothingHasMeasuredTheHandshake) {
  for (const Profile profile : {Profile::Rfc, Profile::Linux}) {
    TcpConfig config = with(profile);
    Sender sender(config);
    SenderStart start;
    start.smss = 1000;
    sender.start(start);
    EXPECT_EQ(sender.rtt().rto(), 3_s);
    EXPECT_FALSE(sender.rtt().has_sample());
  }
}

// ---- Counting

TEST(WindowArea, IsTheIntegralOfCwndAtAnyTime) {
  SenderBench t(with(Profile::Linux));
  const Time start = t.now;
  t.output();
  t.after(100_ms);
  EXPECT_EQ(t.sender.cwnd_area(t.now), static_cast<Uint128>((t.now - start).ps()) * 10);
  t.ack(10);
  t.after(50_ms);
  EXPECT_EQ(t.sender.cwnd_area(t.now),
            static_cast<Uint128>(Duration(100_ms).ps()) * 10 + static_cast<Uint128>(Duration(50_ms).ps()) * 20);
}

TEST(Sender, IsSmall) {
  EXPECT_LE(sizeof(Sender), 700u);
  EXPECT_LE(sizeof(SegmentRecord), 24u);
}

// Property: under random loss, in every combination of options, everything arrives, the counters stand the recount
// (which on_ack makes in checked builds), and the window stays within reason.
TEST(Sender, SurvivesRandomLossWithEveryRecovery) {
  for (const Profile profile : {Profile::Linux, Profile::Rfc}) {
    for (const Recovery recovery : {Recovery::None, Recovery::Reno, Recovery::NewReno, Recovery::Sack}) {
      for (const char* cc : {"tahoe", "reno", "cubic", "vegas"}) {
        for (const bool prr : {true, false}) {
          TcpConfig config = with(profile, cc);
          config.recovery = recovery;
          config.prr = prr;
          testing::PathSettings settings;
          settings.sack = recovery == Recovery::Sack;
          settings.serialisation = 1_ms;
          settings.queue = 50;
          SenderPath path(config, settings);
          std::mt19937 random(11);
          path.drops = [&](std::uint64_t) { return random() % 20 == 0; };
          path.on_change = [](Time, const Sender& s, ChangeKinds) {
            s.scoreboard().check();
            ASSERT_GE(s.window().cwnd, 1u);
            ASSERT_LE(s.scoreboard().in_flight(), 2000u);
          };
          path.run(Time::at(Duration::s(120)));
          EXPECT_GT(path.sender.counters().delivered, 500u) << cc << static_cast<int>(recovery) << prr;
          EXPECT_GT(path.sender.counters().segments_retransmitted, 20u);
        }
      }
    }
  }
}

// An end that only receives keeps nothing for what it never sends.
TEST(Sender, BeforeAnythingWasSentItAnswersAsOneWithNothingInFlight) {
  const TcpConfig config = with(Profile::Linux);
  Sender sender(config);
  SenderStart start;
  start.now = Time::at(1_s);
  start.iss = Seq(0);
  start.snd_wnd = 10'000;
  start.wl1 = start.wl2 = Seq(1);
  start.sack = true;
  start.handshake_rtt = 100_ms;
  sender.start(start);
  EXPECT_EQ(sender.in_flight(), 0u);
  EXPECT_EQ(sender.bursts_out(), 0u);
  EXPECT_EQ(sender.ca_state(), CaState::Open);
  EXPECT_EQ(sender.reordering(), config.reordering);
  EXPECT_EQ(sender.counters().segments_sent, 0u);
  EXPECT_EQ(sender.next_retransmission(true), std::nullopt);
  EXPECT_TRUE(sender.cwnd_area(Time::at(3_s)) == Uint128{2'000'000'000'000} * sender.window().cwnd);
  AckInput in;
  in.now = Time::at(2_s);
  in.seq = in.ack = Seq(1);
  in.wnd = 20'000;
  EXPECT_TRUE(sender.on_ack(in).window_changed);
  EXPECT_EQ(sender.snd_wnd(), 20'000u);
  // The peer got our SYN twice (RFC 2883).
  const SackBlock syn{Seq(0), Seq(1)};
  in.sack = {&syn, 1};
  sender.on_ack(in);
  EXPECT_EQ(sender.in_flight(), 0u);
  EXPECT_TRUE(sender.rto_deadline().is_never());
  // Its first segment is as any sender's.
  sender.begin_output();
  ASSERT_GT(sender.send_budget(), 0u);
  sender.on_sent_new(in.now, 1000);
  EXPECT_EQ(sender.in_flight(), 1u);
  EXPECT_EQ(sender.rto_deadline(), in.now + sender.rtt().rto());
}

TEST(Sender, BeforeAnythingWasSentThePathMayShrinkAndTheCongestionControlChange) {
  const TcpConfig reno = with(Profile::Linux);
  TcpConfig bbr = reno;
  bbr.cc.name = "bbr";
  Sender sender(reno);
  SenderStart start;
  start.now = Time::at(1_s);
  start.snd_wnd = 10'000;
  start.sack = start.ecn = true;
  sender.start(start);
  sender.set_smss(Time::at(2_s), 500, false);
  sender.set_smss(Time::at(2_s), 400, true);
  EXPECT_EQ(sender.smss(), 400u);
  sender.change_congestion_control(Time::at(3_s), bbr);
  EXPECT_EQ(sender.in_flight(), 0u);
  sender.begin_output();
  EXPECT_GT(sender.send_budget(), 0u);
}

}  // namespace
}  // namespace wirelab::tcp
