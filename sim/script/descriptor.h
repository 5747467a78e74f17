#pragma once
// What a descriptor of the program stands for: a socket, an end of a pipe, a file of zeros, a set of watched ones.

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "tcp/config.h"
#include "tcp/connection.h"
#include "tcp/listener.h"

namespace wirelab::script {

struct Pipe {
  static constexpr std::int64_t kRoom = 65536;  ///< sixteen pages
  std::int64_t bytes = 0;
  bool has_reader = true, has_writer = true;
};

struct Descriptor {
  enum class Kind : std::uint8_t { Socket, Epoll, File, PipeReader, PipeWriter };
  /// A descriptor that an epoll descriptor watches.
  struct Watch {
    std::int64_t events = 0;
    std::int64_t data = 0;   ///< what the program wants to be told with them
    std::uint64_t told = 0;  ///< edge-triggered: what had happened when it was reported last
    bool armed = true;       ///< one-shot: not reported since it was set
  };

  Kind kind = Kind::Socket;
  bool nonblocking = false;
  std::int64_t access = 2;  ///< O_RDONLY, O_WRONLY, O_RDWR

  // Sockets
  bool bound = false, read_shut = false, write_shut = false, connect_told = false;
  std::uint32_t shutdowns = 0;               ///< calls of shutdown
  std::uint64_t received = 0, arrivals = 0;  ///< bytes that a watcher has seen; how often they were enough to wake one
  bool abort_on_close = false;
  Duration linger{};                      ///< SO_LINGER: how long close waits
  bool tells_readable = false;            ///< TCP_INQ
  bool lends_memory = false;              ///< SO_ZEROCOPY
  bool stamps_only = false;               ///< notices come without what was sent
  bool urgent_inline = false;             ///< SO_OOBINLINE
  bool urgent_taken = false;              ///< with MSG_OOB
  std::int64_t least_read = 1;            ///< SO_RCVLOWAT
  std::int64_t lowat = 0;                 ///< TCP_NOTSENT_LOWAT
  bool fast_open_connect = false;         ///< TCP_FASTOPEN_CONNECT
  bool fast_open_without_cookie = false;  ///< TCP_FASTOPEN_NO_COOKIE
  bool deferred = false;                  ///< connect has answered 0 and waits for the first write
  std::uint32_t fast_open_queue = 0;      ///< TCP_FASTOPEN; 0: a listener takes no data on SYNs
  std::uint16_t port = 0;
  std::int64_t receive_memory = 0;                                        ///< SO_RCVBUF as it is read back; 0: not set
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> options;  ///< as set, by level and name
  tcp::TcpConfig config;                                                  ///< of the connection or listener to come
  tcp::Listener* listener = nullptr;
  tcp::Connection* connection = nullptr;

  std::map<std::int64_t, Watch> watched;  ///< of an epoll descriptor, by descriptor
  std::shared_ptr<Pipe> pipe;
  std::int64_t file_bytes = 0, file_at = 0;
};

}  // namespace wirelab::script
