#pragma once
// One direction of a point-to-point link, from the port that sends to the far end. It has two halves that never read
// each other: the sender's (queue and transmitter) and the receiver's (what is on the wire). Order of what happens to a
// packet: loss, duplication, queue, capture, transmission, corruption, delay and jitter.
//
// The kind is fixed when it is built. `Computed` knows at once when a packet will have been sent, so a packet costs one
// event, its arrival. `Stepped` has an event at the end of each transmission and may change its rate, delay or state on
// the way. A drop-tail link gives the same packets at the same times in both.
//
// It does not know IP: MTU and addresses are looked at above it.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/ring.h"
#include "core/scheduler.h"
#include "core/units.h"
#include "link/config.h"
#include "link/impairments.h"
#include "link/in_flight.h"
#include "trace/domain.h"
#include "trace/tap.h"

namespace wirelab {

enum class LinkKind : std::uint8_t { Computed, Stepped };

/// What became of a packet that was handed to a port.
struct SendOutcome {
  bool queued = false;  ///< false: the port dropped it
  Time leaves;          ///< when its last bit will have left, as far as is known now
};

/// Counters of one direction, exact at the time they are asked for.
struct LinkCounters {
  std::uint64_t packets = 0, bytes = 0;  ///< transmission has begun
  std::uint64_t drops_queue = 0, drops_loss = 0, drops_down = 0;
  std::uint64_t ecn_marked = 0;  ///< packets that the queue's threshold gave CE
  std::uint32_t max_queue_packets = 0;
  Int128 queue_area_packet_ps = 0;  ///< waiting packets integrated over time
  Int128 busy_ps = 0;               ///< time spent sending
  Int128 carried_bit_ps = 0;        ///< rate integrated over the time spent sending
  Int128 capacity_bit_ps = 0;       ///< rate integrated over all time
};

/// Who takes the packets at the far end. What it is, whoever runs the events knows.
class LinkEnd {
 protected:
  ~LinkEnd() = default;
};

/// Where a direction leads to.
struct FarEnd {
  LinkEnd* node = nullptr;
  std::uint16_t interface = 0;  ///< as the node there counts them
};

class alignas(64) LinkDirection {
 public:
  struct Sources {
    SourceId arrival = 0;
    SourceId transmission_done = 0;  ///< of a stepped direction only
  };

  LinkDirection(Domain& domain, Scheduler& scheduler, Sources sources, const LinkConfig& config, LinkKind kind,
                std::uint64_t seed, std::uint64_t component);
  LinkDirection(LinkDirection&&) noexcept = default;

  /// Takes the packet. Precondition: it is no longer than the MTU.
  SendOutcome send(Packet* p, Time now) {
    if (impaired_) return send_impaired(p, now);
    return enqueue(p, now);
  }

  /// The packet at the head of the wire; the arrival source is set to the next. Precondition: it has fired at `now`.
  Packet* take_arrival(Scheduler& scheduler, Time now) {
    if (arrives_apart_) return take_arrival_apart(now);
    Packet* const p = wire_.front().packet;
    WIRELAB_DEBUG_ASSERT(wire_.front().arrival == now);
    wire_.pop();
    scheduler.set(arrival_source_, wire_.front().arrival);
    return p;
  }
  /// When take_arrival() is due.
  Time next_arrival() const {
    return overtaking_.empty() ? wire_.front().arrival : std::min(overtaking_.front().arrival, wire_.front().arrival);
  }
  FarEnd far_end() const { return {far_node_, far_interface_}; }
  void set_far_end(FarEnd end) {
    far_node_ = end.node;
    far_interface_ = end.interface;
  }
  /// The transmission-done source of a stepped direction has fired.
  void on_transmission_done(Time now) { advance_stepped(now); }

  std::uint16_t mtu() const { return mtu_; }
  bool up() const { return up_; }
  DataRate rate() const { return rate_; }
  Duration delay() const { return delay_; }
  LinkKind kind() const { return kind_; }

  // Changes at run time. Rate, delay and state need a stepped direction; a packet that is being sent keeps its rate.
  void set_rate(DataRate rate, Time now);
  void set_delay(Duration delay) { delay_ = delay; }
  void set_up(bool up, Time now);
  void set_queue_limit(QueueLimit limit) { limit_ = limit; }
  QueueLimit queue_limit() const { return limit_; }
  /// The direction's impairments, made on first use.
  Impairments& impairments();

  /// The port belongs to the host where packets start: its drops are counted apart.
  void set_host_port(bool host) { drop_reason_ = host ? DropReason::HostQueue : DropReason::Queue; }
  void set_outgoing_tap(Tap* tap) {
    outgoing_tap_ = tap;
    watched_leaving_ = tap != nullptr;
  }
  Tap* outgoing_tap() const { return outgoing_tap_; }
  void set_incoming_tap(Tap* tap) {
    incoming_tap_ = tap;
    arrives_apart_ = impaired_ || tap != nullptr;
  }

