#include "scenario/simulation.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "scenario/measured_span.h"

namespace wirelab::scenario {

namespace {

constexpr Duration kLongestRun = Duration::s(100 * 86'400);
constexpr std::int64_t kRowsOverTime = 5000;          // of one connection or queue by default
constexpr double kRowsOfConnections = 500'000;        // of all connections by default
constexpr Duration kUnknownLength = Duration::s(10);  // assumed for sampling when no duration is given
constexpr std::size_t kQueuesWatchedByDefault = 512;  // directions

double user_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec) * 1e-6;
}

Duration interval_of(const Sampling& sampling, Duration automatic) {
  if (sampling.kind == Sampling::Kind::Interval) return sampling.interval;
  return std::max(automatic, Duration::ps(1));
}

Duration length_of(const Scenario& s) { return s.duration.value_or(kUnknownLength); }

RowSampling tcp_sampling(const Scenario& s) {
  double connections = 0;
  for (const App& app : s.apps) connections += expected_instances(app, s.duration);
  const Duration by_time = length_of(s) / kRowsOverTime;
  const Duration by_number = Duration::seconds(length_of(s).seconds() * connections / kRowsOfConnections);
  return {s.record.tcp_sampling.kind == Sampling::Kind::Every,
          interval_of(s.record.tcp_sampling, std::max(by_time, by_number))};
}

}  // namespace

Simulation::Simulation(const Scenario& scenario)
    : scenario_(scenario),
      built_(build_network(scenario)),
      end_(scenario.duration ? Time::at(*scenario.duration) : Time::never()),
      flows_(std::make_unique<FlowBook>(scenario)) {
  Network& network = *built_.network;
  std::vector<std::string> line_names, hosts;
  for (const App& app : scenario.apps) line_names.push_back(app.id);
  for (const Node& node : scenario.nodes) hosts.push_back(node.id);
  connections_ = std::make_unique<ConnectionRecorder>(*flows_, std::move(line_names), std::move(hosts));
  for (const Expectation& e : scenario.expect) {
    if (const auto* states = std::get_if<ExpectStates>(&e)) connections_->keep_path(states->app, states->node);
  }
  const Time end_of_arrivals = end_.is_never() ? Time::at(kLongestRun) : end_;
  for (const App& app : scenario.apps) {
    lines_.push_back(std::make_unique<Line>(scenario.seed, *flows_, static_cast<std::uint32_t>(lines_.size()),
                                            line_config(scenario, built_, app), end_of_arrivals));
    lines_.back()->set_on_over(this);
  }
  flows_->attach(*connections_, lines_);
  timeline_ = std::make_unique<Timeline>(scenario, built_, lines_);
  network.add_scenario_event(*timeline_, timeline_->first());
  span_ = std::make_unique<MeasuredSpan>(scenario.measure, network, *connections_, lines_);
}

// Instances and lines refer to the network, and what the network still holds refers to the recorder's tags.
Simulation::~Simulation() { lines_.clear(); }

std::optional<FileError> Simulation::record_to(const std::filesystem::path& dir, bool capture_all) {
  const Record& record = scenario_.record;
  dir_ = dir;
  if (!record.nothing) {
    if (records_any(scenario_, Transport::Tcp)) {
      if (auto error = connections_->open(dir, tcp_sampling(scenario_), record.cc)) return error;
    }
    if (records_any(scenario_, Transport::Datagrams)) {
      if (auto error = flows_->datagrams().open(dir, tcp_sampling(scenario_))) return error;
    }
    if (std::any_of(scenario_.apps.begin(), scenario_.apps.end(), [](const App& app) { return app.many; })) {
      if (auto error = flows_->open(dir)) return error;
    }
  }
  if (auto error = open_captures(dir, capture_all)) return error;
  // Last, since these taps pass on to the captures'.
  return record.nothing ? std::nullopt : watch_queues();
}

