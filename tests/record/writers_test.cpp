#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <limits>
#include <string>

#include "record/atomic_file.h"
#include "record/csv_reader.h"
#include "record/csv_writer.h"
#include "record/decimal.h"
#include "record/scratch_dir.h"

namespace wirelab {
namespace {

std::string seconds(std::int64_t ps) {
  char room[kNumberRoom];
  return {room, static_cast<std::size_t>(write_seconds(room, ps) - room)};
}
std::string integer(std::int64_t n) {
  char room[kNumberRoom];
  return {room, static_cast<std::size_t>(write_integer(room, n) - room)};
}
std::string number(double x) {
  char room[kNumberRoom];
  return {room, static_cast<std::size_t>(write_double(room, x) - room)};
}

TEST(Decimal, WritesTimesAsExactSecondsWithoutTrailingZeros) {
  EXPECT_EQ(seconds(0), "0");
  EXPECT_EQ(seconds(1), "0.000000000001");
  EXPECT_EQ(seconds(12'000), "0.000000012");
  EXPECT_EQ(seconds(1'500'000'000'000), "1.5");
  EXPECT_EQ(seconds(1'000'001'000'000), "1.000001");
  EXPECT_EQ(seconds(60'000'000'000'000), "60");
  EXPECT_EQ(seconds(8'640'000'000'000'000'000), "8640000");  // 100 days
  EXPECT_EQ(seconds(999'999'999'999), "0.999999999999");
  EXPECT_EQ(seconds(-1'200'000'000'000), "-1.2");
}

TEST(Decimal, WritesIntegersLikeTheStandardLibrary) {
  std::int64_t n = 1;
  for (int i = 0; i < 62; ++i, n *= 2) {
    for (const std::int64_t x : {n, n - 1, n + 1, -n}) EXPECT_EQ(integer(x), std::to_string(x));
  }
  for (std::int64_t x = 1; x <= 1'000'000'000'000'000'000 / 10; x *= 10) {
    for (const std::int64_t y : {x - 1, x, x + 1, -x}) EXPECT_EQ(integer(y), std::to_string(y));
  }
  EXPECT_EQ(integer(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  char room[kNumberRoom];
  EXPECT_EQ(std::string(room, write_unsigned(room, ~std::uint64_t{0})), "18446744073709551615");
}

TEST(Decimal, WritesTheShortestNumberThatReadsBackEqual) {
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(std::strtod(number(5e-324).c_str(), nullptr), 5e-324);
}

TEST(Decimal, IsReadBackAsWritten) {
  for (const std::int64_t ps : {0LL, 1LL, 12'000LL, 44'123'456'789LL, 59'999'999'999'999LL}) {
    EXPECT_NEAR(parse_number(seconds(ps)), static_cast<double>(ps) * 1e-12, 1e-14);
  }
  EXPECT_EQ(parse_number("1448"), 1448);
  EXPECT_EQ(parse_number("-2.5"), -2.5);
  EXPECT_EQ(parse_number("1e-7"), 1e-7);
  EXPECT_TRUE(std::isnan(parse_number("")));
  EXPECT_TRUE(std::isnan(parse_number("1.2.3")));
  EXPECT_TRUE(std::isnan(parse_number("x")));
}

class Writers : public ScratchDir {};

TEST_F(Writers, AFileAppearsOnlyWhenItIsComplete) {
  AtomicFile file;
  ASSERT_FALSE(file.open(dir / "a" / "b.txt"));
  file.write("half");
  EXPECT_FALSE(exists("a/b.txt"));
  file.write(" and half");
  ASSERT_FALSE(file.commit());
  EXPECT_EQ(read(dir / "a" / "b.txt"), "half and half");
  EXPECT_EQ(file.size(), 13u);
}

TEST_F(Writers, AnAbandonedFileLeavesNothingAndKeepsTheOldOne) {
  put("x.csv", "old");
  {
    AtomicFile file;
    ASSERT_FALSE(file.open(dir / "x.csv"));
    file.write("new");
  }
  EXPECT_EQ(read(dir / "x.csv"), "old");
  EXPECT_FALSE(exists("x.csv" + std::string(kPartSuffix)));
}

TEST_F(Writers, NeverWritesThroughALinkLeftInThePlaceOfTheUnfinishedFile) {
  put("victim", "precious");
  std::filesystem::create_symlink(dir / "victim", dir / ("x.csv" + std::string(kPartSuffix)));
  ASSERT_FALSE(write_file(dir / "x.csv", "data"));
  EXPECT_EQ(read(dir / "victim"), "precious");
}

/// In a process of its own, since the limit cannot be taken back: exits with 0 if the failed write was seen.
[[noreturn]] void write_beyond_the_limit(const std::filesystem::path& file_path) {
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{4096, 4096};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  AtomicFile file;
  if (file.open(file_path)) ::_exit(2);
  const std::string block(50'000, 'x');
  for (int i = 0; i < 10; ++i) file.write(block);
  const auto error = file.commit();
  ::_exit(error && error->code == EFBIG ? 0 : 1);
}

// A limit of the file size plays the full disk: write() fails in the middle in the same way.
TEST_F(Writers, AFullDiskIsAnErrorAndLeavesNothing) {
  EXPECT_EXIT(write_beyond_the_limit(dir / "big"), ::testing::ExitedWithCode(0), "");
  EXPECT_TRUE(std::filesystem::is_empty(dir));
}

TEST_F(Writers, AMissingPermissionIsAnErrorWithThePath) {
  put("file", "not a folder");
  AtomicFile file;
  const auto error = file.open(dir / "file" / "x.csv");
  ASSERT_TRUE(error);
  EXPECT_NE(error->message().find("file"), std::string::npos);
}

TEST_F(Writers, TheContentHashDoesNotDependOnThePieces) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>(i * 7);
  ContentHash whole;
  whole.update(text);
  for (const std::size_t step : {1u, 3u, 7u, 8u, 9u, 64u, 999u}) {
    ContentHash pieces;
    for (std::size_t at = 0; at < text.size(); at += step) pieces.update(std::string_view(text).substr(at, step));
    EXPECT_EQ(pieces.value(), whole.value()) << step;
  }
  ContentHash longer;
  longer.update(text + std::string(1, '\0'));
  EXPECT_NE(longer.value(), whole.value());
}

TEST_F(Writers, CsvRowsComeBackAsTheyWereWritten) {
  CsvWriter csv;
  ASSERT_FALSE(csv.open(dir / "t.csv", "time_s,app,cwnd_bytes,ssthresh_bytes,x"));
  for (int i = 0; i < 20'000; ++i) {  // many times the buffer
    csv.time(Time::from_ps(i * 1'000'000LL));
    csv.text("reno");
    csv.integer(-i);
    csv.empty();
    csv.number(0.5 * i);
    csv.end_row();
  }
  EXPECT_EQ(csv.rows(), 20'000u);
  ASSERT_FALSE(csv.commit());
  CsvReader in;
  ASSERT_TRUE(in.open(dir / "t.csv"));
  EXPECT_EQ(in.column("x"), 4u);
  EXPECT_FALSE(in.column("nothing"));
  int rows = 0;
  while (in.next()) {
    ASSERT_EQ(in[in.column("app")], "reno");
    ASSERT_EQ(in[in.column("cwnd_bytes")], std::to_string(-rows));
    ASSERT_EQ(in[in.column("ssthresh_bytes")], "");
    ASSERT_EQ(parse_number(in[in.column("x")]), 0.5 * rows);
    ++rows;
  }
  EXPECT_EQ(rows, 20'000);
  EXPECT_EQ(read(dir / "t.csv").substr(0, 72),
            "time_s,app,cwnd_bytes,ssthresh_bytes,x\n0,reno,0,,0\n0.000001,reno,-1,,0.5");
}

TEST_F(Writers, ARowThatARunDidNotFinishIsNotRead) {
  put("t.csv", "a,b\n1,2\n3,");
  CsvReader in;
  ASSERT_TRUE(in.open(dir / "t.csv"));
  EXPECT_TRUE(in.next());
  EXPECT_FALSE(in.next());
}

}  // namespace
}  // namespace wirelab
