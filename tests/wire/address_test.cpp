#include "wire/address.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace wirelab {
namespace {

TEST(Ipv4Address, ReadsFourDecimalOctetsAndNothingElse) {
  EXPECT_EQ(Ipv4Address::parse("10.0.0.1"), Ipv4Address(10, 0, 0, 1));
  EXPECT_EQ(Ipv4Address::parse("255.255.255.255"), Ipv4Address(0xffffffffu));
  for (const char* wrong : {"", "10", "10.0.0", "10.0.0.1.", "10.0.0.1.2", "10.0.0.256", "10.0.0.-1", "10.0.0.+1",
                            "10.0.0.01", "10..0.1", " 10.0.0.1", "10.0.0.1 ", "a.b.c.d", "10.0.0.99999999999"}) {
    EXPECT_EQ(Ipv4Address::parse(wrong), std::nullopt) << wrong;
  }
}

TEST(Ipv4Address, KnowsTheSpecialRanges) {
  EXPECT_TRUE(Ipv4Address(224, 0, 0, 1).is_multicast());
  EXPECT_TRUE(Ipv4Address(239, 255, 255, 255).is_multicast());
  EXPECT_FALSE(Ipv4Address(240, 0, 0, 1).is_multicast());
  EXPECT_TRUE(Ipv4Address(127, 0, 0, 1).is_loopback());
  EXPECT_TRUE(Ipv4Address(255, 255, 255, 255).is_limited_broadcast());
  EXPECT_TRUE(Ipv4Address().is_unspecified());
}

TEST(Ipv4Prefix, HoldsTheAddressesThatShareItsBits) {
  const Ipv4Prefix net(Ipv4Address(10, 1, 2, 3), 24);
  EXPECT_EQ(net.to_string(), "10.1.2.0/24");
  EXPECT_TRUE(net.contains(Ipv4Address(10, 1, 2, 255)));
  EXPECT_FALSE(net.contains(Ipv4Address(10, 1, 3, 0)));
  EXPECT_TRUE(Ipv4Prefix(Ipv4Address(), 0).contains(Ipv4Address(8, 8, 8, 8)));
}

// RFC 3021: a /31 has two hosts and no broadcast address.
TEST(Ipv4Prefix, BroadcastIsTheLastAddressWhereThereIsOne) {
  EXPECT_EQ(Ipv4Prefix(Ipv4Address(10, 0, 0, 0), 30).broadcast(), Ipv4Address(10, 0, 0, 3));
  EXPECT_EQ(Ipv4Prefix(Ipv4Address(10, 0, 0, 0), 31).broadcast(), std::nullopt);
  EXPECT_EQ(Ipv4Prefix(Ipv4Address(10, 0, 0, 1), 32).broadcast(), std::nullopt);
}

TEST(Ipv4Prefix, RefusesLengthsOutOfRangeAndBitsBeyondTheLength) {
  EXPECT_EQ(Ipv4Prefix::parse("10.0.3.0/24"), Ipv4Prefix(Ipv4Address(10, 0, 3, 0), 24));
  EXPECT_EQ(Ipv4Prefix::parse("10.0.3.7"), Ipv4Prefix(Ipv4Address(10, 0, 3, 7), 32));
  EXPECT_EQ(Ipv4Prefix::parse("0.0.0.0/0"), Ipv4Prefix());
  for (const char* wrong : {"10.0.3.1/24", "10.0.3.0/33", "10.0.3.0/-1", "10.0.3.0/", "10.0.3.0/2x", "10.0.3/24"}) {
    EXPECT_EQ(Ipv4Prefix::parse(wrong), std::nullopt) << wrong;
  }
}

RC_GTEST_PROP(Ipv4Address, WhatIsWrittenReadsBack, (std::uint32_t bits)) {
  const Ipv4Address address(bits);
  RC_ASSERT(Ipv4Address::parse(address.to_string()) == address);
  const Ipv4Prefix prefix(address, *rc::gen::inRange(0, 33));
  RC_ASSERT(Ipv4Prefix::parse(prefix.to_string()) == prefix);
  RC_ASSERT(prefix.contains(address));
}

}  // namespace
}  // namespace wirelab
