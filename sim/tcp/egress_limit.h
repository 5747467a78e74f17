#pragma once
// How much of one connection waits in its own host's port: little, as Linux's TCP small queues keep it, so that a slow
// first link does not fill its own queue.

#include <cstdint>

#include "core/units.h"

namespace wirelab::tcp {

/// Two batches take turns: while the older one leaves, the newer may fill up to half of the limit. The limit is a
/// function, asked only where what waits is not below `least`, below which the limit never is: it takes divisions.
class EgressLimit {
 public:
  /// Never while what waits is below the limit.
  template <class Limit>
  bool is_full(Time now, std::uint32_t least, Limit limit) {
    if (waiting() < least || waiting() < limit()) return false;
    drain(now);
    return waiting() >= least && waiting() >= limit();
  }
  /// Nothing waits.
  bool is_idle(Time now) {
    drain(now);
    return older_bytes_ + newer_bytes_ == 0;
  }
  /// When there will be room again. Precondition: is_full.
  Time room_at() const { return older_bytes_ != 0 ? older_leaves_ : newer_leaves_; }

  template <class Limit>
  void on_sent(std::uint32_t bytes, Time leaves, Time now, std::uint32_t least, Limit limit) {
    if (leaves <= now) return;
    drain(now);
    const std::uint32_t batch = newer_bytes_ + bytes;
    if (older_bytes_ == 0 && batch > least / 2 && batch > limit() / 2) {
      older_bytes_ = batch;
      older_leaves_ = leaves;
      newer_bytes_ = 0;
      return;
    }
    newer_bytes_ = batch;
    newer_leaves_ = leaves;
  }

 private:
  std::uint32_t waiting() const { return older_bytes_ + newer_bytes_; }
  void drain(Time now) {
    if (older_leaves_ <= now) older_bytes_ = 0;
    if (newer_leaves_ <= now) newer_bytes_ = 0;
    if (older_bytes_ == 0 && newer_bytes_ != 0) {
      older_bytes_ = newer_bytes_;
      older_leaves_ = newer_leaves_;
      newer_bytes_ = 0;
    }
  }

  Time older_leaves_{}, newer_leaves_{};
  std::uint32_t older_bytes_ = 0, newer_bytes_ = 0;
};

}  // namespace wirelab::tcp
