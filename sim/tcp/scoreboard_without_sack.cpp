// Without SACK a duplicate ACK stands for one segment that has arrived, nobody knows which (RFC 6582).

#include <algorithm>

#include "tcp/scoreboard.h"

namespace wirelab::tcp {

bool Scoreboard::emulate_sack() {
  const Segments holes = std::clamp<Segments>(lost_out_, 1, std::max<Segments>(packets_out(), 1));
  if (sacked_out_ + 1 + holes > packets_out()) return false;
  ++sacked_out_;
  ++delivered_;
  return true;
}

Segments Scoreboard::emulate_delivery(Segments acked) {
  if (acked == 0) return 0;
  // One acknowledged segment filled the hole; the others had caused the duplicate ACKs that were counted.
  const Segments fresh = acked > sacked_out_ ? acked - sacked_out_ : 1;
  delivered_ += fresh;
  sacked_out_ -= std::min(acked - 1, sacked_out_);
  limit_emulated_sack();
  return fresh;
}

/// What is lost has not arrived, however many duplicate ACKs were counted.
void Scoreboard::limit_emulated_sack() {
  if (!sack_) sacked_out_ = std::min(sacked_out_, packets_out() - std::min(packets_out(), lost_out_));
}

void Scoreboard::reset_emulated_sack() {
  if (!sack_) sacked_out_ = 0;
}

}  // namespace wirelab::tcp
