#include "core/armed_tree.h"

#include <tuple>

namespace wirelab {

void ArmedTree::take_slot(EventSource& source) {
  if (free_.empty()) build(2 * slots_);
  source.slot_ = free_.back();
  holders_[source.slot_] = &source;
  free_.pop_back();
}

void ArmedTree::cancel(EventSource& source) {
  if (source.slot_ == EventSource::kNone) return;
  play(slots_ + source.slot_, Due{});
  free_.push_back(source.slot_);
  source.slot_ = EventSource::kNone;
  // As far from the next growth as from the next shrinking, so that building costs no more than a few steps of each.
  if (slots_ > kFewest && 4 * free_.size() >= 3 * slots_) build(slots_ / 2);
}

void ArmedTree::build(std::size_t slots) {
  moving_.clear();
  for (std::size_t slot = 0; slot < slots_; ++slot) {
    const Due& due = players_[slots_ + slot];
    if (!due.time.is_never()) moving_.emplace_back(holders_[slot], due);
  }
  slots_ = slots;
  players_.assign(2 * slots, Due{});
  holders_.resize(slots);
  free_.clear();
  for (std::size_t i = slots; i-- > moving_.size();) free_.push_back(static_cast<std::uint32_t>(i));
  for (std::size_t i = 0; i < moving_.size(); ++i) {
    const auto& [source, due] = moving_[i];
    players_[slots + i] = due;
    holders_[i] = source;
    source->slot_ = static_cast<std::uint32_t>(i);
  }
  for (std::size_t p = slots - 1; p >= 1; --p) {
    const Due &left = players_[2 * p], &right = players_[2 * p + 1];
    players_[p] = std::tie(left.time, left.source) < std::tie(right.time, right.source) ? left : right;
  }
}

}  // namespace wirelab
