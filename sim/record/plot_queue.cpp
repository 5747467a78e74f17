// Packets that wait at each port, and where packets were dropped.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "record/csv_reader.h"
#include "record/plot_kinds.h"

namespace wirelab::plot {
namespace {

constexpr std::size_t kColumns = 1500;

struct Queue {
  std::string link, direction;
  std::vector<Point> packets, drops;  ///< a drop mark stands at the height of the queue
  double largest = 0, area = 0, dropped = 0;
  std::string name() const { return direction == "forward" ? link : link + " (" + direction + ")"; }
};

/// Reads every queue in one pass. Drop marks are thinned to one for each column of the picture.
std::vector<Queue> read_queues(const RecordedRun& run, const PlotSpec& spec, Window window, bool& recorded) {
  std::vector<Queue> out;
  CsvReader csv;
  recorded = csv.open(run.dir / "queues.csv");
  if (!recorded) return out;
  const auto time = csv.column("time_s"), link = csv.column("link"), direction = csv.column("direction"),
             packets = csv.column("packets"), drops = csv.column("drops");
  struct Gathering {
    Queue queue;
    Decimator packets, marks;
    double drops = 0, last_t = 0, last_packets = 0;
  };
  std::vector<Gathering> all;
  std::map<std::pair<std::string, std::string>, std::size_t> by_name;
  while (csv.next()) {
    const double t = parse_number(csv[time]);
    if (t > window.to) break;
    if (!is_wanted(csv[link], spec.links)) continue;
    const auto [found, added] = by_name.try_emplace({std::string(csv[link]), std::string(csv[direction])}, all.size());
    if (added) {
      all.push_back({{found->first.first, found->first.second, {}, {}}, {window, kColumns}, {window, kColumns / 4}});
    }
    Gathering& g = all[found->second];
    const double waiting = parse_number(csv[packets]), dropped = parse_number(csv[drops]);
    g.packets.add(t, waiting);
    if (dropped > g.drops && t >= window.from) {
      g.marks.add(t, waiting);
      g.queue.dropped += dropped - g.drops;
    }
    g.drops = std::max(g.drops, dropped);
    g.queue.area += g.last_packets * (t - g.last_t);
    if (t >= window.from) g.queue.largest = std::max(g.queue.largest, waiting);
    g.last_t = t;
    g.last_packets = waiting;
  }
  for (Gathering& g : all) {
    g.queue.area += g.last_packets * (window.to - g.last_t);
    g.queue.packets = g.packets.take();
    if (!g.queue.packets.empty()) g.queue.packets.push_back({window.to, g.queue.packets.back().y});
    g.queue.drops = g.marks.take();
    out.push_back(std::move(g.queue));
  }
  return out;
}

/// The most interesting ones, in the order of the file: those that dropped, then those that were longest.
std::vector<Queue> busiest(std::vector<Queue> queues) {
  std::erase_if(queues, [](const Queue& q) { return q.largest <= 0 && q.dropped <= 0; });
  if (queues.size() <= kMostPanels) return queues;
  std::vector<std::size_t> order(queues.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(queues[a].dropped, queues[a].area) > std::pair(queues[b].dropped, queues[b].area);
  });
  order.resize(kMostPanels);
  std::sort(order.begin(), order.end());
  std::vector<Queue> out;
  for (const std::size_t i : order) out.push_back(std::move(queues[i]));
  return out;
}

/// A port that never holds more than a few packets beside one that holds hundreds says nothing.
void leave_out_idle(std::vector<Queue>& queues) {
  double most = 0;
  for (const Queue& q : queues) most = std::max(most, q.largest);
  std::erase_if(queues, [&](const Queue& q) { return q.dropped <= 0 && q.largest < 0.1 * most && q.largest < 20; });
}

}  // namespace

std::vector<Series> queue_series(const RecordedRun& run, const PlotSpec& spec, Window window) {
  bool recorded = false;
  std::vector<Queue> queues = busiest(read_queues(run, spec, window, recorded));
  if (spec.links.empty()) leave_out_idle(queues);
  std::vector<Series> out;
  for (Queue& q : queues) out.push_back({q.name(), q.name(), std::move(q.packets)});
  return out;
}

Picture draw_queue(Source& source, const PlotSpec& spec) {
  Picture picture;
  picture.window = window_of(source.run(), spec);
  bool recorded = false;
  const std::vector<Queue> all = read_queues(source.run(), spec, picture.window, recorded);
  if (!recorded) {
    picture.warning = "no queue was recorded (\"record\": {\"queues\": \"all\"} records them)";
    return picture;
  }
  std::vector<Queue> queues = busiest(all);
  if (spec.links.empty()) leave_out_idle(queues);
  if (queues.empty()) {
    picture.warning = "no packet ever waited in a queue that was recorded";
    return picture;
  }
  picture.title = source.run().scenario + ": queue";
  if (queues.size() < all.size() && queues.size() == kMostPanels) {
    picture.title += fmt::format(", the {} busiest of {}", queues.size(), all.size());
  }
  picture.source = "queues.csv";
  for (const Queue& q : queues) {
    Panel panel;
    panel.label = q.dropped > 0 ? fmt::format("{}, {}", q.name(), counted(static_cast<std::size_t>(q.dropped), "drop"))
                                : q.name();
    panel.y_label = "waiting [packets]";
    panel.curves.push_back({"", Draw::Filled, std::string(colour::Sky), q.packets, {}, {}});
    panel.curves.push_back({"packets waiting", Draw::Steps, std::string(colour::Blue), q.packets, {}, {}});
    panel.curves.push_back({"drop", Draw::Marks, std::string(colour::Vermilion), q.drops, {}, MarkShape::Triangle});
    picture.panels.push_back(std::move(panel));
  }
  return picture;
}

}  // namespace wirelab::plot
