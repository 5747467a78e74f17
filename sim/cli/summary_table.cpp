#include "cli/summary_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "cli/text_table.h"

namespace wirelab::cli {

namespace {

constexpr std::size_t kMostApps = 24, kMostLinks = 8;
constexpr double kBusy = 0.8;  // a link this used is worth a line even without drops

/// Three or four digits with a prefix: 9.53 Mbit/s, 0 bit/s.
std::string rate(double bps) {
  constexpr std::array<std::string_view, 5> kUnits = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"};
  std::size_t unit = 0;
  while (bps >= 1000 && unit + 1 < kUnits.size()) {
    bps /= 1000;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", bps, bps >= 100 || unit == 0 ? 0 : bps >= 10 ? 1 : 2, kUnits[unit]);
}

std::string milliseconds(double seconds) { return fmt::format("{:.1f} ms", seconds * 1e3); }

std::string completion(const AppSummary& a) {
  if (a.flows) {
    std::string text = fmt::format("{} of {}", a.flows->completed, a.flows->count);
    if (a.flows->completion_time) text += fmt::format(", p50 {:.3g} s", a.flows->completion_time->p50);
    return text;
  }
  if (a.completion_time) return fmt::format("{:.4g} s", a.completion_time->seconds());
  return a.completed ? "yes" : a.error;
}

std::string range(const AppSummary& a) {
  if (!a.min_rtt || !a.max_rtt) return {};
  return fmt::format("{:.1f} - {}", a.min_rtt->seconds() * 1e3, milliseconds(a.max_rtt->seconds()));
}

std::string apps_table(const std::vector<AppSummary>& apps) {
  TextTable table({"app", "type", "cc", "goodput", "sent", "retransmitted", "timeouts", "mean cwnd", "mean RTT",
                   "RTT range", "completion"});
  for (const AppSummary& a : apps) {
    if (table.rows() == kMostApps) break;
    const bool tcp = !a.cc.empty();
    table.add({a.id, a.type, a.cc, a.goodput_bps ? rate(*a.goodput_bps) : "",
               tcp ? std::to_string(a.segments_sent) : "", tcp ? std::to_string(a.segments_retransmitted) : "",
               tcp ? std::to_string(a.timeouts) : "",
               a.mean_cwnd_segments ? fmt::format("{:.1f} seg", *a.mean_cwnd_segments) : "",
               a.mean_rtt_s ? milliseconds(*a.mean_rtt_s) : "", range(a), completion(a)});
  }
  std::string text = table.empty() ? "" : table.text();
  if (apps.size() > kMostApps) text += fmt::format("and {} more apps in summary.json\n", apps.size() - kMostApps);
  return text;
}

struct Direction {
  std::string name;
  const LinkDirectionSummary* of;
  std::uint64_t drops() const { return of->drops_queue + of->drops_loss + of->drops_other; }
};

/// Directions that dropped or were busy, the most used first.
std::vector<Direction> notable(const std::vector<LinkSummary>& links) {
  std::vector<Direction> found;
  for (const LinkSummary& l : links) {
    found.push_back({l.id, &l.forward});
    found.push_back({l.id + " back", &l.backward});
  }
  std::erase_if(found, [](const Direction& d) { return d.drops() == 0 && d.of->utilization < kBusy; });
  std::stable_sort(found.begin(), found.end(),
                   [](const Direction& a, const Direction& b) { return a.of->utilization > b.of->utilization; });
  return found;
}

std::string links_table(const std::vector<LinkSummary>& links) {
  const std::vector<Direction> found = notable(links);
  TextTable table({"link", "use", "packets", "dropped by queue", "by loss", "otherwise", "mean queue", "longest"});
  for (const Direction& d : found) {
    if (table.rows() == kMostLinks) break;
    const LinkDirectionSummary& l = *d.of;
    table.add({d.name, fmt::format("{:.1f} %", l.utilization * 100), std::to_string(l.packets),
               std::to_string(l.drops_queue), l.drops_loss == 0 ? "" : std::to_string(l.drops_loss),
               l.drops_other == 0 ? "" : std::to_string(l.drops_other), fmt::format("{:.1f}", l.mean_queue_packets),
               std::to_string(l.max_queue_packets)});
  }
  std::string text = table.empty() ? "" : "\n" + table.text();
  if (found.size() > kMostLinks) text += fmt::format("and {} more links in summary.json\n", found.size() - kMostLinks);
  return text;
}

std::string expectations(const std::vector<ExpectResult>& results) {
  if (results.empty()) return {};
  const auto held = std::count_if(results.begin(), results.end(), [](const ExpectResult& r) { return r.held; });
  std::string text = fmt::format("\n{} of {} expectations held\n", held, results.size());
  for (const ExpectResult& r : results) {
    if (!r.held)
      text += fmt::format("  not held: {}\n", r.explanation.empty() ? r.value + " is " + r.got : r.explanation);
  }
  return text;
}

}  // namespace

std::string summary_table(const RunSummary& s) {
  std::string text = fmt::format("{}, seed {}: {:g} s simulated", s.scenario, s.seed, s.sim_time.seconds());
  if (s.wall_s > 0) {
    text += fmt::format(" in {:.2f} s ({:.3g} x), {:.2f} M packet hops/s", s.wall_s, s.sim_time.seconds() / s.wall_s,
                        static_cast<double>(s.packet_hops) / s.wall_s / 1e6);
  }
  text += s.interrupted ? ", interrupted\n\n" : "\n\n";
  text += apps_table(s.apps);
  text += links_table(s.links);
  if (s.jain_index) text += fmt::format("\nJain index {:.3f}\n", *s.jain_index);
  return text + expectations(s.expect);
}

}  // namespace wirelab::cli
