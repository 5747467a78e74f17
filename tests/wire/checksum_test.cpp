#include "wire/checksum.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace wirelab {
namespace {

using Bytes8 = std::vector<std::uint8_t>;

std::uint16_t checksum_of(const Bytes8& bytes) {
  InternetChecksum sum;
  sum.add(bytes);
  return sum.value();
}

// RFC 1071 section 3: the words sum to 2ddf0, folded ddf2.
TEST(InternetChecksum, GivesTheExampleOfRfc1071) {
  EXPECT_EQ(checksum_of({0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}), 0xffff - 0xddf2);
}

TEST(InternetChecksum, GivesTheChecksumOfAWellKnownIpHeader) {
  EXPECT_EQ(checksum_of({0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                         0x00, 0x00, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7}),
            0xb861);
}

TEST(InternetChecksum, IsZeroOverDataThatHoldsItsOwn) {
  EXPECT_EQ(checksum_of({0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                         0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7}),
            0);
}

TEST(InternetChecksum, PadsAnOddByteWithZeroAtTheEnd) { EXPECT_EQ(checksum_of({0xab}), checksum_of({0xab, 0x00})); }

TEST(InternetChecksum, FoldsEveryCarryOfTheLongestPacket) {
  // 32767 words of ffff are ffff in ones' complement, whatever their number.
  EXPECT_EQ(checksum_of(Bytes8(65534, 0xff)), 0);
}

TEST(InternetChecksum, TakesWordsAsItTakesTheirBytes) {
  InternetChecksum sum;
  sum.add32(0xc0a80001);
  sum.add16(0x1234);
  EXPECT_EQ(sum.value(), checksum_of({0xc0, 0xa8, 0x00, 0x01, 0x12, 0x34}));
}

}  // namespace
}  // namespace wirelab
