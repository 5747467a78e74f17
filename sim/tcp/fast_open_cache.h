#pragma once
// What a client remembers of servers for Fast Open (RFC 7413 section 4.1.3): cookie and MSS by address, which kind of
// option to ask with, and whether the path swallows such connections (section 4.1.3.1, as Linux takes it: for the whole
// host and for a time).

#include <cstdint>
#include <optional>
#include <vector>

#include "core/units.h"
#include "wire/address.h"
#include "wire/packet.h"

namespace wirelab::tcp {

class FastOpenCache {
 public:
  /// What the next SYN to a server should say.
  struct Advice {
    FastOpenOption option;  ///< with length 0: there is no cookie, ask for one
    std::uint16_t mss = 0;  ///< what the server's last SYN-ACK announced; 0: unknown
  };
  Advice look_up(Ipv4Address local, Ipv4Address remote) const;

  /// How a SYN that carried the option or data was answered.
  struct Answer {
    std::uint16_t mss = 0;                 ///< of the SYN-ACK
    std::optional<FastOpenOption> cookie;  ///< that it carried, if it was asked for
    bool refused = false;                  ///< a cookie was asked for and did not come, nor was anything lost
    bool experimental = false;             ///< it was asked for with the experimental option
  };
  /// A server that does not know the option is asked once with the experimental one, and from then on with the
  /// standard one again.
  void note(Ipv4Address local, Ipv4Address remote, const Answer& answer);
  void flush() { entries_.clear(); }

  /// Timeouts on a connection that used Fast Open: the host pauses for `timeout`, doubled for each time in a row, up to
  /// 64 times that. A timeout of 0 switches this off.
  void on_black_hole(Duration timeout, Time now);
  bool is_paused(Duration timeout, Time now) const;
  /// There was a pause, and no connection has used Fast Open well since.
  bool is_on_probation() const { return pauses_ != 0; }
  /// A connection that used Fast Open on probation has gone well.
  void on_success() { pauses_ = 0; }

 private:
  struct Entry {
    Ipv4Address local, remote;
    FastOpenOption cookie;
    std::uint16_t mss = 0;
    std::uint8_t refusals = 0;  // of the standard option: 1; of both: 2
  };
  static bool before(const Entry& a, const Entry& b) {
    return a.remote != b.remote ? a.remote < b.remote : a.local < b.local;
  }

  std::vector<Entry> entries_;  // in the order of `before`
  Time paused_at_{};
  std::uint32_t pauses_ = 0;
};

}  // namespace wirelab::tcp
