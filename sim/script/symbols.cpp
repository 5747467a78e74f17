// Linux's words of the socket interface, with the values of x86-64 so that results such as F_GETFL's compare.

#include <algorithm>
#include <iterator>
#include <utility>

#include "script/readers.h"

namespace wirelab::script {

namespace {

// In alphabetical order, for the search.
constexpr std::pair<std::string_view, std::int64_t> kSymbols[] = {
    {"AF_INET", 2},
    {"AF_UNSPEC", 0},
    {"EPOLLERR", 0x8},
    {"EPOLLET", 1LL << 31},
    {"EPOLLEXCLUSIVE", 1LL << 28},
    {"EPOLLHUP", 0x10},
    {"EPOLLIN", 0x1},
    {"EPOLLONESHOT", 1LL << 30},
    {"EPOLLOUT", 0x4},
    {"EPOLLRDHUP", 0x2000},
    {"EPOLL_CTL_ADD", 1},
    {"EPOLL_CTL_DEL", 2},
    {"EPOLL_CTL_MOD", 3},
    {"F_GETFL", 3},
    {"F_SETFL", 4},
    {"IPPROTO_IP", 0},
    {"IPPROTO_TCP", 6},
    {"IP_MTU_DISCOVER", 10},
    {"IP_PMTUDISC_DO", 2},
    {"IP_PMTUDISC_DONT", 0},
    {"IP_PMTUDISC_WANT", 1},
    {"IP_TOS", 1},
    {"MSG_DONTWAIT", 0x40},
    {"MSG_EOR", 0x80},
    {"MSG_FASTOPEN", 0x20000000},
    {"MSG_MORE", 0x8000},
    {"MSG_NOSIGNAL", 0x4000},
    {"MSG_OOB", 1},
    {"MSG_PEEK", 2},
    {"O_NONBLOCK", 0x800},
    {"O_RDWR", 2},
    {"POLLERR", 0x8},
    {"POLLHUP", 0x10},
    {"POLLIN", 0x1},
    {"POLLOUT", 0x4},
    {"POLLRDHUP", 0x2000},
    {"SHUT_RD", 0},
    {"SHUT_RDWR", 2},
    {"SHUT_WR", 1},
    {"SIOCINQ", 0x541B},
    {"SOCK_NONBLOCK", 0x800},
    {"SOCK_STREAM", 1},
    {"SOL_IP", 0},
    {"SOL_SOCKET", 1},
    {"SOL_TCP", 6},
    {"SO_ERROR", 4},
    {"SO_KEEPALIVE", 9},
    {"SO_LINGER", 13},
    {"SO_RCVBUF", 8},
    {"SO_REUSEADDR", 2},
    {"SO_SNDBUF", 7},
    {"TCP_CM_INQ", 36},
    {"TCP_CONGESTION", 13},
    {"TCP_CORK", 3},
    {"TCP_DEFER_ACCEPT", 9},
    {"TCP_FASTOPEN", 23},
    {"TCP_FASTOPEN_CONNECT", 30},
    {"TCP_FASTOPEN_KEY", 33},
    {"TCP_FASTOPEN_NO_COOKIE", 34},
    {"TCP_INQ", 36},
    {"TCP_KEEPCNT", 6},
    {"TCP_KEEPIDLE", 4},
    {"TCP_KEEPINTVL", 5},
    {"TCP_MAXSEG", 2},
    {"TCP_NODELAY", 1},
    {"TCP_NOTSENT_LOWAT", 25},
    {"TCP_QUICKACK", 12},
    {"TCP_SYNCNT", 7},
    {"TCP_USER_TIMEOUT", 18},
};
static_assert(std::is_sorted(std::begin(kSymbols), std::end(kSymbols)));

}  // namespace

std::optional<std::int64_t> symbol(std::string_view name) {
  const auto* const found = std::lower_bound(std::begin(kSymbols), std::end(kSymbols), name,
                                             [](const auto& s, std::string_view wanted) { return s.first < wanted; });
  if (found == std::end(kSymbols) || found->first != name) return std::nullopt;
  return found->second;
}

}  // namespace wirelab::script
