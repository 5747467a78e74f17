// Files of zeros and pipes, and what moves bytes between them and sockets: open, pipe, sendfile, splice.

#include <algorithm>

#include "script/program.h"

namespace wirelab::script {

namespace {

constexpr std::int64_t kWithoutWaiting = 2, kSpliceMore = 4;  // SPLICE_F_NONBLOCK, SPLICE_F_MORE

}  // namespace

Program::Answer Program::open_file(const SystemCall& call, Progress&) {
  const std::string& name = call.arguments[0].text;
  const std::int64_t flags = number_at(call.arguments, 1);
  const auto file = settings_.files.find(name);
  if (file == settings_.files.end()) {
    throw Unsupported{0, "the file " + name + " is not there; dd, truncate or touch in a shell text make one"};
  }
  if (!file->second && (flags & file_flag::Create) == 0) return failure("ENOENT");
  Descriptor d;
  d.kind = Descriptor::Kind::File;
  d.file_bytes = file->second.value_or(0);
  d.access = flags & file_flag::AccessMode;
  return bind_descriptor(call, std::move(d));
}

Program::Answer Program::make_pipe(const SystemCall& call, Progress&) {
  const Argument& ends = call.arguments[0];
  if (is_bad_pointer(ends)) return failure("EFAULT");
  if (ends.items.size() != 2) throw Unsupported{0, "pipe has two descriptors: pipe([5, 6])"};
  Descriptor reader, writer;
  reader.kind = Descriptor::Kind::PipeReader;
  writer.kind = Descriptor::Kind::PipeWriter;
  writer.access = file_flag::WriteOnly;
  reader.access = 0;
  reader.pipe = writer.pipe = std::make_shared<Pipe>();
  descriptors_.insert_or_assign(ends.items[0].number, std::move(reader));
  descriptors_.insert_or_assign(ends.items[1].number, std::move(writer));
  return success();
}

/// Puts up to `most` bytes into a pipe. Nothing: the caller is to wait.
Program::Answer Program::fill_pipe(Descriptor& d, std::int64_t most, bool waits) {
  if (!d.pipe->has_reader) return failure("EPIPE");
  const std::int64_t room = Pipe::kRoom - d.pipe->bytes;
  if (room == 0 && most > 0) return waits ? std::nullopt : Answer(failure("EAGAIN"));
  const std::int64_t n = std::min(most, room);
  d.pipe->bytes += n;
  return success(n);
}

Program::Answer Program::write_pipe(Descriptor& d, std::int64_t bytes, Progress& progress) {
  if (d.kind == Descriptor::Kind::Epoll) return failure("EINVAL");
  if (d.kind == Descriptor::Kind::File) throw Unsupported{0, "a write to a file is not modelled"};
  if (d.kind == Descriptor::Kind::PipeReader) return failure("EBADF");
  while (true) {
    const Answer answer = fill_pipe(d, bytes - progress.done, !d.nonblocking);
    if (!answer) return std::nullopt;
    if (!answer->error.empty()) return progress.done > 0 ? success(progress.done) : answer;
    progress.done += answer->value;
    if (progress.done >= bytes) return success(progress.done);
  }
}

Program::Answer Program::read_pipe_or_file(Descriptor& d, std::int64_t bytes) {
  if (d.kind == Descriptor::Kind::Epoll) return failure("EINVAL");
  if (d.kind == Descriptor::Kind::PipeWriter || d.access == file_flag::WriteOnly) return failure("EBADF");
  if (d.kind == Descriptor::Kind::File) {
    const std::int64_t n = std::clamp<std::int64_t>(d.file_bytes - d.file_at, 0, bytes);
    d.file_at += n;
    return success(n);
  }
  const std::int64_t n = std::min(bytes, d.pipe->bytes);
  if (n == 0 && bytes > 0 && d.pipe->has_writer) return d.nonblocking ? Answer(failure("EAGAIN")) : std::nullopt;
  d.pipe->bytes -= n;
  return success(n);
}

/// Sixteen pages at a time, each but the last with more to follow (MSG_MORE).
Program::Answer Program::send_pages(Descriptor& d, std::int64_t bytes, bool more, bool waits, Progress& progress) {
  if (d.connection == nullptr) return failure("EPIPE");
  if (progress.begun && (d.connection->readiness() & tcp::ready::Writable) == 0) return std::nullopt;
  progress.begun = true;
  while (progress.done < bytes) {
    const std::int64_t end = std::min((progress.done / Pipe::kRoom + 1) * Pipe::kRoom, bytes);
    const tcp::IoResult r = d.connection->send(end - progress.done, machine_.now(), {.more = more || end < bytes});
    progress.done += r.bytes;
    if (progress.done == end) continue;
    if (r.error != tcp::Error::None && r.error != tcp::Error::Again) {
      return progress.done > 0 ? success(progress.done) : failure(r.error);
    }
    if (waits) return std::nullopt;
    return progress.done > 0 ? success(progress.done) : failure("EAGAIN");
  }
  return success(progress.done);
}

Program::Answer Program::send_file(Descriptor& d, const SystemCall& call, Progress& progress) {
  const Arguments& a = call.arguments;
  const auto in = descriptors_.find(number_at(a, 1));
  if (in == descriptors_.end()) return failure("EBADF");
  Descriptor& file = in->second;
  if (file.kind != Descriptor::Kind::File) return failure(a[2].kind == Argument::Kind::List ? "ESPIPE" : "EINVAL");
  if (file.access == file_flag::WriteOnly) return failure("EBADF");
  if (d.kind != Descriptor::Kind::Socket) throw Unsupported{0, "sendfile into anything but a socket is not modelled"};
  const bool has_offset = a[2].kind == Argument::Kind::List;
  const std::int64_t offset = has_offset ? value_of(a[2]) : file.file_at;
  const std::int64_t count = number_at(a, 3);
  if (offset < 0 || count < 0) return failure("EINVAL");
  const std::int64_t bytes = std::clamp<std::int64_t>(file.file_bytes - offset, 0, count);
  if (bytes == 0) return success();
  const Answer answer = send_pages(d, bytes, false, !d.nonblocking, progress);
  if (answer && answer->error.empty() && !has_offset) file.file_at += answer->value;
  return answer;
}

Program::Answer Program::splice(Descriptor& d, const SystemCall& call, Progress& progress) {
  using DKind = Descriptor::Kind;
  const Arguments& a = call.arguments;
  const auto found = descriptors_.find(number_at(a, 2));
  if (found == descriptors_.end()) return failure("EBADF");
  Descriptor& out = found->second;
  const std::int64_t most = number_at(a, 4), flags = number_at(a, 5);
  const bool from_pipe = d.kind == DKind::PipeReader, to_pipe = out.kind == DKind::PipeWriter;
  if (most == 0) return success();
  if ((flags & ~std::int64_t{15}) != 0 || (!from_pipe && !to_pipe)) return failure("EINVAL");
  const bool has_offset = a[1].kind == Argument::Kind::List || a[3].kind == Argument::Kind::List;
  if (has_offset) throw Unsupported{0, "splice at an offset is not modelled; write NULL"};
  const bool waits = (flags & kWithoutWaiting) == 0;
  if (!from_pipe) {
    if (d.kind == DKind::Socket) return splice_from_socket(d, out, most, flags);
    if (d.kind != DKind::File) return failure("EBADF");
    const std::int64_t left = std::min(most, std::max<std::int64_t>(d.file_bytes - d.file_at, 0));
    Answer answer = fill_pipe(out, left, waits && !out.nonblocking);
    if (answer && answer->error.empty()) d.file_at += answer->value;
    return answer;
  }
  return splice_from_pipe(d, out, most, flags, progress);
}

Program::Answer Program::splice_from_pipe(Descriptor& d, Descriptor& out, std::int64_t most, std::int64_t flags,
                                          Progress& progress) {
  const bool waits = (flags & kWithoutWaiting) == 0;
  if (!progress.begun && d.pipe->bytes == 0) {
    if (!d.pipe->has_writer) return success();
    return waits && !d.nonblocking ? std::nullopt : Answer(failure("EAGAIN"));
  }
  // What a call that waits has handed over so far stays counted in the pipe until it returns.
  const std::int64_t bytes = std::min(most, d.pipe->bytes);
  Answer answer = failure("EINVAL");
  if (out.kind == Descriptor::Kind::PipeWriter) answer = fill_pipe(out, bytes, waits && !out.nonblocking);
  if (out.kind == Descriptor::Kind::Socket) {
    answer = send_pages(out, bytes, (flags & kSpliceMore) != 0, !out.nonblocking, progress);
  }
  if (answer && answer->error.empty()) d.pipe->bytes -= answer->value;
  return answer;
}

/// What can be read, up to the urgent byte: there it ends, and answers 0. Whether it waits for data is the socket's
/// matter, and the flag's only whether it waits for room.
Program::Answer Program::splice_from_socket(Descriptor& d, Descriptor& out, std::int64_t most, std::int64_t flags) {
  if (d.connection == nullptr) return failure("ENOTCONN");
  if (urgent_byte(d) == 0 && d.connection->receiver().readable() > 0) return success();
  const std::int64_t ready = std::min(most, readable(d));
  if (ready == 0) {
    const tcp::IoResult r = d.connection->recv(1, machine_.now());
    if (r.error == tcp::Error::Again && !d.read_shut) {
      return d.nonblocking ? Answer(failure("EAGAIN")) : std::nullopt;
    }
    return r.error == tcp::Error::None || r.error == tcp::Error::Again ? success() : failure(r.error);
  }
  Answer answer = fill_pipe(out, ready, (flags & kWithoutWaiting) == 0 && !out.nonblocking);
  if (answer && answer->value > 0) d.connection->recv(answer->value, machine_.now());
  return answer;
}

}  // namespace wirelab::script
