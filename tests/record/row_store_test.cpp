#include "record/row_store.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "record/scratch_dir.h"

namespace wirelab {
namespace {

using RowStoreTest = ScratchDir;

std::vector<std::uint64_t> numbers(std::size_t n) {
  std::vector<std::uint64_t> all(n);
  for (std::size_t i = 0; i < n; ++i) all[i] = 7 * i;
  return all;
}

TEST_F(RowStoreTest, GivesBackWhatWasAddedInOrder) {
  constexpr std::size_t kMany = RowStore<std::uint64_t>::kInMemory;
  for (const std::size_t n : {std::size_t{0}, std::size_t{3}, kMany, kMany + 1, 3 * kMany, 3 * kMany + 5}) {
    RowStore<std::uint64_t> store(dir);
    for (const std::uint64_t number : numbers(n)) store.add(number);
    std::vector<std::uint64_t> seen;
    EXPECT_FALSE(store.take_all([&](std::uint64_t number) { seen.push_back(number); }));
    EXPECT_EQ(seen, numbers(n));
    EXPECT_FALSE(store.take_all([](std::uint64_t) { FAIL() << "a row came twice"; }));
  }
}

TEST_F(RowStoreTest, LeavesNothingInTheFolder) {
  RowStore<std::uint64_t> store(dir);
  for (const std::uint64_t number : numbers(10'000)) store.add(number);
  EXPECT_TRUE(std::filesystem::is_empty(dir));
}

TEST_F(RowStoreTest, SaysThatTheFolderIsNotThere) {
  RowStore<std::uint64_t> store(dir / "nowhere");
  for (const std::uint64_t number : numbers(10'000)) store.add(number);
  const auto error = store.take_all([](std::uint64_t) { FAIL() << "there is no row to be had"; });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ENOENT);
}

}  // namespace
}  // namespace wirelab
