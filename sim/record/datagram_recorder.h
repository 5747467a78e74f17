#pragma once
// Rows of datagrams.csv: what each UDP or ping flow has sent and received, and how long it took.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/units.h"
#include "record/csv_writer.h"
#include "record/row_sampling.h"

namespace wirelab {

/// Counters of one flow since its start, in datagrams and bytes of payload.
struct DatagramRow {
  std::uint64_t sent = 0, received = 0;
  std::int64_t bytes_sent = 0, bytes_received = 0;
  /// The longest since the row before: one way for UDP, there and back for ping. Empty: nothing has arrived since.
  std::optional<Duration> delay;
};

class DatagramRecorder {
 public:
  [[nodiscard]] std::optional<FileError> open(const std::filesystem::path& dir, RowSampling sampling);
  bool writes() const { return csv_.is_open(); }
  CsvWriter& csv() { return csv_; }

  /// The tag of a flow under its name in the file.
  std::uint32_t add(std::string flow);
  /// Returns when that flow's next row is due.
  Time write(std::uint32_t tag, const DatagramRow& row, Time now);

 private:
  RowSampling sampling_;
  CsvWriter csv_;
  std::vector<std::string> flows_;
};

}  // namespace wirelab
