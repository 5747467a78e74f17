#include "script/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace wirelab::script {

namespace {

using Arguments = std::vector<Argument>;

constexpr std::int64_t kNonblock = 0x800, kReadWrite = 2;
constexpr std::int64_t kDontWait = 0x40, kNoSignal = 0x4000, kOutOfBand = 1, kMore = 0x8000, kFastOpen = 0x20000000,
                       kEndOfRecord = 0x80, kErrorQueue = 0x2000, kZeroCopy = 0x4000000, kPeek = 2, kTruncate = 0x20;
constexpr std::int64_t kInqMessage = 36;

CallResult failure(std::string_view error) { return {-1, std::string(error), {}}; }
CallResult failure(tcp::Error error) { return failure(tcp::name_of(error)); }

std::int64_t number_at(const Arguments& a, std::size_t i) { return i < a.size() ? a[i].number : 0; }

/// The lengths in `[{..., 900}, {..., 100}]` together.
std::int64_t vector_bytes(const Argument& vector) {
  std::int64_t bytes = 0;
  for (const Argument& part : vector.items) bytes += part.items.size() > 1 ? part.items[1].number : 0;
  return bytes;
}

/// The lengths in `msg_iov(1)=[{..., 900}]` together.
std::int64_t message_bytes(const Argument& message) {
  const Argument* const vector = message.find("msg_iov");
  return vector == nullptr ? 0 : vector_bytes(*vector);
}

struct Shape {
  std::string_view name;
  std::size_t least, most;  ///< arguments
  int flags_at;             ///< which one holds MSG_ flags; -1: none
};
constexpr Shape kCalls[] = {
    {"socket", 3, 3, -1},       {"bind", 3, 3, -1},       {"listen", 2, 2, -1},     {"accept", 3, 3, -1},
    {"connect", 3, 3, -1},      {"write", 3, 3, -1},      {"send", 4, 4, 3},        {"sendto", 6, 6, 3},
    {"sendmsg", 3, 3, 2},       {"read", 3, 3, -1},       {"recv", 4, 4, 3},        {"recvfrom", 6, 6, 3},
    {"recvmsg", 3, 3, 2},       {"shutdown", 2, 2, -1},   {"close", 1, 1, -1},      {"fcntl", 2, 3, -1},
    {"setsockopt", 5, 5, -1},   {"getsockopt", 5, 5, -1}, {"ioctl", 3, 3, -1},      {"poll", 3, 3, -1},
    {"epoll_create", 1, 1, -1}, {"epoll_ctl", 4, 4, -1},  {"epoll_wait", 4, 4, -1}, {"accept4", 4, 4, -1},
    {"readv", 3, 3, -1},        {"writev", 3, 3, -1},
};

}  // namespace

void Program::check_is_modelled(const SystemCall& call) {
  const auto* const shape =
      std::find_if(std::begin(kCalls), std::end(kCalls), [&](const Shape& s) { return s.name == call.name; });
  if (shape == std::end(kCalls)) throw Unsupported{0, fmt::format("the call {} is not modelled", call.name)};
  if (call.arguments.size() < shape->least || call.arguments.size() > shape->most) {
    throw Unsupported{0, fmt::format("{} has {} arguments", call.name, shape->least)};
  }
  if (shape->flags_at < 0) return;
  const bool sends = call.name.starts_with("send");
  const std::int64_t known =
      kDontWait | kNoSignal |
      (sends ? kOutOfBand | kMore | kEndOfRecord | kZeroCopy | kFastOpen : kErrorQueue | kPeek | kTruncate);
  if ((number_at(call.arguments, static_cast<std::size_t>(shape->flags_at)) & ~known) != 0) {
    throw Unsupported{0, fmt::format("flags of {} beyond MSG_DONTWAIT, MSG_NOSIGNAL, {} are not modelled", call.name,
                                     sends ? "MSG_OOB, MSG_MORE, MSG_EOR, MSG_ZEROCOPY and MSG_FASTOPEN"
                                           : "MSG_PEEK, MSG_TRUNC and MSG_ERRQUEUE")};
  }
  if (!call.name.ends_with("msg")) return;
  const Argument* const control = call.arguments[1].find("msg_control");
  if (control == nullptr) return;
  for (const Argument& message : control->items) {
    const Argument* const type = message.find("cmsg_type");
    constexpr std::int64_t kOfErrors[] = {11, 25, 37};  // IP_RECVERR, IPV6_RECVERR, SCM_TIMESTAMPING
    const bool of_errors = (number_at(call.arguments, 2) & kErrorQueue) != 0;
    const bool understood = type != nullptr && (of_errors ? std::find(std::begin(kOfErrors), std::end(kOfErrors),
                                                                      type->number) != std::end(kOfErrors)
                                                          : type->number == kInqMessage);
    if (sends || !understood)
      throw Unsupported{0, "control messages other than TCP_CM_INQ and those of errors are not modelled"};
  }
}

