#pragma once
// Initial sequence numbers and timestamp offsets: keyed hashes of the four-tuple (RFC 6528, RFC 7323 section 5.4).

#include <array>
#include <cstdint>

#include "core/units.h"
#include "tcp/demux.h"
#include "wire/seq.h"

namespace wirelab::tcp {

/// SipHash-2-4 of whole words, little-endian, under a 128-bit key (Aumasson, Bernstein 2012).
template <std::size_t N>
constexpr std::uint64_t siphash(std::uint64_t key0, std::uint64_t key1, const std::array<std::uint64_t, N>& words) {
  std::uint64_t v0 = key0 ^ 0x736f6d6570736575u, v1 = key1 ^ 0x646f72616e646f6du;
  std::uint64_t v2 = key0 ^ 0x6c7967656e657261u, v3 = key1 ^ 0x7465646279746573u;
  const auto rotl = [](std::uint64_t x, int b) { return x << b | x >> (64 - b); };
  const auto round = [&] {
    v0 += v1, v1 = rotl(v1, 13), v1 ^= v0, v0 = rotl(v0, 32);
    v2 += v3, v3 = rotl(v3, 16), v3 ^= v2;
    v0 += v3, v3 = rotl(v3, 21), v3 ^= v0;
    v2 += v1, v1 = rotl(v1, 17), v1 ^= v2, v2 = rotl(v2, 32);
  };
  const auto absorb = [&](std::uint64_t word) {
    v3 ^= word;
    round(), round();
    v0 ^= word;
  };
  for (const std::uint64_t word : words) absorb(word);
  absorb(std::uint64_t{8 * N} << 56);  // no bytes are left over; the length ends the message
  v2 ^= 0xff;
  round(), round(), round(), round();
  return v0 ^ v1 ^ v2 ^ v3;
}

constexpr std::uint64_t keyed_hash(const FourTuple& id, std::uint64_t key0, std::uint64_t key1) {
  return siphash(key0, key1,
                 std::array{std::uint64_t{id.local.bits()} << 32 | id.remote.bits(),
                            std::uint64_t{id.local_port} << 32 | id.remote_port});
}

/// RFC 6528 section 3: M + F(four-tuple, secret), where M ticks every 4 us.
constexpr Seq initial_sequence_number(const FourTuple& id, std::uint64_t key0, std::uint64_t key1, Time now) {
  const auto ticks = static_cast<std::uint32_t>(now.ps() / Duration::us(4).ps());
  return Seq(static_cast<std::uint32_t>(keyed_hash(id, key0, key1)) + ticks);
}

/// Where a connection's millisecond clock starts; never 0, so that the clock of a short run never reads 0.
constexpr std::uint32_t timestamp_offset(const FourTuple& id, std::uint64_t key) {
  const auto offset = static_cast<std::uint32_t>(keyed_hash(id, key, ~key) >> 32);
  return offset == 0 ? 1 : offset;
}

}  // namespace wirelab::tcp
