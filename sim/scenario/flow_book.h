#pragma once
// The instances of a run's apps: what became of each (flows.csv), which of them are recorded, and under which names
// their connections are.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/line.h"
#include "app/tracker.h"
#include "record/connection_recorder.h"
#include "record/csv_writer.h"
#include "record/datagram_recorder.h"
#include "record/summary.h"
#include "scenario/model.h"

namespace wirelab::scenario {

class FlowBook final : public FlowTracker, public ConnectionRecorder::Directory {
 public:
  explicit FlowBook(const Scenario& scenario) : scenario_(scenario), results_(scenario.apps.size()) {}

  /// To be told before the run: who records connections, and the lines by number.
  void attach(ConnectionRecorder& recorder, const std::vector<std::unique_ptr<Line>>& lines) {
    recorder_ = &recorder;
    lines_ = &lines;
  }
  /// A row for each instance of the apps that have many.
  [[nodiscard]] std::optional<FileError> open(const std::filesystem::path& dir);
  CsvWriter& csv() { return csv_; }
  /// Of the flows that have no connection.
  DatagramRecorder& datagrams() { return datagrams_; }

  /// What is known of an app's instances that have ended.
  struct Results {
    std::optional<Time> first_start, last_end;
    std::uint64_t ended = 0, completed = 0;
    std::vector<Duration> completion_times;
    tcp::Error first_error = tcp::Error::None;
  };
  const Results& results(AppIndex app) const { return results_[app]; }

  Tracking track_client(std::uint32_t line, std::uint64_t instance, std::uint32_t node) override;
  Tracking track_listener(std::uint32_t line, std::uint32_t node) override;
  std::optional<std::uint32_t> track_datagrams(std::uint32_t line, std::uint64_t instance) override;
  Time on_datagrams(std::uint32_t tag, const DatagramTotals& totals, std::int64_t bytes_received,
                    std::optional<Duration> delay, Time now) override;
  void on_flow_end(std::uint32_t line, const FlowResult& result) override;
  std::optional<std::string> instance_at(std::uint32_t line, tcp::Endpoint remote) const override;
  bool is_recorded(std::uint32_t line, const std::string& instance) const override;

 private:
  void write_row(std::uint32_t line, const FlowResult& result);

  const Scenario& scenario_;
  ConnectionRecorder* recorder_ = nullptr;
  const std::vector<std::unique_ptr<Line>>* lines_ = nullptr;
  std::vector<Results> results_;
  CsvWriter csv_;
  DatagramRecorder datagrams_;
};

/// Quantiles of a sample, by the nearest rank. Nothing if it is empty.
std::optional<FlowsSummary::Times> quantiles(std::vector<Duration> sample);

/// What an app's instances leave rows of: tcp.csv and states.csv, or datagrams.csv.
enum class Transport : std::uint8_t { Tcp, Datagrams };
Transport transport_of(const App& app);

/// Whether flows of that kind are recorded when the scenario does not say: all up to 64.
bool records_by_default(const Scenario& scenario, Transport transport);
/// Whether any of them has rows.
bool records_any(const Scenario& scenario, Transport transport);

}  // namespace wirelab::scenario
