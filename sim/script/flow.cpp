#include "script/flow.h"

#include <fmt/format.h>

#include <utility>

#include "wire/packet.h"

namespace wirelab::script {

Segment Flow::to_script(const Sent& sent, const Segment* expected) const {
  Segment s = sent.segment;
  const bool syn = s.has(tcp_flag::Syn);
  const std::uint32_t offset = static_cast<std::uint32_t>(Seq(sent.seq) - local_isn_);
  s.start = syn ? (expected != nullptr ? expected->start : script_isn_) + offset : offset;
  if (s.ack) s.ack = syn ? sent.ack : static_cast<std::uint32_t>(Seq(sent.ack) - remote_isn_);
  for (TcpOption& o : s.options) {
    if (o.kind == TcpOption::Kind::Timestamps && first_pair_) o.value += first_pair_->first - first_pair_->second;
    for (auto& [left, right] : o.blocks) {
      left = static_cast<std::uint32_t>(Seq(left) - remote_isn_);
      right = static_cast<std::uint32_t>(Seq(right) - remote_isn_);
    }
  }
  return s;
}

void Flow::note_sent(const Sent& sent) {
  if (local_known_ || !sent.segment.has(tcp_flag::Syn)) return;
  local_known_ = true;
  local_isn_ = Seq(sent.seq);
}

void Flow::pair_timestamps(std::uint32_t written, std::uint32_t real) {
  if (!first_pair_) first_pair_ = {written, real};
  real_by_written_[written] = real;
}

std::optional<std::int32_t> Flow::timestamp_drift(std::uint32_t written, std::uint32_t real) const {
  if (!first_pair_) return std::nullopt;
  return static_cast<std::int32_t>((real - first_pair_->second) - (written - first_pair_->first));
}

std::optional<std::string> Flow::to_wire(const Segment& written, bool scaled, Segment& wire) {
  wire = written;
  if (written.has(tcp_flag::Syn)) {
    // What the remote's numbers count from is settled once; a later SYN is only a segment.
    const bool settles = kind_ == Kind::Active ? written.has(tcp_flag::Ack) : true;
    if (settles && !std::exchange(remote_known_, true)) remote_isn_ = Seq(written.start);
    if (written.ack) wire.ack = (local_isn_ + (*written.ack - script_isn_)).raw();
  } else {
    wire.start = (remote_isn_ + written.start).raw();
    if (written.ack) wire.ack = (local_isn_ + *written.ack).raw();
  }
  for (TcpOption& o : wire.options) {
    for (auto& [left, right] : o.blocks) {
      left = (local_isn_ + left).raw();
      right = (local_isn_ + right).raw();
    }
    if (o.kind != TcpOption::Kind::Timestamps || !written.has(tcp_flag::Ack)) continue;
    if (const auto found = real_by_written_.find(o.echo); found != real_by_written_.end()) {
      o.echo = found->second;
    } else if (scaled && first_pair_) {
      o.echo += first_pair_->second - first_pair_->first;
    } else {
      return fmt::format("echoes timestamp {}, which no outbound packet of the script has carried", o.echo);
    }
  }
  return std::nullopt;
}

}  // namespace wirelab::script
