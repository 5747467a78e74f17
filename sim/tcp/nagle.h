#pragma once
// Whether a segment that is not full may leave, or waits for more data: Nagle's algorithm (RFC 9293 section 3.7.4), in
// Minshall's variant as Linux has it, and the calls by which an application overrides it.

#include <cstdint>

#include "wire/seq.h"

namespace wirelab::tcp {

class Nagle {
 public:
  bool nodelay = false;   ///< TCP_NODELAY: nothing waits
  bool cork = false;      ///< TCP_CORK: all that is not full waits
  bool more = false;      ///< MSG_MORE: the same for the write under way
  bool push_now = false;  ///< TCP_NODELAY is being set: what waits leaves, corked or not

  void start(Seq iss) { small_end_ = iss; }
  /// A segment that is not full has left and ends at `end`.
  void on_small_sent(Seq end) { small_end_ = end; }

  /// `length`: bytes that the segment would have, less than a full one; 0: only a FIN. Nagle waits while anything is in
  /// flight; Minshall (`minshall`) only while a segment that was not full is.
  bool lets_go(std::uint64_t length, Seq snd_una, Seq snd_nxt, bool minshall) const {
    if (push_now) return true;
    if (cork || more) return false;
    if (nodelay || length == 0) return true;
    return minshall ? small_end_ <= snd_una : snd_una == snd_nxt;
  }

 private:
  Seq small_end_;
};

}  // namespace wirelab::tcp
