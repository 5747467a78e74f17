#pragma once
// What one end of a connection remembers of the data that it has sent. It takes more than half of a sender's memory,
// and most connections send in one direction: so it is made when the first data is about to leave.

#include <cstdint>

#include "core/units.h"
#include "tcp/cwnd_validation.h"
#include "tcp/loss_recovery.h"
#include "tcp/scoreboard.h"
#include "tcp/send_times.h"

namespace wirelab::tcp {

struct SenderCounters {
  std::uint64_t segments_sent = 0;           ///< with data or FIN, retransmissions included
  std::uint64_t segments_retransmitted = 0;  ///< of these
  std::uint64_t delivered = 0;               ///< segments acknowledged cumulatively or selectively
  std::uint32_t fast_recoveries = 0, timeouts = 0, undos = 0, ecn_reductions = 0;
  std::uint32_t delivered_ce = 0;     ///< of those delivered, acknowledged with ECN's echo
  std::uint32_t duplicates_told = 0;  ///< segments that D-SACKs say came twice, sent so or not
};

struct Flight {
  Scoreboard board;
  LossRecovery recovery;
  CwndValidation validation;
  std::uint32_t timeouts_in_a_row = 0;  ///< since snd_una moved last
  std::uint32_t offered = 0;            ///< position of what Sender::next_retransmission gave last
  SenderCounters counters;
  Uint128 cwnd_area = 0;  ///< integral of cwnd over time, in segment-picoseconds, up to Sender::cwnd_since_
  SendTimes times;
};

}  // namespace wirelab::tcp
