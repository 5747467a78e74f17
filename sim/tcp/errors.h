#pragma once
// What a call on TCP can answer, in the words of POSIX. Calls never block and never throw.

#include <array>
#include <cstdint>
#include <string_view>

namespace wirelab::tcp {

enum class Error : std::uint8_t {
  None,
  Again,       ///< nothing to do now; readiness will tell
  InProgress,  ///< connect has begun
  IsConnected,
  NotConnected,
  ConnRefused,
  ConnReset,
  ConnAborted,  ///< by this side
  TimedOut,
  Pipe,  ///< send after shutdown, or after the peer is gone
  AddrInUse,
  AddrNotAvail,  ///< no ephemeral port is free, or the address is not ours
  HostUnreach,
  NetUnreach,
  ProtocolUnreach,
  Invalid,
  MsgSize,  ///< DF is set and the path takes less
  HostDown,
  NoNetwork,     ///< the host is not on a network
  NotSupported,  ///< source routes
  Protocol,      ///< a header that somebody could not read
};

/// The name of errno.
constexpr std::string_view name_of(Error e) {
  constexpr std::array<std::string_view, 21> names = {"",
                                                      "EAGAIN",
                                                      "EINPROGRESS",
                                                      "EISCONN",
                                                      "ENOTCONN",
                                                      "ECONNREFUSED",
                                                      "ECONNRESET",
                                                      "ECONNABORTED",
                                                      "ETIMEDOUT",
                                                      "EPIPE",
                                                      "EADDRINUSE",
                                                      "EADDRNOTAVAIL",
                                                      "EHOSTUNREACH",
                                                      "ENETUNREACH",
                                                      "ENOPROTOOPT",
                                                      "EINVAL",
                                                      "EMSGSIZE",
                                                      "EHOSTDOWN",
                                                      "ENONET",
                                                      "EOPNOTSUPP",
                                                      "EPROTO"};
  return names[static_cast<std::size_t>(e)];
}

/// Bytes taken or given, or why none. `bytes` is 0 with Error::None only at the end of the peer's data.
struct IoResult {
  std::int64_t bytes = 0;
  Error error = Error::None;
  bool is_eof() const { return bytes == 0 && error == Error::None; }
};

}  // namespace wirelab::tcp
