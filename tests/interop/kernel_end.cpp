#include "kernel_end.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "wire/pattern.h"

namespace wirelab::interop {

namespace {

constexpr std::size_t kBuffer = 65536;

sockaddr_in address_of(Ipv4Address address, std::uint16_t port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  in.sin_addr.s_addr = htonl(address.bits());
  return in;
}

template <class T>
void set_option(int fd, int level, int name, T value) {
  setsockopt(fd, level, name, &value, sizeof value);
}

std::string name_of_errno(int code) {
  const char* const name = strerrorname_np(code);
  return name != nullptr ? name : std::to_string(code);
}

}  // namespace

KernelEnd::KernelEnd(Setup setup, int wake)
    : setup_(std::move(setup)), wake_(wake), buffer_(kBuffer), expected_(kBuffer) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  (setup_.listens ? listener_ : socket_) = fd;
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  // As root; where there is none, any will do.
  setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
  for (const auto& [name, value] : setup_.options) {
    set_option(fd, IPPROTO_TCP, name, value);
    if (name == TCP_KEEPIDLE) set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  }
  if (setup_.receive_buffer > 0) set_option(fd, SOL_SOCKET, SO_RCVBUF, setup_.receive_buffer);
  const sockaddr_in own = address_of(setup_.ends.kernel, setup_.ends.kernel_port);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) {
    fail_with_errno("bind");
  } else if (setup_.listens && listen(fd, 8) != 0) {
    fail_with_errno("listen");
  }
}

KernelEnd::~KernelEnd() { stop(); }

void KernelEnd::start() {
  thread_ = std::thread([this] { run(); });
}

void KernelEnd::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  if (socket_ >= 0) close(true);
  if (listener_ >= 0) ::close(std::exchange(listener_, -1));
}

void KernelEnd::run() {
  if (fault_.empty() && open()) {
    for (const Step& step : setup_.steps) {
      if (!play(step)) break;
    }
  }
  finished_ = true;
  eventfd_write(wake_, 1);
}

bool KernelEnd::open() {
  if (setup_.listens) {
    if (!wait_for(listener_, POLLIN)) return false;
    socket_ = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return socket_ >= 0 || fail_with_errno("accept");
  }
  const sockaddr_in remote = address_of(setup_.ends.simulated, setup_.ends.simulated_port);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&remote), sizeof remote) != 0 && errno != EINPROGRESS) {
    return fail_with_errno("connect");
  }
  if (!wait_for(socket_, POLLOUT)) return false;
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
  const std::string got = error == 0 ? "" : name_of_errno(error);
  if (got == tcp::name_of(setup_.connect_error)) return error == 0;
  return fail(fmt::format("connect answers '{}' and not '{}'", got, tcp::name_of(setup_.connect_error)));
}

bool KernelEnd::play(const Step& step) {
  switch (step.kind) {
    case Step::Kind::Exchange: return exchange(step);
    case Step::Kind::EndOfData: return end_of_data();
    case Step::Kind::HalfClose: return shutdown(socket_, SHUT_WR) == 0 || fail_with_errno("shutdown");
    case Step::Kind::Close: close(false); return true;
    case Step::Kind::Reset: close(true); return true;
    case Step::Kind::Wait: pause(step.time); return true;
    case Step::Kind::Fails: return meets(step.error);
  }
  return false;
}

bool KernelEnd::exchange(const Step& step) {
  std::int64_t to_send = step.send, to_receive = step.receive;
  while (to_send > 0 || to_receive > 0) {
    const auto events = static_cast<short>((to_send > 0 ? POLLOUT : 0) | (to_receive > 0 ? POLLIN : 0));
    if (!wait_for(socket_, events)) return false;
    if (to_send > 0 && !send_some(to_send)) return false;
    if (to_receive == 0) continue;
    std::int64_t chunk = step.chunk > 0 ? std::min(step.chunk, to_receive) : to_receive;
    const std::int64_t before = chunk;
    if (!receive_some(chunk)) return false;
    to_receive -= before - chunk;
    if (step.chunk > 0) pause(step.time);
  }
  return true;
}

bool KernelEnd::send_some(std::int64_t& left) {
  const auto size = static_cast<std::size_t>(std::min<std::int64_t>(left, kBuffer));
  const std::span<std::uint8_t> piece(buffer_.data(), size);
  fill_pattern(kernel_stream(setup_.ends.kernel_port), static_cast<std::uint64_t>(sent_), piece);
  const ssize_t n = ::send(socket_, piece.data(), piece.size(), MSG_NOSIGNAL);
  if (n < 0) return errno == EAGAIN || fail_with_errno("send");
  sent_ += n;
  left -= n;
  return true;
}

bool KernelEnd::receive_some(std::int64_t& left) {
  const auto size = static_cast<std::size_t>(std::min<std::int64_t>(left, kBuffer));
  const ssize_t n = recv(socket_, buffer_.data(), size, 0);
  if (n < 0) return errno == EAGAIN || fail_with_errno("recv");
  if (n == 0) return fail(fmt::format("the peer's data ends after {} bytes, {} too early", received_, left));
  const auto taken = static_cast<std::size_t>(n);
  const std::span<std::uint8_t> expected(expected_.data(), taken);
  fill_pattern(simulated_stream(setup_.ends.kernel_port), static_cast<std::uint64_t>(received_), expected);
  const auto differ = std::mismatch(expected.begin(), expected.end(), buffer_.begin());
  if (differ.first != expected.end()) {
    return fail(fmt::format("byte {} is not the one sent", received_ + (differ.first - expected.begin())));
  }
  received_ += n;
  left -= n;
  return true;
}

bool KernelEnd::end_of_data() {
  if (!wait_for(socket_, POLLIN)) return false;
  const ssize_t n = recv(socket_, buffer_.data(), kBuffer, 0);
  if (n == 0) return true;
  return n < 0 ? fail_with_errno("recv") : fail(fmt::format("{} bytes came in place of the end", n));
}

bool KernelEnd::meets(tcp::Error error) {
  if (!wait_for(socket_, POLLIN)) return false;
  const ssize_t n = recv(socket_, buffer_.data(), kBuffer, 0);
  const std::string got = n < 0 ? name_of_errno(errno) : fmt::format("{} bytes", n);
  return got == tcp::name_of(error) || fail(fmt::format("recv answers {} and not {}", got, tcp::name_of(error)));
}

void KernelEnd::close(bool reset) {
  socklen_t size = sizeof info_;
  if (info_.tcpi_segs_in == 0) getsockopt(socket_, IPPROTO_TCP, TCP_INFO, &info_, &size);
  if (reset) set_option(socket_, SOL_SOCKET, SO_LINGER, linger{1, 0});
  ::close(std::exchange(socket_, -1));
}

void KernelEnd::pause(Duration time) const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(time.ns());
  constexpr std::chrono::milliseconds kSlice(20);
  while (!stopping_ && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_until(std::min(until, std::chrono::steady_clock::now() + kSlice));
  }
}

bool KernelEnd::wait_for(int fd, short events) const {
  while (!stopping_) {
    pollfd waited{fd, events, 0};
    if (poll(&waited, 1, 50) > 0) return true;
  }
  return false;
}

bool KernelEnd::fail(const std::string& what) {
  fault_ = "kernel: " + what;
  return false;
}

bool KernelEnd::fail_with_errno(const std::string& what) { return fail(what + ": " + name_of_errno(errno)); }

}  // namespace wirelab::interop
