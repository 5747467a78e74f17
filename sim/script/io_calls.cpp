// Writing and reading: write, send, sendto, sendmsg, writev and their counterparts, on sockets.

#include <fmt/format.h>

#include <algorithm>

#include "script/program.h"

namespace wirelab::script {

namespace {

constexpr std::int64_t kInqMessage = 36;

/// The memory that a call names, and its flags.
struct Memory {
  std::int64_t bytes = 0, flags = 0;
  bool is_bad = false;  ///< nothing can be copied from or to it
};

Memory memory_of(const SystemCall& call) {
  const auto& a = call.arguments;
  if (call.name.ends_with("msg")) {
    const Argument* const vector = a[1].find("msg_iov");
    return {vector == nullptr ? 0 : vector_bytes(*vector), a[2].number, false};
  }
  if (call.name.ends_with('v') && call.name != "recv") return {vector_bytes(a[1]), 0, false};
  return {number_at(a, 2), number_at(a, 3), is_bad_pointer(a[1])};
}

}  // namespace

Program::Answer Program::write_by_call(Descriptor& d, const SystemCall& call, Progress& progress) {
  const Arguments& a = call.arguments;
  if ((call.name.ends_with("msg") || call.name == "writev") && is_bad_pointer(a[1])) return failure("EFAULT");
  const Memory memory = memory_of(call);
  if (memory.bytes < 0) return failure("EINVAL");
  if (d.kind != Descriptor::Kind::Socket) return write_pipe(d, memory.bytes, progress);
  const bool is_fast = (memory.flags & msg::FastOpen) != 0 || d.deferred;
  if (progress.connecting || (!progress.begun && is_fast)) {
    constexpr std::int64_t kUnspecified = 0;  // AF_UNSPEC in place of an address
    const bool nowhere = call.name == "sendto" && a[4].kind == Argument::Kind::Number && a[4].number == kUnspecified;
    if (nowhere) return failure("EOPNOTSUPP");
    const bool waits = !d.nonblocking && (memory.flags & msg::DontWait) == 0;
    const bool was_open = d.connection != nullptr;
    const Answer answer = write_fast(d, {memory.bytes, waits, memory.is_bad}, progress);
    if (answer && answer->value > 0) lend(d, memory.flags);
    if (answer || progress.connecting || !was_open) return answer;
  }
  Answer answer = call.name == "sendmsg" ? write_message(d, a, progress)
                  : memory.is_bad        ? write_nothing(d, memory.bytes, progress)
                                         : write(d, memory.bytes, memory.flags, progress);
  if (answer && answer->value > 0) lend(d, memory.flags);
  return answer;
}

/// Memory that is lent, and not copied, is told of when it is free again: one notice for the whole call.
void Program::lend(Descriptor& d, std::int64_t flags) {
  if (d.lends_memory && (flags & msg::ZeroCopy) != 0) d.connection->lend_memory(machine_.now());
}

/// From memory that cannot be read: what is wrong with the connection is found first.
Program::Answer Program::write_nothing(Descriptor& d, std::int64_t bytes, Progress& progress) {
  Answer answer = write(d, 0, 0, progress);
  if (!answer || !answer->error.empty() || bytes == 0) return answer;
  return progress.done > 0 ? success(progress.done) : failure("EFAULT");
}

Program::Answer Program::write(Descriptor& d, std::int64_t bytes, std::int64_t flags, Progress& progress) {
  if (d.connection == nullptr) return failure("EPIPE");
  const bool waits = !d.nonblocking && (flags & msg::DontWait) == 0;
  // A writer that waits is woken when a good part of the buffer is free, not by each ACK.
  if (progress.begun && (d.connection->readiness() & tcp::ready::Writable) == 0) return std::nullopt;
  progress.begun = true;
  const std::int64_t left = std::max<std::int64_t>(bytes - progress.done, 0);
  const tcp::IoResult r = d.connection->send(left, machine_.now(),
                                             {.urgent = (flags & msg::OutOfBand) != 0,
                                              .more = (flags & msg::More) != 0,
                                              .end_of_record = (flags & msg::EndOfRecord) != 0});
  progress.done += r.bytes;
  if (progress.done >= bytes && r.error == tcp::Error::None) return success(progress.done);
  if (r.error == tcp::Error::None || r.error == tcp::Error::Again) {
    if (waits && d.connection->state() == tcp::State::SynSent) d.connection->expect_data();
    if (waits) return std::nullopt;
    return progress.done > 0 ? success(progress.done) : failure("EAGAIN");
  }
  return progress.done > 0 ? success(progress.done) : failure(r.error);
}

/// Memory that is lent is referred to part by part, and a piece of the send queue has so many places.
Program::Answer Program::write_message(Descriptor& d, const Arguments& a, Progress& progress) {
  const std::int64_t flags = number_at(a, 2);
  const Argument* const vector = a[1].find("msg_iov");
  constexpr std::size_t kPlaces = 17;
  if (vector == nullptr || !d.lends_memory || (flags & msg::ZeroCopy) == 0 || vector->items.size() <= kPlaces) {
    return write(d, vector == nullptr ? 0 : vector_bytes(*vector), flags, progress);
  }
  std::int64_t done = 0;
  for (std::size_t i = 0; i < vector->items.size(); i += kPlaces) {
    const bool last = i + kPlaces >= vector->items.size();
    Argument part;
    const auto from = vector->items.begin() + static_cast<std::ptrdiff_t>(i);
    part.items.assign(from, last ? vector->items.end() : from + kPlaces);
    Progress of_part;
    const Answer answer = write(d, vector_bytes(part), last ? flags : flags | msg::EndOfRecord, of_part);
    if (!answer || !answer->error.empty()) return done > 0 ? success(done) : answer;
    done += answer->value;
  }
  return success(done);
}

// ---- Reading

/// Where the urgent byte lies, counted from what is read next (RFC 9293 section 3.8.5; it stands before the pointer, as
/// Linux reads it). Nothing: there is none ahead.
std::optional<std::int64_t> Program::urgent_byte(const Descriptor& d) const {
  const tcp::Receiver& receiver = d.connection->receiver();
  const Seq next = receiver.irs() + 1 + static_cast<std::uint32_t>(receiver.read_total());
  const std::int64_t at = (d.connection->rcv_up() - next) - 1;
  if (at < 0) return std::nullopt;
  return at;
}

/// Bytes that one read can give: those before the urgent byte, or behind it if that comes first.
std::int64_t Program::readable(const Descriptor& d) const {
  const std::int64_t all = d.connection->receiver().readable();
  const auto urgent = urgent_byte(d);
  if (!urgent || *urgent >= all) return all;
  if (*urgent == 0) return d.urgent_inline ? all : all - 1;
  return *urgent;
}

tcp::IoResult Program::take(Descriptor& d, std::int64_t bytes) {
  if (!d.urgent_inline && urgent_byte(d) == 0 && d.connection->receiver().readable() > 0 && bytes > 0) {
    d.connection->recv(1, machine_.now());  // it is read with MSG_OOB or not at all
    d.urgent_taken = false;
  }
  const std::int64_t most = readable(d);
  return d.connection->recv(most > 0 ? std::min(bytes, most) : bytes, machine_.now());
}

Program::Answer Program::read_urgent(Descriptor& d, std::int64_t bytes, std::int64_t flags) {
  if (d.connection == nullptr) return failure("ENOTCONN");
  const auto urgent = urgent_byte(d);
  if (!urgent || d.urgent_inline || d.urgent_taken) return failure("EINVAL");
  const tcp::Receiver& receiver = d.connection->receiver();
  if (*urgent >= receiver.readable()) return receiver.fin_received() ? success() : failure("EAGAIN");
  if ((flags & msg::Peek) == 0) d.urgent_taken = true;
  return success(std::min<std::int64_t>(bytes, 1));
}

Program::Answer Program::read(Descriptor& d, std::int64_t bytes, std::int64_t flags, Progress& progress) {
  const bool waits = !d.nonblocking && (flags & msg::DontWait) == 0;
  if (d.deferred) return waits ? std::nullopt : Answer(failure("EAGAIN"));
  if (d.connection == nullptr) return failure("ENOTCONN");
  // What is only looked at stays; MSG_TRUNC throws away what a read takes, which nobody can tell here.
  if ((flags & msg::Peek) != 0 && readable(d) > 0) return success(std::min(bytes, readable(d)));
  // A read that waits is served once there is as much as it asks for at least.
  const std::int64_t least = (flags & msg::WaitAll) != 0 ? bytes : std::min(bytes, d.least_read);
  const tcp::IoResult r = take(d, bytes - progress.done);
  progress.done += r.bytes;
  const bool is_more_to_come = r.bytes > 0 || r.error == tcp::Error::Again;
  if (progress.done > 0 && (progress.done >= least || !waits || !is_more_to_come || d.read_shut)) {
    return success(progress.done);
  }
  if (!is_more_to_come) return r.error != tcp::Error::None ? failure(r.error) : success();
  if (d.read_shut) return success();
  return waits ? std::nullopt : Answer(failure("EAGAIN"));
}

Program::Answer Program::read_by_call(Descriptor& d, const SystemCall& call, Progress& progress) {
  const Arguments& a = call.arguments;
  if ((call.name.ends_with("msg") || call.name == "readv") && is_bad_pointer(a[1])) return failure("EFAULT");
  const Memory memory = memory_of(call);
  if (memory.bytes < 0) return failure("EINVAL");
  if (d.kind != Descriptor::Kind::Socket) return read_pipe_or_file(d, memory.bytes);
  if ((memory.flags & msg::ErrorQueue) != 0) return read_error_queue(d, a);
  if (memory.bytes == 0 && (call.name == "read" || call.name == "readv")) return success();
  if ((memory.flags & msg::OutOfBand) != 0) return read_urgent(d, memory.bytes, memory.flags);
  if (memory.is_bad && d.connection != nullptr && readable(d) > 0 && memory.bytes > 0) return failure("EFAULT");
  Answer answer = read(d, memory.bytes, memory.flags, progress);
  if (call.name == "recvmsg" && answer && answer->error.empty()) check_message(d, a[1], *answer);
  return answer;
}

/// With TCP_INQ on, a message says how much is left in sequence numbers: the peer's FIN counts, so that the reader goes
/// on.
void Program::check_message(const Descriptor& d, const Argument& message, CallResult& answer) const {
  const Argument* const flags = message.find("msg_flags");
  if (flags != nullptr && flags->kind == Argument::Kind::Number && flags->number != 0) answer.note = "msg_flags is 0";
  const Argument* const control = message.find("msg_control");
  if (control == nullptr) return;
  const tcp::Receiver& receiver = d.connection->receiver();
  const std::int64_t left = receiver.readable() + (receiver.fin_received() ? 1 : 0);
  const std::size_t expected = control->items.size();
  if (expected != (d.tells_readable ? 1u : 0u)) {
    answer.note = d.tells_readable ? "a message says what is left" : "no message says what is left";
  } else if (expected == 1) {
    const Argument* const type = control->items[0].find("cmsg_type");
    const Argument* const data = control->items[0].find("cmsg_data");
    if (type != nullptr && type->number != kInqMessage) answer.note = "the message is TCP_CM_INQ";
    if (data != nullptr && data->number != left) answer.note = fmt::format("TCP_CM_INQ says {}", left);
  }
}

}  // namespace wirelab::script
