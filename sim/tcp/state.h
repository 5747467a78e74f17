#pragma once
// The eleven states of RFC 9293 section 3.3.2, and why a connection went from one to the next.

#include <array>
#include <cstdint>
#include <string_view>

namespace wirelab::tcp {

enum class State : std::uint8_t {
  Closed,
  Listen,
  SynSent,
  SynReceived,
  Established,
  FinWait1,
  FinWait2,
  CloseWait,
  Closing,
  LastAck,
  TimeWait,
};

/// As in states.csv.
constexpr std::string_view name_of(State s) {
  constexpr std::array<std::string_view, 11> names = {"CLOSED",      "LISTEN",     "SYN-SENT",   "SYN-RECEIVED",
                                                      "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
                                                      "CLOSING",     "LAST-ACK",   "TIME-WAIT"};
  return names[static_cast<std::size_t>(s)];
}

/// What made a transition: a call, a segment, or a timer.
enum class Cause : std::uint8_t {
  Open,  ///< passive or active OPEN
  Syn,
  SynAck,
  Ack,
  Fin,
  Close,  ///< CLOSE or SHUTDOWN
  Abort,
  Rst,
  Icmp,
  Timeout,  ///< retries or user timeout used up; keep-alive unanswered
  TwoMsl,   ///< the end of TIME-WAIT, or of an orphan's FIN-WAIT-2
  Reused,   ///< a new SYN took the place of TIME-WAIT
};

constexpr std::string_view name_of(Cause c) {
  constexpr std::array<std::string_view, 12> names = {"open",  "syn", "synack", "ack",     "fin",  "close",
                                                      "abort", "rst", "icmp",   "timeout", "2msl", "reused"};
  return names[static_cast<std::size_t>(c)];
}

/// The peer may still send us data that we take.
constexpr bool can_receive(State s) { return s == State::Established || s == State::FinWait1 || s == State::FinWait2; }
/// Our side is open for the application's data.
constexpr bool can_send(State s) { return s == State::Established || s == State::CloseWait; }
/// The three-way handshake is over and the connection has not ended.
constexpr bool is_synchronized(State s) { return s >= State::Established; }

}  // namespace wirelab::tcp
