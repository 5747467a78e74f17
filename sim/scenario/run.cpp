#include "scenario/run.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "record/atomic_file.h"
#include "record/expectation.h"
#include "record/output_dir.h"
#include "scenario/simulation.h"
#include "scenario/value.h"

namespace wirelab::scenario {

namespace {

/// Between the network's watcher and the caller's.
class Relay final : public Network::Watcher {
 public:
  Relay(RunWatcher* watcher, Time end) : watcher_(watcher), end_(end) {}
  bool on_progress(Time now, std::uint64_t events) override {
    return watcher_ == nullptr || watcher_->on_progress(now, end_, events);
  }

 private:
  RunWatcher* watcher_;
  Time end_;
};

std::string json_text(const std::variant<std::monostate, bool, double, std::string>& is) {
  if (const auto* b = std::get_if<bool>(&is)) return *b ? "true" : "false";
  if (const auto* d = std::get_if<double>(&is)) return number_text(*d);
  if (const auto* s = std::get_if<std::string>(&is)) return in_quotes(*s);
  return "null";
}

wirelab::Expectation as_recorded(const ExpectValue& e) {
  wirelab::Expectation r;
  r.value = e.value;
  r.over = e.over.value_or("");
  r.min = e.min;
  r.max = e.max;
  r.near = e.near;
  r.within = e.within;
  if (e.is) r.is = json_text(*e.is);
  return r;
}

ExpectResult judge_path(const Scenario& scenario, const ExpectStates& e, const Simulation& simulation) {
  ExpectResult r;
  r.value = "states " + scenario.apps[e.app].id + " " + scenario.nodes[e.node].id;
  std::vector<std::string> went;
  for (const tcp::State s : simulation.path(e.app, e.node)) went.emplace_back(tcp::name_of(s));
  r.held = went == e.path;
  const auto listed = [](const std::vector<std::string>& states, const char* between) {
    std::string text;
    for (const std::string& s : states) text += (text.empty() ? "" : between) + s;
    return text;
  };
  r.got = went.empty() ? "[]" : "[\"" + listed(went, "\",\"") + "\"]";
  if (!r.held) r.explanation = "expected " + listed(e.path, " > ") + ", went " + listed(went, " > ");
  return r;
}

std::vector<ExpectResult> judge(const Scenario& scenario, const RunSummary& summary, const Simulation& simulation) {
  const std::string json = to_json(summary);
  std::vector<ExpectResult> results;
  for (const Expectation& e : scenario.expect) {
    if (const auto* states = std::get_if<ExpectStates>(&e)) {
      results.push_back(judge_path(scenario, *states, simulation));
    } else {
      const auto judged = evaluate({as_recorded(std::get<ExpectValue>(e))}, json, {});
      results.insert(results.end(), judged.begin(), judged.end());
    }
  }
  return results;
}

/// Without a summary nobody would know these as a run's files, and the folder would be refused next time.
void remove_again(const std::filesystem::path& dir, const std::vector<HashedFile>& files) {
  std::error_code ignored;
  for (const HashedFile& file : files) std::filesystem::remove(dir / file.name, ignored);
  std::filesystem::remove(dir / "scenario.json", ignored);
  ::rmdir((dir / "pcap").c_str());
}

RunOutcome failed(RunOutcome outcome, const FileError& error) {
  outcome.failure = RunFailure{3, error.message()};
  return outcome;
}

void add_plot_files(RunOutcome& outcome) {
  for (const PlotResult& plot : outcome.plots.plots) {
    outcome.summary.files.insert(outcome.summary.files.end(), plot.files.begin(), plot.files.end());
  }
}

}  // namespace

bool RunOutcome::expectations_held() const {
  return std::all_of(summary.expect.begin(), summary.expect.end(), [](const ExpectResult& e) { return e.held; });
}

std::vector<PlotSpec> plot_specs(const Scenario& scenario) {
  std::vector<PlotSpec> specs;
  for (const Plot& plot : scenario.plots) {
    PlotSpec spec;
    spec.kind = plot.kind;
    spec.name = plot.name;
    for (const AppPick& pick : plot.apps) {
      const App& app = scenario.apps[pick.app];
      spec.apps.push_back(pick.instance == 0 ? app.id : app.instance_id(pick.instance - 1));
    }
    for (const LinkIndex link : plot.links) spec.links.push_back(scenario.links[link].id);
    spec.from = plot.from;
    spec.to = plot.to;
    specs.push_back(std::move(spec));
  }
  return specs;
}

RunOutcome run(const Scenario& scenario, const RunOptions& options) {
  RunOutcome outcome;
  if (const auto refused = check_output_dir(options.dir, options.force)) {
    outcome.failure = RunFailure{refused->exit_status, refused->message};
    return outcome;
  }
  Simulation simulation(scenario);
  if (const auto refused = prepare_output_dir(options.dir)) {
    outcome.failure = RunFailure{refused->exit_status, refused->message};
    return outcome;
  }
  if (const auto error = simulation.record_to(options.dir, options.capture_all)) return failed(outcome, *error);
  Relay relay(options.watcher, simulation.end());
  const bool whole = simulation.run(&relay);

  std::vector<HashedFile> files;
  const auto fail = [&](const FileError& error) {
    remove_again(options.dir, files);
    return failed(outcome, error);
  };
  if (const auto error = simulation.commit(files)) return fail(*error);
  if (const auto error = write_file(options.dir / "scenario.json", options.resolved)) return fail(*error);
  RunSummary& s = outcome.summary;
  s = simulation.summary();
  s.version = options.version;
  s.scenario_hash = options.scenario_hash;
  s.interrupted = !whole;
  s.expect = judge(scenario, s, simulation);
  s.result_hash = result_hash(s, files);
  for (const HashedFile& file : files) s.files.push_back(file.name);
  s.files.insert(s.files.end(), {"scenario.json", "summary.json"});
  // Written before the pictures, which are drawn from it, and again with them among its files.
  if (const auto error = write_file(options.dir / "summary.json", to_json(s))) return fail(*error);
  if (options.plot && !scenario.record.nothing && !scenario.plots.empty()) {
    outcome.plots = draw(options.dir, plot_specs(scenario));
    add_plot_files(outcome);
  }
  std::sort(s.files.begin(), s.files.end());
  outcome.summary_json = to_json(s);
  if (const auto error = write_file(options.dir / "summary.json", outcome.summary_json)) return failed(outcome, *error);
  if (s.wall_s > 0) outcome.simulated_per_second = s.sim_time.seconds() / s.wall_s;
  return outcome;
}

}  // namespace wirelab::scenario
