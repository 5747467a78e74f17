#include "tcp/prr.h"

#include <gtest/gtest.h>

#include <string>

namespace wirelab::tcp {
namespace {

// RFC 6937 section 3 worked by hand: 20 in flight and 2 by limited transmit, the first one lost, ssthresh 10,
// RecoverFS 22. ACKs 3 to 19 are duplicates of the first round trip.
TEST(Prr, SpreadsTheReductionOverTheRoundTrip) {
  Prr prr;
  prr.begin(22);
  Segments in_flight = 22 - 2 - 1;  // two SACKed before, one lost
  std::string sends;
  for (int ack = 3; ack <= 19; ++ack) {
    --in_flight;
    Segments room = prr.cwnd_after(1, false, in_flight, 10) - in_flight;
    ASSERT_LE(room, 1u) << "a burst at ACK " << ack;
    if (room == 1) {
      sends += std::to_string(ack) + ' ';
      prr.on_sent();
      ++in_flight;
    }
  }
  EXPECT_EQ(sends, "3 5 7 9 11 14 16 19 ");  // the retransmission leaves on the third
  EXPECT_EQ(in_flight, 10u);
}

// Many losses: below ssthresh, without news that all is well, no more leaves than was delivered.
TEST(Prr, ConservesPacketsBelowSsthresh) {
  Prr prr;
  prr.begin(20);
  EXPECT_EQ(prr.cwnd_after(1, false, 4, 10), 5u);
  prr.on_sent();
  EXPECT_EQ(prr.cwnd_after(1, false, 4, 10), 5u);
}

// RFC 9937: an ACK that advances and finds no loss lets one more leave (slow start), up to ssthresh.
TEST(Prr, GrowsByOneMoreForASafeAck) {
  Prr prr;
  prr.begin(20);
  prr.on_sent();
  EXPECT_EQ(prr.cwnd_after(1, true, 4, 10), 6u);
  EXPECT_EQ(prr.cwnd_after(8, true, 4, 10), 10u);
}

TEST(Prr, AlwaysLetsTheFastRetransmitLeave) {
  Prr prr;
  prr.begin(100);
  EXPECT_EQ(prr.cwnd_after(1, false, 90, 1), 91u);
}

}  // namespace
}  // namespace wirelab::tcp
