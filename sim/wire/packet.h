#pragma once
// The packet as the simulator moves it: parsed header fields in one cache line, and a second block only for what few
// packets carry. Header bytes are made for captures and codec tests alone (wire/codec.h).

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/assert.h"
#include "core/units.h"
#include "wire/address.h"
#include "wire/seq.h"

namespace wirelab {

enum class Protocol : std::uint8_t { Icmp = 1, Tcp = 6, Udp = 17 };

/// TCP's control bits as they stand in the header (RFC 9293 section 3.1, RFC 3168).
namespace tcp_flag {
inline constexpr std::uint8_t Fin = 0x01, Syn = 0x02, Rst = 0x04, Psh = 0x08, Ack = 0x10, Urg = 0x20, Ece = 0x40,
                              Cwr = 0x80;
}

/// Marks beside the header: what a header byte does not say at once.
namespace mark {
inline constexpr std::uint8_t DontFragment = 0x01;   ///< the IPv4 DF bit
inline constexpr std::uint8_t Timestamps = 0x02;     ///< ts_val and ts_ecr are an option of this segment
inline constexpr std::uint8_t Fragment = 0x04;       ///< Extension::fragment says which part
inline constexpr std::uint8_t Corrupt = 0x08;        ///< Extension::corrupt_bit was flipped on the way
inline constexpr std::uint8_t SackPermitted = 0x10;  ///< option on a SYN
}  // namespace mark

struct SackBlock {
  Seq left, right;  ///< received: left <= x < right (RFC 2018)
  friend constexpr bool operator==(const SackBlock&, const SackBlock&) = default;
};

/// What an ICMP error quotes of the datagram that caused it: its header and 8 bytes (RFC 792).
struct IcmpQuote {
  Ipv4Address src, dst;
  std::uint16_t sport, dport;
  Seq seq;
  std::uint16_t id, size;  ///< IP identification and total length
  std::uint8_t protocol, ttl, tos, marks;
  std::uint16_t udp_length;
};

/// The part of its whole original that a fragment carries. The packet's other fields are those of the original.
struct FragmentRange {
  std::uint32_t original;              ///< the same for all fragments of one original datagram
  std::uint16_t first, length, total;  ///< bytes of IP payload: offset (multiple of 8), this part, whole original
};

/// The Fast Open option of a SYN or SYN-ACK (RFC 7413 section 2).
struct FastOpenOption {
  static constexpr std::size_t kLeast = 4, kMost = 16;  ///< bytes of a cookie, always even

  bool experimental = false;  ///< kind 254 with the magic number 0xf989 in place of kind 34
  std::uint8_t length = 0;    ///< of the cookie; 0: one is asked for
  std::uint8_t cookie[kMost] = {};

  friend constexpr bool operator==(const FastOpenOption&, const FastOpenOption&) = default;
  /// A length that the option may have: none, or 4 to 16 and even.
  static constexpr bool is_valid_length(std::size_t n) { return n == 0 || (n >= kLeast && n <= kMost && n % 2 == 0); }
  /// Bytes of the header that the option takes, its padding included.
  constexpr std::uint16_t bytes() const {
    return static_cast<std::uint16_t>(((experimental ? 4u : 2u) + length + 3u) & ~3u);
  }
};

/// What only few packets carry.
struct Extension {
  std::uint16_t mss = 0;          ///< option on a SYN; 0: absent
  std::uint8_t window_scale = 0;  ///< option on a SYN: shift + 1; 0: absent (RFC 7323)
  std::uint8_t sack_count = 0;    ///< 0 to 4; the first may be a D-SACK (RFC 2883)
  std::uint16_t urgent_pointer = 0;
  bool has_fast_open = false;     ///< `fast_open` holds an option of this SYN; it has no SACK blocks
  std::uint32_t corrupt_bit = 0;  ///< counted from the first bit of the IP header, within this packet's own bytes
  FragmentRange fragment{};
  union {
    SackBlock sack[4];
    IcmpQuote quote;
    FastOpenOption fast_open;
  };
  Extension() : sack{} {}
};

/// One IPv4 packet. `size` is what links and MTUs count: the IP total length.
struct alignas(64) Packet {
  Ipv4Address src, dst;
  std::uint16_t sport, dport;    ///< ICMP: sport holds type << 8 | code
  Seq seq, ack;                  ///< ICMP: seq holds the second word (identifier and number, or the next-hop MTU)
  std::uint32_t ts_val, ts_ecr;  ///< valid with mark::Timestamps
  std::uint32_t payload_stream;  ///< the pattern that the payload is cut from
  std::uint64_t payload_offset;  ///< where in that pattern it starts
  std::uint32_t extension;       ///< 0: none
  std::uint16_t size;            ///< IP total length of this packet
  std::uint16_t payload;         ///< transport payload bytes; of a fragment: of its whole original
  std::uint16_t window;          ///< as in the header, unscaled
  std::uint16_t id;              ///< IP identification
  std::uint8_t flags, ttl, tos;
  Protocol protocol;
  std::uint8_t marks;

