#pragma once
// queues.csv: what waits in each port, sampled on a grid with the largest value of each interval.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/event_handler.h"
#include "core/units.h"
#include "link/link_direction.h"
#include "record/csv_writer.h"

namespace wirelab {

/// A port whose rows are kept.
struct QueueChoice {
  LinkDirection* port = nullptr;
  std::string link;
  bool forward = true;
  bool always = false;  ///< false: only if it has dropped, or if no other is kept and it was the fullest
};

/// Rows are few (one for each interval in which something changed), so they are held until the end, when it is known
/// which queues have something to tell.
class QueueRecorder final : public EventHandler {
 public:
  /// Precondition: interval > 0.
  QueueRecorder(std::vector<QueueChoice> choices, Duration interval);

  Time on_event(Time now) override;
  [[nodiscard]] std::optional<FileError> write(const std::filesystem::path& dir, Time end);
  CsvWriter& csv() { return csv_; }

 private:
  struct Watched {
    QueueChoice what;
    std::uint32_t packets = 0;
    std::int64_t bytes = 0;
    std::uint64_t drops = 0;
    std::uint32_t peak = 0;
    bool kept = false;
  };
  struct Row {
    Time time;
    std::uint32_t watched;
    std::uint32_t packets;
    std::int64_t bytes;
    std::uint64_t drops;
  };

  void sample(Time now);
  void choose();

  std::vector<Watched> watched_;
  Duration interval_;
  std::vector<Row> rows_;
  CsvWriter csv_;
};

}  // namespace wirelab
