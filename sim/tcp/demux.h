#pragma once
// Who a segment is for: four-tuples to connections and small records, in one open table.

#include <cstdint>
#include <vector>

#include "core/assert.h"
#include "wire/address.h"

namespace wirelab::tcp {

/// Seen from this host.
struct FourTuple {
  Ipv4Address local, remote;
  std::uint16_t local_port = 0, remote_port = 0;
  friend constexpr bool operator==(const FourTuple&, const FourTuple&) = default;

  /// Well mixed; the same on every machine.
  constexpr std::uint64_t hash() const {
    std::uint64_t x = std::uint64_t{remote.bits()} << 32 | std::uint32_t{remote_port} << 16 | local_port;
    x ^= std::uint64_t{local.bits()} * 0x9e3779b97f4a7c15u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
  }
};

/// Linear probing with a load of at most one half; erasing moves later entries back, so there are no tombstones.
class DemuxTable {
 public:
  enum class Kind : std::uint32_t { None, Connection, SynReceived, TimeWait, Listener };
  struct Entry {
    FourTuple id;
    Kind kind = Kind::None;
    void* who = nullptr;
  };

  /// The entry, or nullptr. Valid until the next insert or erase.
  Entry* find(const FourTuple& id) {
    if (used_ == 0) return nullptr;
    for (std::size_t i = id.hash() & mask_;; i = (i + 1) & mask_) {
      Entry& e = entries_[i];
      if (e.kind == Kind::None) return nullptr;
      if (e.id == id) return &e;
    }
  }
  const Entry* find(const FourTuple& id) const { return const_cast<DemuxTable*>(this)->find(id); }
  /// Precondition: not there yet.
  void insert(const FourTuple& id, Kind kind, void* who);
  void erase(const FourTuple& id);
  /// The same four-tuple now means something else. Precondition: it is there.
  void replace(const FourTuple& id, Kind kind, void* who) {
    Entry* const e = find(id);
    WIRELAB_ASSERT(e != nullptr);
    e->kind = kind;
    e->who = who;
  }
  std::size_t size() const { return used_; }
  /// How often something has been erased.
  std::uint64_t erased() const { return erased_; }
  /// In no order that a run may depend on.
  template <class F>
  void for_each(F f) const {
    for (const Entry& e : entries_) {
      if (e.kind != Kind::None) f(e);
    }
  }

 private:
  void grow();

  std::vector<Entry> entries_;
  std::size_t mask_ = 0, used_ = 0;
  std::uint64_t erased_ = 0;
};

}  // namespace wirelab::tcp
