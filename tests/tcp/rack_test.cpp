// RACK: losses found by time (RFC 8985 section 6), with the reordering window as Linux has it.

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tcp/sender_bench.h"

namespace wirelab::tcp {
namespace {

using testing::SenderBench;
using testing::with;

SenderBench flight(std::uint32_t segments, std::uint32_t rack = 1) {
  TcpConfig config = with(Profile::Linux);
  config.rack = rack;
  config.limited_transmit = false;
  SenderBench t(config, true, segments);
  t.to_send = segments;
  t.output();
  t.after(100_ms);
  return t;
}

// Section 6.2 step 4: before reordering was seen, three SACKed segments do away with the reordering window.
TEST(Rack, ThreeSackedSegmentsMeanALossWhereNoReorderingWasSeen) {
  SenderBench t = flight(10);
  EXPECT_EQ(t.ack(0, {{1, 2}}), "");
  EXPECT_EQ(t.ack(0, {{1, 3}}), "");
  EXPECT_EQ(t.ack(0, {{1, 4}}), "R0");
  EXPECT_EQ(t.state(), CaState::Recovery);
}

// The example of section 3.1 (tail drop) in small: with two SACKs only, a quarter of the round trip is waited.
TEST(Rack, WithFewerTheTimerFindsTheLoss) {
  SenderBench t = flight(3);
  const Time sacked = t.now;
  EXPECT_EQ(t.ack(0, {{1, 3}}), "");
  ASSERT_EQ(t.sender.timer_kind(), Sender::TimerKind::Reorder);
  EXPECT_EQ(t.sender.rto_deadline() - sacked, 28_ms);  // min_rtt / 4 and 2 ms, in ticks of 4 ms
  EXPECT_EQ(t.timer(), "R0");
  EXPECT_TRUE(t.changes & change::FastRetransmit);
  EXPECT_EQ(t.state(), CaState::Recovery);
  EXPECT_EQ(t.sender.timer_kind(), Sender::TimerKind::Retransmit);
}

TEST(Rack, WhatArrivesWithinTheReorderingWindowIsNotLost) {
  SenderBench t = flight(5);
  t.ack(0, {{1, 3}});
  t.after(10_ms);
  t.ack(5);
  EXPECT_EQ(t.sender.counters().segments_retransmitted, 0u);
  EXPECT_EQ(t.state(), CaState::Open);
  EXPECT_TRUE(t.sender.rto_deadline().is_never());
}

// Once something has come late, three SACKs are not enough; bit 4 of the option says the same without a proof.
TEST(Rack, ReorderingSeenKeepsTheWindowOpen) {
  SenderBench t = flight(20);
  t.ack(0, {{1, 3}});
  t.after(5_ms);
  t.ack(3);  // 0 came late
  EXPECT_EQ(t.ack(3, {{4, 9}}), "");
  EXPECT_EQ(t.sender.timer_kind(), Sender::TimerKind::Reorder);
  EXPECT_EQ(t.timer(), "R3");

  SenderBench u = flight(10, 1 + 4);
  EXPECT_EQ(u.ack(0, {{1, 8}}), "");
  EXPECT_EQ(u.timer(), "R0");
}

// Section 3.2: a retransmission is lost again, and what was sent after it shows that.
TEST(Rack, ALostRetransmissionIsFoundWithoutATimeout) {
  TcpConfig config = with(Profile::Linux);
  SenderBench t(config, true, 10);
  t.output();
  t.after(100_ms);
  EXPECT_EQ(t.ack(0, {{1, 4}}), "R0 N10");
  t.after(100_ms);
  EXPECT_EQ(t.ack(0, {{10, 11}, {1, 4}}).substr(0, 2), "R0");
  EXPECT_EQ(t.sender.counters().timeouts, 0u);
}

// Section 6.2 step 2: an ACK sooner than the smallest round trip is of the original; nothing sent between is lost for
// it.
TEST(Rack, AnAckTooEarlyForTheRetransmissionProvesNothing) {
  SenderBench t = flight(10);
  t.ack(0, {{1, 4}});
  EXPECT_EQ(t.sender.counters().segments_retransmitted, 1u);
  t.after(5_ms);
  EXPECT_EQ(t.ack(1, {{1, 4}}), "");  // of the first transmission: 4 to 9 are not judged by the time of the second
  EXPECT_EQ(t.sender.scoreboard().lost_out(), 0u);
}

// Section 6.2 step 4: each round with a D-SACK widens the window by a quarter, up to the smoothed round trip; it stays
// for 16 recoveries.
TEST(Rack, DSacksWidenTheWindow) {
  RttEstimator rtt{RttSettings{}};
  rtt.take(100_ms, 100_ms, Seq(0), Seq(1));
  Rack rack;
  EXPECT_EQ(rack.reordering_window(rtt, false, true, 1), 0_ms);
  EXPECT_EQ(rack.reordering_window(rtt, false, false, 1), 25_ms);
  EXPECT_EQ(rack.reordering_window(rtt, true, false, 1), 0_ms);
  rack.on_duplicate();  // without reordering it may be anything
  rack.widen_window(10, 20);
  EXPECT_EQ(rack.steps(), 1u);
  rack.on_reordering();
  EXPECT_EQ(rack.reordering_window(rtt, true, true, 1), 25_ms);
  std::uint32_t delivered = 20;
  for (const Duration expected : {50_ms, 75_ms, 100_ms, 100_ms}) {
    rack.on_duplicate();
    rack.widen_window(delivered, delivered + 10);
    rack.on_duplicate();
    rack.widen_window(delivered + 5, delivered + 15);  // sent before the last widening: the same round
    delivered += 20;
    EXPECT_EQ(rack.reordering_window(rtt, true, true, 1), expected);
  }
  for (int i = 0; i < 15; ++i) rack.on_recovery_end();
  EXPECT_EQ(rack.reordering_window(rtt, true, true, 1), 100_ms);
  rack.on_recovery_end();
  EXPECT_EQ(rack.reordering_window(rtt, true, true, 1), 25_ms);
}

// ---- The scoreboard's marking against a plain walk over all segments

struct Copy {
  Time sent;
  bool sacked = false, lost = false, in_flight_again = false;
  bool judged = false;  // found lost by time, and not sent again since: marks taken back do not change that
};

TEST(Rack, MarksWhatAWalkOverAllSegmentsMarks) {
  constexpr std::uint32_t kSegment = 100;
  const auto seq = [](std::uint32_t i) { return Seq(0xfffff000) + i * kSegment; };
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto draw = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
    Scoreboard board;
    board.reset(true, true);
    std::vector<Copy> copies;  // all ever sent
    std::uint32_t una = 0;
    Time now = Time::at(Duration::s(1));
    Time newest = Time::zero();
    Seq newest_end = seq(0);
    const auto before_newest = [&](std::uint32_t i) {
      return copies[i].sent < newest || (copies[i].sent == newest && seq(i + 1) < newest_end);
    };
    for (int step = 0; step < 200; ++step) {
      const auto out = static_cast<std::uint32_t>(copies.size()) - una;
      now += Duration::ms(draw(3));
      switch (draw(5)) {
        case 0:
        case 1:
          board.add(now, seq(una + out), seq(una + out + 1));
          copies.push_back({now});
          break;
        case 2: {  // one arrives, or some are acknowledged
          if (out == 0) break;
          AckSummary told;
          told.ambiguous_after = Time::never();
          const std::uint32_t i = una + draw(out);
          if (i == una || draw(6) == 0) {  // no block begins where the ACK stands
            board.take_ack(seq(i + 1), told);
            una = i + 1;
          } else {
            const SackBlock block[] = {{seq(i), seq(i + 1)}};
            board.take_sack(block, seq(una), seq(una), seq(una + out), told);
            copies[i].sacked = true;
            copies[i].lost = copies[i].in_flight_again = false;
          }
          if (told.arrived && sent_before(newest, newest_end, told.newest_sent, told.newest_end)) {
            newest = told.newest_sent;
            newest_end = told.newest_end;
          }
          break;
        }
        case 3: {
          const auto position = board.next_lost();
          if (!position) break;
          const Seq first = board.at(*position).first;
          board.on_retransmitted(now, first);
          Copy& c = copies[una + *position];
          c.sent = now;
          c.in_flight_again = true;
          c.judged = false;
          break;
        }
        case 4:
          if (draw(20) == 0) {
            board.unmark_all_lost();
            for (Copy& c : copies) c.lost = false;
          }
          break;
      }
      const Time lost_until = now - Duration::ms(draw(12));
      Segments newly = 0;
      Duration wait;
      for (std::uint32_t i = una; i < copies.size(); ++i) {
        Copy& c = copies[i];
        if (c.sacked || c.judged || (c.lost && !c.in_flight_again) || !before_newest(i)) continue;
        if (c.sent <= lost_until) {
          c.lost = c.judged = true;
          c.in_flight_again = false;
          ++newly;
        } else {
          wait = std::max(wait, c.sent - lost_until);
        }
      }
      const TimeVerdict verdict = board.mark_lost_by_time({newest, newest_end, lost_until});
      board.check();
      ASSERT_EQ(verdict.newly_lost, newly) << "seed " << seed << " step " << step;
      ASSERT_EQ(verdict.wait, wait) << "seed " << seed << " step " << step;
      Segments lost = 0;
      for (std::uint32_t i = una; i < copies.size(); ++i) lost += copies[i].lost ? 1u : 0u;
      ASSERT_EQ(board.lost_out(), lost);
    }
  }
}

// Where ACKs were lost, two blocks of one ACK bring news. The higher one stands first (RFC 2018 section 4), yet the
// lower one's segments are no later than they should be.
TEST(RackReordering, TwoBlocksWithNewsInOneAckShowNone) {
  SenderBench t(with(Profile::Linux), true, 20);
  t.to_send = 20;
  t.output();
  t.after(Duration::ms(100));
  t.ack(0, {{4, 5}});
  t.ack(0, {{10, 12}, {4, 8}});
  EXPECT_EQ(t.sender.reorderings(), 0u);
  t.ack(0, {{9, 12}, {4, 8}});
  EXPECT_EQ(t.sender.reorderings(), 1u);
}

// RFC 8985 section 6.2 step 4: a D-SACK alone brings nothing that dates it, so the window widens with the next ACK that
// does.
TEST(RackReordering, ADsackOnAnAckThatBringsNothingWidensTheWindowWithTheNext) {
  SenderBench t(with(Profile::Linux), true, 10);
  t.output();
  t.after(Duration::ms(100));
  t.ack(0, {{1, 2}});
  t.ack(2);  // segment 0 was late
  EXPECT_EQ(t.sender.reorderings(), 1u);
  t.ack(2, {{3, 4}});
  ASSERT_EQ(t.sender.timer_kind(), Sender::TimerKind::Reorder);
  EXPECT_EQ(t.timer().substr(0, 2), "R2");
  t.after(Duration::ms(1));
  t.ack(4);            // the original of 2,
  t.ack(4, {{2, 3}});  // and the copy
  t.after(Duration::ms(100));
  t.ack(12);  // sent after the first ACKs
  t.ack(12, {{13, 14}});
  ASSERT_EQ(t.sender.timer_kind(), Sender::TimerKind::Reorder);
  EXPECT_GE(t.sender.rto_deadline() - t.now, Duration::ms(50));  // two quarters of the smallest round trip
}

}  // namespace
}  // namespace wirelab::tcp
