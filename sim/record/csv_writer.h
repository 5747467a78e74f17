#pragma once
// Rows of comma-separated values, streamed to disk. A row costs some tens of nanoseconds and no allocation.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "core/assert.h"
#include "core/units.h"
#include "record/atomic_file.h"
#include "record/decimal.h"

namespace wirelab {

/// Columns are written in order: csv.time(now); csv.text("reno"); csv.integer(1448); csv.empty(); csv.end_row();
/// Texts are ids and fixed words, so nothing is quoted. Errors stick and are reported by `commit`.
class CsvWriter {
 public:
  /// `header` without line end, such as "time_s,link,packets".
  [[nodiscard]] std::optional<FileError> open(const std::filesystem::path& path, std::string_view header) {
    if (auto error = file_.open(path)) return error;
    file_.write(header);
    file_.write("\n");
    rows_ = 0;
    begin_row();
    return std::nullopt;
  }
  bool is_open() const { return file_.is_open(); }

  void time(Time t) { seconds(t.ps()); }
  void duration(Duration d) { seconds(d.ps()); }
  void integer(std::int64_t n) {
    at_ = write_integer(at_, n);
    *at_++ = ',';
  }
  void unsigned_integer(std::uint64_t n) {
    at_ = write_unsigned(at_, n);
    *at_++ = ',';
  }
  void number(double x) {
    at_ = write_double(at_, x);
    *at_++ = ',';
  }
  /// Precondition: at most kTextRoom characters.
  void text(std::string_view s) {
    WIRELAB_DEBUG_ASSERT(s.size() <= kTextRoom);
    s.copy(at_, s.size());
    at_ += s.size();
    *at_++ = ',';
  }
  void empty() { *at_++ = ','; }
  void end_row() {
    at_[-1] = '\n';
    file_.advance(at_);
    ++rows_;
    begin_row();
  }

  std::uint64_t rows() const { return rows_; }
  bool failed() const { return file_.failed(); }
  [[nodiscard]] std::optional<FileError> commit() { return file_.commit(); }
  void abandon() { file_.abandon(); }
  const AtomicFile& file() const { return file_; }

  static constexpr std::size_t kTextRoom = 256;  ///< longest text of one column

 private:
  static constexpr std::size_t kRowRoom = 4096;  // 20 columns of numbers and a few texts leave much of it
  void begin_row() { at_ = file_.room(kRowRoom); }
  void seconds(std::int64_t ps) {
    at_ = write_seconds(at_, ps);
    *at_++ = ',';
  }

  AtomicFile file_;
  char* at_ = nullptr;
  std::uint64_t rows_ = 0;
};

}  // namespace wirelab
