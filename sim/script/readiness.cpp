// What is ready: poll, and epoll with descriptors watched by level, by edge or once.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "script/program.h"

namespace wirelab::script {

namespace {

constexpr std::int64_t kEdge = std::int64_t{1} << 31, kOneShot = 1 << 30, kExclusive = 1 << 28;
constexpr std::int64_t kAlways = 0x18;  // errors and hang-ups are reported unasked
constexpr std::int64_t kAdd = 1, kRemove = 2;

/// The member of an epoll_event beside `events`, whichever of the union it is.
std::int64_t data_of(const Argument& event) {
  for (const char* const member : {"fd", "u32", "u64", "ptr"}) {
    if (const Argument* const data = event.find(member)) return data->number;
  }
  return 0;
}

}  // namespace

std::int64_t Program::poll_events(std::int64_t fd) const {
  using namespace poll_event;
  constexpr std::int64_t kReadable = In | ReadNormal, kWritable = Out | WriteNormal;
  const auto found = descriptors_.find(fd);
  if (found == descriptors_.end()) return Invalid;
  const Descriptor& d = found->second;
  switch (d.kind) {
    case Descriptor::Kind::File: return kReadable | kWritable;
    case Descriptor::Kind::PipeReader: return (d.pipe->bytes > 0 ? kReadable : 0) | (d.pipe->has_writer ? 0 : HangUp);
    case Descriptor::Kind::PipeWriter:
      return (d.pipe->bytes < Pipe::kRoom ? kWritable : 0) | (d.pipe->has_reader ? 0 : Error);
    case Descriptor::Kind::Epoll: throw Unsupported{0, "an epoll descriptor that is watched itself is not modelled"};
    case Descriptor::Kind::Socket: break;
  }
  if (d.listener != nullptr) return d.listener->is_acceptable() ? kReadable : 0;
  if (d.deferred) return kWritable;
  if (d.connection == nullptr) return kWritable | HangUp;
  const tcp::Readiness r = d.connection->readiness();
  const tcp::State state = d.connection->state();
  const bool is_over = state == tcp::State::Closed || state == tcp::State::TimeWait;
  const bool ends = d.connection->receiver().fin_received() || d.read_shut || is_over;
  const auto urgent = urgent_byte(d);
  std::int64_t events = 0;
  if (d.connection->has_send_notice()) events |= Error;
  if ((r & tcp::ready::Writable) == 0) d.connection->wait_for_room();
  // The urgent byte alone is not something to read, and little enough is not either (SO_RCVLOWAT).
  const std::int64_t bytes = d.connection->receiver().readable();
  const bool enough = bytes >= d.least_read + (urgent == 0 && !d.urgent_inline ? 1 : 0);
  if (ends || ((r & tcp::ready::Readable) != 0 && (bytes == 0 || enough))) events |= kReadable;
  if (urgent && !d.urgent_taken && *urgent < bytes) events |= Priority;
  if ((r & tcp::ready::Writable) != 0) events |= kWritable;
  if ((r & tcp::ready::Error) != 0) events |= Error;
  if ((r & tcp::ready::HangUp) != 0) events |= HangUp;
  if (ends) events |= ReadHangUp;
  if (ends && d.write_shut) events |= HangUp;
  return events;
}

Program::Answer Program::poll(const SystemCall& call, Progress& progress) {
  const Arguments& a = call.arguments;
  const std::int64_t timeout = number_at(a, 2);
  if (!progress.begun) {
    progress.begun = true;
    if (timeout >= 0) progress.deadline = machine_.now() + Duration::ms(std::min<std::int64_t>(timeout, kLongestWait));
  }
  CallResult r;
  for (const Argument& entry : a[0].items) {
    const Argument* const fd = entry.find("fd");
    const Argument* const wanted = entry.find("events");
    const Argument* const expected = entry.find("revents");
    if (fd == nullptr || wanted == nullptr) return failure("EINVAL");
    const std::int64_t due = expected != nullptr ? expected->number : 0;  // none is named: nothing is to be ready
    const std::int64_t got = poll_events(fd->number) & (wanted->number | 0x38);
    if (got != 0) ++r.value;
    if (got != due) { r.note += fmt::format("{}revents of {} is {:#x}", r.note.empty() ? "" : ", ", fd->number, got); }
  }
  if (r.value == 0 && machine_.now() < progress.deadline && timeout != 0) return std::nullopt;
  return r;
}

Program::Answer Program::epoll_create(const SystemCall& call, Progress&) {
  if (number_at(call.arguments, 0) <= 0) return failure("EINVAL");
  Descriptor d;
  d.kind = Descriptor::Kind::Epoll;
  return bind_descriptor(call, std::move(d));
}

Program::Answer Program::epoll_ctl(Descriptor& d, const SystemCall& call, Progress&) {
  const Arguments& a = call.arguments;
  if (d.kind != Descriptor::Kind::Epoll) return failure("EINVAL");
  const std::int64_t operation = a[1].number, fd = a[2].number;
  if (operation == kRemove) return d.watched.erase(fd) != 0 ? CallResult{} : CallResult{-1, "ENOENT", {}};
  const bool known = d.watched.contains(fd);
  if (known == (operation == kAdd)) return CallResult{-1, known ? "EEXIST" : "ENOENT", {}};
  const Argument* const events = a[3].find("events");
  constexpr std::int64_t kKnown = 0x215f | kEdge | kOneShot | kExclusive;
  if (events == nullptr || (events->number & ~kKnown) != 0) {
    throw Unsupported{0, "only EPOLLIN, EPOLLOUT, EPOLLET, EPOLLONESHOT and EPOLLEXCLUSIVE are modelled"};
  }
  d.watched[fd] = Descriptor::Watch{events->number, data_of(a[3]), 0, true};
  return CallResult{};
}

/// Grows whenever something happens that wakes an edge-triggered watcher of `events`: enough data came, or room was
/// made for a writer who had found none; and, whatever it waits for, the connection has changed its state, or an error
/// came.
std::uint64_t Program::happenings(std::int64_t fd, std::int64_t events) {
  const auto found = descriptors_.find(fd);
  if (found == descriptors_.end() || found->second.connection == nullptr) return 1;
  Descriptor& d = found->second;
  const tcp::Connection& c = *d.connection;
  const tcp::Receiver& receiver = c.receiver();
  if (receiver.received() != d.received) {
    d.received = receiver.received();
    if (receiver.readable() >= d.least_read || receiver.fin_received()) ++d.arrivals;
  }
  const tcp::State state = c.state();
  const bool is_over = state == tcp::State::Closed || state == tcp::State::TimeWait;
  std::uint64_t n = 1 + d.shutdowns + c.send_notices_made() + (receiver.fin_received() ? 1 : 0) + (is_over ? 2 : 0) +
                    (state == tcp::State::FinWait2 ? 1 : 0) + (state == tcp::State::SynSent ? 0 : 1);
  if ((events & (poll_event::In | poll_event::Priority | poll_event::ReadNormal)) != 0) n += d.arrivals;
  if ((events & (poll_event::Out | poll_event::WriteNormal)) != 0) n += c.times_room_was_made();
  return n;
}

Program::Answer Program::epoll_wait(Descriptor& d, const SystemCall& call, Progress& progress) {
  const Arguments& a = call.arguments;
  if (d.kind != Descriptor::Kind::Epoll || a[2].number <= 0) return failure("EINVAL");
  const std::int64_t most = a[2].number, timeout = a[3].number;
  if (!progress.begun) {
    progress.begun = true;
    if (timeout >= 0) progress.deadline = machine_.now() + Duration::ms(std::min<std::int64_t>(timeout, kLongestWait));
  }
  CallResult r;
  std::int64_t got = 0, data = 0;
  for (auto& [fd, watch] : d.watched) {
    const std::int64_t events = poll_events(fd) & (watch.events | kAlways) & 0x215f;
    const std::uint64_t now = happenings(fd, watch.events);
    const bool news = (watch.events & kEdge) == 0 || now != watch.told;
    if (events == 0) watch.told = now;  // what becomes ready from here on is news
    if (events == 0 || !news || !watch.armed || r.value >= most) continue;
    watch.told = now;
    if ((watch.events & kOneShot) != 0) watch.armed = false;
    if (r.value == 0) got = events, data = watch.data;
    ++r.value;
  }
  if (r.value == 0 && timeout != 0 && machine_.now() < progress.deadline) return std::nullopt;
  const Argument& first = a[1].kind == Argument::Kind::List && !a[1].items.empty() ? a[1].items[0] : a[1];
  const Argument* const expected = first.find("events");
  if (r.value > 0 && expected != nullptr && expected->number != got) r.note = fmt::format("events is {:#x}", got);
  if (r.value > 0 && r.note.empty() && expected != nullptr && data_of(first) != data) {
    r.note = fmt::format("its data is {}", data);
  }
  return r;
}

}  // namespace wirelab::script
