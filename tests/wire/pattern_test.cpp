#include "wire/pattern.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace wirelab {
namespace {

TEST(Pattern, IsTheSameHoweverItIsCut) {
  std::vector<std::uint8_t> whole(4000);
  fill_pattern(3, 1'000'000'000'001, whole);
  for (const std::size_t from : {0u, 1u, 7u, 8u, 1447u, 3999u}) {
    for (const std::size_t size : {0u, 1u, 7u, 8u, 9u, 1448u}) {
      const std::size_t length = std::min<std::size_t>(size, whole.size() - from);
      std::vector<std::uint8_t> part(length);
      fill_pattern(3, 1'000'000'000'001 + from, part);
      EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + static_cast<std::ptrdiff_t>(from)));
    }
    EXPECT_EQ(pattern_byte(3, 1'000'000'000'001 + from), whole[from]);
  }
}

TEST(Pattern, DiffersBetweenStreamsAndOffsets) {
  std::array<std::uint8_t, 64> a{}, b{}, c{};
  fill_pattern(1, 0, a);
  fill_pattern(2, 0, b);
  fill_pattern(1, 64, c);
  EXPECT_NE(a, b);
  EXPECT_NE(a, c);
}

TEST(Pattern, UsesSixtyFourByteValuesAboutEquallyOften) {
  std::vector<std::uint8_t> bytes(64 * 400);
  fill_pattern(0, 0, bytes);
  std::array<int, 256> seen{};
  for (const std::uint8_t b : bytes) ++seen[b];
  for (std::size_t b = 0; b < seen.size(); ++b) {
    // 120 are six standard deviations of a uniform draw.
    EXPECT_NEAR(seen[b], b >= 0x40 && b < 0x80 ? 400 : 0, b >= 0x40 && b < 0x80 ? 120 : 0) << b;
  }
}

}  // namespace
}  // namespace wirelab
