#include "scenario/output_reader.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "scenario/quantity.h"

namespace wirelab::scenario {

Measure read_measure(Documents& docs, const Value& v, std::optional<Duration> duration) {
  const ObjectReader r(docs, v, measure_fields(), "measure");
  Measure m;
  if (!r.is_object()) return m;
  m.from = r.time("from").value_or(Time());
  m.to = r.time("to");
  if (m.to && *m.to <= m.from) r.error_at("to", "the span ends before it begins; `to` must lie after `from`");
  // Not errors, so that a scenario can be tried with a shorter duration.
  if (duration && m.from.since_start() >= *duration) {
    docs.warning(r.origin_of("from"), "the run is over by then; the whole run is measured");
    return {};
  }
  if (duration && m.to && m.to->since_start() > *duration) {
    docs.warning(r.origin_of("to"), "the run is over by then; the span ends with the run");
    m.to.reset();
  }
  return m;
}

namespace {

/// "web.3" as its line and number.
std::optional<AppPick> instance_pick(const std::string& text, const Apps& apps) {
  const auto dot = text.rfind('.');
  if (dot == std::string::npos) return std::nullopt;
  const auto app = apps.names.find(std::string_view(text).substr(0, dot));
  std::uint64_t k = 0;
  const char* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data() + dot + 1, end, k);
  if (!app || fault != std::errc() || stop != end || k == 0 || !apps.apps[*app].many) return std::nullopt;
  const auto count = apps.apps[*app].count;
  if (count && k > *count) return std::nullopt;
  return AppPick{*app, k};
}

template <class T>
void sort_unique(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

}  // namespace

std::vector<AppPick> read_app_picks(Documents& docs, const Value& v, const Apps& apps) {
  std::vector<AppPick> picks;
  const auto take = [&](const Value& item) {
    const auto text = read_text(docs, item, "the id of an app");
    if (!text) return;
    if (const auto one = instance_pick(*text, apps)) {
      picks.push_back(*one);
      return;
    }
    const auto found = apps.names.match(*text);
    if (found.empty() && !apps.names.is_broken(*text)) docs.error(item.origin(), apps.names.unknown(*text));
    for (const AppIndex app : found) picks.push_back({app, 0});
  };
  if (const Array* items = v.array()) {
    for (const Value& item : *items) take(item);
  } else {
    take(v);
  }
  sort_unique(picks);
  return picks;
}

namespace {

/// "all", "none" or nothing; else `Listed`, and the caller reads the list.
RecordMode mode_of(const Value* v, RecordMode fallback) {
  if (v == nullptr) return fallback;
  if (const std::string* text = v->text()) {
    if (*text == "all") return RecordMode::All;
    if (*text == "none") return RecordMode::None;
  }
  return RecordMode::Listed;
}

/// A node stands for all its ports, a link for both its ends.
std::vector<PortPick> read_ports(Documents& docs, const Value& v, const Network& network) {
  std::vector<PortPick> ports;
  const auto add_node = [&](NodeIndex node) {
    for (const LinkIndex link : network.links_of[node]) {
      ports.push_back({link, static_cast<std::uint8_t>(network.links[link].ends[0].node == node ? 0 : 1)});
    }
  };
  const auto take = [&](const Value& item) {
    const auto text = read_text(docs, item, "the id of a node or link");
    if (!text) return;
    const auto nodes = network.node_names.match(*text);
    const auto links = network.link_names.match(*text);
    if (nodes.empty() && links.empty() && !network.node_names.is_broken(*text) &&
        !network.link_names.is_broken(*text)) {
      docs.error(item.origin(), "no node or link is called " + in_quotes(text->substr(0, 80)) + "; " +
                                    network.node_names.unknown(*text));
    }
    for (const NodeIndex node : nodes) add_node(node);
    for (const LinkIndex link : links) {
      ports.push_back({link, 0});
      ports.push_back({link, 1});
    }
  };
  if (const Array* items = v.array()) {
    for (const Value& item : *items) take(item);
  } else {
    take(v);
  }
  sort_unique(ports);
  return ports;
}

Sampling read_sampling(const ObjectReader& r, std::string_view key) {
  Sampling s;
  const Value* v = r.get(key);
  if (v == nullptr) return s;
  if (v->text() != nullptr && *v->text() == "auto") return s;
  if (v->text() != nullptr && *v->text() == "every") {
    s.kind = Sampling::Kind::Every;
    return s;
  }
  if (v->text() == nullptr || v->text()->empty() || (*v->text())[0] < '0' || (*v->text())[0] > '9') {
    r.error_at(key, "expected a sampling, found " + v->dump().substr(0, 60) +
                        "; write \"auto\", \"every\", or a time such as \"10ms\"");
    return s;
  }
  const auto interval = read_duration(r.docs(), *v);
  if (interval && *interval == Duration()) r.error_at(key, "an interval of 0 is every row; write \"every\"");
  s.kind = Sampling::Kind::Interval;
  s.interval = interval.value_or(Duration::ms(1));
  return s;
}

}  // namespace

Record read_record(Documents& docs, const Value& v, const Network& network, const Apps& apps) {
  Record record;
  if (const std::string* text = v.text()) {
    record.nothing = *text == "none";
    if (!record.nothing) {
      docs.error(v.origin(), in_quotes(text->substr(0, 80)) +
                                 " is nothing to record; write \"none\", or an object such as { \"pcap\": [\"s1\"] }");
    }
    return record;
  }
  const ObjectReader r(docs, v, record_fields(), "record");
  if (!r.is_object()) return record;
  record.tcp = mode_of(r.get("tcp"), RecordMode::Default);
  record.datagrams = mode_of(r.get("datagrams"), RecordMode::Default);
  record.queues = mode_of(r.get("queues"), RecordMode::Default);
  record.pcap = mode_of(r.get("pcap"), RecordMode::None);
  if (record.tcp == RecordMode::Listed) record.tcp_list = read_app_picks(docs, *r.get("tcp"), apps);
  if (record.datagrams == RecordMode::Listed) record.datagram_list = read_app_picks(docs, *r.get("datagrams"), apps);
  if (record.queues == RecordMode::Listed) {
    record.queue_list = network.link_names.read_many(docs, *r.get("queues"));
    sort_unique(record.queue_list);
  }
  if (record.pcap == RecordMode::Listed) record.pcap_list = read_ports(docs, *r.get("pcap"), network);
  record.tcp_sampling = read_sampling(r, "tcp_sampling");
  record.queue_sampling = read_sampling(r, "queue_sampling");
  record.cc = r.boolean("cc", false);
  return record;
}

namespace {

std::optional<Plot> read_plot(Documents& docs, const Value& v, const Network& network, const Apps& apps) {
  const auto kinds = names_of(plot_kinds());
  Plot plot;
  if (!v.is_object()) {
    const auto kind = read_choice(docs, v, kinds, "a plot", "plots");
    if (!kind) return std::nullopt;
    plot.kind = plot.name = kinds[*kind];
    return plot;
  }
  const ObjectReader r(docs, v, plot_fields(), "a plot");
  const auto kind = r.choice("kind", kinds, "a plot", "plots");
  const auto name = r.name("name");
  if (const Value* list = r.get("apps")) plot.apps = read_app_picks(docs, *list, apps);
  if (const Value* list = r.get("links")) plot.links = network.link_names.read_many(docs, *list);
  plot.from = r.time("from");
  plot.to = r.time("to");
  if (plot.from && plot.to && *plot.to <= *plot.from)
    r.error_at("to", "the time axis ends before it begins; `to` must lie after `from`");
  if (!kind) return std::nullopt;
  plot.kind = kinds[*kind];
  plot.name = name.value_or(plot.kind);
  return plot;
}

}  // namespace

std::vector<Plot> read_plots(Documents& docs, const Value* plots, const Network& network, const Apps& apps) {
  std::vector<Plot> all;
  if (plots == nullptr) {
    for (const std::string kind : {"cwnd", "rtt", "throughput", "queue"}) all.push_back({kind, kind, {}, {}, {}, {}});
    return all;
  }
  if (!plots->is_array()) {
    docs.error(plots->origin(),
               "expected a list of plots, found " + std::string(plots->kind()) + "; write [\"cwnd\", \"queue\"]");
    return all;
  }
  std::set<std::string> names;
  for (const Value& v : *plots->array()) {
    auto plot = read_plot(docs, v, network, apps);
    if (!plot) continue;
    if (!names.insert(plot->name).second) {
      docs.error(v.origin(),
                 "there is already a plot called \"" + plot->name + "\"; give this one a \"name\" of its own");
      continue;
    }
    all.push_back(std::move(*plot));
  }
  return all;
}

}  // namespace wirelab::scenario
