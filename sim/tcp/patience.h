#pragma once
// How long a connection waits for a peer that is silent: R2 of RFC 1122 section 4.2.3.5, as Linux reckons it.

#include <algorithm>
#include <cstdint>

#include "core/units.h"
#include "tcp/config.h"

namespace wirelab::tcp {

/// What a first timeout and so many retries take together, each twice as long as the one before and `longest` at most.
inline Duration time_of_retries(Duration first, std::uint32_t retries, Duration longest) {
  Duration total{}, step = first;
  for (std::uint32_t i = 0; i <= retries; ++i) {
    total += step;
    step = std::min(step * 2, longest);
  }
  return total;
}

/// Retransmissions of data, or probes of a closed window, before a connection ends. `orphan`: its application has gone.
inline std::uint32_t retry_limit(const TcpConfig& config, bool orphan) {
  return orphan ? std::min(config.orphan_retries, config.retries2) : config.retries2;
}

/// Of data: by the clock, so that a long RTO has fewer retries. `timeouts`: since something was acknowledged; `since`:
/// the first transmission that one followed; `user_timeout` takes the place of the limit, 0: none.
inline bool retries_used_up(const TcpConfig& config, bool orphan, Duration user_timeout, std::uint32_t timeouts,
                            Duration since) {
  if (user_timeout != Duration{}) return since >= user_timeout;
  const std::uint32_t limit = retry_limit(config, orphan);
  if (timeouts == 0 && limit != 0) return false;
  // Linux reckons with its usual smallest RTO, whatever the connection's own.
  const Duration first = config.rto_min_on_variance ? Duration::ms(200) : config.rto_min;
  return since >= time_of_retries(first, limit, config.rto_max);
}

/// Of a SYN whose first retries come without back-off: Linux gives up at the latest when as many retries would have
/// taken as long with back-off from the start.
inline bool syn_time_is_over(const TcpConfig& config, std::uint32_t retries, Duration since) {
  return config.syn_linear_timeouts != 0 && since >= time_of_retries(config.rto_initial, retries, config.rto_max);
}

}  // namespace wirelab::tcp
