#include "wire/packet.h"

namespace wirelab {

void PacketPool::grow() {
  slabs_.push_back(std::make_unique<Packet[]>(kSlab));
  Packet* const slab = slabs_.back().get();
  for (std::size_t i = kSlab; i-- > 0;) {
    next_of(&slab[i]) = free_;
    free_ = &slab[i];
  }
}

Extension& PacketPool::extend(Packet& p) {
  if (p.extension == 0) {
    if (free_extensions_.empty()) {
      p.extension = static_cast<std::uint32_t>(extensions_.size());
      extensions_.emplace_back();
    } else {
      p.extension = free_extensions_.back();
      free_extensions_.pop_back();
      extensions_[p.extension] = Extension{};
    }
  }
  return extensions_[p.extension];
}

}  // namespace wirelab
