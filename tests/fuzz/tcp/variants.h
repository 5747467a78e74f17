#pragma once
// A fixed corpus and a seed give as many inputs as are wanted, always the same ones.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace wirelab::tcp::fuzz {

using Bytes8 = std::vector<std::uint8_t>;

/// The files of a folder in the order of their names. Empty if there are none.
std::vector<Bytes8> read_corpus(const std::string& folder);

/// Input number `number`: a file of the corpus with some bytes changed, parts of another put in, and as much chance
/// behind it as a few hundred segments take. Precondition: the corpus is not empty.
Bytes8 variant(std::span<const Bytes8> corpus, std::uint64_t seed, std::uint64_t number);

}  // namespace wirelab::tcp::fuzz
