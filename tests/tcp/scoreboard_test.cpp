#include "tcp/scoreboard.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace wirelab::tcp {
namespace {

constexpr std::uint32_t kSmss = 1000;

struct Board {
  Scoreboard board;
  std::uint32_t sent = 0, una = 0;

  explicit Board(std::uint32_t segments, bool sack = true) {
    board.reset(sack);
    for (std::uint32_t i = 0; i < segments; ++i) add();
  }
  static Seq seq(std::uint32_t segment) { return Seq(0xffffe000) + segment * kSmss; }  // wraps at segment 8
  static Time at(std::uint32_t segment) { return Time::at(Duration::ms(segment)); }

  void add() {
    board.add(at(sent), seq(sent), seq(sent + 1));
    ++sent;
  }
  AckSummary sack(std::vector<SackBlock> blocks, std::uint32_t ack) {
    AckSummary told;
    board.take_sack(blocks, seq(una), seq(ack), seq(sent), told);
    board.take_ack(seq(ack), told);
    una = ack;
    board.check();
    return told;
  }
  AckSummary sack_run(std::uint32_t from, std::uint32_t to) { return sack({{seq(from), seq(to)}}, una); }
};

LossRule rfc() { return {3, kSmss, true}; }
LossRule linux_rule() { return {3, kSmss, false}; }

TEST(Scoreboard, CountsWhatACumulativeAckTakesOff) {
  Board b(10);
  const AckSummary told = b.sack({}, 4);
  EXPECT_EQ(told.acked, 4u);
  EXPECT_EQ(told.delivered, 4u);
  EXPECT_TRUE(told.has_acked_time);
  EXPECT_EQ(told.first_acked_sent, Board::at(0));
  EXPECT_EQ(told.last_acked_sent, Board::at(3));
  EXPECT_EQ(b.board.packets_out(), 6u);
  EXPECT_EQ(b.board.in_flight(), 6u);
}

TEST(Scoreboard, ASegmentIsSackedOnceAndOnlyIfItIsCoveredWhole) {
  Board b(10);
  EXPECT_EQ(b.sack({{Board::seq(2) + 1, Board::seq(5) - 1}}, 0).sacked, 1u);  // 3; of 2 and 4 a byte is missing
}

TEST(Scoreboard, AGrowingBlockCountsItsGrowth) {
  Board b(10);
  EXPECT_EQ(b.sack_run(2, 3).sacked, 1u);
  EXPECT_EQ(b.sack_run(2, 4).sacked, 1u);
  EXPECT_EQ(b.sack_run(2, 4).sacked, 0u);
  EXPECT_EQ(b.sack({{Board::seq(6), Board::seq(7)}, {Board::seq(2), Board::seq(4)}}, 0).sacked, 1u);
  EXPECT_EQ(b.sack_run(1, 8).sacked, 4u);  // 1, 4, 5 and 7: covers both blocks
  EXPECT_EQ(b.board.sacked_out(), 7u);
  EXPECT_EQ(b.sack({}, 8).delivered, 1u);  // of the eight only segment 0 is news
}

// What begins where the ACK stands would be acknowledged: such a block says nothing (Linux's tcp_is_sackblock_valid).
TEST(Scoreboard, RefusesBlocksThatDoNotBeginAboveTheAck) {
  Board b(6);
  EXPECT_EQ(b.sack({{Board::seq(0), Board::seq(2)}}, 0).sacked, 0u);
  EXPECT_EQ(b.sack({{Board::seq(2), Board::seq(4)}}, 2).sacked, 0u);
  EXPECT_EQ(b.sack({{Board::seq(3), Board::seq(4)}}, 2).sacked, 1u);
}

TEST(Scoreboard, RefusesBlocksOutsideWhatIsInFlight) {
  Board b(4);
  EXPECT_EQ(b.sack({{Board::seq(2), Board::seq(9)}, {Board::seq(3), Board::seq(3)}, {Board::seq(3), Board::seq(2)}}, 0)
                .sacked,
            0u);
}

// RFC 2883 section 4.
TEST(Scoreboard, SeesDuplicateReports) {
  Board b(10);
  b.sack({}, 4);
  AckSummary below = b.sack({{Board::seq(1), Board::seq(2)}}, 4);
  EXPECT_TRUE(below.dsack);
  EXPECT_EQ(below.duplicate.first, Board::seq(1));
  EXPECT_EQ(below.sacked, 0u);
  AckSummary inside = b.sack({{Board::seq(6), Board::seq(7)}, {Board::seq(6), Board::seq(8)}}, 4);
  EXPECT_TRUE(inside.dsack);
  EXPECT_EQ(inside.sacked, 2u);
  EXPECT_FALSE(b.sack({{Board::seq(6), Board::seq(9)}}, 4).dsack);
}

// RFC 6675 section 4, IsLost(): more than (DupThresh - 1) * SMSS bytes above.
TEST(IsLost, ThreeFullSegmentsAboveProveALoss) {
  Board b(10);
  b.sack_run(1, 3);
  EXPECT_EQ(b.board.mark_lost_by_sack(rfc()), 0u);
  b.sack_run(1, 4);
  EXPECT_EQ(b.board.mark_lost_by_sack(rfc()), 1u);
  EXPECT_EQ(b.board.next_lost(), 0u);
  EXPECT_EQ(b.board.in_flight(), 6u);  // 10 - 3 SACKed - 1 lost
}

// ... or DupThresh discontiguous sequences, however short.
TEST(IsLost, ThreeRunsOfSmallSegmentsProveALoss) {
  Scoreboard board;
  board.reset(true);
  for (std::uint32_t i = 0; i < 10; ++i) board.add(Time(), Seq(10 * i), Seq(10 * i + 10));
  const auto sack = [&](std::vector<SackBlock> blocks) {
    AckSummary told;
    board.take_sack(blocks, Seq(0), Seq(0), Seq(100), told);
    board.check();
    return board.mark_lost_by_sack(rfc());
  };
  EXPECT_EQ(sack({{Seq(10), Seq(20)}, {Seq(30), Seq(40)}}), 0u);
  EXPECT_EQ(sack({{Seq(50), Seq(60)}, {Seq(10), Seq(20)}, {Seq(30), Seq(40)}}), 1u);  // only 0 has three runs above
  EXPECT_EQ(sack({{Seq(20), Seq(30)}, {Seq(30), Seq(40)}, {Seq(50), Seq(60)}}), 0u);  // runs 10-40 and 50-60
  EXPECT_EQ(board.lost_out(), 1u);
}

TEST(IsLost, EachHoleIsJudgedByWhatIsAboveIt) {
  Board b(12);
  b.sack({{Board::seq(1), Board::seq(2)}, {Board::seq(4), Board::seq(6)}}, 0);
  EXPECT_EQ(b.board.mark_lost_by_sack(linux_rule()), 1u);  // 0 has three above; 2 and 3 have two
  b.sack({{Board::seq(8), Board::seq(9)}, {Board::seq(4), Board::seq(6)}}, 0);
  EXPECT_EQ(b.board.mark_lost_by_sack(linux_rule()), 2u);
  EXPECT_EQ(b.board.lost_out(), 3u);
  EXPECT_EQ(b.board.at(2).has(SegmentRecord::Lost), true);
  EXPECT_EQ(b.board.at(6).has(SegmentRecord::Lost), false);
}

TEST(NextSeg, GivesLostSegmentsInOrderOnce) {
  Board b(10);
  b.sack({{Board::seq(4), Board::seq(8)}, {Board::seq(1), Board::seq(2)}}, 0);
  EXPECT_EQ(b.board.mark_lost_by_sack(rfc()), 3u);
  for (const std::uint32_t expected : {0u, 2u, 3u}) {
    ASSERT_EQ(b.board.next_lost(), expected);
    b.board.on_retransmitted(Time::at(1_s), Board::seq(expected));
    b.board.check();
  }
  EXPECT_EQ(b.board.next_lost(), std::nullopt);
  EXPECT_EQ(b.board.retrans_out(), 3u);
  EXPECT_EQ(b.board.in_flight(), 10u - 5 - 3 + 3);
}

// RFC 6675 section 4 NextSeg() rules 3 and 4.
TEST(NextSeg, ThenOffersHolesBelowTheHighestSackAndTheLastSegment) {
  Board b(8);
  b.sack({{Board::seq(5), Board::seq(6)}, {Board::seq(1), Board::seq(3)}}, 0);
  EXPECT_EQ(b.board.mark_lost_by_sack(rfc()), 1u);
  b.board.on_retransmitted(Time::at(1_s), Board::seq(0));
  EXPECT_EQ(b.board.next_lost(), std::nullopt);
  EXPECT_EQ(b.board.next_speculative(), 3u);
  b.board.on_retransmitted(Time::at(1_s), Board::seq(3));
  EXPECT_EQ(b.board.next_speculative(), 4u);
  b.board.on_retransmitted(Time::at(1_s), Board::seq(4));
  b.board.check();
  EXPECT_EQ(b.board.next_speculative(), std::nullopt);
  EXPECT_EQ(b.board.highest_unsacked(), 7u);
}

TEST(Scoreboard, ATimeoutMarksEverythingNotSackedAndRetransmissionsToo) {
  Board b(8);
  b.sack_run(3, 6);
  b.board.mark_lost_by_sack(rfc());
  b.board.on_retransmitted(Time::at(1_s), Board::seq(0));
  EXPECT_EQ(b.board.mark_all_lost(), 2u);  // 6 and 7
  b.board.check();
  EXPECT_EQ(b.board.lost_out(), 5u);
  EXPECT_EQ(b.board.retrans_out(), 0u);
  EXPECT_EQ(b.board.in_flight(), 0u);
  EXPECT_EQ(b.board.next_lost(), 0u);
}

// RFC 2018 section 8: a peer that takes its SACK back shows it by not advancing over a SACKed segment.
TEST(Scoreboard, ATimeoutForgetsSacksThatThePeerTookBack) {
  Board b(6);
  b.sack_run(1, 3);
  b.sack({}, 1);
  EXPECT_EQ(b.board.mark_all_lost(), 5u);
  b.board.check();
  EXPECT_EQ(b.board.sacked_out(), 0u);
}

TEST(Scoreboard, CutsLongSegmentsWhenThePathShrinks) {
  Board b(4);
  b.sack_run(2, 3);
  EXPECT_EQ(b.board.split_and_mark(400), 3u);
  b.board.check();
  EXPECT_EQ(b.board.packets_out(), 4u * 3);
  EXPECT_EQ(b.board.sacked_out(), 3u);
  EXPECT_EQ(b.board.lost_out(), 9u);
  EXPECT_EQ(b.board.at(0).end, Board::seq(0) + 400);
  EXPECT_EQ(b.board.at(2).end, Board::seq(1));
}

// RFC 2018 section 8: the peer may take back what it SACKed, and what is sent again then must fit the path too.
// Linux's tcp_trim_head: what left together is one buffer, and counted in full segments from the ACK on.
TEST(Scoreboard, AnAckInsideABurstCutsTheRestAnew) {
  Board b(0);
  const Seq start(5000);
  for (std::uint32_t i = 0; i < 4; ++i) {
    const std::uint32_t length = i == 3 ? 500 : kSmss;
    b.board.add(Board::at(0), start + i * kSmss, start + i * kSmss + length, i == 3 ? SegmentRecord::OfBurst : 0);
  }
  AckSummary told;
  b.board.take_ack(start + 300, told);  // 3200 bytes are left: four segments as before
  EXPECT_EQ(told.acked, 0u);
  EXPECT_EQ(b.board.at(0).end, start + 1300);
  EXPECT_EQ(b.board.at(3).first, start + 3300);
  EXPECT_EQ(b.board.at(3).end, start + 3500);
  b.board.take_ack(start + 500, told);  // 3000: one fewer
  EXPECT_EQ(told.acked, 1u);
  EXPECT_EQ(b.board.packets_out(), 3u);
  EXPECT_EQ(b.board.at(2).end, start + 3500);
  b.board.check();
}

TEST(Scoreboard, AnAckInsideASegmentByItselfKeepsItsEnd) {
  Board b(2);
  AckSummary told;
  b.board.take_ack(Board::seq(0) + 300, told);
  EXPECT_EQ(told.acked, 0u);
  EXPECT_EQ(b.board.at(0).end, Board::seq(1));
  b.board.check();
}

// RFC 2018 section 3: SACK blocks take room from what is sent again beside them.
TEST(Scoreboard, CutsWhatIsSentAgainToWhatFits) {
  Board b(5);
  b.sack_run(2, 5);
  b.board.mark_lost_by_sack(linux_rule());
  const SeqRange first = b.board.cut_to(0, kSmss - 12);
  EXPECT_EQ(first, (SeqRange{Board::seq(0), Board::seq(1) - 12}));
  EXPECT_EQ(b.board.packets_out(), 6u);
  EXPECT_EQ(b.board.at(1).end, Board::seq(1));
  EXPECT_EQ(b.board.lost_out(), 3u);
  b.board.check();
}

TEST(Scoreboard, NothingIsLongerThanThePathTakesOnceSacksAreTakenBack) {
  Board b(5);
  b.sack_run(1, 5);
  b.sack({}, 1);
  EXPECT_EQ(b.board.split_and_mark(400), 0u);
  b.board.mark_all_lost();
  b.board.check();
  EXPECT_EQ(b.board.lost_out(), b.board.packets_out());
  for (std::uint32_t i = 0; i < b.board.packets_out(); ++i) EXPECT_LE(b.board.at(i).end - b.board.at(i).first, 400);
}

// Without SACK, duplicate ACKs stand for segments that have arrived; those that are lost after all have not.
TEST(Scoreboard, DuplicateAcksDoNotCountForWhatAShorterPathLost) {
  Board b(4, false);
  EXPECT_TRUE(b.board.emulate_sack());
  EXPECT_TRUE(b.board.emulate_sack());
  EXPECT_EQ(b.board.split_and_mark(400), 4u);
  b.board.check();
  EXPECT_EQ(b.board.lost_out(), 12u);
  EXPECT_EQ(b.board.sacked_out(), 0u);
  EXPECT_EQ(b.board.in_flight(), 0u);
}

// Karn: what was sent twice gives no time.
TEST(Scoreboard, TakesNoTimeFromWhatWasSentTwice) {
  Board b(3);
  b.board.mark_all_lost();
  b.board.on_retransmitted(Time::at(1_s), Board::seq(0));
  const AckSummary told = b.sack({}, 1);
  EXPECT_TRUE(told.retransmitted_acked);
  EXPECT_FALSE(told.has_acked_time);
}

// Property: whatever comes, in whatever order, the counters are what a recount gives, and a segment is lost exactly if
// a plain count says so (until a timeout, after which everything not SACKed is).
TEST(Scoreboard, AgreesWithAPlainModelOnRandomHistories) {
  std::mt19937 random(7);
  const auto pick = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  for (int history = 0; history < 300; ++history) {
    Board b(0);
    std::set<std::uint32_t> sacked;
    std::set<std::uint32_t> lost;
    for (int step = 0; step < 120; ++step) {
      for (std::uint32_t n = pick(6); n > 0; --n) b.add();
      if (b.sent == b.una) continue;
      std::uint32_t ack = pick(4) == 0 ? b.una + pick(b.sent - b.una + 1) : b.una;
      while (sacked.contains(ack)) ++ack;  // the receiver is honest
      std::vector<SackBlock> blocks;
      for (std::uint32_t n = pick(4); n > 0 && ack + 1 < b.sent; --n) {
        std::uint32_t from = ack + 1 + pick(b.sent - ack - 1), to = from + 1 + pick(b.sent - from);
        while (from > ack + 1 && sacked.contains(from - 1)) --from;
        while (sacked.contains(to)) ++to;
        to = std::min(to, b.sent);
        blocks.push_back({Board::seq(from), Board::seq(to)});
        for (std::uint32_t i = from; i < to; ++i) sacked.insert(i);
      }
      b.sack(blocks, ack);
      std::erase_if(sacked, [&](std::uint32_t i) { return i < ack; });
      for (std::uint32_t i = b.una; i < b.sent; ++i) {
        if (sacked.contains(i)) {
          lost.erase(i);
        } else if (std::distance(sacked.upper_bound(i), sacked.end()) >= 3) {
          lost.insert(i);
        }
      }
      b.board.mark_lost_by_sack(linux_rule());
      b.board.check();
      if (pick(2) == 0) {
        if (const auto position = b.board.next_lost()) {
          ASSERT_TRUE(lost.contains(b.una + *position));
          b.board.on_retransmitted(Time::at(1_s), b.board.at(*position).first);
        }
      }
      if (pick(40) == 0) {
        b.board.mark_all_lost();
        for (std::uint32_t i = b.una; i < b.sent; ++i) {
          if (!sacked.contains(i)) lost.insert(i);
        }
      }
      b.board.check();
      std::erase_if(lost, [&](std::uint32_t i) { return i < b.una; });
      ASSERT_EQ(b.board.sacked_out(), sacked.size());
      ASSERT_EQ(b.board.lost_out(), lost.size());
    }
  }
}

// Segments are counted anew every 2^20: marks and hints from before go on to hold, wherever that falls.
TEST(Scoreboard, LossesAreFoundAlikeHoweverManySegmentsWereSentBefore) {
  constexpr std::uint32_t kCountedAnew = 1u << 20;
  const auto lose_some = [](Board& b) {
    std::vector<std::uint32_t> seen;
    const auto note = [&](const AckSummary& told) {
      seen.insert(seen.end(), {told.acked, told.delivered, told.sacked, told.reordering, b.board.packets_out(),
                               b.board.sacked_out(), b.board.lost_out(), b.board.retrans_out()});
    };
    for (int round = 0; round < 6; ++round) {
      const std::uint32_t first = b.una;
      while (b.sent < first + 12) b.add();
      note(b.sack({{Board::seq(first + 2), Board::seq(first + 5)}}, first + 1));
      seen.push_back(b.board.mark_lost_by_sack(linux_rule()));
      const TimeRule all{Board::at(b.sent), Board::seq(b.sent), Board::at(first + 6)};
      seen.push_back(b.board.mark_lost_by_time(all).newly_lost);
      while (const auto lost = b.board.next_lost()) {
        b.board.on_retransmitted(Board::at(b.sent), b.board.at(*lost).first);
        b.add();  // counting anew may fall between any two
      }
      note(b.sack({{Board::seq(first + 9), Board::seq(first + 10)}}, first + 3));
      note(b.sack({}, first + 8));
    }
    return seen;
  };
  Board fresh(0);
  fresh.board.reset(true, true);
  const std::vector<std::uint32_t> expected = lose_some(fresh);
  for (std::uint32_t before = kCountedAnew - 60; before <= kCountedAnew + 2; ++before) {
    Board b(0);
    b.board.reset(true, true);
    for (b.una = 0; b.una < before;) {
      const std::uint32_t n = std::min(before - b.una, 4096u);
      for (std::uint32_t i = 0; i < n; ++i) b.add();
      AckSummary told;
      b.board.take_ack(Board::seq(b.una += n), told);
    }
    ASSERT_EQ(lose_some(b), expected) << before;
  }
}

}  // namespace
}  // namespace wirelab::tcp
