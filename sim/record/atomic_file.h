#pragma once
// A file that appears under its name only when it is complete: it is written beside and renamed.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "record/content_hash.h"

namespace wirelab {

/// What went wrong with a file. The command line turns it into exit status 3.
struct FileError {
  std::filesystem::path path;
  int code = 0;  ///< errno
  std::string message() const;
};

/// The ending of files that are still being written. Leftovers of a run that died have it too.
inline constexpr std::string_view kPartSuffix = ".wirelab-part";

/// The first error sticks: later writes do nothing, and `commit` reports it. Every write and close is checked, so that
/// a full disk is seen. Without `commit` the destructor removes what was written.
class AtomicFile {
 public:
  static constexpr std::size_t kBuffer = std::size_t{1} << 16;

  AtomicFile() = default;
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile() { abandon(); }

  /// Starts writing `path` (its folder is made if it is not there).
  [[nodiscard]] std::optional<FileError> open(const std::filesystem::path& path);
  bool is_open() const { return fd_ >= 0; }
  const std::filesystem::path& path() const { return path_; }

  /// At least `bytes` of contiguous room; the writer fills from there and says with `advance` how far it came.
  /// Precondition: bytes <= kBuffer, the file is open.
  char* room(std::size_t bytes) {
    if (kBuffer - used_ < bytes) flush();
    return buffer_.get() + used_;
  }
  void advance(const char* end) { used_ = static_cast<std::size_t>(end - buffer_.get()); }
  void write(std::string_view bytes);

  bool failed() const { return code_ != 0; }
  std::optional<FileError> error() const;
  /// Flushes, closes and renames.
  [[nodiscard]] std::optional<FileError> commit();
  bool committed() const { return committed_; }  ///< the file is there under its name
  void abandon();

  /// Of what was written so far; meaningful after `commit`.
  std::uint64_t content_hash() const { return hash_.value(); }
  std::uint64_t size() const { return size_; }

 private:
  std::filesystem::path part() const;
  void flush();
  void put(const char* from, std::size_t bytes);

  std::filesystem::path path_;
  int fd_ = -1;
  int code_ = 0;
  bool committed_ = false;
  std::unique_ptr<char[]> buffer_;
  std::size_t used_ = 0;
  std::uint64_t size_ = 0;
  ContentHash hash_;
};

/// Writes a whole small file at once, atomically.
[[nodiscard]] std::optional<FileError> write_file(const std::filesystem::path& path, std::string_view content);

}  // namespace wirelab
