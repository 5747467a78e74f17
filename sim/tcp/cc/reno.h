#pragma once
// The additive increase and multiplicative decrease of RFC 5681, which several algorithms fall back on.

#include <algorithm>

#include "tcp/congestion_control.h"

namespace wirelab::tcp::cc {

/// Slow start, then one segment more for every window acknowledged.
inline Window reno_growth(const AckEvent& ack, Window w) {
  if (ack.growth == 0 || !ack.cwnd_limited) return w;
  Segments acked = ack.growth;
  if (w.in_slow_start()) {
    acked = slow_start(w, acked);
    if (acked == 0) return w;
  }
  additive_increase(w, w.cwnd, acked);
  return w;
}

/// Half, at least 2: of what is in flight (RFC 5681 equation 4), or of the window as in Linux.
inline Segments reno_ssthresh(const CongestionEvent& event, bool of_flight) {
  return std::max<Segments>((of_flight ? event.flight : event.window.cwnd) >> 1, 2);
}

}  // namespace wirelab::tcp::cc
