#include "tcp/receiver.h"

#include <algorithm>

#include "core/assert.h"

namespace wirelab::tcp {

void Receiver::start(const TcpConfig& config, const InitialWindow& offered, std::uint8_t rcv_wscale, std::uint32_t mss,
                     Seq irs, Time now) {
  irs_ = irs;
  rcv_nxt_ = irs + 1;
  window.start(config, offered, rcv_wscale, mss, rcv_nxt_, now);
  acks.start(config, mss, window.rcv_wnd());
}

void Receiver::check_content(Seq seq, std::uint32_t length, const Packet& p) {
  if (p.payload_stream == 0 || length == 0) return;  // not a pattern: nothing to compare with
  if (stream_ == 0) stream_ = p.payload_stream;
  const auto ahead = static_cast<std::int64_t>(seq - rcv_nxt_);
  WIRELAB_ASSERT(p.payload_stream == stream_);
  WIRELAB_ASSERT(static_cast<std::int64_t>(p.payload_offset) == static_cast<std::int64_t>(received_) + ahead);
}

bool Receiver::is_in_sequence(Seq seq, std::uint32_t length, bool fin) const {
  const Seq end = seq + length;
  if (end < window.rcv_wup()) return false;
  const Seq edge = rcv_nxt_ + rcv_wnd();
  if (end - (fin ? 1u : 0u) <= edge) return true;
  return seq <= edge && readable() == 0;
}

Receiver::Arrival Receiver::take(const Packet& p, const TcpConfig& config, ReceiveCounters& counters) {
  Arrival arrival;
  check_content(p.seq, p.payload, p);
  const bool has_fin = p.has_flag(tcp_flag::Fin);
  const Seq text_end = p.seq + p.payload;
  Seq left = p.seq;
  Seq right = text_end + (has_fin ? 1 : 0);
  if (left < rcv_nxt_) {  // the front was here before
    if (config.dsack) report_duplicate(left, min(right, rcv_nxt_));
    left = rcv_nxt_;
  }
  const Seq edge = max(window.right_edge(), rcv_nxt_);
  if (window.counts_memory()) {
    const bool is_closed = rcv_wnd() == 0 && (left == rcv_nxt_ ? p.payload != 0 : false);
    if (left < right && (is_closed || left > edge || (left == edge && left != rcv_nxt_))) {
      if (is_closed) ++counters.zero_window_drops;
      right = left;
    } else if (left < right && !find_memory(p, counters)) {
      arrival.no_memory = true;
      const bool is_in_order = left == rcv_nxt_;
      arrival.out_of_order = !is_in_order;
      if (is_in_order) window.close_for_want_of_memory();
      if (!is_in_order || (readable() > 0 && p.payload != 0)) {
        arrival.nothing_new = true;
        ++(is_in_order ? counters.rcvq_drops : counters.ofo_drops);
        return arrival;
      }
    }
  } else if (right > edge) {
    // A FIN may come where the window has just ended: it takes no buffer.
    right = has_fin && text_end == edge && left == rcv_nxt_ ? right : edge;
  }
  if (has_fin && right == text_end + 1 && !fin_known_) {
    fin_known_ = true;
    fin_at_ = text_end;
  }
  if (left >= right) {
    arrival.nothing_new = true;
    return arrival;
  }
  if (left == rcv_nxt_) {
    if (window.counts_memory() && config.dsack && has_gap()) report_overlap(right);
    if (window.counts_memory() && text_end > left) hold(p.seq, text_end, SkBuff::of_packet(p.size));
    arrival.used = rmem_;
    if (has_fin && right == text_end + 1) {
      if (has_gap() || has_duplicate_) note_ended();
      advance_to_fin(text_end, arrival);
    } else {
      advance_to(right, arrival);
    }
    return arrival;
  }
  const Reassembly::Outcome outcome = queues().ranges.insert(left, right);
  if (window.counts_memory() && p.payload != 0) hold_out_of_order(left, text_end, SkBuff::of_packet(p.size), counters);
  arrival.out_of_order = true;
  arrival.nothing_new = outcome.new_bytes == 0;
  if (outcome.is_duplicate && config.dsack) report_duplicate(outcome.duplicate.left, outcome.duplicate.right);
  return arrival;
}

/// The next part of the stream reaches to `right`, over some of what waits behind the gap: that came twice (Linux).
void Receiver::report_overlap(Seq right) {
  const SackBlock first = queues_->ranges.range_around(queues_->ranges.first_left());
  if (first.left >= right) return;
  const SackBlock overlap{first.left, min(first.right, right)};
  if (!has_duplicate_) {
    report_duplicate(overlap.left, overlap.right);
  } else if (overlap.left <= duplicate_.right && duplicate_.left <= overlap.right) {
    report_duplicate(min(duplicate_.left, overlap.left), max(duplicate_.right, overlap.right));
  }
}

void Receiver::advance_to(Seq nxt, Arrival& arrival) {
  if (has_gap()) {
    if (fin_known_) note_ended();
    const Seq joined = queues_->ranges.advance(nxt);
    const bool ends = fin_known_ && nxt <= fin_at_ && joined > fin_at_;
    arrival.gap_closed = true;
    if (window.counts_memory()) {
      queues_->out_of_order.move_ready(nxt, ends ? fin_at_ : joined, queues_->in_order);
      recount();
    }
    if (ends) return advance_to_fin(fin_at_, arrival);
    nxt = joined;
  }
  arrival.delivered = static_cast<std::uint32_t>(nxt - rcv_nxt_);
  rcv_nxt_ = nxt;
  received_ += arrival.delivered;
  // Text came in its place: the peer contradicts itself, and is believed the other way (Linux).
  if (fin_known_ && nxt > fin_at_) fin_known_ = false;
}

/// Keeps the blocks that an ACK would tell now.
void Receiver::note_ended() {
  const bool has_duplicate = has_duplicate_;
  EndedBlocks ended;
  ended.count = sack_blocks(ended.blocks.data(), static_cast<std::uint8_t>(ended.blocks.size()));
  has_duplicate_ = has_duplicate;
  queues().ended = ended.count == 0 ? nullptr : std::make_unique<EndedBlocks>(ended);
}

/// The peer's stream ends here, whatever it has sent behind: that is thrown away (Linux).
void Receiver::advance_to_fin(Seq fin_at, Arrival& arrival) {
  if (queues_ != nullptr) {
    queues_->ranges.clear();
    if (const std::uint32_t memory = queues_->out_of_order.memory(); memory != 0) {
      queues_->out_of_order.clear();
      rmem_ -= memory;
      has_spare_page_ = false;
    }
  }
  arrival.delivered = static_cast<std::uint32_t>(fin_at - rcv_nxt_);
  received_ += arrival.delivered;
  rcv_nxt_ = fin_at + 1;
  fin_at_ = fin_at;
  fin_known_ = fin_received_ = arrival.fin = true;
  has_duplicate_ = false;  // as Linux forgets all SACKs here
}

std::int64_t Receiver::read(std::int64_t most) {
  const std::int64_t taken = std::min(most, readable());
  read_ += static_cast<std::uint64_t>(taken);
  if (rmem_ != 0) {
    if (queues_ == nullptr && readable() == 0) {
      rmem_ = 0;
      has_spare_page_ = false;
    } else {
      release();
    }
  }
  return taken;
}

std::uint8_t Receiver::sack_block_count() const {
  if (tells_ended_) return queues_->ended->count;
  const std::size_t gaps = queues_ == nullptr ? 0 : queues_->ranges.recent().size();
  return static_cast<std::uint8_t>(gaps + (has_duplicate_ ? 1 : 0));
}

std::uint8_t Receiver::sack_blocks(SackBlock* blocks, std::uint8_t room) {
  if (tells_ended_) {
    const EndedBlocks& ended = *queues_->ended;
    const std::uint8_t count = std::min(room, ended.count);
    std::copy_n(ended.blocks.begin(), count, blocks);
    return count;
  }
  std::uint8_t n = 0;
  const std::uint8_t first_plain = has_duplicate_ ? 1 : 0;
  if (has_duplicate_ && room > 0) {
    blocks[n++] = duplicate_;
    has_duplicate_ = false;
    // A duplicate above the cumulative ACK is followed by the block that it lies in (RFC 2883 section 4.2).
    if (duplicate_.left > rcv_nxt_ && has_gap() && n < room) {
      const SackBlock around = queues_->ranges.range_around(duplicate_.left);
      if (around.left < around.right) blocks[n++] = around;
    }
  }
  if (queues_ == nullptr) return n;
  for (std::size_t i = 0; i < queues_->ranges.recent().size() && n < room; ++i) {
    const SackBlock& block = queues_->ranges.recent()[i];
    const bool told = n > first_plain && std::find(blocks + first_plain, blocks + n, block) != blocks + n;
    if (!told) blocks[n++] = block;
  }
  return n;
}

void Receiver::check() const {
  if (queues_ != nullptr) {
    queues_->in_order.check();
    queues_->out_of_order.check();
    const bool is_single = queues_->in_order.empty();
    WIRELAB_ASSERT(is_single || rmem_ == queues_->in_order.memory() + queues_->out_of_order.memory());
    WIRELAB_ASSERT(rmem_ >= queues_->out_of_order.memory());
  }
  if (readable() == 0) WIRELAB_ASSERT(in_order_memory() == 0);
  if (!has_gap()) return;
  queues_->ranges.check();
  WIRELAB_ASSERT(rcv_nxt_ < queues_->ranges.first_left());
  WIRELAB_ASSERT(window.counts_memory() || queues_->ranges.last_right() <= window.right_edge());
}

}  // namespace wirelab::tcp
