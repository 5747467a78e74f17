#pragma once
// Packets as bytes and back: real IPv4, TCP, UDP and ICMP headers with options, checksums and pattern payload. Used by
// captures and tests; the simulated path never makes bytes. Follows RFC 791, 792, 768, 9293, 2018, 7323; the order and
// padding of TCP options is Linux's.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/packet.h"

namespace wirelab {

/// Longest packet that can be: what a buffer for `emit` should hold.
inline constexpr std::size_t kMaxPacketBytes = 65535;

/// Bytes of TCP options that this segment carries, padding included; a multiple of 4, at most 40.
std::uint16_t tcp_option_bytes(const Packet& p, const PacketPool& pool);

/// Writes the packet's `size` bytes and returns how many that were. A fragment gives its slice of the whole original
/// datagram, whose checksum covers the whole. With mark::Corrupt the bit is flipped last, after the checksums were
/// made. Precondition: out.size() >= p.size, and `size` fits the headers and payload.
std::size_t emit(const Packet& p, const PacketPool& pool, std::span<std::uint8_t> out);

/// The flipped bit of a corrupted packet lies in its IP header: the next hop's header checksum catches it. Otherwise
/// the transport's does. Precondition: mark::Corrupt.
inline bool corrupt_bit_is_in_ip_header(const Packet& p, const PacketPool& pool) {
  return pool.extension(p).corrupt_bit < 8u * kIpv4HeaderBytes;
}

enum class ParseFault : std::uint8_t {
  None,
  Truncated,  ///< fewer bytes than a header or the total length says
  NotIpv4,    ///< version or header length makes no sense
  BadHeaderChecksum,
  BadTransportChecksum,
  BadOptions,  ///< a TCP option runs beyond the header
  UnknownProtocol,
};

/// Reads one packet from its bytes; values are set as far as they could be read. Payload bytes are not kept: their
/// stream and offset are unknown. IP options are skipped. A fragment gets its range with `original` 0 and `total` 0
/// (only the last knows it: then `total` is set); the transport header is read from a first fragment, its checksum
/// cannot be.
ParseFault parse(std::span<const std::uint8_t> bytes, Packet& p, PacketPool& pool);

}  // namespace wirelab
