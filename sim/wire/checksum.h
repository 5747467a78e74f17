#pragma once
// The Internet checksum: the ones' complement of the ones' complement sum of 16-bit words (RFC 1071).

#include <cstddef>
#include <cstdint>
#include <span>

namespace wirelab {

/// Adds up pieces. All pieces but the last have an even length.
class InternetChecksum {
 public:
  void add(std::span<const std::uint8_t> bytes);
  void add16(std::uint16_t word) { sum_ += word; }
  void add32(std::uint32_t word) { sum_ += (word >> 16) + (word & 0xffff); }
  /// What belongs into the header's field. Over data that holds its own right checksum this is 0.
  std::uint16_t value() const;

 private:
  std::uint64_t sum_ = 0;  // of big-endian words; carries are folded at the end
};

struct Packet;

/// Of a TCP or UDP segment with its pseudo header (RFC 9293 section 3.1, RFC 768): 0 if it holds its own right
/// checksum.
std::uint16_t transport_checksum(const Packet& p, std::span<const std::uint8_t> segment);

}  // namespace wirelab
