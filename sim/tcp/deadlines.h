#pragma once
// The timers of one connection. Setting one is a store: the host's heap holds a single entry for the connection, at the
// earliest deadline or before it. An entry that comes too early, since its deadline has moved, arms the rest.

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/timers.h"
#include "core/units.h"

namespace wirelab::tcp {

class Deadlines {
 public:
  /// Those that are due at one time run in this order.
  enum Kind : std::uint8_t { Retransmit, DelayedAck, Persist, Keepalive, FinWait2, Egress, kKinds };

  /// `client` is called when something is due, until detach.
  Deadlines(TimerHeap& heap, TimerClient& client) : slot_(heap.attach(client)) { clear_all(); }
  void detach(TimerHeap& heap) { heap.detach(slot_); }

  void set(Kind kind, Time t) {
    at_[kind] = t;
    if (t < entry_) must_arm_ = true;
  }
  void clear(Kind kind) { at_[kind] = Time::never(); }
  void clear_all() { at_.fill(Time::never()); }
  bool is_set(Kind kind) const { return !at_[kind].is_never(); }
  Time entry_in(const TimerHeap& heap) const { return heap.entry_of(slot_); }
  Time at(Kind kind) const { return at_[kind]; }
  /// Retransmit stands where the kernel's timer wheel would run it, no longer where the sender wants it.
  bool is_by_wheel() const { return by_wheel_; }
  void set_by_wheel(bool on) { by_wheel_ = on; }
  /// The earliest; `Time::never()` if none is set.
  Time first() const { return *std::min_element(at_.begin(), at_.end()); }

  /// The entry has come and is no longer in the heap.
  void on_entry() {
    entry_ = Time::never();
    must_arm_ = true;
  }
  /// Makes sure that an entry comes in time; to be called after the deadlines were changed.
  void arm(TimerHeap& heap) {
    if (!must_arm_) return;
    must_arm_ = false;
    const Time earliest = first();
    if (earliest >= entry_) return;
    entry_ = earliest;
    heap.arm(slot_, earliest);
  }

 private:
  std::array<Time, kKinds> at_;
  Time entry_ = Time::never();
  TimerHeap::Slot slot_;
  bool by_wheel_ = false;
  bool must_arm_ = false;  // a deadline lies before entry_
};

}  // namespace wirelab::tcp