const tcp::Connection* Program::connection_under_test() const {
  for (const auto& [fd, d] : descriptors_) {
    if (d.connection != nullptr && d.connection->id() == flow_.id()) return d.connection;
  }
  return nullptr;
}

std::optional<CallResult> Program::attempt(const SystemCall& call, Progress& progress) {
  const Arguments& a = call.arguments;
  if (call.name == "socket") return socket(call);
  if (call.name == "poll") return poll(a, progress);
  if (call.name == "epoll_create") return epoll_create(call);
  const auto found = descriptors_.find(number_at(a, 0));
  if (found == descriptors_.end()) return failure("EBADF");
  Descriptor& d = found->second;
  if (call.name == "bind") {
    d.port = kServicePort;
    return CallResult{};
  }
  if (call.name == "listen") return listen(d, a);
  if (call.name.starts_with("accept")) return accept(d, call);
  if (call.name == "connect") return connect(d, progress);
  if (call.name == "write" || call.name.starts_with("send")) return write_by_call(d, call, progress);
  if (call.name == "writev") return write(d, vector_bytes(a[1]), 0, progress);
  if (call.name == "readv") return read(d, vector_bytes(a[1]), 0);
  if (call.name == "read") return read(d, number_at(a, 2), 0);
  if (call.name == "recv" || call.name == "recvfrom") return read(d, number_at(a, 2), number_at(a, 3));
  if (call.name == "recvmsg") return read_message(d, a);
  if (call.name == "shutdown") return shutdown(d, number_at(a, 1));
  if (call.name == "close") return close(d, number_at(a, 0));
  if (call.name == "fcntl") return fcntl(d, a);
  if (call.name == "epoll_ctl") return epoll_ctl(d, a);
  if (call.name == "epoll_wait") return epoll_wait(d, a, progress);
  if (call.name == "setsockopt") return set_option(d, a);
  if (call.name == "getsockopt") return get_option(d, a);
  return ioctl(d, a);
}

Program::Answer Program::socket(const SystemCall& call) {
  Descriptor d;
  d.config = settings_.config;
  d.nonblocking = (number_at(call.arguments, 1) & kNonblock) != 0;
  const std::int64_t fd = call.result.value_or(-1);
  if (fd >= 0) descriptors_.insert_or_assign(fd, std::move(d));
  flow_ = Flow(Flow::Kind::New);
  return CallResult{fd < 0 ? 0 : fd, {}, {}};
}

Program::Answer Program::listen(Descriptor& d, const Arguments& a) {
  if (d.connection != nullptr) return failure("EINVAL");
  if (d.listener != nullptr) return CallResult{};
  d.config.backlog = static_cast<std::uint32_t>(std::clamp<std::int64_t>(number_at(a, 1), 0, 4096));
  d.config.ecn = settings_.ecn_granted;
  constexpr std::uint32_t kForAll = tcp::fast_open_bit::Server | tcp::fast_open_bit::AllListeners;
  if ((settings_.config.fastopen & kForAll) == kForAll && d.fast_open_queue == 0) {
    d.fast_open_queue = d.config.backlog;
  }
  apply_fast_open(d);
  const auto config = std::make_shared<const tcp::TcpConfig>(d.config);
  const tcp::Listening l = machine_.tcp().listen({{}, kServicePort}, config, nullptr, nullptr, 0, machine_.now());
  if (l.error != tcp::Error::None) return failure(l.error);
  d.listener = l.listener;
  flow_.set_kind(Flow::Kind::Listening);
  return CallResult{};
}

