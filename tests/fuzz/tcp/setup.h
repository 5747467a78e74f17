#pragma once
// The options of both ends, from the first bytes of an input.

#include "input.h"
#include "two_ends.h"

namespace wirelab::tcp::fuzz {

struct Setup {
  EndSetup client, server;
  bool honest = false;  ///< the network loses, repeats, delays and marks, but invents nothing
};

/// Takes kSetupBytes from the input.
Setup setup_from(Input& in);
inline constexpr std::size_t kSetupBytes = 19;

}  // namespace wirelab::tcp::fuzz
