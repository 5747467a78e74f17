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

void PacketPool::grow_extensions() {
  const auto first = static_cast<std::uint32_t>(extensions_.size()) * kExtensionSlab;
  extensions_.push_back(std::make_unique<Extension[]>(kExtensionSlab));
  for (std::uint32_t i = kExtensionSlab; i-- > 0;) {
    if (first + i != 0) free_extensions_.push_back(first + i);
  }
}

Extension& PacketPool::extend(Packet& p) {
  if (p.extension == 0) {
    if (free_extensions_.empty()) grow_extensions();
    p.extension = free_extensions_.back();
    free_extensions_.pop_back();
    place_of(p.extension) = Extension{};
  }
  return place_of(p.extension);
}

}  // namespace wirelab
