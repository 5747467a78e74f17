#include "wire/seq.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace wirelab {
namespace {

// RFC 9293 section 3.4: all arithmetic dealing with sequence numbers is modulo 2^32.
TEST(Seq, ComparesAcrossTheWrap) {
  EXPECT_LT(Seq(0xffffffffu), Seq(0));
  EXPECT_LT(Seq(0xffffff00u), Seq(0x10));
  EXPECT_GT(Seq(5), Seq(0xfffffff0u));
  EXPECT_EQ(Seq(0xffffffffu) + 1, Seq(0));
  EXPECT_EQ(Seq(2) - Seq(0xfffffffeu), 4);
  EXPECT_EQ(max(Seq(0xffffffffu), Seq(3)), Seq(3));
  EXPECT_EQ(min(Seq(0xffffffffu), Seq(3)), Seq(0xffffffffu));
}

RC_GTEST_PROP(Seq, WhatLiesAheadByLessThanHalfTheSpaceIsLater, (std::uint32_t raw)) {
  const auto ahead = *rc::gen::inRange<std::uint32_t>(1, 0x7fffffffu);
  const Seq a(raw), b = a + ahead;
  RC_ASSERT(a < b && b > a && a <= b && b >= a && !(b < a) && a != b);
  RC_ASSERT(b - a == static_cast<std::int32_t>(ahead));
  RC_ASSERT(b - ahead == a);
  RC_ASSERT(max(a, b) == b && min(a, b) == a);
}

}  // namespace
}  // namespace wirelab
