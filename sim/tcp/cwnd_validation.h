#pragma once
// Whether the window was used: a window that the application or the peer did not fill says nothing about the path, so
// it must not grow, and in time it decays (RFC 2861, RFC 7661; the rules are Linux's).

#include <algorithm>

#include "core/units.h"
#include "tcp/window.h"
#include "wire/seq.h"

namespace wirelab::tcp {

class CwndValidation {
 public:
  void reset(Time now, Seq snd_una) {
    *this = CwndValidation();
    stamp_ = now;
    usage_end_ = snd_una;
  }

  /// Output has stopped with `packets_out` in the network.
  void note_usage(bool stopped_by_cwnd, Segments packets_out, Seq snd_una, Seq snd_nxt) {
    // The strongest signal of a window's worth of data is kept: limited by cwnd, or the most that was outstanding.
    if (snd_una >= usage_end_ || stopped_by_cwnd || (!limited_ && packets_out > max_packets_out_)) {
      limited_ = stopped_by_cwnd;
      max_packets_out_ = packets_out;
      usage_end_ = snd_nxt;
    }
  }

  /// In slow start a window may grow to twice what was outstanding.
  bool cwnd_limited(const Window& w) const { return limited_ || (w.in_slow_start() && w.cwnd < 2 * max_packets_out_); }

  /// The window was full at `now`: no decay until an RTO later.
  void restart_decay(Time now) {
    stamp_ = now;
    used_ = 0;
  }

  /// An ACK was allowed to open the window: it is in use, whether it opened or not.
  void touch(Time now) { stamp_ = now; }

  /// The window was not full. After an RTO of that it goes half-way to what was used, at least `initial_window`.
  /// `may_decay`: the application is what limits us, and nothing is wrong.
  Window decay(Time now, Window w, Duration rto, Segments packets_out, Segments initial_window, bool may_decay) {
    used_ = std::max(used_, packets_out);
    if (now - stamp_ < rto) return w;
    if (may_decay) {
      const Segments used = std::max(used_, initial_window);
      if (used < w.cwnd) {
        w.ssthresh = remembered_ssthresh(w);
        w.cwnd = (w.cwnd + used) >> 1;
      }
      used_ = 0;
    }
    stamp_ = now;
    return w;
  }

 private:
  Time stamp_;
  Seq usage_end_;
  Segments max_packets_out_ = 0, used_ = 0;
  bool limited_ = false;
};

/// RFC 5681 section 4.1 as Linux has it: for every RTO of idling the window halves, down to the restart window.
inline Window restart_after_idle(Window w, Duration idle, Duration rto, Segments initial_window) {
  const Segments restart = std::min(initial_window, w.cwnd);
  w.ssthresh = remembered_ssthresh(w);
  for (idle = idle - rto; idle > Duration() && w.cwnd > restart; idle = idle - rto) w.cwnd >>= 1;
  w.cwnd = std::max(w.cwnd, restart);
  return w;
}

}  // namespace wirelab::tcp
