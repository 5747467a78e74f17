#pragma once
// Runs gnuplot, several at a time.

#include <sys/types.h>

#include <deque>
#include <filesystem>
#include <string>
#include <vector>

namespace wirelab::plot {

/// One picture to draw: `script` is run in `dir` with `stem` as the beginning of its output's names.
struct GnuplotJob {
  std::filesystem::path dir;
  std::string script, stem;
  std::size_t tag = 0;  ///< the caller's number
};

struct GnuplotOutcome {
  std::size_t tag = 0;
  bool missing = false;  ///< there is no gnuplot
  int status = 0;        ///< its exit status; not 0: failed
  std::string messages;  ///< what it said on standard error
};

class GnuplotRunner {
 public:
  explicit GnuplotRunner(std::size_t at_once) : at_once_(at_once) {}
  GnuplotRunner(const GnuplotRunner&) = delete;
  GnuplotRunner& operator=(const GnuplotRunner&) = delete;
  ~GnuplotRunner() { finish(); }

  /// Starts a job, first waiting for the oldest when enough are running.
  void start(const GnuplotJob& job);
  /// Waits for all and returns what became of them.
  std::vector<GnuplotOutcome> finish();

 private:
  struct Running {
    std::size_t tag;
    pid_t pid;
    int errors;  ///< read end of its standard error
  };
  void wait_for_oldest();

  std::size_t at_once_;
  std::deque<Running> running_;
  std::vector<GnuplotOutcome> outcomes_;
};

}  // namespace wirelab::plot
