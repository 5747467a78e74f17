#include "record/summary.h"

#include <algorithm>

#include "record/content_hash.h"
#include "record/json_printer.h"

namespace wirelab {
namespace {

std::string hexadecimal(std::uint64_t n) {
  std::string text(16, '0');
  for (std::size_t i = 16; i-- > 0; n >>= 4) text[i] = "0123456789abcdef"[n & 15];
  return text;
}

template <class Value, class Print>
void print_or_null(JsonPrinter& out, std::string_view key, const std::optional<Value>& value, Print print) {
  if (value) {
    (out.*print)(key, *value);
  } else {
    out.null(key);
  }
}

void print(JsonPrinter& out, const FlowsSummary& flows) {
  out.begin_object("flows");
  out.unsigned_integer("count", flows.count);
  out.unsigned_integer("completed", flows.completed);
  if (const auto& t = flows.completion_time) {
    out.begin_object("completion_time_s");
    out.number("mean", t->mean);
    out.number("p50", t->p50);
    out.number("p90", t->p90);
    out.number("p99", t->p99);
    out.number("max", t->max);
    out.end_object();
  } else {
    out.null("completion_time_s");
  }
  out.end_object();
}

void print(JsonPrinter& out, const AppSummary& app) {
  out.begin_object(app.id);
  if (!app.label.empty()) out.string("label", app.label);
  out.string("type", app.type);
  out.string("from", app.from);
  out.string("to", app.to);
  if (!app.cc.empty()) out.string("cc", app.cc);
  print_or_null(out, "start_s", app.start, &JsonPrinter::time);
  print_or_null(out, "end_s", app.end, &JsonPrinter::time);
  out.boolean("completed", app.completed);
  print_or_null(out, "completion_time_s", app.completion_time, &JsonPrinter::duration);
  out.unsigned_integer("bytes_acked", app.bytes_acked);
  print_or_null(out, "goodput_bps", app.goodput_bps, &JsonPrinter::number);
  out.unsigned_integer("segments_sent", app.segments_sent);
  out.unsigned_integer("segments_retransmitted", app.segments_retransmitted);
  out.unsigned_integer("fast_recoveries", app.fast_recoveries);
  out.unsigned_integer("timeouts", app.timeouts);
  print_or_null(out, "mean_cwnd_segments", app.mean_cwnd_segments, &JsonPrinter::number);
  print_or_null(out, "mean_rtt_s", app.mean_rtt_s, &JsonPrinter::number);
  print_or_null(out, "min_rtt_s", app.min_rtt, &JsonPrinter::duration);
  print_or_null(out, "max_rtt_s", app.max_rtt, &JsonPrinter::duration);
  for (const auto& [key, value] : app.more) out.number(key, value);
  if (app.error.empty()) {
    out.null("error");
  } else {
    out.string("error", app.error);
  }
  if (app.flows) print(out, *app.flows);
  out.end_object();
}

void print(JsonPrinter& out, std::string_view key, const LinkDirectionSummary& d) {
  out.begin_object(key);
  out.unsigned_integer("packets", d.packets);
  out.unsigned_integer("bytes", d.bytes);
  out.unsigned_integer("drops_queue", d.drops_queue);
  out.unsigned_integer("drops_loss", d.drops_loss);
  out.unsigned_integer("drops_other", d.drops_other);
  if (d.ecn_marked != 0) out.unsigned_integer("ecn_marked", d.ecn_marked);
  out.unsigned_integer("max_queue_packets", d.max_queue_packets);
  out.number("mean_queue_packets", d.mean_queue_packets);
  out.number("utilization", d.utilization);
  out.end_object();
}

void print(JsonPrinter& out, const IpSummary& ip) {
  out.begin_object("ip");
  out.unsigned_integer("forwarded", ip.forwarded);
  out.unsigned_integer("fragments_created", ip.fragments_created);
  out.unsigned_integer("datagrams_reassembled", ip.datagrams_reassembled);
  out.unsigned_integer("reassembly_timeouts", ip.reassembly_timeouts);
  out.unsigned_integer("ttl_expired", ip.ttl_expired);
  out.unsigned_integer("no_route", ip.no_route);
  out.end_object();
}

void print(JsonPrinter& out, const Conservation& c) {
  std::uint64_t dropped = 0;
  for (const std::uint64_t n : c.dropped_by) dropped += n;
  out.begin_object("conservation");
  out.unsigned_integer("sent", c.sent);
  out.unsigned_integer("delivered", c.delivered);
  out.unsigned_integer("in_flight", c.in_flight);
  out.unsigned_integer("dropped", dropped);
  out.begin_object("dropped_by");
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    out.unsigned_integer(name_of(static_cast<DropReason>(i)), c.dropped_by[i]);
  }
  out.end_object();
  out.end_object();
}

void print_networks(JsonPrinter& out, const RunSummary& s) {
  out.begin_object("links");
  for (const LinkSummary& link : s.links) {
    out.begin_object(link.id);
    if (!link.label.empty()) out.string("label", link.label);
    print(out, "forward", link.forward);
    print(out, "backward", link.backward);
    out.end_object();
  }
  out.end_object();
  out.begin_object("nodes");
  for (const NodeSummary& node : s.nodes) {
    out.begin_object(node.id);
    if (!node.label.empty()) out.string("label", node.label);
    print(out, node.ip);
    out.end_object();
  }
  out.end_object();
  print(out, s.ip);
}

void print_expect(JsonPrinter& out, const RunSummary& s) {
  out.begin_array("expect");
  for (const ExpectResult& e : s.expect) {
    out.begin_object();
    out.string("value", e.value);
    out.raw("got", e.got.empty() ? "null" : e.got);
    out.boolean("held", e.held);
    out.end_object();
  }
  out.end_array();
}

/// Everything between scenario and expectations: what the result hash covers too.
void print_results(JsonPrinter& out, const RunSummary& s) {
  out.boolean("interrupted", s.interrupted);
  out.time("sim_time_s", s.sim_time);
  out.unsigned_integer("events", s.events);
  out.unsigned_integer("packet_hops", s.packet_hops);
  out.begin_object("apps");
  for (const AppSummary& app : s.apps) print(out, app);
  out.end_object();
  print_networks(out, s);
  print_or_null(out, "jain_index", s.jain_index, &JsonPrinter::number);
  print(out, s.conservation);
  print_expect(out, s);
}

}  // namespace

