#include "record/queue_recorder.h"

#include <algorithm>

namespace wirelab {

QueueRecorder::QueueRecorder(std::vector<QueueChoice> choices, Duration interval) : interval_(interval) {
  watched_.resize(choices.size());
  for (std::size_t i = 0; i < choices.size(); ++i) watched_[i].what = std::move(choices[i]);
}

Time QueueRecorder::on_event(Time now) {
  sample(now);
  return now + interval_;
}

// A row where anything differs from the row before; a first row of an empty queue says nothing.
void QueueRecorder::sample(Time now) {
  for (std::uint32_t i = 0; i < watched_.size(); ++i) {
    Watched& w = watched_[i];
    LinkDirection& direction = *w.what.port;
    const LinkDirection::Peak peak = direction.take_peak(now);
    const std::uint64_t drops = direction.drops();
    if (peak.packets == w.packets && peak.bytes == w.bytes && drops == w.drops) continue;
    w.packets = peak.packets;
    w.bytes = peak.bytes;
    w.drops = drops;
    w.peak = std::max(w.peak, peak.packets);
    rows_.push_back({now, i, peak.packets, peak.bytes, drops});
  }
}

void QueueRecorder::choose() {
  Watched* fullest = nullptr;
  bool any = false;
  for (Watched& w : watched_) {
    w.kept = w.what.always || w.drops > 0;
    any |= w.kept;
    if (w.peak > 0 && (fullest == nullptr || w.peak > fullest->peak)) fullest = &w;
  }
  if (!any && fullest != nullptr) fullest->kept = true;
}

std::optional<FileError> QueueRecorder::write(const std::filesystem::path& dir, Time end) {
  sample(end);
  choose();
  if (auto error = csv_.open(dir / "queues.csv", "time_s,link,direction,packets,bytes,drops")) return error;
  for (const Row& row : rows_) {
    const Watched& w = watched_[row.watched];
    if (!w.kept) continue;
    csv_.time(row.time);
    csv_.text(w.what.link);
    csv_.text(w.what.forward ? "forward" : "backward");
    csv_.unsigned_integer(row.packets);
    csv_.integer(row.bytes);
    csv_.unsigned_integer(row.drops);
    csv_.end_row();
  }
  return csv_.commit();
}

}  // namespace wirelab
