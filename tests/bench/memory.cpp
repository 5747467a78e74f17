// Memory: memory FOLDER-OF-SCENARIOS. What a connection costs on p5, and whether a run grows with its length. Each
// measurement is a process of its own, so that nothing that another one left behind is in it.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "scenario/load.h"
#include "scenario/simulation.h"
#include "tcp/segment_record.h"

namespace {

using namespace wirelab;

struct Measured {
  long before_kb = 0, after_kb = 0, peak_kb = 0;  // resident: before the run, at its end, and the most there was
  std::size_t packets = 0;                        // allocated in the pool: the most that were in flight together
  bool ok = false;
};

long resident_kb() {
  long total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

Measured run_here(const std::string& file, const std::vector<std::string>& sets, const std::filesystem::path& dir) {
  Measured m;
  scenario::Loaded loaded = scenario::load_file(file, {sets, {}, scenario::read_file});
  if (!loaded.ok()) return m;
  scenario::Simulation simulation(loaded.scenario);
  if (!dir.empty() && simulation.record_to(dir, false)) return m;
  m.before_kb = resident_kb();
  simulation.run();
  m.after_kb = resident_kb();
  m.packets = simulation.network().domain().pool.allocated();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  m.peak_kb = usage.ru_maxrss;
  m.ok = true;
  return m;
}

Measured run_apart(const std::string& file, const std::vector<std::string>& sets,
                   const std::filesystem::path& dir = {}) {
  Measured m;
  int ends[2];
  if (pipe(ends) != 0) return m;
  const pid_t child = fork();
  if (child == 0) {
    const Measured mine = run_here(file, sets, dir);
    const bool told = write(ends[1], &mine, sizeof mine) == static_cast<ssize_t>(sizeof mine);
    _exit(told ? 0 : 1);
  }
  close(ends[1]);
  if (read(ends[0], &m, sizeof m) != static_cast<ssize_t>(sizeof m)) m = {};
  close(ends[0]);
  waitpid(child, nullptr, 0);
  if (!m.ok) std::fprintf(stderr, "memory: %s could not be run\n", file.c_str());
  return m;
}

/// p5 with all its connections against p5 with one: what is between them are 9999 connections and their packets.
bool per_connection(const std::string& folder) {
  constexpr int kConnections = 10'000;
  const std::string file = folder + "/p5.json";
  // Long enough for every flow to be beyond slow start; the same length for both.
  const Measured one = run_apart(file, {"duration=3s", "apps/flow/count=1"});
  const Measured all = run_apart(file, {"duration=3s"});
  if (!one.ok || !all.ok) return false;
  const double grown = static_cast<double>(all.after_kb - one.after_kb) * 1024 / (kConnections - 1);
  const double packets =
      static_cast<double>(all.packets - one.packets) * (sizeof(Packet) + 2 * sizeof(Time)) / (kConnections - 1);
  const double records =
      static_cast<double>(all.packets - one.packets) * sizeof(tcp::SegmentRecord) / (kConnections - 1);
  const double left = grown - packets - records;
  std::printf(
      "p5, 10,000 connections: resident memory grows by %.0f bytes for each, both ends and recorder; of these\n",
      grown);
  std::printf("  packets in flight %.0f, segment records %.0f; the rest is %.0f bytes  target 4096  %s\n", packets,
              records, left, left < 4096 ? "holds" : "MISSED");
  return left < 4096;
}

/// A recorded run needs no more memory when it lasts longer.
bool over_length(const std::string& folder) {
  struct Case {
    const char* name;
    const char* lengths[2];
  };
  const std::filesystem::path dir =
      std::filesystem::temp_directory_path() / ("wirelab-memory-" + std::to_string(getpid()));
  bool ok = true;
  for (const Case& c : {Case{"p1-mixed", {"10s", "100s"}}, Case{"dumbbell-100", {"5s", "20s"}}}) {
    long peaks[2];
    for (int i = 0; i < 2; ++i) {
      std::filesystem::create_directories(dir);
      const Measured m =
          run_apart(folder + "/" + c.name + ".json", {std::string("duration=") + c.lengths[i], "record={}"}, dir);
      std::filesystem::remove_all(dir);
      if (!m.ok) return false;
      peaks[i] = m.peak_kb;
    }
    const bool holds = peaks[1] <= peaks[0] + peaks[0] / 10 + 512;
    std::printf("%s, recorded: %ld kB at the most in %s of simulated time, %ld kB in %s  %s\n", c.name, peaks[0],
                c.lengths[0], peaks[1], c.lengths[1], holds ? "holds" : "GROWS");
    ok = ok && holds;
  }
  return ok;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: memory FOLDER-OF-SCENARIOS\n");
    return 2;
  }
  const bool small = per_connection(arguments[1]);
  const bool bounded = over_length(arguments[1]);
  return small && bounded ? 0 : 1;
}
