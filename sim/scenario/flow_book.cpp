#include "scenario/flow_book.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "scenario/simulation.h"

namespace wirelab::scenario {

namespace {

constexpr double kRecordedByDefault = 64;  // flows

bool picks(const std::vector<AppPick>& list, AppIndex app, const std::string& id, const std::string& instance) {
  return std::any_of(list.begin(), list.end(), [&](const AppPick& p) {
    return p.app == app && (p.instance == 0 || instance == id + "." + std::to_string(p.instance));
  });
}

}  // namespace

Transport transport_of(const App& app) {
  const bool tcp = std::holds_alternative<BulkApp>(app.kind) || std::holds_alternative<RequestResponseApp>(app.kind) ||
                   std::holds_alternative<DialogApp>(app.kind);
  return tcp ? Transport::Tcp : Transport::Datagrams;
}

bool records_by_default(const Scenario& scenario, Transport transport) {
  double flows = 0;
  for (const App& app : scenario.apps) {
    if (transport_of(app) == transport) flows += expected_instances(app, scenario.duration);
  }
  return flows <= kRecordedByDefault;
}

bool records_any(const Scenario& scenario, Transport transport) {
  if (scenario.record.nothing) return false;
  const auto is_of_it = [&](const App& app) { return transport_of(app) == transport; };
  if (std::none_of(scenario.apps.begin(), scenario.apps.end(), is_of_it)) return false;
  const bool plotted =
      std::any_of(scenario.plots.begin(), scenario.plots.end(), [](const Plot& p) { return !p.apps.empty(); });
  const RecordMode mode = transport == Transport::Tcp ? scenario.record.tcp : scenario.record.datagrams;
  const bool by_default = mode == RecordMode::Default && records_by_default(scenario, transport);
  return by_default || plotted || mode == RecordMode::All || mode == RecordMode::Listed;
}

std::optional<FileError> FlowBook::open(const std::filesystem::path& dir) {
  return csv_.open(dir / "flows.csv", "app,from,to,start_s,end_s,completion_time_s,bytes,completed,error");
}

FlowTracker::Tracking FlowBook::track_client(std::uint32_t line, std::uint64_t instance, std::uint32_t node) {
  return {recorder_, recorder_->add_client(line, (*lines_)[line]->instance_id(instance), node)};
}

FlowTracker::Tracking FlowBook::track_listener(std::uint32_t line, std::uint32_t node) {
  return {recorder_, recorder_->add_listener(line, node)};
}

std::optional<std::uint32_t> FlowBook::track_datagrams(std::uint32_t line, std::uint64_t instance) {
  if (!datagrams_.writes()) return std::nullopt;
  std::string id = (*lines_)[line]->instance_id(instance);
  if (!is_recorded(line, id)) return std::nullopt;
  return datagrams_.add(std::move(id));
}

Time FlowBook::on_datagrams(std::uint32_t tag, const DatagramTotals& totals, std::int64_t bytes_received,
                            std::optional<Duration> delay, Time now) {
  return datagrams_.write(tag, {totals.sent, totals.received, totals.bytes_sent, bytes_received, delay}, now);
}

void FlowBook::on_flow_end(std::uint32_t line, const FlowResult& result) {
  Results& r = results_[line];
  r.first_start = r.first_start ? std::min(*r.first_start, result.start) : result.start;
  r.last_end = r.last_end ? std::max(*r.last_end, result.end) : result.end;
  ++r.ended;
  if (result.completed) {
    ++r.completed;
    r.completion_times.push_back(result.end - result.start);
  }
  if (r.first_error == tcp::Error::None) r.first_error = result.error;
  if (csv_.is_open() && scenario_.apps[line].many) write_row(line, result);
}

void FlowBook::write_row(std::uint32_t line, const FlowResult& result) {
  csv_.text((*lines_)[line]->instance_id(result.instance));
  csv_.text(scenario_.nodes[result.from].id);
  csv_.text(scenario_.nodes[result.to].id);
  csv_.time(result.start);
  csv_.time(result.end);
  if (result.completed) {
    csv_.duration(result.end - result.start);
  } else {
    csv_.empty();
  }
  csv_.integer(result.bytes);
  csv_.integer(result.completed ? 1 : 0);
  csv_.text(tcp::name_of(result.error));
  csv_.end_row();
}

std::optional<std::string> FlowBook::instance_at(std::uint32_t line, tcp::Endpoint remote) const {
  const Line& l = *(*lines_)[line];
  const auto number = l.instance_at(remote);
  if (!number) return std::nullopt;
  return l.instance_id(*number);
}

bool FlowBook::is_recorded(std::uint32_t line, const std::string& instance) const {
  const Record& record = scenario_.record;
  const std::string& id = scenario_.apps[line].id;
  for (const Plot& plot : scenario_.plots) {
    if (picks(plot.apps, line, id, instance)) return true;
  }
  const Transport transport = transport_of(scenario_.apps[line]);
  const bool tcp = transport == Transport::Tcp;
  switch (tcp ? record.tcp : record.datagrams) {
    case RecordMode::All: return true;
    case RecordMode::None: return false;
    case RecordMode::Default: return records_by_default(scenario_, transport);
    case RecordMode::Listed: return picks(tcp ? record.tcp_list : record.datagram_list, line, id, instance);
  }
  return false;
}

std::optional<FlowsSummary::Times> quantiles(std::vector<Duration> sample) {
  if (sample.empty()) return std::nullopt;
  std::sort(sample.begin(), sample.end());
  const auto at = [&](double q) {
    const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sample.size())));
    return sample[std::max<std::size_t>(rank, 1) - 1].seconds();
  };
  Int128 sum = 0;
  for (const Duration d : sample) sum += d.ps();
  const auto mean_ps = static_cast<std::int64_t>(sum / static_cast<Int128>(sample.size()));
  return FlowsSummary::Times{Duration::ps(mean_ps).seconds(), at(0.5), at(0.9), at(0.99), sample.back().seconds()};
}

}  // namespace wirelab::scenario
