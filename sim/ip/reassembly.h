#pragma once
// Fragments (RFC 791 section 3.2): cutting a packet to an MTU, and putting datagrams together at their destination.
// A fragment refers to its whole original with a byte range; the original is known by a hash of what identifies it, so
// that two copies of one datagram that were cut apart on different ways are still one.

#include <tsl/robin_map.h>

#include <cstdint>
#include <vector>

#include "core/units.h"
#include "ip/counters.h"
#include "trace/domain.h"
#include "wire/packet.h"

namespace wirelab {

/// The part of its original that a packet carries: of a whole datagram, all.
FragmentRange range_of(const Packet& p, const PacketPool& pool);

/// Cuts `p`, a datagram or a fragment longer than `mtu`, into fragments on 8-byte offsets, first to last, appended to
/// `out`. `p` is delivered (it was cut up). A corrupt bit goes with the fragment that carries it.
/// Precondition: mtu >= 68, DF is not set.
void fragment(Domain& domain, Packet* p, std::uint16_t mtu, std::vector<Packet*>& out);

/// The reassembly queues of one node. A datagram is known by (source, destination, identification, protocol) and done
/// when the ranges of one original cover it. An exact duplicate is ignored; any other overlap, or a second original
/// under one key, drops the whole and what still comes of it until the time is up (as RFC 5722 asks of IPv6).
class Reassembler {
 public:
  struct Limits {
    Duration timeout = Duration::s(30);     ///< from the first fragment that comes (Linux ipfrag_time)
    Bytes memory = Bytes(4 * 1024 * 1024);  ///< IP bytes held (Linux ipfrag_high_thresh); then the oldest goes
  };
  Reassembler(Domain& domain, IpCounters& counters, Limits limits);

  /// Takes a fragment. Returns the whole datagram when this one completes it: the last packet to come, no longer a
  /// fragment, while the others are delivered (merged). Otherwise nothing.
  Packet* add(Packet* p, Time now);

  /// When the oldest datagram's time is up, or never.
  Time deadline() const;
  /// Gives up what is due, one datagram at a time: its fragments are dropped, but if the one with offset 0 has come it
  /// is returned for "time exceeded" (RFC 792), still to be dropped by the caller. Nothing: no such datagram is left.
  Packet* expire(Time now);

  Bytes held() const { return held_; }
  std::size_t datagrams() const { return index_.size(); }

 private:
  struct Key {
    std::uint32_t src, dst;
    std::uint16_t id;
    Protocol protocol;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& k) const;
  };
  struct Part {
    std::uint16_t first, length;
    Packet* packet;
  };
  struct Queue {
    Key key;
    std::uint32_t original = 0;
    std::uint32_t covered = 0;  // bytes of parts, which do not overlap
    bool given_up = false;      // holds nothing and swallows what still comes
    Time deadline;
    std::uint32_t older = kNone, newer = kNone;
    std::vector<Part> parts;  // by offset
  };
  static constexpr std::uint32_t kNone = 0xffffffff;

  std::uint32_t open(const Key& key, std::uint32_t original, Time now);
  void close(std::uint32_t q);
  void drop_parts(Queue& q);
  Packet* merge(std::uint32_t q, Packet* last);
  void evict_oldest();

  Domain& domain_;
  IpCounters& counters_;
  Limits limits_;
  std::vector<Queue> queues_;
  std::vector<std::uint32_t> free_;
  tsl::robin_map<Key, std::uint32_t, KeyHash> index_;
  std::uint32_t oldest_ = kNone,
                newest_ = kNone;  // all live equally long, so the order of opening is that of deadlines
  Bytes held_;
};

}  // namespace wirelab
