#include "variants.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "setup.h"

namespace wirelab::tcp::fuzz {
namespace {

constexpr std::size_t kEnough = 900;  // bytes for a few hundred segments

/// SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
class Random {
 public:
  explicit Random(std::uint64_t state) : state_(state) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }

 private:
  std::uint64_t state_;
};

std::ptrdiff_t offset(std::size_t n) { return static_cast<std::ptrdiff_t>(n); }

}  // namespace

std::vector<Bytes8> read_corpus(const std::string& folder) {
  std::vector<std::filesystem::path> names;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) names.push_back(entry.path());
  std::sort(names.begin(), names.end());
  std::vector<Bytes8> files;
  for (const auto& name : names) {
    std::ifstream file(name, std::ios::binary);
    files.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return files;
}

Bytes8 variant(std::span<const Bytes8> corpus, std::uint64_t seed, std::uint64_t number) {
  Random random(seed ^ (number + 1) * 0xd1342543de82ef95u);
  Bytes8 bytes = corpus[random.below(corpus.size())];
  if (bytes.size() < kSetupBytes) bytes.resize(kSetupBytes);
  for (std::size_t n = random.below(4); n > 0; --n)
    bytes[random.below(kSetupBytes)] = static_cast<std::uint8_t>(random.next());
  for (std::size_t n = random.below(12); n > 0; --n)
    bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.next());
  const Bytes8& other = corpus[random.below(corpus.size())];
  if (other.size() > kSetupBytes) {
    const std::size_t from = kSetupBytes + random.below(other.size() - kSetupBytes);
    const std::size_t length = 1 + random.below(other.size() - from);
    const std::size_t at = kSetupBytes + random.below(bytes.size() - kSetupBytes + 1);
    bytes.insert(bytes.begin() + offset(at), other.begin() + offset(from), other.begin() + offset(from + length));
  }
  while (bytes.size() < kEnough) {
    std::uint64_t chance = random.next();
    for (int i = 0; i < 8; ++i, chance >>= 8) bytes.push_back(static_cast<std::uint8_t>(chance));
  }
  return bytes;
}

}  // namespace wirelab::tcp::fuzz
