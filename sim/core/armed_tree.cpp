#include "core/armed_tree.h"

#include <tuple>

namespace wirelab {

void ArmedTree::resize(SourceId first, std::size_t count) {
  first_ = first;
  slot_of_.assign(count, kNone);
  slots_ = 0;
  build(kFewest);
}

std::uint32_t ArmedTree::take_slot() {
  if (free_.empty()) build(2 * slots_);
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  return slot;
}

void ArmedTree::cancel(std::uint32_t& slot) {
  if (slot == kNone) return;
  play(slots_ + slot, Due{});
  free_.push_back(slot);
  slot = kNone;
  // As far from the next growth as from the next shrinking, so that building costs no more than a few steps of each.
  if (slots_ > kFewest && 4 * free_.size() >= 3 * slots_) build(slots_ / 2);
}

void ArmedTree::build(std::size_t slots) {
  moving_.clear();
  for (std::size_t place = slots_; place < 2 * slots_; ++place) {
    if (!players_[place].time.is_never()) moving_.push_back(players_[place]);
  }
  slots_ = slots;
  players_.assign(2 * slots, Due{});
  free_.clear();
  for (std::size_t i = slots; i-- > moving_.size();) free_.push_back(static_cast<std::uint32_t>(i));
  for (std::size_t i = 0; i < moving_.size(); ++i) {
    players_[slots + i] = moving_[i];
    slot_of_[moving_[i].source - first_] = static_cast<std::uint32_t>(i);
  }
  for (std::size_t p = slots - 1; p >= 1; --p) {
    const Due &left = players_[2 * p], &right = players_[2 * p + 1];
    players_[p] = std::tie(left.time, left.source) < std::tie(right.time, right.source) ? left : right;
  }
}

}  // namespace wirelab
