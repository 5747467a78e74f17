#pragma once
// Runs one script and says what came of it.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/units.h"
#include "script/compare.h"
#include "script/script.h"

namespace wirelab::script {

enum class Verdict : std::uint8_t { Pass, Fail, Unsupported };
constexpr std::string_view name_of(Verdict v) {
  return v == Verdict::Pass ? "pass" : v == Verdict::Fail ? "fail" : "unsupported";
}

struct RunOptions {
  std::optional<Duration> tolerance;  ///< beats the script's own
  bool strict = false;                ///< 1 ms or 1 %
  Definitions definitions;
  std::filesystem::path pcap;  ///< empty: none
};

struct Outcome {
  Verdict verdict = Verdict::Pass;
  int line = 0;         ///< of the script, where it failed or is not supported
  int column = 0;       ///< where the text is no script: the file is wrong; 0: it was understood
  std::string reason;   ///< one sentence
  std::string details;  ///< what was expected and seen, and the exchange so far
  std::string printed;  ///< by the script's checks, in lines
  bool strict = true;   ///< every time would also have been in time at 1 ms or 1 %
  Duration largest_deviation{};
  int deviation_line = 0;  ///< 0: nothing was late or early
  Duration simulated{};
  std::string file_error;  ///< the capture could not be written
};

/// Never throws; what the script asks for and is not there makes it unsupported.
Outcome run_script(std::string_view text, const RunOptions& options = {});

}  // namespace wirelab::script
