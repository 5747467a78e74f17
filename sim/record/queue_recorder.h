#pragma once
// queues.csv: what waits in each port, sampled on a grid with the largest value of each interval.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event_handler.h"
#include "core/units.h"
#include "link/link_direction.h"
#include "record/csv_writer.h"
#include "record/row_store.h"
#include "trace/tap.h"

namespace wirelab {

/// A port whose rows are kept.
struct QueueChoice {
  LinkDirection* port = nullptr;
  std::string link;
  bool forward = true;
  bool always = false;  ///< false: only if it has dropped, or if no other is kept and it was the fullest
};

/// One row of queues.csv.
struct QueueRow {
  Time time;
  std::uint32_t packets = 0;
  std::int64_t bytes = 0;
  std::uint64_t drops = 0;
};
inline constexpr std::string_view kQueuesHeader = "time_s,link,direction,packets,bytes,drops";
void write_row(CsvWriter& csv, const QueueChoice& what, const QueueRow& row);

/// Rows (one for each interval in which something changed) are held until the end, when it is known which queues have
/// something to tell.
class QueueRecorder final : public EventHandler {
 public:
  /// `dir`: where queues.csv will be. Precondition: interval > 0.
  QueueRecorder(std::vector<QueueChoice> choices, Duration interval, const std::filesystem::path& dir);

  Time on_event(Time now) override;
  [[nodiscard]] std::optional<FileError> write(Time end);
  CsvWriter& csv() { return csv_; }

 private:
  struct Watched {
    QueueChoice what;
    QueueRow last;
    std::uint32_t peak = 0;
    bool kept = false;
  };
  struct Kept {
    std::uint32_t watched;
    QueueRow row;
  };

  void sample(Time now);
  void choose();

  std::vector<Watched> watched_;
  Duration interval_;
  std::filesystem::path dir_;
  RowStore<Kept> rows_;
  CsvWriter csv_;
};

/// `"queue_sampling": "every"`: a row for each packet that a port takes, streamed to disk. It stands before whatever
/// else watches the port.
class QueueTap final : public Tap {
 public:
  QueueTap(QueueChoice what, CsvWriter& csv, Tap* next) : what_(std::move(what)), csv_(csv), next_(next) {}

  void on_packet(const Packet& p, const PacketPool& pool, TapDirection direction, Time now) override;

 private:
  QueueChoice what_;
  CsvWriter& csv_;
  Tap* next_;
};

}  // namespace wirelab
