#include "record/plot_datagram_data.h"

#include <algorithm>
#include <map>
#include <memory>

#include "record/csv_reader.h"
#include "record/plot_tcp_data.h"

namespace wirelab::plot {
namespace {

struct Gathering {
  Gathering(Window w, std::size_t columns) : sent(w, columns), received(w, columns), delay(w, columns) {}
  DatagramCurves out;
  Decimator sent, received, delay;
};

void name_it(const RecordedRun& run, DatagramCurves& c) {
  const RecordedApp* const app = run.app(c.app);
  c.is_ping = app != nullptr && app->type == "ping";
  const std::string_view kind = c.is_ping ? "ping" : "udp";
  c.name = c.app;
  if (c.app.find(kind) == std::string::npos) c.name += c.is_ping ? " (ping)" : " (UDP)";
  c.group = std::string(base_name(c.app));
}

}  // namespace

DatagramData read_datagrams(const RecordedRun& run, const std::vector<std::string>& apps, Window window) {
  DatagramData data;
  CsvReader csv;
  if (!csv.open(run.dir / "datagrams.csv")) return data;
  data.recorded = true;
  const auto time = csv.column("time_s"), app = csv.column("app"), sent = csv.column("bytes_sent"),
             received = csv.column("bytes_received"), delay = csv.column("delay_s");
  const std::size_t columns = columns_for(run);
  std::vector<std::unique_ptr<Gathering>> all;
  std::map<std::string, Gathering*, std::less<>> by_app;
  while (csv.next()) {
    const double t = parse_number(csv[time]);
    if (t > window.to) break;  // rows are in the order of time
    if (!is_wanted(csv[app], apps)) continue;
    auto found = by_app.find(csv[app]);
    if (found == by_app.end()) {
      all.push_back(std::make_unique<Gathering>(window, columns));
      all.back()->out.app = csv[app];
      all.back()->out.first = t;
      found = by_app.emplace(all.back()->out.app, all.back().get()).first;
    }
    Gathering& g = *found->second;
    g.out.last = t;
    g.sent.add(t, parse_number(csv[sent]));
    g.received.add(t, parse_number(csv[received]));
    g.delay.add(t, parse_number(csv[delay]));
  }
  for (const auto& g : all) {
    DatagramCurves c = std::move(g->out);
    c.sent = g->sent.take();
    c.received = g->received.take();
    c.delay = g->delay.take();
    name_it(run, c);
    data.flows.push_back(std::move(c));
  }
  return data;
}

}  // namespace wirelab::plot
