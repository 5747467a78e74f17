#pragma once
// A run of one flow whose congestion control says what it thinks: cc.csv beside tcp.csv, row by row, of the sender.

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "record/csv_reader.h"
#include "run_recorded.h"

namespace wirelab::validation {

struct ModelRow {
  double at = 0;                            ///< seconds
  std::string event;                        ///< as in tcp.csv
  double cwnd = 0, in_flight = 0;           ///< segments
  double snd_una = 0, snd_nxt = 0;          ///< relative
  std::map<std::string, double> variables;  ///< of the congestion control
};
struct QueueRow {
  double at = 0;
  double packets = 0;
};
struct ModelTrace {
  RunSummary summary;
  std::vector<ModelRow> rows;
  std::vector<QueueRow> queue;  ///< what waits towards b, whenever it changes
};

/// One flow from a over a router to b with these TCP options, everything recorded; "wire" is the router's link to b, as
/// a host's own port would hold the flow back before it lets a queue grow.
inline ModelTrace trace_model(const std::string& wire, const std::string& tcp, double seconds, double measured_from) {
  const scenario::Loaded loaded = load(fmt::format(
      R"({{ "name": "model", "plots": [], "duration": "{}s", "measure": {{ "from": "{}s" }},
        "topology": {{
          "nodes": [{{ "id": "a" }}, {{ "id": "r", "type": "router" }}, {{ "id": "b" }}],
          "links": [{{ "id": "access", "between": ["a", "r"], "rate": "10Gbit", "delay": "0s" }},
                    {{ "id": "wire", "between": ["r", "b"], {} }}]
        }},
        "record": {{ "tcp": "all", "queues": "all", "cc": true, "tcp_sampling": "every", "queue_sampling": "every" }},
        "apps": [{{ "id": "flow", "type": "bulk", "from": "a", "to": "b", "tcp": {{ {} }} }}] }})",
      seconds, measured_from, wire, tcp));
  const Scratch scratch;
  ModelTrace t;
  t.summary = run_recorded(loaded, scratch);

  CsvReader csv;
  EXPECT_TRUE(csv.open(scratch.dir / "tcp.csv"));
  auto host = csv.column("host");
  auto time = csv.column("time_s");
  const auto event = csv.column("event"), cwnd = csv.column("cwnd_bytes"), flight = csv.column("inflight_bytes"),
             mss = csv.column("mss_bytes"), una = csv.column("snd_una"), nxt = csv.column("snd_nxt");
  while (csv.next()) {
    if (csv[host] != "a") continue;
    const double segment = parse_number(csv[mss]);
    t.rows.push_back({parse_number(csv[time]),
                      std::string(csv[event]),
                      parse_number(csv[cwnd]) / segment,
                      parse_number(csv[flight]) / segment,
                      parse_number(csv[una]),
                      parse_number(csv[nxt]),
                      {}});
  }

  CsvReader model;  // one block of variables for each of these rows, in their order
  EXPECT_TRUE(model.open(scratch.dir / "cc.csv"));
  host = model.column("host");
  const auto name = model.column("variable"), value = model.column("value");
  std::size_t i = 0;
  while (model.next() && i < t.rows.size()) {
    if (model[host] != "a") continue;
    if (t.rows[i].variables.count(std::string(model[name])) != 0) ++i;
    if (i < t.rows.size()) t.rows[i].variables[std::string(model[name])] = parse_number(model[value]);
  }
  EXPECT_EQ(i + 1, t.rows.size());

  CsvReader queues;
  EXPECT_TRUE(queues.open(scratch.dir / "queues.csv"));
  time = queues.column("time_s");
  const auto link = queues.column("link"), direction = queues.column("direction"), packets = queues.column("packets");
  while (queues.next()) {
    if (queues[link] == "wire" && queues[direction] == "forward")
      t.queue.push_back({parse_number(queues[time]), parse_number(queues[packets])});
  }
  return t;
}

}  // namespace wirelab::validation
