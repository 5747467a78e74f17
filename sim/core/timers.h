#pragma once
// The timers of one node. Each client (a connection, an application, a reassembly queue) keeps its own deadlines and
// has at most one entry here, at or before the earliest of them, so that moving a deadline later is a plain store in
// the client and costs nothing here. An entry that comes early lets the client arm the rest.

#include <cstdint>
#include <vector>

#include "core/scheduler.h"
#include "core/units.h"

namespace wirelab {

/// Something that is told when its entry is due.
class TimerClient {
 public:
  /// The entry has been removed. Run what is due at `now` and arm again for the earliest deadline that is left.
  virtual void on_timer(Time now) = 0;

 protected:
  ~TimerClient() = default;
};

/// An indexed binary heap ordered by (time, slot), which owns one source of the scheduler.
class TimerHeap {
 public:
  using Slot = std::uint32_t;

  TimerHeap(Scheduler& scheduler, SourceId source) : scheduler_(&scheduler), source_(source) {}
  ~TimerHeap() { scheduler_->set(source_, Time::never()); }
  TimerHeap(const TimerHeap&) = delete;
  TimerHeap& operator=(const TimerHeap&) = delete;

  /// Slots are given out from 0 and reused, the last freed first. The client must outlive its slot.
  Slot attach(TimerClient& client);
  /// Removes the entry and frees the slot.
  void detach(Slot slot);

  /// Makes sure that the client is called at `t` or before: an entry that is already due earlier stays.
  void arm(Slot slot, Time t) {
    if (t < clients_[slot].entry) move_to(slot, t);
  }
  Time entry_of(Slot slot) const { return clients_[slot].entry; }
  /// When the first entry is due.
  Time next() const { return heap_.empty() ? Time::never() : clients_[heap_[0]].entry; }
  std::size_t pending() const { return heap_.size(); }

  /// Calls every client whose entry is due. To be called when the scheduler's source fires.
  [[gnu::hot]] void run(Time now);

 private:
  struct Client {
    TimerClient* client = nullptr;
    Time entry = Time::never();
    std::uint32_t position = 0;  // in heap_, valid while entry is not never
  };

  bool before(Slot a, Slot b) const {
    return clients_[a].entry != clients_[b].entry ? clients_[a].entry < clients_[b].entry : a < b;
  }
  [[gnu::hot]] void move_to(Slot slot, Time t);
  void remove_at(std::uint32_t position);
  void sift_up(std::uint32_t position);
  void sift_down(std::uint32_t position);
  void place(std::uint32_t position, Slot slot) {
    heap_[position] = slot;
    clients_[slot].position = position;
  }
  void publish() { scheduler_->set(source_, next()); }

  Scheduler* scheduler_;
  EventSource source_;
  bool running_ = false;  // run() publishes once, at its end
  std::vector<Client> clients_;
  std::vector<Slot> heap_;
  std::vector<Slot> free_;
};

}  // namespace wirelab
