// What waits to be sent, piece by piece, and what it costs: Linux's tcp_sendmsg and its memory.

#include "tcp/send_buffer.h"

#include <gtest/gtest.h>

#include "tcp/mtu_probe.h"
#include "tcp/option_table.h"
#include "tcp/send_notices.h"

namespace wirelab::tcp {
namespace {

SendBuffer buffer_of(std::int64_t bytes) {
  TcpConfig config = defaults(Profile::Linux);
  config.sndbuf = Bytes(bytes);
  SendBuffer b;
  b.start(config);
  return b;
}

void write(SendBuffer& b, std::uint64_t bytes, std::uint64_t sent) {
  b.open_piece(sent);
  b.append(bytes);
}

TEST(SendBuffer, EachPieceCostsMemoryBesideItsBytes) {
  SendBuffer b = buffer_of(10000);
  EXPECT_EQ(b.memory(0, false), 0u);
  write(b, 1000, 0);
  write(b, 2000, 0);
  EXPECT_EQ(b.memory(0, true), 3000u + 2 * 832);
  b.on_sent(3000);
  EXPECT_EQ(b.memory(2, false), 3000u + 2 * 832);
  b.on_acked(1000);
  EXPECT_EQ(b.memory(1, false), 2000u + 832);
}

TEST(SendBuffer, IsWritableOnceAThirdOfTheMemoryIsFree) {
  const SendBuffer b = buffer_of(9000);
  EXPECT_TRUE(b.is_writable(6000));
  EXPECT_FALSE(b.is_writable(6002));
  EXPECT_FALSE(b.is_writable(9000));
}

TEST(SendBuffer, ALaterWriteJoinsTheLastPieceUntilThatIsFull) {
  SendBuffer b = buffer_of(100000);
  write(b, 1000, 0);
  EXPECT_EQ(b.room_in_last(4000, 0), 3000u);
  EXPECT_EQ(b.room_in_last(4000, 600), 3600u);  // what has been sent is another's
  EXPECT_EQ(b.room_in_last(4000, 1000), 0u);    // all has
  EXPECT_EQ(b.room_in_last(800, 0), 0u);
}

TEST(SendBuffer, NothingJoinsARecord) {
  SendBuffer b = buffer_of(100000);
  write(b, 1000, 0);
  b.set(SendBuffer::EndOfRecord);
  EXPECT_EQ(b.room_in_last(4000, 0), 0u);
  write(b, 500, 0);
  EXPECT_EQ(b.record_end(0), 1000u);
  EXPECT_EQ(b.record_end(999), 1000u);
  EXPECT_EQ(b.record_end(1000), 1500u);
  b.on_sent(1000);
  EXPECT_EQ(b.record_end(1000), 1500u);
}

TEST(SendBuffer, MarksStandAtTheEndsOfPieces) {
  SendBuffer b = buffer_of(100000);
  write(b, 1000, 0);
  b.set(SendBuffer::Push);
  write(b, 500, 0);
  EXPECT_EQ(b.marks_until(999), 0);
  EXPECT_EQ(b.marks_until(1000), SendBuffer::Push);
  b.on_sent(1000);
  EXPECT_EQ(b.marks_until(1500), 0);
}

TEST(SendBuffer, OwesAPushAfterHalfOfThePeersLargestWindow) {
  SendBuffer b = buffer_of(100000);
  write(b, 5000, 0);
  EXPECT_FALSE(b.owes_push(10000));
  b.append(1);
  EXPECT_TRUE(b.owes_push(10000));
  b.set(SendBuffer::Push);
  EXPECT_FALSE(b.owes_push(10000));
}

// ---- Notices

TEST(SendNotices, TellWhenTheLastByteOfAWriteLeavesAndIsAcknowledged) {
  SendNotices n;
  n.want(SendNotices::OnSend | SendNotices::OnAck, 100);
  n.on_written(600, 100);
  n.on_transmitted(100, 599, Time::from_ps(1));  // all but the last byte
  EXPECT_TRUE(n.empty());
  n.on_transmitted(599, 600, Time::from_ps(2));
  n.on_acked(600, Time::from_ps(3));
  const auto sent = n.take(), acked = n.take();
  ASSERT_TRUE(sent && acked);
  EXPECT_EQ(sent->kind, SendNotice::Kind::Sent);
  EXPECT_EQ(sent->last, 499u);
  EXPECT_EQ(sent->when, Time::from_ps(2));
  EXPECT_EQ(acked->kind, SendNotice::Kind::Acked);
  EXPECT_EQ(acked->when, Time::from_ps(3));
  EXPECT_FALSE(n.take());
}

TEST(SendNotices, OfTwoWritesInOnePieceTheLaterIsTold) {
  SendNotices n;
  n.want(SendNotices::OnSend, 0);
  n.on_written(300, 0);
  n.on_written(500, 0);
  n.on_transmitted(0, 500, Time{});
  ASSERT_FALSE(n.empty());
  EXPECT_EQ(n.take()->last, 499u);
  EXPECT_TRUE(n.empty());
}

TEST(SendNotices, LentMemoryThatIsFreeAgainIsToldInOneGo) {
  SendNotices n;
  n.on_lent(100);
  n.on_lent(200);
  n.on_acked(99, Time{});
  EXPECT_TRUE(n.empty());
  n.on_acked(100, Time{});
  n.on_acked(200, Time{});
  const auto both = n.take();
  ASSERT_TRUE(both);
  EXPECT_EQ(both->first, 0u);
  EXPECT_EQ(both->last, 1u);
  EXPECT_TRUE(n.empty());
}

TEST(SendNotices, TheEndOfAConnectionGivesAllMemoryBack) {
  SendNotices n;
  n.on_lent(100);
  n.on_end(Time{});
  ASSERT_FALSE(n.empty());
  EXPECT_EQ(n.take()->last, 0u);
}

// ---- RFC 4821

TEST(MtuProbe, HalvesWhatIsNotKnown) {
  MtuProbe p(512, 1460, true);
  EXPECT_EQ(p.next_size(), 986u);
  p.on_sent(986, Seq(0));
  EXPECT_EQ(p.on_success(), 986u);
  EXPECT_EQ(p.next_size(), 1223u);
  p.on_sent(1223, Seq(0));
  p.on_loss();
  EXPECT_EQ(p.low(), 986u);
  EXPECT_EQ(p.next_size(), 1104u);
  p.limit(990);
  EXPECT_EQ(p.next_size(), 0u);  // too close to be worth it
}

TEST(MtuProbe, ABlackHoleIsAnsweredWithSmallerAndSmallerSegments) {
  MtuProbe p(1024, 1460, false);
  p.on_black_hole(1024);
  EXPECT_TRUE(p.enabled());
  EXPECT_EQ(p.low(), 1024u);
  p.on_black_hole(1024);
  EXPECT_EQ(p.low(), 512u);
  for (int i = 0; i < 10; ++i) p.on_black_hole(1024);
  EXPECT_EQ(p.low(), 48u);
}

}  // namespace
}  // namespace wirelab::tcp
