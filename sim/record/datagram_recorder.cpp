#include "record/datagram_recorder.h"

namespace wirelab {

std::optional<FileError> DatagramRecorder::open(const std::filesystem::path& dir, RowSampling sampling) {
  sampling_ = sampling;
  return csv_.open(dir / "datagrams.csv", "time_s,app,sent,received,bytes_sent,bytes_received,delay_s");
}

std::uint32_t DatagramRecorder::add(std::string flow) {
  flows_.push_back(std::move(flow));
  return static_cast<std::uint32_t>(flows_.size() - 1);
}

Time DatagramRecorder::write(std::uint32_t tag, const DatagramRow& row, Time now) {
  csv_.time(now);
  csv_.text(flows_[tag]);
  csv_.unsigned_integer(row.sent);
  csv_.unsigned_integer(row.received);
  csv_.integer(row.bytes_sent);
  csv_.integer(row.bytes_received);
  if (row.delay) {
    csv_.duration(*row.delay);
  } else {
    csv_.empty();
  }
  csv_.end_row();
  return sampling_.next_after(now);
}

}  // namespace wirelab
