#include "script/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace wirelab::script {

namespace {

/// Numbers of control messages: TCP_CM_INQ; IP_RECVERR, IPV6_RECVERR, SCM_TIMESTAMPING.
constexpr std::int64_t kInqMessage = 36, kErrorMessages[] = {11, 25, 37};

/// Flags of calls on what is to be sent or read that are known, modelled or of no effect on TCP.
constexpr std::int64_t kSendFlags =
    msg::DontWait | msg::NoSignal | msg::OutOfBand | msg::More | msg::EndOfRecord | msg::ZeroCopy | msg::FastOpen;
constexpr std::int64_t kReadFlags =
    msg::DontWait | msg::NoSignal | msg::OutOfBand | msg::ErrorQueue | msg::Peek | msg::Truncate | msg::WaitAll;

}  // namespace

const Program::Entry* Program::find_entry(std::string_view name) {
  using P = Program;
  static constexpr Entry kCalls[] = {
      {"socket", 3, 3, -1, false, nullptr, &P::socket},
      {"bind", 3, 3, -1, true, &P::bind, nullptr},
      {"listen", 2, 2, -1, true, &P::listen, nullptr},
      {"accept", 3, 3, -1, true, &P::accept, nullptr},
      {"accept4", 4, 4, -1, true, &P::accept, nullptr},
      {"connect", 3, 3, -1, true, &P::connect, nullptr},
      {"write", 3, 3, -1, false, &P::write_by_call, nullptr},
      {"writev", 3, 3, -1, false, &P::write_by_call, nullptr},
      {"send", 4, 4, 3, true, &P::write_by_call, nullptr},
      {"sendto", 6, 6, 3, true, &P::write_by_call, nullptr},
      {"sendmsg", 3, 3, 2, true, &P::write_by_call, nullptr},
      {"read", 3, 3, -1, false, &P::read_by_call, nullptr},
      {"readv", 3, 3, -1, false, &P::read_by_call, nullptr},
      {"recv", 4, 4, 3, true, &P::read_by_call, nullptr},
      {"recvfrom", 6, 6, 3, true, &P::read_by_call, nullptr},
      {"recvmsg", 3, 3, 2, true, &P::read_by_call, nullptr},
      {"shutdown", 2, 2, -1, true, &P::shutdown, nullptr},
      {"close", 1, 1, -1, false, &P::close, nullptr},
      {"fcntl", 2, 3, -1, false, &P::fcntl, nullptr},
      {"ioctl", 3, 3, -1, false, &P::ioctl, nullptr},
      {"setsockopt", 5, 5, -1, true, &P::set_option, nullptr},
      {"getsockopt", 5, 5, -1, true, &P::get_option, nullptr},
      {"poll", 3, 3, -1, false, nullptr, &P::poll},
      {"epoll_create", 1, 1, -1, false, nullptr, &P::epoll_create},
      {"epoll_ctl", 4, 4, -1, false, &P::epoll_ctl, nullptr},
      {"epoll_wait", 4, 4, -1, false, &P::epoll_wait, nullptr},
      {"open", 2, 3, -1, false, nullptr, &P::open_file},
      {"pipe", 1, 1, -1, false, nullptr, &P::make_pipe},
      {"sendfile", 4, 4, -1, false, &P::send_file, nullptr},
      {"splice", 6, 6, -1, false, &P::splice, nullptr},
      {"cap_set", 3, 3, -1, false, nullptr, &P::set_capability},
  };
  const auto* const found =
      std::find_if(std::begin(kCalls), std::end(kCalls), [&](const Entry& e) { return e.name == name; });
  return found == std::end(kCalls) ? nullptr : found;
}

