// One link as a server: Poisson arrivals of datagrams, of equal or exponential length, against M/D/1, M/M/1 and
// M/M/1/K. A queue counts what waits, so its mean is the number in the system less the utilisation.

#include <fmt/format.h>

#include <cmath>

#include "run_text.h"

namespace wirelab::validation {
namespace {

enum class Service { Fixed, Exponential };

/// Mean service time 1 ms. Exponential lengths are those of the payload; 28 bytes of header on 5000 take 0.6 % off the
/// mean of the queue, and what is cut at 65,507 bytes is 2e-6 of all.
struct Server {
  Service service;
  double load;
  int packets;
  std::string queue = "1000000p";
};

LinkDirectionSummary run(const Server& server, int seed) {
  const bool fixed = server.service == Service::Fixed;
  const int packets = kReduced ? server.packets / 8 : server.packets;
  const int ip_bytes = fixed ? 1000 : 5028;
  const RunSummary s = run_text(fmt::format(
      R"({{
    "name": "server", "seed": {}, "duration": "{:.0f}ms", "record": "none",
    "topology": {{
      "nodes": [{{ "id": "a" }}, {{ "id": "b" }}],
      "links": [{{ "id": "wire", "between": ["a", "b"], "rate": "{}kbit", "delay": "1ms", "mtu": {}, "queue": "{}" }}]
    }},
    "apps": [{{ "id": "in", "type": "cbr", "from": "a", "to": "b", "packet": {},
               "interval": {{ "exponential": "{:.0f}ps" }} }}]
  }})",
      seed, packets / server.load, ip_bytes * 8, fixed ? 1500 : 65535, server.queue,
      fixed ? "972" : R"({ "exponential": "5000B" })", 1e9 / server.load));
  return link(s, "wire").forward;
}

double mean_waiting(const Server& server) {
  constexpr int kSeeds = 3;
  double sum = 0;
  for (int seed = 1; seed <= kSeeds; ++seed) sum += run(server, seed).mean_queue_packets;
  return sum / kSeeds;
}

/// A cut run is a sample of an eighth: its mean strays sqrt(8) times as far.
constexpr double kTolerance = kReduced ? 0.085 : 0.03;

TEST(Queue, OfEqualPacketsIsMD1) {
  for (const auto& [load, packets] : {std::pair{0.5, 400'000}, {0.8, 1'000'000}, {0.9, 2'000'000}}) {
    const double in_system = load + load * load / (2 * (1 - load));
    EXPECT_NEAR(mean_waiting({Service::Fixed, load, packets}) / (in_system - load), 1, kTolerance) << load;
  }
}

TEST(Queue, OfExponentialPacketsIsMM1) {
  for (const auto& [load, packets] : {std::pair{0.5, 1'000'000}, {0.8, 2'000'000}, {0.9, 4'000'000}}) {
    EXPECT_NEAR(mean_waiting({Service::Exponential, load, packets}) / (load * load / (1 - load)), 1, kTolerance)
        << load;
  }
}

TEST(Queue, ThatIsFullLosesAsMM1KSays) {
  for (const auto& [load, k] : {std::pair{0.5, 5}, {0.8, 5}, {0.8, 10}, {0.9, 5}, {0.9, 10}, {1.0, 5}, {1.0, 10}}) {
    const LinkDirectionSummary wire =
        run({Service::Exponential, load, 2'000'000, std::to_string(k - 1) + "p"}, 1);  // one more is being sent
    const double offered = static_cast<double>(wire.packets + wire.drops_queue);
    const double lost = static_cast<double>(wire.drops_queue) / offered;
    const double want = load == 1.0 ? 1.0 / (k + 1) : (1 - load) * std::pow(load, k) / (1 - std::pow(load, k + 1));
    EXPECT_NEAR(lost / want, 1, kTolerance) << load << " " << k;
  }
}

}  // namespace
}  // namespace wirelab::validation