Program::Answer Program::accept(Descriptor& d, const SystemCall& call) {
  if (d.listener == nullptr) return failure("EINVAL");
  tcp::Connection* const c = d.listener->accept();
  if (c == nullptr) {
    if (d.nonblocking) return failure("EAGAIN");
    return std::nullopt;
  }
  Descriptor child;
  child.nonblocking = call.name == "accept4" && (number_at(call.arguments, 3) & kNonblock) != 0;
  child.config = c->config();
  child.connection = c;
  child.lends_memory = d.lends_memory;
  child.lowat = d.lowat;
  const std::int64_t fd = call.result.value_or(-1);
  if (fd >= 0) descriptors_.insert_or_assign(fd, std::move(child));
  return CallResult{fd < 0 ? 0 : fd, {}, {}};
}

/// As Linux answers: EINPROGRESS, then EALREADY until it is decided, then the outcome once, then EISCONN.
Program::Answer Program::connect(Descriptor& d, Progress& progress) {
  if (d.listener != nullptr) return failure("EISCONN");
  if (d.deferred) return failure("EISCONN");
  if (d.connection == nullptr) {
    if (d.fast_open_connect && may_defer(d)) {
      d.deferred = true;
      return CallResult{};
    }
    std::optional<tcp::FastOpenRequest> request;
    if (d.fast_open_connect) request.emplace();
    if (Answer failed = open(d, request, progress)) return failed;
    if (d.nonblocking) return failure("EINPROGRESS");
    progress.begun = true;
    return std::nullopt;
  }
  const tcp::State state = d.connection->state();
  if (state == tcp::State::SynSent || state == tcp::State::SynReceived) {
    if (progress.begun || !d.nonblocking) return std::nullopt;
    return failure("EALREADY");
  }
  if (const tcp::Error e = d.connection->take_error(); e != tcp::Error::None) return failure(e);
  if (d.connect_told) return failure("EISCONN");
  d.connect_told = true;
  return CallResult{};
}

Program::Answer Program::write_by_call(Descriptor& d, const SystemCall& call, Progress& progress) {
  const Arguments& a = call.arguments;
  const bool is_message = call.name == "sendmsg";
  const std::int64_t bytes = is_message ? message_bytes(a[1]) : number_at(a, 2);
  const std::int64_t flags = call.name == "write" ? 0 : number_at(a, is_message ? 2 : 3);
  if (progress.connecting || (!progress.begun && ((flags & kFastOpen) != 0 || d.deferred))) {
    constexpr std::int64_t kUnspecified = 0;  // AF_UNSPEC in place of an address
    const bool nowhere = call.name == "sendto" && a[4].kind == Argument::Kind::Number && a[4].number == kUnspecified;
    if (nowhere) return failure("EOPNOTSUPP");
    const bool waits = !d.nonblocking && (flags & kDontWait) == 0;
    const bool was_open = d.connection != nullptr;
    Answer answer = write_fast(d, bytes, waits, progress);
    if (answer || progress.connecting || !was_open) return answer;
  }
  if (call.name == "sendmsg") return write_message(d, call.arguments, progress);
  return write(d, bytes, flags, progress);
}

Program::Answer Program::write(Descriptor& d, std::int64_t bytes, std::int64_t flags, Progress& progress) {
  if (d.connection == nullptr) return failure("EPIPE");
  const bool waits = !d.nonblocking && (flags & kDontWait) == 0;
  // A writer that waits is woken when a good part of the buffer is free, not by each ACK.
  if (progress.begun && (d.connection->readiness() & tcp::ready::Writable) == 0) return std::nullopt;
  progress.begun = true;
  const tcp::IoResult r = d.connection->send(bytes - progress.done, machine_.now(),
                                             {.urgent = (flags & kOutOfBand) != 0,
                                              .more = (flags & kMore) != 0,
                                              .end_of_record = (flags & kEndOfRecord) != 0,
                                              .lent_memory = d.lends_memory && (flags & kZeroCopy) != 0});
  progress.done += r.bytes;
  if (progress.done == bytes && r.error == tcp::Error::None) return CallResult{bytes, {}, {}};
  if (r.error == tcp::Error::None || r.error == tcp::Error::Again) {
    if (waits) return std::nullopt;
    return progress.done > 0 ? CallResult{progress.done, {}, {}} : failure("EAGAIN");
  }
  return progress.done > 0 ? CallResult{progress.done, {}, {}} : failure(r.error);
}

