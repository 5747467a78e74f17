#pragma once
// A scenario's text run in memory. Two hosts `a` and `b` with a router between them unless the text has its own
// network.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "record/summary.h"
#include "scenario/load.h"
#include "scenario/simulation.h"

namespace wirelab::scenario {

/// a - r - b at 10 Mbit/s and 10 ms a link, so that the base round-trip time is 40 ms.
inline const std::string kTwoHosts = R"("topology": {
  "nodes": [{"id": "a"}, {"id": "r", "type": "router"}, {"id": "b"}],
  "links": [{"id": "ar", "between": ["a", "r"], "rate": "10Mbit", "delay": "10ms", "queue": "1000p"},
            {"id": "rb", "between": ["r", "b"], "rate": "10Mbit", "delay": "10ms", "queue": "1000p"}]})";

class Ran {
 public:
  explicit Ran(const std::string& members) : loaded_(load_text("test.json", "{" + members + "}")) {
    for (const std::string& error : loaded_.docs.formatted_errors()) ADD_FAILURE() << error;
    if (!loaded_.ok()) throw std::runtime_error("the scenario does not load");
    simulation_ = std::make_unique<Simulation>(loaded_.scenario);
    simulation_->run();
    summary_ = simulation_->summary();
    Domain& domain = simulation_->network().domain();
    EXPECT_EQ(domain.pool.live(), domain.account.in_flight()) << "a packet was lost without a reason";
  }

  const RunSummary& summary() const { return summary_; }
  Simulation& simulation() { return *simulation_; }
  const AppSummary& app(const std::string& id) const {
    for (const AppSummary& a : summary_.apps) {
      if (a.id == id) return a;
    }
    throw std::runtime_error("no app " + id);
  }
  const LinkSummary& link(const std::string& id) const {
    for (const LinkSummary& l : summary_.links) {
      if (l.id == id) return l;
    }
    throw std::runtime_error("no link " + id);
  }
  /// A number of the app beside the common ones, such as "packets_lost"; -1 if it is not there.
  double more(const std::string& id, const std::string& name) const {
    for (const auto& [key, value] : app(id).more) {
      if (key == name) return value;
    }
    return -1;
  }
  std::uint64_t dropped(DropReason why) const {
    return summary_.conservation.dropped_by[static_cast<std::size_t>(why)];
  }

 private:
  Loaded loaded_;
  std::unique_ptr<Simulation> simulation_;
  RunSummary summary_;
};

}  // namespace wirelab::scenario
