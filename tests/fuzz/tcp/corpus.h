#pragma once
// The corpus in tests/fuzz/corpus/tcp as it was thought out: each input drives two ends into one part of the protocol,
// and chance goes on from there. `tcp_segments write FOLDER` writes the files.

#include <string>
#include <vector>

#include "variants.h"

namespace wirelab::tcp::fuzz {

struct NamedInput {
  std::string name;
  Bytes8 bytes;
};

std::vector<NamedInput> hand_made_corpus();

}  // namespace wirelab::tcp::fuzz
