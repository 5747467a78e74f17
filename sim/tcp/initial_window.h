#pragma once
// How much may leave before the first acknowledgement.

#include <algorithm>
#include <cstdint>

#include "core/units.h"
#include "tcp/config.h"

namespace wirelab::tcp {

/// RFC 5681 section 3.1 (RFC 3390). Precondition: smss > 0.
constexpr Bytes rfc5681_initial_window(Bytes smss) { return std::min(smss * 4, std::max(smss * 2, Bytes(4380))); }

/// RFC 6928 section 2.
constexpr Bytes rfc6928_initial_window(Bytes smss) { return std::min(smss * 10, std::max(smss * 2, Bytes(14600))); }

/// In full segments, at least 1: what the option says, or RFC 5681's bytes where it says 0. After a SYN that timed out
/// one segment if the option asks for RFC 5681's rule, else after two, as in Linux: a first second may be too short.
constexpr Segments initial_window(const TcpConfig& config, std::uint32_t smss, int syn_resent) {
  if (syn_resent >= (config.lost_syn_window ? 1 : 2)) return 1;
  if (config.initial_window != 0) return config.initial_window;
  const Bytes segment(smss);
  return static_cast<Segments>(rfc5681_initial_window(segment) / segment);
}

}  // namespace wirelab::tcp