/// Memory that is lent, and not copied, is referred to part by part, and a piece of the send queue has so many places.
Program::Answer Program::write_message(Descriptor& d, const Arguments& a, Progress& progress) {
  const std::int64_t flags = number_at(a, 2);
  const std::int64_t all = message_bytes(a[1]);
  const Argument* const vector = a[1].find("msg_iov");
  constexpr std::size_t kPlaces = 17;
  if (vector == nullptr || !d.lends_memory || (flags & kZeroCopy) == 0 || vector->items.size() <= kPlaces) {
    return write(d, all, flags, progress);
  }
  std::int64_t done = 0;
  for (std::size_t i = 0; i < vector->items.size(); i += kPlaces) {
    std::int64_t bytes = 0;
    for (std::size_t k = i; k < std::min(i + kPlaces, vector->items.size()); ++k) {
      const Argument& part = vector->items[k];
      bytes += part.items.size() > 1 ? part.items[1].number : 0;
    }
    const bool last = i + kPlaces >= vector->items.size();
    Progress part;
    const Answer answer = write(d, bytes, last ? flags : (flags & ~kZeroCopy) | kEndOfRecord, part);
    if (!answer || !answer->error.empty()) return done > 0 ? CallResult{done, {}, {}} : answer;
    done += answer->value;
  }
  return CallResult{done, {}, {}};
}

Program::Answer Program::read(Descriptor& d, std::int64_t bytes, std::int64_t flags) {
  if (d.deferred) return d.nonblocking || (flags & kDontWait) != 0 ? Answer(failure("EAGAIN")) : std::nullopt;
  if (d.connection == nullptr) return failure("ENOTCONN");
  // What is only looked at stays; MSG_TRUNC throws away what a read takes, which nobody can tell here.
  const std::int64_t readable = d.connection->receiver().readable();
  if ((flags & kPeek) != 0 && readable > 0) return CallResult{std::min(bytes, readable), {}, {}};
  const tcp::IoResult r = d.connection->recv(bytes, machine_.now());
  if (r.error == tcp::Error::Again) {
    if (d.read_shut) return CallResult{};
    if (d.nonblocking || (flags & kDontWait) != 0) return failure("EAGAIN");
    return std::nullopt;
  }
  if (r.error != tcp::Error::None) return failure(r.error);
  return CallResult{r.bytes, {}, {}};
}

/// With TCP_INQ on, a message says how much is left in sequence numbers: the peer's FIN counts, so that the reader goes
/// on.
Program::Answer Program::read_message(Descriptor& d, const Arguments& a) {
  if ((number_at(a, 2) & kErrorQueue) != 0) return read_error_queue(d, a);
  Answer answer = read(d, message_bytes(a[1]), number_at(a, 2));
  const Argument* const control = a[1].find("msg_control");
  if (!answer || !answer->error.empty() || control == nullptr) return answer;
  const tcp::Receiver& receiver = d.connection->receiver();
  const std::int64_t left = receiver.readable() + (receiver.fin_received() ? 1 : 0);
  const std::size_t expected = control->items.size();
  if (expected != (d.tells_readable ? 1u : 0u)) {
    answer->note = d.tells_readable ? "a message says what is left" : "no message says what is left";
  } else if (expected == 1) {
    const Argument* const data = control->items[0].find("cmsg_data");
    if (data != nullptr && data->number != left) answer->note = fmt::format("TCP_CM_INQ says {}", left);
  }
  return answer;
}

