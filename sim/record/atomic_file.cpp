#include "record/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "core/assert.h"

namespace wirelab {

std::string FileError::message() const { return path.string() + ": " + std::generic_category().message(code); }

AtomicFile::AtomicFile(AtomicFile&& other) noexcept { *this = std::move(other); }

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this == &other) return *this;
  abandon();
  path_ = std::move(other.path_);
  fd_ = std::exchange(other.fd_, -1);
  code_ = std::exchange(other.code_, 0);
  committed_ = std::exchange(other.committed_, false);
  buffer_ = std::move(other.buffer_);
  used_ = std::exchange(other.used_, 0);
  size_ = other.size_;
  hash_ = other.hash_;
  return *this;
}

std::filesystem::path AtomicFile::part() const { return path_.string() + std::string(kPartSuffix); }

std::optional<FileError> AtomicFile::open(const std::filesystem::path& path) {
  abandon();
  path_ = path;
  code_ = 0;
  committed_ = false;
  size_ = 0;
  hash_ = {};
  std::error_code made;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), made);
  if (made) return FileError{path.parent_path(), code_ = made.value()};
  // A leftover is removed rather than opened: it could be a link to somewhere else.
  ::unlink(part().c_str());
  fd_ = ::open(part().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd_ < 0) return FileError{path, code_ = errno};
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(kBuffer);
  used_ = 0;
  return std::nullopt;
}

void AtomicFile::write(std::string_view bytes) {
  if (bytes.size() > kBuffer - used_) flush();
  if (bytes.size() >= kBuffer) return put(bytes.data(), bytes.size());
  bytes.copy(buffer_.get() + used_, bytes.size());
  used_ += bytes.size();
}

void AtomicFile::flush() {
  put(buffer_.get(), used_);
  used_ = 0;
}

void AtomicFile::put(const char* from, std::size_t bytes) {
  hash_.update(std::string_view(from, bytes));
  size_ += bytes;
  while (bytes > 0 && code_ == 0) {
    const ssize_t n = ::write(fd_, from, bytes);
    if (n < 0) {
      if (errno != EINTR) code_ = errno;
      continue;
    }
    from += n;
    bytes -= static_cast<std::size_t>(n);
  }
}

std::optional<FileError> AtomicFile::error() const {
  if (code_ == 0) return std::nullopt;
  return FileError{path_, code_};
}

std::optional<FileError> AtomicFile::commit() {
  WIRELAB_ASSERT(is_open());
  flush();
  if (::close(std::exchange(fd_, -1)) != 0 && code_ == 0) code_ = errno;
  if (code_ == 0 && std::rename(part().c_str(), path_.c_str()) != 0) code_ = errno;
  if (code_ != 0) ::unlink(part().c_str());
  committed_ = code_ == 0;
  buffer_.reset();
  return error();
}

void AtomicFile::abandon() {
  if (fd_ < 0) return;
  ::close(std::exchange(fd_, -1));
  ::unlink(part().c_str());
}

std::optional<FileError> write_file(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file;
  if (auto error = file.open(path)) return error;
  file.write(content);
  return file.commit();
}

}  // namespace wirelab
