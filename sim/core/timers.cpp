#include "core/timers.h"

namespace wirelab {

TimerHeap::Slot TimerHeap::attach(TimerClient& client) {
  Slot slot;
  if (free_.empty()) {
    slot = static_cast<Slot>(clients_.size());
    clients_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  clients_[slot] = Client{&client, Time::never(), 0};
  return slot;
}

void TimerHeap::detach(Slot slot) {
  if (!clients_[slot].entry.is_never()) {
    const bool was_first = clients_[slot].position == 0;
    remove_at(clients_[slot].position);
    if (was_first && !running_) publish();
  }
  clients_[slot] = Client{};
  free_.push_back(slot);
}

void TimerHeap::run(Time now) {
  running_ = true;
  while (!heap_.empty() && clients_[heap_[0]].entry <= now) {
    const Slot slot = heap_[0];
    remove_at(0);
    clients_[slot].client->on_timer(now);
  }
  running_ = false;
  publish();
}

void TimerHeap::move_to(Slot slot, Time t) {
  Client& c = clients_[slot];
  const bool is_new = c.entry.is_never();
  c.entry = t;
  if (is_new) {
    heap_.push_back(slot);
    c.position = static_cast<std::uint32_t>(heap_.size() - 1);
  }
  sift_up(c.position);
  if (heap_[0] == slot && !running_) publish();
}

void TimerHeap::remove_at(std::uint32_t position) {
  clients_[heap_[position]].entry = Time::never();
  const Slot last = heap_.back();
  heap_.pop_back();
  if (position == heap_.size()) return;
  place(position, last);
  sift_up(position);
  sift_down(clients_[last].position);
}

void TimerHeap::sift_up(std::uint32_t position) {
  const Slot slot = heap_[position];
  while (position > 0) {
    const std::uint32_t parent = (position - 1) / 2;
    if (!before(slot, heap_[parent])) break;
    place(position, heap_[parent]);
    position = parent;
  }
  place(position, slot);
}

void TimerHeap::sift_down(std::uint32_t position) {
  const Slot slot = heap_[position];
  const auto n = static_cast<std::uint32_t>(heap_.size());
  for (std::uint32_t child = 2 * position + 1; child < n; child = 2 * position + 1) {
    if (child + 1 < n && before(heap_[child + 1], heap_[child])) ++child;
    if (!before(heap_[child], slot)) break;
    place(position, heap_[child]);
    position = child;
  }
  place(position, slot);
}

}  // namespace wirelab
