#include "tcp/fast_open_cookie.h"

#include <algorithm>
#include <bit>

#include "tcp/isn.h"

namespace wirelab::tcp {

namespace {

/// The four bytes of an address in the order of the wire, as a little-endian word.
constexpr std::uint32_t wire_word(Ipv4Address a) {
  const std::uint32_t x = a.bits();
  return x >> 24 | (x >> 8 & 0xff00u) | (x & 0xff00u) << 8 | x << 24;
}

}  // namespace

FastOpenOption make_fast_open_cookie(const FastOpenKey& key, Ipv4Address client, Ipv4Address server) {
  const std::uint64_t path = std::uint64_t{wire_word(server)} << 32 | wire_word(client);
  std::uint64_t hash = siphash(key.low, key.high, std::array{path});
  FastOpenOption option;
  option.length = 8;
  for (std::size_t i = 0; i < 8; ++i, hash >>= 8) option.cookie[i] = static_cast<std::uint8_t>(hash);
  return option;
}

CookieMatch match_fast_open_cookie(const FastOpenKeys& keys, Ipv4Address client, Ipv4Address server,
                                   const FastOpenOption& presented) {
  for (std::size_t i = 0; i < keys.count; ++i) {
    const FastOpenOption good = make_fast_open_cookie(keys.keys[i], client, server);
    if (good.length == presented.length && std::equal(good.cookie, good.cookie + good.length, presented.cookie)) {
      return i == 0 ? CookieMatch::Current : CookieMatch::Backup;
    }
  }
  return CookieMatch::None;
}

}  // namespace wirelab::tcp
