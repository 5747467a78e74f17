#include "record/row_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace wirelab {

namespace {

/// Calls `io(rest)`, which returns how many bytes it has done, until all are. Returns errno, or 0.
template <class Bytes, class Io>
int do_all(std::span<Bytes> bytes, Io io) {
  while (!bytes.empty()) {
    const ssize_t n = io(bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? errno : EIO;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return 0;
}

}  // namespace

SpillFile::~SpillFile() {
  if (fd_ >= 0) ::close(fd_);
}

bool SpillFile::is_ready() {
  if (code_ != 0 || fd_ >= 0) return code_ == 0;
  const std::filesystem::path path = folder_ / ("rows" + std::string(kPartSuffix));
  ::unlink(path.c_str());
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd_ < 0) code_ = errno;
  if (fd_ >= 0) ::unlink(path.c_str());
  return code_ == 0;
}

void SpillFile::write(std::span<const std::byte> bytes) {
  if (!is_ready()) return;
  code_ = do_all(bytes, [&](std::span<const std::byte> rest) { return ::write(fd_, rest.data(), rest.size()); });
}

void SpillFile::rewind() {
  if (is_ready() && ::lseek(fd_, 0, SEEK_SET) < 0) code_ = errno;
}

void SpillFile::read(std::span<std::byte> bytes) {
  if (!is_ready()) return;
  code_ = do_all(bytes, [&](std::span<std::byte> rest) { return ::read(fd_, rest.data(), rest.size()); });
}

std::optional<FileError> SpillFile::error() const {
  if (code_ == 0) return std::nullopt;
  return FileError{folder_, code_};
}

}  // namespace wirelab