void Program::check_is_modelled(const SystemCall& call) {
  const Entry* const entry = find_entry(call.name);
  if (entry == nullptr) throw Unsupported{0, fmt::format("the call {} is not modelled", call.name)};
  if (call.arguments.size() < entry->arguments || call.arguments.size() > entry->most) {
    throw Unsupported{0,
                      fmt::format("{} has {} arguments, not {}", call.name, entry->arguments, call.arguments.size())};
  }
  if (entry->flags_at < 0) return;
  const bool sends = call.name.starts_with("send");
  const std::int64_t flags = number_at(call.arguments, static_cast<std::size_t>(entry->flags_at));
  if ((flags & ~(sends ? kSendFlags : kReadFlags)) != 0) {
    throw Unsupported{0, fmt::format("the flags {:#x} of {} are not modelled",
                                     flags & ~(sends ? kSendFlags : kReadFlags), call.name)};
  }
  if (!call.name.ends_with("msg")) return;
  const Argument* const control = call.arguments[1].find("msg_control");
  if (control == nullptr) return;
  for (const Argument& message : control->items) {
    const Argument* const type = message.find("cmsg_type");
    const bool of_errors = (flags & msg::ErrorQueue) != 0;
    const bool understood =
        type != nullptr && (of_errors ? std::find(std::begin(kErrorMessages), std::end(kErrorMessages), type->number) !=
                                            std::end(kErrorMessages)
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

bool Program::is_listening() const {
  return std::any_of(descriptors_.begin(), descriptors_.end(),
                     [](const auto& entry) { return entry.second.listener != nullptr; });
}

std::optional<CallResult> Program::attempt(const SystemCall& call, Progress& progress) {
  const Entry* const entry = find_entry(call.name);
  WIRELAB_ASSERT(entry != nullptr);
  if (entry->without != nullptr) return (this->*entry->without)(call, progress);
  const auto found = descriptors_.find(number_at(call.arguments, 0));
  if (found == descriptors_.end()) return failure("EBADF");
  if (entry->sockets_only && found->second.kind != Descriptor::Kind::Socket) return failure("ENOTSOCK");
  return (this->*entry->on_descriptor)(found->second, call, progress);
}

/// The number that the script gives to a new descriptor.
CallResult Program::bind_descriptor(const SystemCall& call, Descriptor d) {
  const std::int64_t fd = std::max<std::int64_t>(call.result.value_or(0), 0);
  if (call.result.value_or(0) >= 0) descriptors_.insert_or_assign(fd, std::move(d));
  return success(fd);
}

Program::Answer Program::socket(const SystemCall& call, Progress&) {
  const Arguments& a = call.arguments;
  constexpr std::int64_t kIpv4 = 2, kStream = 1, kFlags = 0x80800, kTcp = 6;  // SOCK_NONBLOCK, SOCK_CLOEXEC
  if (a[0].kind != Argument::Kind::Any && a[0].number != kIpv4) {
    throw Unsupported{0, "sockets of another family than AF_INET are not modelled"};
  }
  const std::int64_t type = a[1].number & ~kFlags, protocol = a[2].number;
  if (type != kStream || (protocol != kTcp && protocol != 0)) {
    throw Unsupported{0, "sockets of another protocol than TCP are not modelled"};
  }
  Descriptor d;
  d.config = settings_.config;
  d.nonblocking = (a[1].number & file_flag::Nonblock) != 0;
  flow_ = Flow(Flow::Kind::New);
  return bind_descriptor(call, std::move(d));
}

/// The program may do what it does with any capabilities; those of the caller are not looked at.
Program::Answer Program::set_capability(const SystemCall&, Progress&) { return success(); }

Program::Answer Program::bind(Descriptor& d, const SystemCall& call, Progress&) {
  if (is_bad_pointer(call.arguments[1])) return failure("EFAULT");
  if (d.bound || d.connection != nullptr) return failure("EINVAL");
  const Argument* const port = call.arguments[1].find("sin_port");
  if (port != nullptr && port->kind == Argument::Kind::Number && port->number != kServicePort) {
    throw Unsupported{0, fmt::format("a port other than {} is not modelled", kServicePort)};
  }
  d.bound = true;
  d.port = kServicePort;
  return success();
}

Program::Answer Program::listen(Descriptor& d, const SystemCall& call, Progress&) {
  if (d.connection != nullptr) return failure("EINVAL");
  std::int64_t backlog = number_at(call.arguments, 1);
  if (backlog < 0 || backlog > settings_.backlog_most) backlog = settings_.backlog_most;  // as a number without sign
  d.config.backlog = static_cast<std::uint32_t>(backlog);
  if (d.listener != nullptr) {
    d.listener->set_config(std::make_shared<const tcp::TcpConfig>(d.config));
    return success();
  }
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
  return success();
}

/// What a new connection's socket has from the listener's.
Program::Answer Program::accept(Descriptor& d, const SystemCall& call, Progress&) {
  if (d.listener == nullptr) return failure("EINVAL");
  tcp::Connection* const c = d.listener->accept();
  if (c == nullptr) return d.nonblocking ? Answer(failure("EAGAIN")) : std::nullopt;
  Descriptor child;
  child.nonblocking = call.name == "accept4" && (number_at(call.arguments, 3) & file_flag::Nonblock) != 0;
  child.config = c->config();
  child.connection = c;
  child.bound = true;
  child.port = d.port;
  child.options = d.options;
  child.receive_memory = d.receive_memory;
  child.lends_memory = d.lends_memory;
  child.lowat = d.lowat;
  child.least_read = d.least_read;
  child.urgent_inline = d.urgent_inline;
  child.abort_on_close = d.abort_on_close;
  child.linger = d.linger;
  child.tells_readable = d.tells_readable;
  return bind_descriptor(call, std::move(child));
}

/// As Linux answers: EINPROGRESS, then EALREADY until it is decided, then the outcome once, then EISCONN.
Program::Answer Program::connect(Descriptor& d, const SystemCall& call, Progress& progress) {
  if (is_bad_pointer(call.arguments[1]) && call.arguments[2].number != 0) return failure("EFAULT");
  if (d.listener != nullptr) return failure("EISCONN");
  if (d.deferred) return failure("EISCONN");
  if (d.connection == nullptr) {
    if (d.fast_open_connect && may_defer(d)) {
      d.deferred = true;
      return success();
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
  return success();
}

Program::Answer Program::shutdown(Descriptor& d, const SystemCall& call, Progress&) {
  const std::int64_t how = number_at(call.arguments, 1);
  constexpr std::int64_t kRead = 0, kWrite = 1, kBoth = 2;
  if (how < kRead || how > kBoth) return failure("EINVAL");
  if (d.listener != nullptr) {  // whoever stops reading stops listening
    if (how == kWrite) return success();
    d.listener->close(machine_.now());
    d.listener = nullptr;
    return success();
  }
  if (d.connection == nullptr) return failure("ENOTCONN");
  ++d.shutdowns;
  if (how != kRead) d.write_shut = true;
  if (how != kWrite) {  // nothing is sent (RFC 9293 knows no half-close of reading)
    d.read_shut = true;
    d.connection->shutdown_read();
  }
  const tcp::State state = d.connection->state();
  if (state == tcp::State::Closed || state == tcp::State::TimeWait) return failure("ENOTCONN");
  if (how == kRead && state != tcp::State::SynSent) return success();
  const tcp::Error e = d.connection->shutdown_write(machine_.now());
  return e == tcp::Error::None ? success() : failure(e);
}

/// A close that waits (SO_LINGER): until our FIN is acknowledged, or the time is up. False: it need not.
bool Program::lingers(Descriptor& d, Progress& progress) {
  tcp::Connection* const c = d.connection;
  if (c == nullptr || d.linger == Duration{} || d.abort_on_close) return false;
  if (!progress.begun) {
    const bool leaves_nothing = c->receiver().readable() == 0;
    if (!leaves_nothing || c->state() == tcp::State::SynSent) return false;
    progress.begun = true;
    progress.deadline = machine_.now() + d.linger;
    c->shutdown_read();
    c->shutdown_write(machine_.now());
  }
  const tcp::State s = c->state();
  const bool waits = s == tcp::State::FinWait1 || s == tcp::State::Closing || s == tcp::State::LastAck;
  return waits && machine_.now() < progress.deadline;
}

Program::Answer Program::close(Descriptor& d, const SystemCall& call, Progress& progress) {
  if (lingers(d, progress)) return std::nullopt;
  tcp::Connection* const c = d.connection;
  tcp::Listener* const l = d.listener;
  const bool abort = d.abort_on_close;
  if (d.kind == Descriptor::Kind::PipeReader) d.pipe->has_reader = false;
  if (d.kind == Descriptor::Kind::PipeWriter) d.pipe->has_writer = false;
  const std::int64_t fd = number_at(call.arguments, 0);
  for (auto& [other, watcher] : descriptors_) watcher.watched.erase(fd);
  descriptors_.erase(fd);
  if (l != nullptr) l->close(machine_.now());
  if (c != nullptr && abort) c->abort(machine_.now());
  if (c != nullptr && !abort) c->close(machine_.now());
  return success();
}

Program::Answer Program::fcntl(Descriptor& d, const SystemCall& call, Progress&) {
  constexpr std::int64_t kGetFd = 1, kSetFd = 2, kGetFlags = 3, kSetFlags = 4, kLargeFile = 0x8000;
  const std::int64_t command = number_at(call.arguments, 1);
  switch (command) {
    case kGetFd:
    case kSetFd: return success();  // only of use to programs that become others
    case kGetFlags:
      return success(d.access | (d.nonblocking ? file_flag::Nonblock : 0) |
                     (d.kind == Descriptor::Kind::File ? kLargeFile : 0));
    case kSetFlags: d.nonblocking = (number_at(call.arguments, 2) & file_flag::Nonblock) != 0; return success();
    default: throw Unsupported{0, fmt::format("the command {} of fcntl is not modelled", command)};
  }
}

/// Bytes that can be read (SIOCINQ), or that were written and are not acknowledged (SIOCOUTQ), or not sent; and whether
/// the urgent byte is next (SIOCATMARK).
Program::Answer Program::ioctl(Descriptor& d, const SystemCall& call, Progress&) {
  constexpr std::int64_t kInQueue = 0x541B, kOutQueue = 0x5411, kUnsent = 0x894B, kAtMark = 0x8905;
  const std::int64_t request = number_at(call.arguments, 1);
  if (request != kInQueue && request != kOutQueue && request != kUnsent && request != kAtMark) {
    throw Unsupported{0, fmt::format("the request {:#x} of ioctl is not modelled", request)};
  }
  std::int64_t value = 0;
  if (d.kind != Descriptor::Kind::Socket) {
    if (request != kInQueue || d.pipe == nullptr) return failure("ENOTTY");
    value = d.pipe->bytes;
  } else if (d.connection == nullptr) {
    if (d.listener != nullptr) return failure("EINVAL");
  } else if (request == kInQueue) {
    value = d.connection->receiver().readable();
    if (const auto urgent = urgent_byte(d); urgent && !d.urgent_inline && *urgent < value) value = *urgent;
  } else if (request == kAtMark) {
    value = urgent_byte(d) == 0 ? 1 : 0;
  } else {
    value =
        static_cast<std::int64_t>(request == kOutQueue ? d.connection->send_buffer().used() : d.connection->notsent());
  }
  CallResult r;
  const Argument& out = call.arguments[2];
  if (is_bad_pointer(out)) return failure("EFAULT");
  if (out.kind == Argument::Kind::List && value_of(out) != value) r.note = fmt::format("it says {}", value);
  return r;
}

}  // namespace wirelab::script
