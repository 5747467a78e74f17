#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/loading.h"
#include "cli/messages.h"
#include "record/text_table.h"
#include "scenario/paths.h"
#include "scenario/quantity.h"

namespace wirelab::cli {

namespace {

using scenario::AppIndex;
using scenario::AppPath;
using scenario::Link;
using scenario::LinkEnd;
using scenario::NodeIndex;
using scenario::Scenario;
using scenario::to_text;
using scenario::Way;

constexpr std::size_t kMostNodes = 60, kMostRoutes = 60, kMostPaths = 40, kMostQueues = 40;

std::string more(std::size_t shown, std::size_t all, const char* what) {
  return shown < all ? fmt::format("and {} more {} (--json has all)\n", all - shown, what) : "";
}

std::string header(const Scenario& s) {
  const std::string length = s.duration ? to_text(*s.duration) : "until every app has ended";
  return fmt::format("{}: {}, seed {}; {}, {}, {}\n", s.name, length, s.seed, counted(s.nodes.size(), "node"),
                     counted(s.links.size(), "link"), counted(s.apps.size(), "app"));
}

std::string nodes_table(const Scenario& s) {
  std::vector<std::string> addresses(s.nodes.size());
  for (const Link& link : s.links) {
    for (const LinkEnd& end : link.ends) {
      std::string& text = addresses[end.node];
      text +=
          fmt::format("{}{}/{} ({})", text.empty() ? "" : ", ", end.address.to_string(), end.prefix_length, link.id);
    }
  }
  TextTable table({"node", "type", "addresses"});
  const std::size_t shown = std::min(s.nodes.size(), kMostNodes);
  for (std::size_t i = 0; i < shown; ++i) {
    const bool router = s.nodes[i].type == scenario::Node::Type::Router;
    table.add({s.nodes[i].id, router ? "router" : "host", addresses[i]});
  }
  return "\n" + table.text() + more(shown, s.nodes.size(), "nodes");
}

/// What the apps' paths make of the forwarding tables: at each node that they cross, the next one towards each end.
std::string routes_table(const Scenario& s, const std::vector<AppPath>& paths) {
  TextTable table({"at", "to", "next", "over"});
  std::set<std::pair<NodeIndex, NodeIndex>> seen;
  for (const AppPath& path : paths) {
    for (const auto& [way, start, end] :
         {std::tuple(&path.there, path.from, path.to), {&path.back, path.to, path.from}}) {
      NodeIndex at = start;
      for (const Way::Hop& hop : way->hops) {
        const Link& link = s.links[hop.link];
        const NodeIndex next = link.ends[static_cast<std::size_t>(1 - hop.direction)].node;
        if (seen.insert({at, end}).second && table.rows() < kMostRoutes) {
          const std::string others = hop.of > 1 ? fmt::format(" or {} more by flow", hop.of - 1) : "";
          table.add({s.nodes[at].id, s.nodes[end].id, s.nodes[next].id + others, link.id});
        }
        at = next;
      }
    }
  }
  const std::string cut =
      table.rows() < seen.size() ? fmt::format("and {} more routes\n", seen.size() - table.rows()) : "";
  return table.empty() ? "" : "\n" + table.text() + cut;
}

std::string way_text(const Scenario& s, const AppPath& path) {
  std::string text = s.nodes[path.from].id;
  for (const Way::Hop& hop : path.there.hops) {
    text += " > " + s.nodes[s.links[hop.link].ends[static_cast<std::size_t>(1 - hop.direction)].node].id;
  }
  return path.there.arrives ? text : text + " > ?";
}

std::string count_text(double n) {
  if (n >= 1e9) return fmt::format("{:.1f} G", n / 1e9);
  if (n >= 1e6) return fmt::format("{:.1f} M", n / 1e6);
  if (n >= 1e3) return fmt::format("{:.1f} k", n / 1e3);
  return fmt::format("{:.0f}", n);
}

std::string apps_table(const Scenario& s, const std::vector<AppPath>& paths,
                       const std::vector<std::optional<double>>& events) {
  TextTable table({"app", "path", "bottleneck", "rate", "base RTT", "BDP", "events to expect"});
  std::set<AppIndex> seen;
  for (const AppPath& path : paths) {
    const bool first = seen.insert(path.app).second;
    const auto& expected = events[path.app];
    table.add(
        {first ? s.apps[path.app].id : "", way_text(s, path), path.bottleneck ? s.links[path.bottleneck->link].id : "",
         path.bottleneck ? to_text(path.bottleneck_rate) : "", fmt::format("{:.6g} ms", path.base_rtt.seconds() * 1e3),
         fmt::format("{:.1f} packets", path.bdp_packets), first && expected ? count_text(*expected) : ""});
  }
  const std::string cut = paths.size() == kMostPaths ? fmt::format("(the first {} paths)\n", kMostPaths) : "";
  return table.empty() ? "" : "\n" + table.text() + cut;
}

/// What a queue in bandwidth-delay products holds, which follows from the apps that cross it.
std::string queues_table(const Scenario& s, const scenario::Built& built) {
  TextTable table({"queue", "limit", "holds"});
  std::size_t all = 0;
  for (scenario::LinkIndex i = 0; i < s.links.size(); ++i) {
    for (const std::size_t d : {scenario::kForward, scenario::kBackward}) {
      const scenario::QueueSpec& queue = s.links[i].directions[d].queue;
      if (queue.unit != scenario::QueueSpec::Unit::Bdp || all++ >= kMostQueues) continue;
      const Bytes limit = built.network->direction(i, static_cast<int>(d)).queue_limit().bytes;
      table.add({s.links[i].id + (d == scenario::kForward ? "" : " (backward)"),
                 fmt::format("{:.6g}bdp", static_cast<double>(queue.amount) / 1e6),
                 fmt::format("{} bytes", limit.count())});
    }
  }
  return table.empty() ? "" : "\n" + table.text() + more(table.rows(), all, "queues");
}

}  // namespace

ExitStatus check(const CheckCommand& command) {
  const auto loaded = load_or_complain(command.scenario, command.settings, command.seed);
  if (!loaded) return ExitStatus::BadInput;
  if (command.json) {
    fmt::print("{}", loaded->resolved);
    return ExitStatus::Done;
  }
  const Scenario& s = loaded->scenario;
  scenario::Built built = scenario::build_network(s);
  std::vector<AppPath> paths;
  for (AppIndex a = 0; a < s.apps.size() && paths.size() < kMostPaths; ++a) {
    auto some = scenario::paths_of(s, built, a, kMostPaths - paths.size());
    std::move(some.begin(), some.end(), std::back_inserter(paths));
  }
  const auto events = expected_events(s, built);
  double total = 0;
  for (const auto& e : events) total += e.value_or(0);
  fmt::print("{}{}{}{}{}", header(s), nodes_table(s), routes_table(s, paths), apps_table(s, paths, events),
             queues_table(s, built));
  fmt::print("\nEvents to expect in all: about {}\n", count_text(total));
  return ExitStatus::Done;
}

}  // namespace wirelab::cli
