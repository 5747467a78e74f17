#pragma once
// The simulated network in real time, with the kernel at one end of it. Packets that the kernel sends to the TUN device
// are parsed, judged and put on a link; what arrives at that link's other end is given to the kernel as bytes.
//
//   kernel 198.18.0.1 == TUN == [door] -- router -- host 198.18.1.2
//                                           `-- 1000-byte MTU -- far router -- far host 198.18.3.2
//
// Simulated time follows the monotonic clock and is never ahead of it.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "link/config.h"
#include "node/network.h"
#include "raw_capture.h"
#include "trace/tap.h"
#include "tun.h"

namespace wirelab::interop {

inline constexpr Ipv4Address kKernelAddress(198, 18, 0, 1), kHostAddress(198, 18, 1, 2), kFarAddress(198, 18, 3, 2);
inline constexpr Ipv4Prefix kSubnet(Ipv4Address(198, 18, 0, 0), 15);

/// What the link between router and host does, in both directions.
struct Path {
  double loss = 0, duplicate = 0, corrupt = 0;
  Duration delay = Duration::ms(2);
  Duration jitter{};  ///< standard deviation; packets overtake each other
  bool up = true;     ///< false: everything is lost
};

class Bridge final : private Tap {
 public:
  /// `wake`: an eventfd, written to when `done` of run_until should be asked again.
  Bridge(Tun& tun, int wake, RawCapture& capture);

  Network& network() { return network_; }
  /// The simulated machine with that address.
  Node& host(Ipv4Address address);
  void set_path(const Path& path);

  /// Lets time pass until `done`. False: it was not within `limit`, or `interrupted` is set.
  bool run_until(const std::function<bool()>& done, Duration limit);
  Time now() const { return network_.now(); }

  /// Packets of either side that should not be: bad checksums, other bytes than were sent. One line each.
  std::vector<std::string> take_complaints() { return std::exchange(complaints_, {}); }
  std::uint64_t packets_in() const { return packets_in_; }
  std::uint64_t packets_out() const { return packets_out_; }

 private:
  void on_packet(const Packet& p, const PacketPool& pool, TapDirection direction, Time now) override;
  void take_packets();
  void take(std::span<const std::uint8_t> bytes);
  bool learn_content(Packet& p, std::span<const std::uint8_t> payload);
  void sleep(Time deadline) const;
  Time real_time() const;
  void complain(const Packet& p, const std::string& what);

  Tun& tun_;
  int wake_;
  RawCapture& capture_;
  Network network_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::map<std::pair<std::uint16_t, std::uint16_t>, Seq> first_byte_;  // by kernel's and simulated port
  std::vector<std::uint8_t> buffer_;
  std::vector<std::string> complaints_;
  std::uint64_t packets_in_ = 0, packets_out_ = 0;
};

/// Set by SIGINT and SIGTERM.
bool interrupted();
void end_on_signals();

}  // namespace wirelab::interop
