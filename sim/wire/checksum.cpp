#include "wire/checksum.h"

#include "wire/packet.h"

namespace wirelab {

void InternetChecksum::add(std::span<const std::uint8_t> bytes) {
  std::uint64_t sum = 0;
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) sum += static_cast<std::uint32_t>(bytes[at] << 8 | bytes[at + 1]);
  if (at < bytes.size()) sum += static_cast<std::uint32_t>(bytes[at] << 8);  // padded with a zero byte
  sum_ += sum;
}

std::uint16_t InternetChecksum::value() const {
  std::uint64_t sum = sum_;
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::uint16_t transport_checksum(const Packet& p, std::span<const std::uint8_t> segment) {
  InternetChecksum sum;
  sum.add32(p.src.bits());
  sum.add32(p.dst.bits());
  sum.add16(static_cast<std::uint16_t>(p.protocol));
  sum.add16(static_cast<std::uint16_t>(segment.size()));
  sum.add(segment);
  return sum.value();
}

}  // namespace wirelab
