#include "cli/randomness.h"

#include <algorithm>
#include <variant>
#include <vector>

namespace wirelab::cli {

namespace {

using scenario::Scenario;

bool draws(const Distribution& d) { return !d.is_constant(); }
bool draws(const std::optional<Distribution>& d) { return d && draws(*d); }

struct KindDraws {
  bool operator()(const BulkApp& a) const { return draws(a.size); }
  bool operator()(const CbrApp& a) const { return draws(a.interval) || draws(a.packet); }
  bool operator()(const OnOffApp& a) const { return draws(a.on) || draws(a.off) || draws(a.packet); }
  bool operator()(const PingApp& a) const { return draws(a.interval) || draws(a.size); }
  bool operator()(const RequestResponseApp& a) const {
    return draws(a.request) || draws(a.response) || draws(a.think) || draws(a.requests);
  }
  bool operator()(const DialogApp& a) const { return draws(a.client) || draws(a.server); }
  static bool draws(const std::vector<DialogStep>& steps) {
    return std::any_of(steps.begin(), steps.end(), [](const DialogStep& s) { return cli::draws(s.amount); });
  }
  static bool draws(const Distribution& d) { return cli::draws(d); }
  static bool draws(const std::optional<Distribution>& d) { return cli::draws(d); }
};

bool draws(const scenario::App& a) {
  return draws(a.start) || draws(a.stop) || draws(a.stagger) || a.arrivals_per_second || a.random_pairing ||
         std::visit(KindDraws{}, a.kind);
}

bool draws(const std::vector<LossConfig>& loss) {
  return std::any_of(loss.begin(), loss.end(), [](const LossConfig& l) {
    return std::holds_alternative<BernoulliLoss>(l) || std::holds_alternative<GilbertElliottLoss>(l);
  });
}

bool draws(const LinkConfig& c) { return draws(c.loss) || c.duplicate > 0 || c.corrupt > 0 || c.jitter || c.reorder; }

bool draws(const scenario::Event& e) {
  const auto* const link = std::get_if<scenario::LinkEvent>(&e.what);
  if (link == nullptr) return false;
  return std::any_of(link->set.begin(), link->set.end(),
                     [](const auto& change) { return change && change->loss && draws(*change->loss); });
}

}  // namespace

bool depends_on_seed(const Scenario& s) {
  const auto any = [](const auto& list, auto question) { return std::any_of(list.begin(), list.end(), question); };
  // The ticks of each host's timer wheel have a phase of their own, as the clocks of real hosts have.
  const bool ticks = any(s.tcp_configs, [](const tcp::TcpConfig& c) { return !c.exact_timers; });
  return ticks || s.routing.ecmp || any(s.apps, [](const auto& a) { return draws(a); }) ||
         any(s.nodes, [](const auto& n) { return draws(n.processing); }) ||
         any(s.links, [](const auto& l) { return draws(l.directions[0].config) || draws(l.directions[1].config); }) ||
         any(s.events, [](const auto& e) { return draws(e); });
}

}  // namespace wirelab::cli
