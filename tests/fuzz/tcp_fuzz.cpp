// Arbitrary segments and calls at both ends of a TCP connection.

#include <cstdint>

#include "fuzz/tcp/exchange.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  wirelab::tcp::fuzz::run_exchange({data, size});
  return 0;
}