std::string to_json(const RunSummary& s) {
  JsonPrinter out;
  out.begin_object();
  out.string("scenario", s.scenario);
  out.unsigned_integer("seed", s.seed);
  out.string("version", s.version);
  out.string("scenario_hash", hexadecimal(s.scenario_hash));
  out.string("result_hash", hexadecimal(s.result_hash));
  print_results(out, s);
  out.begin_array("files");
  for (const std::string& name : s.files) out.string({}, name);
  out.end_array();
  out.number("wall_s", s.wall_s);
  out.number("user_s", s.user_s);
  // The closing brace stays on the line of user_s: cutting two lines leaves what must be equal between two runs.
  return out.text() + "}\n";
}

std::uint64_t result_hash(const RunSummary& s, std::vector<HashedFile> files) {
  std::sort(files.begin(), files.end(), [](const HashedFile& a, const HashedFile& b) { return a.name < b.name; });
  JsonPrinter out;
  out.begin_object();
  out.string("scenario", s.scenario);
  out.unsigned_integer("seed", s.seed);
  print_results(out, s);
  out.end_object();
  ContentHash hash;
  for (const HashedFile& file : files) {
    hash.update(file.name.size());
    hash.update(file.name);
    hash.update(file.content_hash);
  }
  hash.update(out.text());
  return hash.value();
}

std::optional<double> jain_index(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double x : values) {
    sum += x;
    squares += x * x;
  }
  if (values.size() < 2 || squares == 0) return std::nullopt;
  return sum * sum / (static_cast<double>(values.size()) * squares);
}

}  // namespace wirelab