  std::uint32_t waiting_packets(Time now);
  Bytes waiting_bytes(Time now);
  LinkCounters counters(Time now);
  /// The largest number of waiting packets and bytes since the last call.
  struct Peak {
    std::uint32_t packets;
    std::int64_t bytes;
  };
  Peak take_peak(Time now);
  std::uint64_t drops() const { return drops_queue_ + drops_loss_ + drops_down_; }
  std::size_t on_wire() const { return wire_.size() + overtaking_.size(); }

 private:
  struct Waiting {  // computed: begins to be sent at `start`
    Time start;
    std::uint32_t bytes;
  };
  struct Overtaking {  // a heap entry by (arrival, serial)
    Time arrival;
    std::uint64_t serial;
    Packet* packet;
  };
  struct Held {  // stepped: waits in the queue
    Packet* packet;
    Time since;
  };

  SendOutcome send_impaired(Packet* p, Time now);
  [[gnu::hot]] SendOutcome enqueue(Packet* p, Time now);
  SendOutcome enqueue_stepped(Packet* p, Time now);
  SendOutcome refuse(Packet* p);
  Packet* take_arrival_apart(Time now);
  void put_on_wire(Packet* p, Time sent) {
    if (impaired_) return put_on_impaired_wire(p, sent);
    follow_on_wire(p, sent + delay_);
  }
  void put_on_impaired_wire(Packet* p, Time sent);
  /// Behind all that is there: also with jitter that keeps order, or a delay that was lowered.
  void follow_on_wire(Packet* p, Time arrival) {
    if (!wire_.empty()) return wire_.push({std::max(arrival, wire_.back().arrival), p});
    wire_.push({arrival, p});
    if (!has_overtaking() || arrival < overtaking_.front().arrival) scheduler_->set(arrival_source_, arrival);
  }
  void begin_transmission(Packet* p, Time now);
  void advance_stepped(Time now);
  void end_transmission(Time now);
  void drop_wire();
  void advance(Time now) {
    while (!waiting_.empty() && waiting_.front().start <= now) {
      waiting_bytes_ -= waiting_.front().bytes;
      waiting_.pop();
    }
  }
  bool is_full(std::uint32_t waiting, std::uint32_t size) const {
    return waiting >= limit_.packets || waiting_bytes_ + size > limit_.bytes.count();
  }
  /// `waiting` and waiting_bytes_ count the packet itself.
  void mark_if_long(Packet* p, std::uint32_t waiting) {
    if (limit_.ecn.is_passed(waiting, waiting_bytes_)) mark(p);
  }
  void mark(Packet* p);
  void note_waiting(std::uint32_t waiting) {
    if (waiting > peak_packets_) peak_packets_ = waiting;
    if (waiting > max_waiting_) max_waiting_ = waiting;
    if (waiting_bytes_ > peak_bytes_) peak_bytes_ = waiting_bytes_;
  }

  bool has_overtaking() const { return impaired_ && !overtaking_.empty(); }

  // A line of the cache each, as with thousands of links it is lines that cost: what every enqueue touches,
  Time busy_until_;
  std::int64_t ps_per_byte_;  // 0: the rate does not divide evenly, so each packet is worked out
  Duration delay_;
  Duration transmission_;  // sum over all accepted packets
  std::uint64_t accepted_ = 0, accepted_bytes_ = 0;
  Scheduler* scheduler_;
  std::uint16_t mtu_;
  LinkKind kind_;
  DropReason drop_reason_ = DropReason::Queue;
  bool up_;
  bool impaired_ = false;         // impairments_ is there
  bool watched_leaving_ = false;  // outgoing_tap_ is there

  // what every enqueue and every arrival touch,
  InFlight wire_;
  EventSource arrival_source_;
  LinkEnd* far_node_ = nullptr;
  std::uint16_t far_interface_ = 0;
  bool arrives_apart_ = false;  // impaired, or incoming_tap_ is there

  // what only a packet touches that has to wait,
  Ring<Waiting> waiting_;
  std::int64_t waiting_bytes_ = 0;
  QueueLimit limit_;
  std::uint32_t peak_packets_ = 0, max_waiting_ = 0;
  std::int64_t peak_bytes_ = 0;
  Int128 waited_ps_ = 0;  // sum over all accepted packets of the time until their transmission

  // and the rest.
  DataRate rate_;
  Domain* domain_;
  EventSource done_source_;
  Tap* outgoing_tap_ = nullptr;
  Tap* incoming_tap_ = nullptr;
  std::unique_ptr<Impairments> impairments_;
  std::uint64_t drops_queue_ = 0, drops_loss_ = 0, drops_down_ = 0, ecn_marked_ = 0;
  std::vector<Overtaking> overtaking_;
  std::uint64_t next_serial_ = 0;

  // Stepped only.
  Ring<Held> queue_;
  Packet* sending_ = nullptr;
  Time sending_since_;
  DataRate sending_rate_;
  Int128 carried_bit_ps_ = 0;
  Int128 capacity_bit_ps_ = 0;  // up to rate_since_
  Time rate_since_;

  std::uint64_t seed_, component_;
};

}  // namespace wirelab
