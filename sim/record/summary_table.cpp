#include "record/summary_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "record/readable.h"
#include "record/text_table.h"

namespace wirelab {
namespace {

constexpr std::size_t kMostApps = 20, kMostLinks = 6;

std::string cut(const std::string& text, std::size_t most) {
  return text.size() <= most ? text : text.substr(0, most - 2) + "..";
}

std::string completion(const AppSummary& app) {
  if (app.flows) {
    const FlowsSummary& f = *app.flows;
    std::string text = fmt::format("{}/{}", f.completed, f.count);
    if (f.completion_time) text += ", mean " + readable_seconds(f.completion_time->mean);
    return text;
  }
  return app.completion_time ? readable_seconds(app.completion_time->seconds()) : "-";
}

std::string apps_text(const RunSummary& s) {
  TextTable table(
      {"app", "from > to", "goodput", "resent", "timeouts", "mean cwnd", "mean RTT", "min..max RTT", "completed"}, 2);
  for (std::size_t i = 0; i < std::min(s.apps.size(), kMostApps); ++i) {
    const AppSummary& a = s.apps[i];
    const bool tcp = !a.cc.empty();
    std::string id = cut(a.id, 24);
    if (tcp && a.id.find(a.cc) == std::string::npos) id += " (" + a.cc + ")";
    table.add({id, cut(a.from, 10) + " > " + cut(a.to, 10), a.goodput_bps ? readable_rate(*a.goodput_bps) : "-",
               tcp ? std::to_string(a.segments_retransmitted) : "-", tcp ? std::to_string(a.timeouts) : "-",
               a.mean_cwnd_segments ? short_number(*a.mean_cwnd_segments) + " seg" : "-",
               a.mean_rtt_s ? readable_seconds(*a.mean_rtt_s) : "-",
               a.min_rtt && a.max_rtt
                   ? readable_seconds(a.min_rtt->seconds()) + ".." + readable_seconds(a.max_rtt->seconds())
                   : "-",
               completion(a)});
  }
  std::string out = table.text();
  for (std::size_t i = 0; i < std::min(s.apps.size(), kMostApps); ++i) {
    if (!s.apps[i].error.empty()) out += fmt::format("{}: {}\n", s.apps[i].id, s.apps[i].error);
  }
  if (s.apps.size() > kMostApps) { out += fmt::format("and {} more in summary.json\n", s.apps.size() - kMostApps); }
  return out;
}

struct Direction {
  std::string name;
  const LinkDirectionSummary* d;
};

/// Where packets waited or were dropped; if nowhere, the busiest.
std::vector<Direction> bottlenecks(const RunSummary& s) {
  std::vector<Direction> all, out;
  for (const LinkSummary& link : s.links) {
    all.push_back({link.id, &link.forward});
    all.push_back({link.id + " (backward)", &link.backward});
  }
  std::stable_sort(all.begin(), all.end(), [](const Direction& a, const Direction& b) {
    const auto drops = [](const Direction& x) { return x.d->drops_queue + x.d->drops_loss + x.d->drops_other; };
    return std::pair(drops(a) > 0, a.d->utilization) > std::pair(drops(b) > 0, b.d->utilization);
  });
  for (const Direction& x : all) {
    const bool interesting = x.d->drops_queue + x.d->drops_loss + x.d->drops_other > 0 || x.d->utilization >= 0.9;
    if ((interesting || out.empty()) && out.size() < kMostLinks && x.d->packets > 0) out.push_back(x);
  }
  return out;
}

std::string links_text(const RunSummary& s) {
  const std::vector<Direction> chosen = bottlenecks(s);
  if (chosen.empty()) return {};
  TextTable table({"link", "use", "packets", "queue drops", "lost", "other drops", "mean queue", "max queue"}, 1);
  for (const auto& [name, d] : chosen) {
    table.add({cut(name, 36), readable_share(d->utilization), readable_count(static_cast<double>(d->packets)),
               std::to_string(d->drops_queue), std::to_string(d->drops_loss), std::to_string(d->drops_other),
               short_number(d->mean_queue_packets) + " p", std::to_string(d->max_queue_packets) + " p"});
  }
  return table.text();
}

std::string speed_text(const RunSummary& s) {
  const double simulated = s.sim_time.seconds();
  std::string out = fmt::format("{} simulated in {}", readable_seconds(simulated), readable_seconds(s.wall_s));
  if (s.wall_s > 0) {
    out += fmt::format(": {} simulated seconds per second, {} packet hops per second",
                       readable_count(simulated / s.wall_s),
                       readable_count(static_cast<double>(s.packet_hops) / s.wall_s));
  }
  return out + "\n";
}

}  // namespace

std::string summary_table(const RunSummary& s) {
  std::string out = s.scenario + (s.interrupted ? " (interrupted)" : "") + "\n\n";
  if (!s.apps.empty()) out += apps_text(s) + "\n";
  if (const std::string links = links_text(s); !links.empty()) out += links + "\n";
  if (s.jain_index) out += fmt::format("Jain's fairness index {:.3f}\n", *s.jain_index);
  out += speed_text(s);
  const auto held = std::count_if(s.expect.begin(), s.expect.end(), [](const ExpectResult& e) { return e.held; });
  if (!s.expect.empty()) out += fmt::format("{} of {} expectations held\n", held, s.expect.size());
  for (const ExpectResult& e : s.expect) {
    if (!e.held) out += "not as expected: " + e.explanation + "\n";
  }
  return out;
}

}  // namespace wirelab
