// Segments that no sane peer would send, lost, repeated and late ones, and calls in any order, at both ends of a
// connection. What must hold is asserted after each step, so that a broken promise ends the program with its name.

#include "fuzz/tcp/exchange.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "fuzz/tcp/corpus.h"
#include "fuzz/tcp/variants.h"

namespace wirelab::tcp::fuzz {
namespace {

const std::string kCorpus = WIRELAB_SOURCE_DIR "/tests/fuzz/corpus/tcp";

TEST(Exchange, EveryFileOfTheCorpusKeepsWhatMustHold) {
  const std::vector<Bytes8> corpus = read_corpus(kCorpus);
  ASSERT_GE(corpus.size(), 10u);
  for (const Bytes8& file : corpus) EXPECT_GT(run_exchange(file, {.segments = 2000, .recount = 1}), 20u);
}

TEST(Exchange, TheFilesAreWhatTheCorpusSaysInItsSource) {
  std::vector<Bytes8> made;
  std::vector<NamedInput> inputs = hand_made_corpus();
  std::sort(inputs.begin(), inputs.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (const NamedInput& input : inputs) made.push_back(input.bytes);
  EXPECT_EQ(made, read_corpus(kCorpus)) << "tcp_segments write tests/fuzz/corpus/tcp";
}

TEST(Exchange, VariantsOfTheCorpusKeepWhatMustHold) {
  const std::vector<Bytes8> corpus = read_corpus(kCorpus);
  ASSERT_FALSE(corpus.empty());
  std::size_t segments = 0;
  for (std::uint64_t number = 0; segments < 40'000; ++number) {
    segments += run_exchange(variant(corpus, 2, number), {.segments = 512, .recount = 8});
    ASSERT_LT(number, 4000u);
  }
}

}  // namespace
}  // namespace wirelab::tcp::fuzz
