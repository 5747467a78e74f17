#include "record/summary_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace wirelab {
namespace {

constexpr std::size_t kMostApps = 20, kMostLinks = 6;

/// Rows of cells; columns are as wide as their widest cell. All but the first `left` columns are flushed right.
class Table {
 public:
  explicit Table(std::size_t left) : left_(left) {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  std::string text() const {
    std::vector<std::size_t> widths(rows_.front().size(), 0);
    for (const auto& r : rows_) {
      for (std::size_t i = 0; i < r.size(); ++i) widths[i] = std::max(widths[i], r[i].size());
    }
    std::string out;
    for (const auto& r : rows_) {
      std::string line;
      for (std::size_t i = 0; i < r.size(); ++i) {
        line += i == 0 ? "" : "  ";
        line += i < left_ ? fmt::format("{:<{}}", r[i], widths[i]) : fmt::format("{:>{}}", r[i], widths[i]);
      }
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + "\n";
    }
    return out;
  }

 private:
  std::size_t left_;
  std::vector<std::vector<std::string>> rows_;
};

/// Three or four significant digits, never an exponent.
std::string short_number(double x) {
  if (x == 0) return "0";
  const double size = x < 0 ? -x : x;
  return fmt::format("{:.{}f}", x, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

std::string rate(std::optional<double> bps) {
  if (!bps) return "-";
  if (*bps >= 1e9) return short_number(*bps / 1e9) + " Gbit/s";
  if (*bps >= 1e6) return short_number(*bps / 1e6) + " Mbit/s";
  if (*bps >= 1e3) return short_number(*bps / 1e3) + " kbit/s";
  return short_number(*bps) + " bit/s";
}

std::string seconds(double s) {
  if (s >= 1) return short_number(s) + " s";
  if (s >= 1e-3) return short_number(s * 1e3) + " ms";
  if (s == 0) return "0 s";
  return short_number(s * 1e6) + " us";
}

std::string percent(double share) { return short_number(100 * share) + " %"; }

std::string count(double n) {
  if (n >= 1e9) return short_number(n / 1e9) + " G";
  if (n >= 1e6) return short_number(n / 1e6) + " M";
  if (n >= 1e4) return short_number(n / 1e3) + " k";
  return fmt::format("{:.0f}", n);
}

std::string cut(const std::string& text, std::size_t most) {
  return text.size() <= most ? text : text.substr(0, most - 2) + "..";
}

std::string completion(const AppSummary& app) {
  if (app.flows) {
    const FlowsSummary& f = *app.flows;
    std::string text = fmt::format("{}/{}", f.completed, f.count);
    if (f.completion_time) text += ", mean " + seconds(f.completion_time->mean);
    return text;
  }
  return app.completion_time ? seconds(app.completion_time->seconds()) : "-";
}

std::string apps_text(const RunSummary& s) {
  Table table(2);
  table.row(
      {"app", "from > to", "goodput", "resent", "timeouts", "mean cwnd", "mean RTT", "min..max RTT", "completed"});
  for (std::size_t i = 0; i < std::min(s.apps.size(), kMostApps); ++i) {
    const AppSummary& a = s.apps[i];
    const bool tcp = !a.cc.empty();
    std::string id = cut(a.id, 24);
    if (tcp && a.id.find(a.cc) == std::string::npos) id += " (" + a.cc + ")";
    table.row({id, cut(a.from, 10) + " > " + cut(a.to, 10), rate(a.goodput_bps),
               tcp ? std::to_string(a.segments_retransmitted) : "-", tcp ? std::to_string(a.timeouts) : "-",
               a.mean_cwnd_segments ? short_number(*a.mean_cwnd_segments) + " seg" : "-",
               a.mean_rtt_s ? seconds(*a.mean_rtt_s) : "-",
               a.min_rtt && a.max_rtt ? seconds(a.min_rtt->seconds()) + ".." + seconds(a.max_rtt->seconds()) : "-",
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
  Table table(1);
  table.row({"link", "use", "packets", "queue drops", "lost", "other drops", "mean queue", "max queue"});
  for (const auto& [name, d] : chosen) {
    table.row({cut(name, 36), percent(d->utilization), count(static_cast<double>(d->packets)),
               std::to_string(d->drops_queue), std::to_string(d->drops_loss), std::to_string(d->drops_other),
               short_number(d->mean_queue_packets) + " p", std::to_string(d->max_queue_packets) + " p"});
  }
  return table.text();
}

std::string speed_text(const RunSummary& s) {
  const double simulated = s.sim_time.seconds();
  std::string out = fmt::format("{} simulated in {}", seconds(simulated), seconds(s.wall_s));
  if (s.wall_s > 0) {
    out += fmt::format(": {} simulated seconds per second, {} packet hops per second", count(simulated / s.wall_s),
                       count(static_cast<double>(s.packet_hops) / s.wall_s));
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
