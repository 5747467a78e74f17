#pragma once
// Fast Open cookies: what a server gives to a client to prove that its address is its own (RFC 7413 section 4.1.2). As
// Linux makes them: SipHash-2-4 of both addresses, under the host's key or one of a listener's own; a second key makes
// a change of keys pass unnoticed.

#include <array>
#include <cstdint>

#include "wire/address.h"
#include "wire/packet.h"

namespace wirelab::tcp {

/// Bits of the option `fastopen`, with the values of Linux's tcp_fastopen.
namespace fast_open_bit {
inline constexpr std::uint32_t Client = 1;            ///< connections may carry data on their SYN
inline constexpr std::uint32_t Server = 2;            ///< listeners may take it
inline constexpr std::uint32_t ClientNoCookie = 4;    ///< data on the SYN although there is no cookie
inline constexpr std::uint32_t ServerNoCookie = 512;  ///< data on a SYN is taken without cookie
inline constexpr std::uint32_t AllListeners = 1024;   ///< listeners take it without having asked
}  // namespace fast_open_bit

/// The 16 bytes of a key as SipHash takes them: two little-endian words.
struct FastOpenKey {
  static constexpr std::size_t kBytes = 16;
  std::uint64_t low = 0, high = 0;
  friend constexpr bool operator==(const FastOpenKey&, const FastOpenKey&) = default;
};

/// Cookies are made with the first; those made with the second are still good.
struct FastOpenKeys {
  std::array<FastOpenKey, 2> keys{};
  std::uint8_t count = 0;
};

constexpr FastOpenKey fast_open_key(const std::array<std::uint8_t, FastOpenKey::kBytes>& bytes) {
  FastOpenKey key;
  for (std::size_t i = 8; i > 0; --i) {
    key.low = key.low << 8 | bytes[i - 1];
    key.high = key.high << 8 | bytes[i + 7];
  }
  return key;
}

/// The cookie of 8 bytes for SYNs from `client` to `server`.
FastOpenOption make_fast_open_cookie(const FastOpenKey& key, Ipv4Address client, Ipv4Address server);

enum class CookieMatch : std::uint8_t { None, Current, Backup };
CookieMatch match_fast_open_cookie(const FastOpenKeys& keys, Ipv4Address client, Ipv4Address server,
                                   const FastOpenOption& presented);

}  // namespace wirelab::tcp
