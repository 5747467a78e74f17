#pragma once
// One run of a scenario in memory: network, apps, events and recorders put together, run, and summed up. Files are
// written through the recorders; where to and what else stands there is run.h's.

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "app/line.h"
#include "record/capture.h"
#include "record/connection_recorder.h"
#include "record/queue_recorder.h"
#include "record/summary.h"
#include "scenario/build.h"
#include "scenario/flow_book.h"
#include "scenario/model.h"
#include "scenario/timeline.h"

namespace wirelab::scenario {

class MeasuredSpan;

class Simulation final : private LineWatcher {
 public:
  explicit Simulation(const Scenario& scenario);
  ~Simulation();

  /// Opens the files that the scenario wants recorded, below `dir`. Without this nothing is written.
  [[nodiscard]] std::optional<FileError> record_to(const std::filesystem::path& dir, bool capture_all);

  /// False: the watcher stopped it.
  bool run(Network::Watcher* watcher = nullptr);

  /// Closes the recorders' files and lists them, relative to the folder.
  [[nodiscard]] std::optional<FileError> commit(std::vector<HashedFile>& files);
  /// What the run came to. Names, hashes, files and expectations are the caller's to fill in.
  RunSummary summary();
  /// The states that the first instance of an app went through on a host.
  std::vector<tcp::State> path(AppIndex app, NodeIndex node) const { return connections_->path(app, node); }

  Time end() const { return end_; }
  Network& network() { return *built_.network; }
  double wall_seconds() const { return wall_s_; }

 private:
  void on_line_over(Line& line, Time now) override;
  [[nodiscard]] std::optional<FileError> watch_queues();
  [[nodiscard]] std::optional<FileError> tap_queues(std::vector<QueueChoice> choices);
  AppSummary summarize(std::size_t line) const;
  LinkSummary summarize_link(LinkIndex link) const;
  [[nodiscard]] std::optional<FileError> open_captures(const std::filesystem::path& dir, bool all);

  const Scenario& scenario_;
  Built built_;
  Time end_;  // never: when all apps are over
  std::vector<std::unique_ptr<Line>> lines_;
  std::unique_ptr<FlowBook> flows_;
  std::unique_ptr<ConnectionRecorder> connections_;
  std::unique_ptr<QueueRecorder> queues_;
  std::unique_ptr<CsvWriter> every_queue_;
  std::vector<std::unique_ptr<QueueTap>> queue_taps_;
  std::vector<std::unique_ptr<Capture>> captures_;
  std::unique_ptr<Timeline> timeline_;
  std::unique_ptr<MeasuredSpan> span_;
  std::filesystem::path dir_;
  std::size_t lines_over_ = 0;
  double wall_s_ = 0, user_s_ = 0;
};

}  // namespace wirelab::scenario
