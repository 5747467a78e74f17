// The parts that know no protocol: the pending set, a link direction, random draws, a row of CSV.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "core/random.h"
#include "core/scheduler.h"
#include "link/link_direction.h"
#include "record/csv_writer.h"

namespace wirelab {
namespace {

/// Take the earliest event, put one back: the increments are exponential, drawn beforehand. Of many sources all are
/// armed, or as few as a network of that size has busy links.
void hold(benchmark::State& state) {
  const auto count = static_cast<SourceId>(state.range(0));
  Scheduler scheduler;
  std::vector<EventSource> sources;
  for (SourceId i = 0; i < count; ++i) sources.emplace_back(i);
  RandomStream random(1, Purpose::Topology, 1);
  std::vector<Duration> increments(4096);
  for (Duration& d : increments) d = Duration::ps(1 + static_cast<std::int64_t>(random.exponential(1e9)));
  const auto armed = static_cast<SourceId>(state.range(1)), apart = count / armed;
  for (SourceId i = 0; i < count; i += apart) scheduler.set(sources[i], Time::at(increments[i % increments.size()]));
  std::size_t next = 0;
  for (auto _ : state) {
    scheduler.set(sources[scheduler.top()], scheduler.next_time() + increments[next++ % increments.size()]);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hold)->Args({256, 256})->Args({4096, 4096})->Args({65536, 65536})->Args({65536, 16})->Args({65536, 256});

/// A packet into one direction and out of its far end, with `depth` packets on the way.
void hop(benchmark::State& state, LinkKind kind) {
  Domain domain;
  Scheduler scheduler;
  LinkConfig config;
  config.rate = DataRate::bps(10'000'000'000);
  config.delay = Duration::us(10);
  config.queue.packets = 1000;
  LinkDirection link(domain, scheduler, {0, 1}, config, kind, 1, 1);
  Time now;
  for (int i = 0; i < state.range(0); ++i) {
    Packet* const p = domain.make();
    p->size = 1500;
    link.send(p, now);
  }
  for (auto _ : state) {
    now = scheduler.next_time();
    if (scheduler.top() == 1) {
      link.on_transmission_done(now);
    } else {
      Packet* const p = link.take_arrival(scheduler, now);
      ++domain.account.hops;
      link.send(p, now);
    }
  }
  state.counters["hops/s"] = benchmark::Counter(static_cast<double>(domain.account.hops), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(hop, computed, LinkKind::Computed)->Arg(1)->Arg(16)->Arg(512);
BENCHMARK_CAPTURE(hop, stepped, LinkKind::Stepped)->Arg(16);

void random_draw(benchmark::State& state) {
  RandomStream random(1, Purpose::Loss, 7);
  for (auto _ : state) benchmark::DoNotOptimize(random.uniform());
}
BENCHMARK(random_draw);

/// A row as tcp.csv has it.
void csv_row(benchmark::State& state) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("wirelab-bench-" + std::to_string(getpid()) + ".csv");
  CsvWriter csv;
  if (csv.open(path, "time_s,app,host,port,event,state,ca_state,cwnd_bytes,ssthresh_bytes,srtt_s,rto_s")) {
    state.SkipWithError("cannot write below the temporary folder");
    return;
  }
  Time now;
  std::int64_t cwnd = 14'480;
  for (auto _ : state) {
    now += Duration::us(123);
    csv.time(now);
    csv.text("reno");
    csv.text("s1");
    csv.unsigned_integer(32768);
    csv.text("ack");
    csv.text("ESTABLISHED");
    csv.text("Open");
    csv.integer(cwnd += 1448);
    csv.empty();
    csv.duration(Duration::us(44'123));
    csv.duration(Duration::us(244'123));
    csv.end_row();
  }
  state.SetItemsProcessed(state.iterations());
  csv.abandon();
}
BENCHMARK(csv_row);

}  // namespace
}  // namespace wirelab

BENCHMARK_MAIN();
