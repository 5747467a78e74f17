// epoll: descriptors watched by level, by edge or once.

#include <fmt/format.h>

#include <algorithm>

#include "script/program.h"

namespace wirelab::script {

namespace {

constexpr std::int64_t kEdge = std::int64_t{1} << 31, kOneShot = 1 << 30, kExclusive = 1 << 28;
constexpr std::int64_t kAlways = 0x18;  // errors and hang-ups are reported unasked
constexpr std::int64_t kAdd = 1, kRemove = 2;

}  // namespace

Program::Answer Program::epoll_create(const SystemCall& call) {
  const std::int64_t fd = std::max<std::int64_t>(call.result.value_or(0), 0);
  descriptors_.insert_or_assign(fd, Descriptor{});
  return CallResult{fd, {}, {}};
}

Program::Answer Program::epoll_ctl(Descriptor& d, const std::vector<Argument>& a) {
  const std::int64_t operation = a[1].number, fd = a[2].number;
  if (operation == kRemove) return d.watched.erase(fd) != 0 ? CallResult{} : CallResult{-1, "ENOENT", {}};
  const bool known = d.watched.contains(fd);
  if (known == (operation == kAdd)) return CallResult{-1, known ? "EEXIST" : "ENOENT", {}};
  const Argument* const events = a[3].find("events");
  constexpr std::int64_t kKnown = 0x201f | kEdge | kOneShot | kExclusive;
  if (events == nullptr || (events->number & ~kKnown) != 0) {
    throw Unsupported{0, "only EPOLLIN, EPOLLOUT, EPOLLET, EPOLLONESHOT and EPOLLEXCLUSIVE are modelled"};
  }
  d.watched[fd] = Watch{events->number, 0, true};
  return CallResult{};
}

/// Grows whenever something happens that wakes an edge-triggered watcher: data or its end came, or room was made for a
/// writer who had found none.
std::uint64_t Program::happenings(std::int64_t fd) const {
  const auto found = descriptors_.find(fd);
  if (found == descriptors_.end() || found->second.connection == nullptr) return 1;
  const tcp::Connection& c = *found->second.connection;
  return 1 + 2 * (c.receiver().received() + c.times_room_was_made() + c.send_notices_made()) +
         (c.receiver().fin_received() ? 1 : 0);
}

Program::Answer Program::epoll_wait(Descriptor& d, const std::vector<Argument>& a, Progress& progress) {
  const std::int64_t most = a[2].number, timeout = a[3].number;
  if (!progress.begun) {
    progress.begun = true;
    if (timeout >= 0) progress.deadline = machine_.now() + Duration::ms(std::min<std::int64_t>(timeout, kLongestWait));
  }
  CallResult r;
  std::int64_t got = 0;
  for (auto& [fd, watch] : d.watched) {
    const std::int64_t events = poll_events(fd) & (watch.events | kAlways) & 0x201f;
    const std::uint64_t now = happenings(fd);
    const bool news = (watch.events & kEdge) == 0 || now != watch.told;
    if (events == 0) watch.told = now;  // what becomes ready from here on is news
    if (events == 0 || !news || !watch.armed || r.value >= most) continue;
    watch.told = now;
    if ((watch.events & kOneShot) != 0) watch.armed = false;
    if (r.value == 0) got = events;
    ++r.value;
  }
  if (r.value == 0 && timeout != 0 && machine_.now() < progress.deadline) return std::nullopt;
  const Argument& first = a[1].kind == Argument::Kind::List && !a[1].items.empty() ? a[1].items[0] : a[1];
  const Argument* const expected = first.find("events");
  if (r.value > 0 && expected != nullptr && expected->number != got) r.note = fmt::format("events is {:#x}", got);
  return r;
}

}  // namespace wirelab::script