  bool has(std::uint8_t marks_wanted) const { return (marks & marks_wanted) != 0; }
  bool has_flag(std::uint8_t wanted) const { return (flags & wanted) != 0; }
};
static_assert(sizeof(Packet) == 64);

inline constexpr std::uint16_t kIpv4HeaderBytes = 20, kTcpHeaderBytes = 20, kUdpHeaderBytes = 8, kIcmpHeaderBytes = 8;

/// Owns every packet of one domain. Packets keep their address until they are released; the most recently released is
/// handed out first, while its line is still in the cache.
class PacketPool {
 public:
  PacketPool() = default;
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  /// A packet whose fields are all unset but `extension` and `marks`, which are 0.
  Packet* make() {
    if (free_ == nullptr) grow();
    Packet* const p = free_;
    free_ = next_of(p);
    p->extension = 0;
    p->marks = 0;
    ++live_;
    return p;
  }
  /// A copy with an extension of its own.
  Packet* copy(const Packet& other) {
    Packet* const p = make();
    *p = other;
    if (other.extension != 0) {
      const Extension kept = extension(other);
      p->extension = 0;
      extend(*p) = kept;
    }
    return p;
  }
  [[gnu::hot]] void release(Packet* p) {
    if (p->extension != 0) release_extension(*p);
    next_of(p) = free_;
    free_ = p;
    --live_;
  }

  /// The packet's extension, made on first use. References stay valid until it is released.
  Extension& extend(Packet& p);
  /// Precondition: the packet has one.
  Extension& extension(const Packet& p) {
    WIRELAB_DEBUG_ASSERT(p.extension != 0);
    return place_of(p.extension);
  }
  const Extension& extension(const Packet& p) const {
    WIRELAB_DEBUG_ASSERT(p.extension != 0);
    return place_of(p.extension);
  }
  void release_extension(Packet& p) {
    free_extensions_.push_back(p.extension);
    p.extension = 0;
  }

  std::size_t live() const { return live_; }  ///< packets not released
  std::size_t allocated() const { return slabs_.size() * kSlab; }

 private:
  static constexpr std::size_t kSlab = 1024;
  static constexpr std::uint32_t kExtensionSlab = 128;
  static Packet*& next_of(Packet* p) { return *reinterpret_cast<Packet**>(p); }
  void grow();
  void grow_extensions();
  Extension& place_of(std::uint32_t number) const {
    return extensions_[number / kExtensionSlab][number % kExtensionSlab];
  }

  Packet* free_ = nullptr;  // linked through the first bytes of the free packets
  std::size_t live_ = 0;
  std::vector<std::unique_ptr<Packet[]>> slabs_;
  std::vector<std::unique_ptr<Extension[]>> extensions_;  // by number; 0 means none
  std::vector<std::uint32_t> free_extensions_;
};

}  // namespace wirelab
