// Feeds segments to both ends of TCP connections until so many have been fed: inputs made from a corpus and a seed, the
// same ones each time. tcp_segments CORPUS [SEGMENTS [SEED]], or tcp_segments CORPUS =NUMBER SEED for one input alone;
// tcp_segments write CORPUS writes the corpus.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "fuzz/tcp/corpus.h"
#include "fuzz/tcp/exchange.h"
#include "fuzz/tcp/variants.h"

namespace {

using namespace wirelab::tcp::fuzz;

unsigned long long current = 0;

extern "C" void name_input(int) {
  std::fprintf(stderr, "input %llu\n", current);
  std::_Exit(1);
}

int write_corpus(const std::string& folder) {
  for (const NamedInput& input : hand_made_corpus()) {
    std::ofstream file(folder + "/" + input.name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(input.bytes.data()), static_cast<std::streamsize>(input.bytes.size()));
    if (!file.flush()) return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: tcp_segments CORPUS [SEGMENTS|=NUMBER [SEED]]\n");
    return 2;
  }
  if (argc == 3 && std::string(argv[1]) == "write") return write_corpus(argv[2]);
  const std::vector<Bytes8> corpus = read_corpus(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s: no corpus\n", argv[1]);
    return 2;
  }
  std::signal(SIGABRT, name_input);
  const std::string what = argc > 2 ? argv[2] : "10000000";
  const std::uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
  if (what[0] == '=') {
    current = std::strtoull(what.c_str() + 1, nullptr, 10);
    std::printf("%zu segments\n", run_exchange(variant(corpus, seed, current)));
    return 0;
  }
  const std::uint64_t wanted = std::strtoull(what.c_str(), nullptr, 10);
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t segments = 0;
  for (; segments < wanted; ++current) segments += run_exchange(variant(corpus, seed, current));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("%llu segments in %llu inputs, no promise broken, %.1f s\n", static_cast<unsigned long long>(segments),
              current, took.count());
  return 0;
}
