#pragma once
// The packets on the wire, in the order of their arrival. The next to arrive lies apart from those behind it: most
// wires of a large network carry one packet at a time, and then there is nothing else to be found.

#include <cstddef>

#include "core/ring.h"
#include "core/units.h"
#include "wire/packet.h"

namespace wirelab {

struct Flying {
  Time arrival = Time::never();
  Packet* packet = nullptr;
};

class InFlight {
 public:
  bool empty() const { return first_.packet == nullptr; }
  std::size_t size() const { return empty() ? 0 : 1 + std::size_t{rest_.size()}; }
  /// Without a packet and at `never()` if it is empty.
  const Flying& front() const { return first_; }
  /// Precondition: not empty.
  const Flying& back() const { return rest_.empty() ? first_ : rest_.back(); }

  /// Precondition: arrives at the same time as back() or later.
  void push(const Flying& last) {
    if (empty()) {
      first_ = last;
    } else {
      rest_.push(last);
    }
  }
  /// Precondition: not empty.
  void pop() {
    if (rest_.empty()) {
      first_ = Flying{};
      return;
    }
    first_ = rest_.front();
    rest_.pop();
    __builtin_prefetch(first_.packet, 1);
  }

 private:
  Flying first_;
  Ring<Flying> rest_;
};

}  // namespace wirelab
