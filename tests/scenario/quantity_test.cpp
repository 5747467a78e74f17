#include "scenario/quantity.h"

#include <gtest/gtest.h>

namespace wirelab::scenario {
namespace {

std::int64_t bps(std::string_view text) { return parse_rate(text).value.value_or(DataRate()).bps(); }
std::int64_t ps(std::string_view text) { return parse_duration(text).value.value_or(Duration::ps(-1)).ps(); }
std::int64_t bytes(std::string_view text) { return parse_size(text).value.value_or(Bytes(-1)).count(); }

TEST(Quantities, RatesAreBitsInSiMultiplesWhateverTheCaseOfBit) {
  EXPECT_EQ(bps("1bit"), 1);
  EXPECT_EQ(bps("10Mbit"), 10'000'000);
  EXPECT_EQ(bps("10mbit"), 10'000'000);
  EXPECT_EQ(bps("2.5Gbit"), 2'500'000'000);
  EXPECT_EQ(bps("1TBIT"), 1'000'000'000'000);
  EXPECT_EQ(bps("64kbps"), 64'000);
  EXPECT_EQ(bps("10Gbps"), 10'000'000'000);
}

TEST(Quantities, AmbiguousRatesAreRefusedWithWhatWasMeant) {
  EXPECT_NE(parse_rate("10mbps").fault.find("write \"10Mbit\""), std::string::npos);
  EXPECT_NE(parse_rate("10MBps").fault.find("write \"80Mbit\""), std::string::npos);
  EXPECT_NE(parse_rate("1.5MB/s").fault.find("write \"12Mbit\""), std::string::npos);
}

TEST(Quantities, SizesTakePowersOf1000Or1024) {
  EXPECT_EQ(bytes("1500B"), 1500);
  EXPECT_EQ(bytes("64kB"), 64'000);
  EXPECT_EQ(bytes("64KB"), 64'000);
  EXPECT_EQ(bytes("64KiB"), 65'536);
  EXPECT_EQ(bytes("1.5MB"), 1'500'000);
  EXPECT_EQ(bytes("0B"), 0);
  for (const char* wrong : {"64K", "64kb", "64Kb", "64", "-1B", "B", "1e3B", "1.B", " 1B", "1B "})
    EXPECT_EQ(bytes(wrong), -1) << wrong;
}

TEST(Quantities, TimesAreExactToThePicosecond) {
  EXPECT_EQ(ps("1ps"), 1);
  EXPECT_EQ(ps("5.12ns"), 5'120);
  EXPECT_EQ(ps("20ms"), 20'000'000'000);
  EXPECT_EQ(ps("0.000000000001s"), 1);
  EXPECT_EQ(ps("2min"), 120'000'000'000'000);
  EXPECT_EQ(ps("2400h"), kLongestTime.ps());
  EXPECT_EQ(ps("2400.001h"), -1);
  EXPECT_EQ(ps("0.5ps"), 1);  // the nearest
}

TEST(Quantities, QueueLimitsArePacketsSizesTimesOrBdps) {
  const DataRate rate = DataRate::bps(10'000'000);
  const auto spec = [&](std::string_view text) {
    return parse_queue_limit(text, rate).value.value_or(QueueSpec{QueueSpec::Unit::Packets, -1});
  };
  EXPECT_EQ(spec("100p"), (QueueSpec{QueueSpec::Unit::Packets, 100}));
  EXPECT_EQ(spec("64KiB"), (QueueSpec{QueueSpec::Unit::Bytes, 65'536}));
  EXPECT_EQ(spec("20ms"), (QueueSpec{QueueSpec::Unit::Bytes, 25'000}));  // 10 Mbit/s x 20 ms / 8
  EXPECT_EQ(spec("0.5bdp"), (QueueSpec{QueueSpec::Unit::Bdp, 500'000}));
  EXPECT_EQ(spec("1.5p").amount, -1);
}

TEST(Quantities, WhatIsWrittenReadsBackEqual) {
  for (const std::int64_t n : {1, 999, 1000, 1024, 1500, 65536, 10'000'000, 123'456'789}) {
    EXPECT_EQ(bytes(to_text(Bytes(n))), n);
    EXPECT_EQ(bps(to_text(DataRate::bps(n))), n);
    EXPECT_EQ(ps(to_text(Duration::ps(n))), n);
  }
  EXPECT_EQ(to_text(Duration::ms(20)), "20ms");
  EXPECT_EQ(to_text(DataRate::bps(2'500'000'000)), "2500Mbit");
  EXPECT_EQ(to_text(QueueSpec{QueueSpec::Unit::Bdp, 1'250'000}), "1.25bdp");
}

}  // namespace
}  // namespace wirelab::scenario
