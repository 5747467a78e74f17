#include "tcp/demux.h"

namespace wirelab::tcp {

void DemuxTable::insert(const FourTuple& id, Kind kind, void* who) {
  if (2 * (used_ + 1) > entries_.size()) grow();
  WIRELAB_DEBUG_ASSERT(find(id) == nullptr);
  std::size_t i = id.hash() & mask_;
  while (entries_[i].kind != Kind::None) i = (i + 1) & mask_;
  entries_[i] = {id, kind, who};
  ++used_;
}

void DemuxTable::erase(const FourTuple& id) {
  Entry* const found = find(id);
  if (found == nullptr) return;
  std::size_t hole = static_cast<std::size_t>(found - entries_.data());
  // Whoever stands behind the hole and could not be found across it moves into it.
  for (std::size_t i = (hole + 1) & mask_; entries_[i].kind != Kind::None; i = (i + 1) & mask_) {
    const std::size_t home = entries_[i].id.hash() & mask_;
    const std::size_t from_home = (i - home) & mask_;
    const std::size_t from_hole = (i - hole) & mask_;
    if (from_home < from_hole) continue;
    entries_[hole] = entries_[i];
    hole = i;
  }
  entries_[hole] = Entry{};
  --used_;
  ++erased_;
}

void DemuxTable::grow() {
  std::vector<Entry> old = std::move(entries_);
  entries_.assign(old.empty() ? 16 : old.size() * 2, Entry{});
  mask_ = entries_.size() - 1;
  used_ = 0;
  for (const Entry& e : old) {
    if (e.kind != Kind::None) insert(e.id, e.kind, e.who);
  }
}

}  // namespace wirelab::tcp
