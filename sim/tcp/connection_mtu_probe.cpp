// Probing for a larger segment (mtu_probe.h): when one may be sent, and what its fate means.

#include <algorithm>

#include "tcp/connection.h"
#include "tcp/layer.h"
#include "tcp/segment.h"
#include "tcp/segment_size.h"

namespace wirelab::tcp {

void Connection::start_mtu_probing() {
  if (config_->mtu_probing == 0 || !config_->mtu_discovery) return;
  const auto base = static_cast<std::uint32_t>(config_->base_mss.count());
  const std::uint32_t high = std::min<std::uint32_t>(terms_.peer_mss, kMaxMss);
  mtu_probe_ = std::make_unique<MtuProbe>(std::min(base, high), high, config_->mtu_probing > 1);
}

/// Linux's tcp_mtu_probe. Waits: output stops, so that there is room for the probe.
Connection::Probing Connection::send_mtu_probe(Time now) {
  const Segments cwnd = sender_.window().cwnd;
  MtuProbe& probe = *mtu_probe_;
  if (!probe.enabled() || probe.under_way() || sender_.ca_state() != CaState::Open || cwnd < 11) return Probing::No;
  if (receiver_.sack_block_count() != 0) return Probing::No;
  probe.limit(layer_->output().path_mtu(id_.remote, now) - kFixedHeaders);
  const std::uint32_t whole = probe.next_size();
  if (whole <= sender_.smss() + option_bytes()) return Probing::No;
  const std::uint32_t size = whole - option_bytes();
  // As much again must follow as shows by its SACKs that only the probe was lost.
  const std::uint64_t needed = size + std::uint64_t{sender_.reordering() + 1} * sender_.smss();
  const std::uint64_t waiting = unsent();
  if (waiting < needed || sender_.snd_wnd() < needed) return Probing::No;
  if (window_room() < needed) return Probing::Waits;
  if (sender_.in_flight() + 2 > cwnd) return sender_.in_flight() == 0 ? Probing::No : Probing::Waits;
  if (send_buffer_.record_end(sent_position()) < sent_position() + size) return Probing::No;
  if (!send_data_segment(size, now)) return Probing::No;
  probe.on_sent(whole, sender_.snd_nxt());
  sender_.on_size_probe_sent(now);
  return Probing::Sent;
}

/// After each ACK that says something of the probe.
void Connection::follow_mtu_probe(Time now) {
  MtuProbe& probe = *mtu_probe_;
  if (!probe.under_way()) return;
  if (sender_.take_size_probe_loss()) {
    probe.on_loss();
    sender_.end_size_probe(now, sender_.window().cwnd + 1);
    sender_.set_smss(now, sender_.smss(), true);  // what is longer is cut and sent again
    return;
  }
  if (sender_.snd_una() < probe.end()) return;
  const std::uint64_t before = sender_.smss() + option_bytes() + kFixedHeaders;
  const std::uint32_t size = probe.on_success();
  const std::uint64_t cwnd = sender_.window().cwnd * before / (size + kFixedHeaders);  // as many bytes as they were
  sender_.end_size_probe(now, static_cast<Segments>(std::max<std::uint64_t>(cwnd, 1)));
  use_probed_size(now, false);
}

void Connection::read_path_mtu(Time now) {
  const int path = layer_->output().path_mtu(id_.remote, now) - kFixedHeaders;
  path_payload_ = static_cast<std::uint16_t>(std::clamp<int>(path, kMinMss, kMaxMss));
}

void Connection::on_path_changed(Time now) {
  if (!started_ || state_ == State::Closed || state_ == State::TimeWait) return;
  const std::uint16_t before = path_payload_;
  read_path_mtu(now);
  if (path_payload_ == before) return;
  std::uint32_t most = std::min(terms_.peer_mss, path_payload_);
  if (mtu_probe_ && mtu_probe_->enabled()) most = std::min(most, mtu_probe_->low());
  const std::uint32_t full = full_segment(*config_, most, option_bytes(), sender_.max_window());
  if (full == sender_.smss()) return;
  sender_.set_smss(now, full, false);
  changes_ |= change::Mtu;
}

void Connection::use_probed_size(Time now, bool lost) {
  read_path_mtu(now);
  const std::int64_t own_limit = own_mss_limit(*config_);
  const auto whole = std::min<std::int64_t>({terms_.peer_mss, own_limit, path_payload_, mtu_probe_->low()});
  sender_.set_smss(now, static_cast<std::uint32_t>(whole) - option_bytes(), lost);
  changes_ |= change::Mtu;
}

/// The retransmission timer was due so often that the path may be a black hole for what is as large as this.
void Connection::suspect_black_hole(Time now) {
  if (mtu_probe_ == nullptr) return;
  mtu_probe_->on_black_hole(static_cast<std::uint32_t>(config_->base_mss.count()));
  use_probed_size(now, true);
}

}  // namespace wirelab::tcp
