#pragma once
// Reno's sawtooth as a script of its own, which knows nothing of the simulator: one packet in N is lost, each packet is
// acknowledged one round trip after it left, there is no queue. It says what the formula sqrt(3/2 N) leaves out.

#include <cstdint>
#include <deque>

namespace wirelab::validation {

/// What the formula takes for granted and a connection cannot have.
struct SawtoothIdeals {
  bool repaired_at_once = false;       ///< no round trip passes between a loss and the next growth of the window
  bool fractions_of_segments = false;  ///< half of 15 is 7.5
  bool halved_at_once = false;         ///< the window does not fall little by little (PRR) while the loss is repaired
};

/// Mean window over time, after the first quarter of `losses`.
class Sawtooth {
 public:
  Sawtooth(std::uint64_t every, SawtoothIdeals ideals) : every_(static_cast<double>(every)), ideals_(ideals) {}

  double mean(int losses) {
    double area = 0, length = 0;
    for (int cycle = 0; cycle < losses; ++cycle) {
      double cycle_area = 0, cycle_length = 0;
      run_cycle(cycle_area, cycle_length);
      if (cycle < losses / 4) continue;
      area += cycle_area;
      length += cycle_length;
    }
    return area / length;
  }

 private:
  /// From one loss to the next, in round trips. In the round of recovery half a window of new packets leaves.
  void run_cycle(double& area, double& length) {
    const double before = cwnd_;
    double after = before / 2;
    if (!ideals_.fractions_of_segments) after = static_cast<double>(static_cast<std::uint64_t>(after));
    double sent = 0;
    if (!ideals_.repaired_at_once) {
      area += ideals_.halved_at_once ? after : (before + after) / 2;
      length += 1;
      sent = after + 1;  // and the packet that is sent again
    }
    cwnd_ = after;
    double acked = 0;
    while (sent < every_) {
      area += 1;  // one packet takes 1/cwnd of a round trip, in which the window is cwnd
      length += 1 / cwnd_;
      sent += 1;
      acked += 1;
      if (ideals_.fractions_of_segments) {
        cwnd_ += 1 / cwnd_;
      } else if (acked >= cwnd_) {
        acked -= cwnd_;
        cwnd_ += 1;
      }
    }
  }

  double every_;
  SawtoothIdeals ideals_;
  double cwnd_ = 10;
};

}  // namespace wirelab::validation