std::optional<FileError> Simulation::watch_queues() {
  const Record& record = scenario_.record;
  std::vector<QueueChoice> choices;
  const auto named = [&](LinkIndex link) {
    const auto has = [&](const std::vector<LinkIndex>& list) {
      return std::find(list.begin(), list.end(), link) != list.end();
    };
    return has(record.queue_list) ||
           std::any_of(scenario_.plots.begin(), scenario_.plots.end(), [&](const Plot& p) { return has(p.links); });
  };
  for (LinkIndex link = 0; link < scenario_.links.size(); ++link) {
    const bool always = record.queues == RecordMode::All || named(link);
    const bool perhaps = record.queues == RecordMode::Default && choices.size() < kQueuesWatchedByDefault;
    if (!always && !perhaps) continue;
    for (int d = 0; d < 2; ++d) {
      choices.push_back({&built_.network->direction(link, d), scenario_.links[link].id, d == 0, always});
    }
  }
  if (choices.empty()) return std::nullopt;
  if (record.queue_sampling.kind == Sampling::Kind::Every) return tap_queues(std::move(choices));
  const Duration interval = interval_of(record.queue_sampling, length_of(scenario_) / kRowsOverTime);
  queues_ = std::make_unique<QueueRecorder>(std::move(choices), interval, dir_);
  built_.network->add_sampler(*queues_, Time::at(interval));
  return std::nullopt;
}

std::optional<FileError> Simulation::tap_queues(std::vector<QueueChoice> choices) {
  every_queue_ = std::make_unique<CsvWriter>();
  if (auto error = every_queue_->open(dir_ / "queues.csv", kQueuesHeader)) return error;
  for (QueueChoice& choice : choices) {
    wirelab::LinkDirection& port = *choice.port;
    queue_taps_.push_back(std::make_unique<QueueTap>(std::move(choice), *every_queue_, port.outgoing_tap()));
    port.set_outgoing_tap(queue_taps_.back().get());
  }
  return std::nullopt;
}

std::optional<FileError> Simulation::open_captures(const std::filesystem::path& dir, bool all) {
  const Record& record = scenario_.record;
  std::vector<PortPick> ports = record.pcap_list;
  if (all || record.pcap == RecordMode::All) {
    ports.clear();
    for (LinkIndex link = 0; link < scenario_.links.size(); ++link) {
      ports.push_back({link, 0});
      ports.push_back({link, 1});
    }
  }
  for (const PortPick& port : ports) {
    const Link& link = scenario_.links[port.link];
    captures_.push_back(std::make_unique<Capture>());
    const std::string name = scenario_.nodes[link.ends[port.end].node].id + "-" + link.id + ".pcap";
    if (auto error = captures_.back()->open(dir / "pcap" / name)) return error;
    built_.network->direction(port.link, port.end).set_outgoing_tap(captures_.back().get());
    built_.network->direction(port.link, 1 - port.end).set_incoming_tap(captures_.back().get());
  }
  return std::nullopt;
}

bool Simulation::run(Network::Watcher* watcher) {
  Network& network = *built_.network;
  span_->arm();
  const auto wall = std::chrono::steady_clock::now();
  const double user = user_seconds();
  for (const auto& line : lines_) line->begin();
  const bool whole = network.run(end_.is_never() ? Time::at(kLongestRun) : end_, watcher);
  wall_s_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  user_s_ = user_seconds() - user;
  for (const auto& line : lines_) line->report_unfinished(network.now());
  span_->end(network.now());
  return whole;
}

void Simulation::on_line_over(Line&, Time) {
  if (++lines_over_ == lines_.size() && end_.is_never()) built_.network->stop();
}

std::optional<FileError> Simulation::commit(std::vector<HashedFile>& files) {
  const auto add = [&](const AtomicFile& file, const std::string& folder = {}) {
    files.push_back({folder + file.path().filename().string(), file.content_hash()});
  };
  if (connections_->writes()) {
    const auto error = connections_->commit();
    if (error && connections_->tcp_csv().file().committed()) add(connections_->tcp_csv().file());
    if (error) return error;
    add(connections_->tcp_csv().file());
    add(connections_->states_csv().file());
    if (scenario_.record.cc) add(connections_->cc_csv().file());
  }
  for (CsvWriter* const csv : {&flows_->csv(), &flows_->datagrams().csv()}) {
    if (!csv->is_open()) continue;
    if (auto error = csv->commit()) return error;
    add(csv->file());
  }
  if (queues_ != nullptr) {
    if (auto error = queues_->write(built_.network->now())) return error;
    add(queues_->csv().file());
  }
  if (every_queue_ != nullptr) {
    if (auto error = every_queue_->commit()) return error;
    add(every_queue_->file());
  }
  for (const auto& capture : captures_) {
    if (auto error = capture->writer().commit()) return error;
    add(capture->writer().file(), "pcap/");
  }
  return std::nullopt;
}

}  // namespace wirelab::scenario
