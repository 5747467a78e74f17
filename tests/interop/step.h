#pragma once
// What the program at one end of a connection does, step by step; a case is two such lists. The same words are played
// on the kernel's sockets (kernel_end.h) and on simulated ones (simulated_end.h).

#include <cstdint>
#include <vector>

#include "core/units.h"
#include "tcp/errors.h"
#include "wire/address.h"

namespace wirelab::interop {

struct Step {
  enum class Kind : std::uint8_t {
    Exchange,   ///< sends `send` bytes and receives `receive`, both at once; ends when both are done
    EndOfData,  ///< the peer's FIN is the next thing that comes
    HalfClose,  ///< shutdown of the sending direction
    Close,
    Reset,  ///< close with SO_LINGER 0
    Wait,   ///< does nothing for `time`
    Fails,  ///< the next thing that comes is `error`
  };
  Kind kind = Kind::Exchange;
  std::int64_t send = 0, receive = 0;
  std::int64_t chunk = 0;  ///< Exchange: after each so many bytes read, `time` passes; 0: reads as fast as it can
  Duration time{};
  tcp::Error error = tcp::Error::None;
};
using Steps = std::vector<Step>;

inline Step send(std::int64_t bytes) { return {Step::Kind::Exchange, bytes, 0, 0, {}, {}}; }
inline Step receive(std::int64_t bytes) { return {Step::Kind::Exchange, 0, bytes, 0, {}, {}}; }
inline Step exchange(std::int64_t out, std::int64_t in) { return {Step::Kind::Exchange, out, in, 0, {}, {}}; }
inline Step receive_slowly(std::int64_t bytes, std::int64_t chunk, Duration pause) {
  return {Step::Kind::Exchange, 0, bytes, chunk, pause, {}};
}
inline Step end_of_data() { return {Step::Kind::EndOfData, 0, 0, 0, {}, {}}; }
inline Step half_close() { return {Step::Kind::HalfClose, 0, 0, 0, {}, {}}; }
inline Step close() { return {Step::Kind::Close, 0, 0, 0, {}, {}}; }
inline Step reset() { return {Step::Kind::Reset, 0, 0, 0, {}, {}}; }
inline Step wait(Duration time) { return {Step::Kind::Wait, 0, 0, 0, time, {}}; }
inline Step fails(tcp::Error error) { return {Step::Kind::Fails, 0, 0, 0, {}, error}; }

/// How the connection comes about.
enum class Opens : std::uint8_t {
  Kernel,     ///< the kernel connects to a simulated listener
  Simulated,  ///< the simulated host connects to the kernel's listener
  Both,       ///< simultaneous open
};

/// Where the two ends of a case are. The ports are known beforehand, so each end can tell what the other will send.
struct Ends {
  Ipv4Address kernel, simulated;
  std::uint16_t kernel_port = 0, simulated_port = 0;
};

/// Patterns (wire/pattern.h) of the two directions of a case.
inline std::uint32_t kernel_stream(std::uint16_t kernel_port) { return 0x10000u | kernel_port; }
inline std::uint32_t simulated_stream(std::uint16_t kernel_port) { return 0x20000u | kernel_port; }

}  // namespace wirelab::interop
