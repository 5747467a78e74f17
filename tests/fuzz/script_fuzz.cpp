// Arbitrary text as a script: it ends, with a verdict and, unless it passes, a line and a reason.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "script/run.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 8192) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const wirelab::script::Outcome o = wirelab::script::run_script(text);
  if (o.verdict != wirelab::script::Verdict::Pass && (o.reason.empty() || o.line < 1)) std::abort();
  return 0;
}