Program::Answer Program::shutdown(Descriptor& d, std::int64_t how) {
  if (d.connection == nullptr) return failure("ENOTCONN");
  if (how != 1) d.read_shut = true;  // a local matter: nothing is sent (RFC 9293 knows no half-close of reading)
  const tcp::State state = d.connection->state();
  if (state == tcp::State::Closed || state == tcp::State::TimeWait) return failure("ENOTCONN");
  if (how == 0) return CallResult{};
  const tcp::Error e = d.connection->shutdown_write(machine_.now());
  return e == tcp::Error::None ? CallResult{} : failure(e);
}

Program::Answer Program::close(Descriptor& d, std::int64_t fd) {
  tcp::Connection* const c = d.connection;
  tcp::Listener* const l = d.listener;
  const bool abort = d.abort_on_close;
  descriptors_.erase(fd);
  if (l != nullptr) l->close(machine_.now());
  if (c != nullptr && abort) c->abort(machine_.now());
  if (c != nullptr && !abort) c->close(machine_.now());
  return CallResult{};
}

Program::Answer Program::fcntl(Descriptor& d, const Arguments& a) {
  if (number_at(a, 1) == 3) return CallResult{kReadWrite | (d.nonblocking ? kNonblock : 0), {}, {}};
  d.nonblocking = (number_at(a, 2) & kNonblock) != 0;
  return CallResult{};
}

/// Bytes that can be read (SIOCINQ), or that were written and are not acknowledged (SIOCOUTQ), or not sent.
Program::Answer Program::ioctl(Descriptor& d, const Arguments& a) {
  if (d.connection == nullptr) return failure("EINVAL");
  constexpr std::int64_t kInQueue = 0x541B, kOutQueue = 0x5411, kUnsent = 0x894B;
  const std::int64_t request = number_at(a, 1);
  if (request != kInQueue && request != kOutQueue && request != kUnsent) {
    throw Unsupported{0, fmt::format("the request {:#x} of ioctl is not modelled", request)};
  }
  const auto readable = static_cast<std::int64_t>(request == kInQueue    ? d.connection->receiver().readable()
                                                  : request == kOutQueue ? d.connection->send_buffer().used()
                                                                         : d.connection->notsent());
  CallResult r;
  if (const Argument& out = a[2]; out.kind == Argument::Kind::List && !out.items.empty()) {
    const Argument& expected = out.items[0];
    if (expected.kind == Argument::Kind::Number && expected.number != readable) {
      r.note = fmt::format("it says {}", readable);
    }
  }
  return r;
}

std::int64_t Program::poll_events(std::int64_t fd) const {
  constexpr std::int64_t kIn = 1, kOut = 4, kError = 8, kHangUp = 16, kReadHangUp = 0x2000;
  const auto found = descriptors_.find(fd);
  if (found == descriptors_.end()) return 0x20;  // POLLNVAL
  const Descriptor& d = found->second;
  if (d.listener != nullptr) return d.listener->is_acceptable() ? kIn : 0;
  if (d.deferred) return kOut;
  if (d.connection == nullptr) return kOut | kHangUp;
  const tcp::Readiness r = d.connection->readiness();
  std::int64_t events = 0;
  if (d.connection->has_send_notice()) events |= kError;
  if ((r & tcp::ready::Writable) == 0) d.connection->wait_for_room();
  if ((r & tcp::ready::Readable) != 0 || d.read_shut) events |= kIn;
  if ((r & tcp::ready::Writable) != 0) events |= kOut;
  if ((r & tcp::ready::Error) != 0) events |= kError;
  if ((r & tcp::ready::HangUp) != 0) events |= kHangUp;
  if (d.connection->receiver().fin_received() || d.read_shut) events |= kReadHangUp;
  return events;
}

Program::Answer Program::poll(const Arguments& a, Progress& progress) {
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
    const std::int64_t got = poll_events(fd->number) & (wanted->number | 0x38);
    if (got != 0) ++r.value;
    if (expected != nullptr && got != expected->number) {
      r.note += fmt::format("{}revents of {} is {:#x}", r.note.empty() ? "" : ", ", fd->number, got);
    }
  }
  if (r.value == 0 && machine_.now() < progress.deadline && timeout != 0) return std::nullopt;
  return r;
}

}  // namespace wirelab::script
