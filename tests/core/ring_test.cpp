#include "core/ring.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <vector>

namespace wirelab {
namespace {

TEST(Ring, KeepsItsOrderWhenItGrowsWhileWrapped) {
  Ring<int> ring;
  for (int i = 0; i < 8; ++i) ring.push(i);
  for (int i = 0; i < 5; ++i) ring.pop();
  for (int i = 8; i < 20; ++i) ring.push(i);  // wraps, then grows
  ASSERT_EQ(ring.size(), 15u);
  for (std::uint32_t i = 0; i < ring.size(); ++i) EXPECT_EQ(ring[i], static_cast<int>(i) + 5);
}

TEST(Ring, ClearingEmptiesIt) {
  Ring<int> ring;
  ring.push(1);
  ring.clear();
  EXPECT_TRUE(ring.empty());
  ring.push(2);
  EXPECT_EQ(ring.front(), 2);
  EXPECT_EQ(ring.back(), 2);
}

// The oracle: std::deque. Steps from 0 upwards push, -1 pops at the front, -2 at the back.
RC_GTEST_PROP(Ring, AgreesWithADeque, ()) {
  Ring<int> ring;
  std::deque<int> oracle;
  for (const int step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(-5, 6))) {
    if (step >= 0) {
      ring.push(step);
      oracle.push_back(step);
    } else if (step == -5) {
      const std::uint32_t before = ring.capacity();
      ring.trim();
      RC_ASSERT(ring.capacity() == before || (ring.capacity() < before && ring.size() <= before / 4));
    } else if (!oracle.empty() && step != -2) {
      ring.pop();
      oracle.pop_front();
    } else if (!oracle.empty()) {
      ring.pop_back();
      oracle.pop_back();
    }
    RC_ASSERT(ring.size() == oracle.size());
    for (std::uint32_t i = 0; i < ring.size(); ++i) RC_ASSERT(ring[i] == oracle[i]);
    if (!oracle.empty()) RC_ASSERT(ring.front() == oracle.front() && ring.back() == oracle.back());
  }
}

TEST(Ring, GivesMemoryBackOnlyWhenThreeQuartersAreEmptyAndThenToTwiceWhatIsUsed) {
  Ring<int> ring;
  for (int i = 0; i < 64; ++i) ring.push(i);
  for (int i = 0; i < 47; ++i) ring.pop();
  ring.trim();
  EXPECT_EQ(ring.capacity(), 64u);  // 17 are left
  ring.pop();
  ring.trim();
  EXPECT_EQ(ring.capacity(), 32u);
  ring.trim();
  EXPECT_EQ(ring.capacity(), 32u);  // half full: pushing and popping here costs nothing
  EXPECT_EQ(ring.front(), 48);
  EXPECT_EQ(ring.back(), 63);
  for (int i = 0; i < 13; ++i) ring.pop();
  ring.trim();
  EXPECT_EQ(ring.capacity(), 8u);
  EXPECT_EQ(ring.front(), 61);
}

TEST(Ring, WithPlacesInsideItGrowsOutOfThemAndMovesWhole) {
  Ring<int, 4> r;
  for (int i = 0; i < 3; ++i) r.push(i);
  r.pop();
  Ring<int, 4> moved = std::move(r);
  EXPECT_EQ(moved.size(), 2u);
  EXPECT_EQ(moved.front(), 1);
  EXPECT_TRUE(r.empty());
  for (int i = 3; i < 20; ++i) moved.push(i);
  r.push(77);  // what was moved from is as good as new
  Ring<int, 4> again = std::move(moved);
  for (int i = 1; i < 20; ++i) {
    EXPECT_EQ(again.front(), i);
    again.pop();
  }
  EXPECT_TRUE(again.empty());
  EXPECT_EQ(r.front(), 77);
}

TEST(Ring, WithPlacesInsideItGoesBackToThemWhenItIsTrimmed) {
  Ring<int, 8> r;
  for (int i = 0; i < 20; ++i) r.push(i);
  for (int i = 0; i < 11; ++i) r.pop();
  r.trim();
  EXPECT_EQ(r.capacity(), 32u);  // 9 are left
  r.pop();
  r.trim();
  EXPECT_EQ(r.capacity(), 16u);
  for (int i = 0; i < 4; ++i) r.pop();
  r.trim();
  EXPECT_EQ(r.capacity(), 8u);
  for (int i = 20; i < 24; ++i) r.push(i);
  EXPECT_EQ(r.capacity(), 8u);  // full, and inside
  Ring<int, 8> moved = std::move(r);
  for (int i = 16; i < 24; ++i) {
    EXPECT_EQ(moved.front(), i);
    moved.pop();
  }
  EXPECT_TRUE(moved.empty());
}

}  // namespace
}  // namespace wirelab
