#pragma once
// The host under test and the clock: a TCP layer whose segments are caught where a device would take them, and into
// which the scripted remote puts its own. Time moves only when it is told to, timer by timer.

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "core/scheduler.h"
#include "core/timers.h"
#include "record/pcap_writer.h"
#include "script/segment.h"
#include "tcp/layer.h"
#include "tcp/output.h"

namespace wirelab::script {

/// Of the host under test and of the scripted remote (options local_ip and remote_ip).
struct Addresses {
  Ipv4Address host{192, 168, 0, 1}, remote{192, 0, 2, 1};
};
inline constexpr std::uint16_t kServicePort = 8080;

/// A segment that has left the host, with the numbers of its header.
struct Sent {
  Time when;
  tcp::FourTuple id;
  std::uint32_t seq = 0, ack = 0;
  Segment segment;  ///< start and ack are those above; the options' numbers are the header's too
};

class Machine final : private tcp::SegmentOutput {
 public:
  /// `pcap`: where packets of both directions are written, if given.
  Machine(const Addresses& addresses, PcapWriter* pcap);

  const Addresses& addresses() const { return addresses_; }
  Time now() const { return now_; }
  /// Runs the timers that are due before `t`; the clock then shows `t`. A script's event comes before a timer that is
  /// due at the same time.
  void advance_to(Time t);
  /// Runs the timers of the next time at which one is due, if that is `limit` at the latest.
  bool step(Time limit);

  /// The remote sends `s`, whose numbers are the header's, to `id`.
  void receive(const tcp::FourTuple& id, const Segment& s);
  void receive_icmp(const tcp::FourTuple& id, std::uint8_t type, std::uint8_t code, std::uint16_t mtu, Seq quoted);

  std::deque<Sent>& sent() { return sent_; }
  tcp::Layer& tcp() { return *layer_; }
  const tcp::Layer& tcp() const { return *layer_; }
  /// `by_route`: it is noticed when the next packet asks for its way, and not at once.
  void set_mtu(std::uint16_t mtu, bool by_route) {
    if (std::exchange(mtu_, mtu) == mtu) return;
    path_news_ = by_route ? PathNews::Unseen : PathNews::Seen;
    follow_path();
  }
  /// What connections do before they cut new segments.
  void follow_path() {
    if (path_news_ != PathNews::Seen) return;
    path_news_ = PathNews::None;
    layer_->on_path_changed(now_);
  }
  /// The device's queue takes nothing.
  void set_refusing(bool on) { refuses_ = on; }

 private:
  tcp::SendResult send(Packet* p, Time now) override;
  std::uint16_t path_mtu(Ipv4Address, Time) override { return mtu_; }
  std::optional<Ipv4Address> source_for(Ipv4Address) override { return addresses_.host; }
  bool is_own_address(Ipv4Address a) const override { return a == addresses_.host; }

  Domain domain_;
  Addresses addresses_;
  Scheduler scheduler_;
  TimerHeap timers_{scheduler_, 0};
  std::optional<tcp::Layer> layer_;
  PcapWriter* pcap_;
  Time now_{};
  std::uint16_t mtu_ = 1500;
  enum class PathNews : std::uint8_t { None, Unseen, Seen };
  PathNews path_news_ = PathNews::None;
  bool refuses_ = false;
  std::deque<Sent> sent_;
};

}  // namespace wirelab::script
