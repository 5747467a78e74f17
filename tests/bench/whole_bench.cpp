// Whole runs in memory: the scenarios of this folder, cut short.

#include <benchmark/benchmark.h>

#include <string>

#include "scenario/load.h"
#include "scenario/simulation.h"

namespace wirelab {
namespace {

void whole(benchmark::State& state, const char* name, const char* duration) {
  const scenario::Loaded loaded = scenario::load_file(std::string(WIRELAB_BENCH_DIR) + "/" + name + ".json",
                                                      {{std::string("duration=") + duration}, {}, scenario::read_file});
  if (!loaded.ok()) {
    state.SkipWithError("the scenario does not load");
    return;
  }
  std::uint64_t hops = 0;
  for (auto _ : state) {
    state.PauseTiming();
    {
      scenario::Simulation simulation(loaded.scenario);
      state.ResumeTiming();
      simulation.run();
      state.PauseTiming();
      hops += simulation.network().domain().account.hops;
    }
    state.ResumeTiming();
  }
  state.counters["hops/s"] = benchmark::Counter(static_cast<double>(hops), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(whole, p1_reno, "p1-reno", "20s")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(whole, p1_cubic, "p1-cubic", "20s")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(whole, p2, "p2", "2s")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(whole, p4, "p4", "1s")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(whole, p5, "p5", "1500ms")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(whole, dumbbell_100, "dumbbell-100", "200ms")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(whole, dumbbell_10000, "dumbbell-10000", "200ms")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wirelab

BENCHMARK_MAIN();
