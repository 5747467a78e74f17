#pragma once
// Rows that are held until it is known which of them count: a few in memory, the others in a file without a name, so
// that a long run needs no more memory than a short one and a run that dies leaves nothing behind.

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "record/atomic_file.h"

namespace wirelab {

/// Bytes put aside and read again from the start. The first error sticks: later calls do nothing and report it.
class SpillFile {
 public:
  explicit SpillFile(std::filesystem::path folder) : folder_(std::move(folder)) {}
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;
  ~SpillFile();

  void write(std::span<const std::byte> bytes);
  void rewind();
  /// Fills `bytes` with what comes next. Precondition: so much was written.
  void read(std::span<std::byte> bytes);
  std::optional<FileError> error() const;

 private:
  bool is_ready();

  std::filesystem::path folder_;
  int fd_ = -1;
  int code_ = 0;
};

/// Rows in the order of adding.
template <class Row>
class RowStore {
  static_assert(std::is_trivially_copyable_v<Row>);

 public:
  static constexpr std::size_t kInMemory = 4096;  ///< rows

  /// `folder`: for the file, which is made when it is needed.
  explicit RowStore(std::filesystem::path folder) : spill_(std::move(folder)) {}

  void add(const Row& row) {
    if (rows_.size() == kInMemory) {
      spill_.write(std::as_bytes(std::span(rows_)));
      spilled_ += kInMemory;
      rows_.clear();
    }
    rows_.push_back(row);
  }
  /// Calls `f(row)` for each row, once; the store is empty afterwards.
  template <class F>
  [[nodiscard]] std::optional<FileError> take_all(F f) {
    std::array<Row, 64> some;
    static_assert(kInMemory % some.size() == 0);
    if (spilled_ > 0) spill_.rewind();
    for (; spilled_ > 0; spilled_ -= some.size()) {
      spill_.read(std::as_writable_bytes(std::span(some)));
      if (auto error = spill_.error()) return error;
      for (const Row& row : some) f(row);
    }
    for (const Row& row : rows_) f(row);
    rows_.clear();
    return spill_.error();
  }

 private:
  std::vector<Row> rows_;
  std::size_t spilled_ = 0;  // in the file
  SpillFile spill_;
};

}  // namespace wirelab
