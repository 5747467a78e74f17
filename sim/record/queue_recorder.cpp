#include "record/queue_recorder.h"

#include <algorithm>

namespace wirelab {

void write_row(CsvWriter& csv, const QueueChoice& what, const QueueRow& row) {
  csv.time(row.time);
  csv.text(what.link);
  csv.text(what.forward ? "forward" : "backward");
  csv.unsigned_integer(row.packets);
  csv.integer(row.bytes);
  csv.unsigned_integer(row.drops);
  csv.end_row();
}

QueueRecorder::QueueRecorder(std::vector<QueueChoice> choices, Duration interval, const std::filesystem::path& dir)
    : interval_(interval), dir_(dir), rows_(dir) {
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
    const QueueRow row{now, peak.packets, peak.bytes, direction.drops()};
    if (row.packets == w.last.packets && row.bytes == w.last.bytes && row.drops == w.last.drops) continue;
    w.last = row;
    w.peak = std::max(w.peak, peak.packets);
    rows_.add({i, row});
  }
}

void QueueRecorder::choose() {
  Watched* fullest = nullptr;
  bool any = false;
  for (Watched& w : watched_) {
    w.kept = w.what.always || w.last.drops > 0;
    any |= w.kept;
    if (w.peak > 0 && (fullest == nullptr || w.peak > fullest->peak)) fullest = &w;
  }
  if (!any && fullest != nullptr) fullest->kept = true;
}

std::optional<FileError> QueueRecorder::write(Time end) {
  sample(end);
  choose();
  if (auto error = csv_.open(dir_ / "queues.csv", kQueuesHeader)) return error;
  const auto error = rows_.take_all([&](const Kept& kept) {
    const Watched& w = watched_[kept.watched];
    if (w.kept) write_row(csv_, w.what, kept.row);
  });
  return error ? error : csv_.commit();
}

void QueueTap::on_packet(const Packet& p, const PacketPool& pool, TapDirection direction, Time now) {
  const QueueRow row{now, what_.port->waiting_packets(now), what_.port->waiting_bytes(now).count(),
                     what_.port->drops()};
  write_row(csv_, what_, row);
  if (next_ != nullptr) next_->on_packet(p, pool, direction, now);
}

}  // namespace wirelab
