#pragma once
// SYN cookies: a SYN-ACK whose numbers say what the listener would otherwise have to remember (RFC 4987 section 3.6).
// The layout is Linux's: the sequence number holds the minute and one of four segment sizes under a keyed hash, the
// lowest bits of the timestamp hold the other options. A SYN without timestamps therefore gets no other option either.

#include <array>
#include <cstdint>
#include <optional>

#include "tcp/demux.h"
#include "tcp/small_records.h"
#include "wire/seq.h"

namespace wirelab::tcp {

struct SynCookieKey {
  std::uint64_t low = 0, high = 0;
};

/// The segment sizes that a cookie can name. A smaller one counts as the first.
inline constexpr std::array<std::uint16_t, 4> kCookieMss = {536, 1300, 1440, 1460};
/// A cookie is good in the minute in which it was made and in the next.
inline constexpr Duration kCookieMinute = Duration::s(60);
inline constexpr std::uint32_t kCookieMinutes = 2;

/// The sequence number that answers a SYN with number `irs`; `mss` is rounded down to what a cookie can name.
Seq make_syn_cookie(const SynCookieKey& key, const FourTuple& id, Seq irs, std::uint16_t mss, Time now);
/// The segment size in a cookie; none: it is forged, for another SYN or too old.
std::optional<std::uint16_t> mss_in_syn_cookie(const SynCookieKey& key, const FourTuple& id, Seq irs, Seq cookie,
                                               Time now);

/// Options in the lowest six bits of the millisecond clock: ECN, SACK and four bits of the peer's window scale, of
/// which 15 means none. Never later than the clock itself.
std::uint32_t cookie_timestamp(Time now, const Terms& terms);
/// Writes what cookie_timestamp has taken from them into `terms`.
void read_cookie_timestamp(std::uint32_t timestamp, Terms& terms);

}  // namespace wirelab::tcp
