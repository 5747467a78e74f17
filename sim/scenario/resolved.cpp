#include "scenario/resolved.h"

#include "scenario/quantity.h"

namespace wirelab::scenario {

namespace {

Value text(std::string s) { return Value(std::move(s), Origin{}); }
Value number(double x) { return Value(x, Origin{}); }
Value number(std::int64_t n) { return Value(n, Origin{}); }
Value object() { return Value(Object{}, Origin{}); }
void put(Value& to, std::string_view key, Value v) { to.set(key, std::move(v), Origin{}); }

Value seed_value(std::uint64_t seed) {
  if (seed <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return number(static_cast<std::int64_t>(seed));
  return Value(seed, Origin{});
}

Value time_or_random(const Distribution& d) {
  const auto amount = [](std::int64_t ps) { return text(to_text(Duration::ps(ps))); };
  using Kind = Distribution::Kind;
  if (d.kind == Kind::Constant) return amount(d.low);
  Value v = object();
  if (d.kind == Kind::Uniform) put(v, "uniform", Value(Array{amount(d.low), amount(d.high)}, Origin{}));
  if (d.kind == Kind::Exponential) put(v, "exponential", amount(d.mean));
  if (d.kind == Kind::Pareto || d.kind == Kind::Lognormal) {
    Value shaped = object();
    put(shaped, "mean", amount(d.mean));
    put(shaped, d.kind == Kind::Pareto ? "shape" : "sigma", number(d.kind == Kind::Pareto ? d.shape : d.sigma));
    put(v, d.kind == Kind::Pareto ? "pareto" : "lognormal", std::move(shaped));
  }
  return v;
}

struct LossWriter {
  Value operator()(const BernoulliLoss& m) const {
    Value v = named("bernoulli");
    put(v, "p", number(m.p));
    return with_match(std::move(v), m.match);
  }
  Value operator()(const EveryLoss& m) const {
    Value v = named("every");
    put(v, "n", number(static_cast<std::int64_t>(m.n)));
    return with_match(std::move(v), m.match);
  }
  Value operator()(const ListLoss& m) const {
    Value v = named("list");
    Array packets;
    for (const std::uint64_t n : m.packets) packets.push_back(number(static_cast<std::int64_t>(n)));
    put(v, "packets", Value(std::move(packets), Origin{}));
    return with_match(std::move(v), m.match);
  }
  Value operator()(const GilbertElliottLoss& m) const {
    Value v = named("gilbert-elliott");
    put(v, "p", number(m.p));
    put(v, "r", number(m.r));
    put(v, "loss_bad", number(m.loss_bad));
    put(v, "loss_good", number(m.loss_good));
    return with_match(std::move(v), m.match);
  }
  Value operator()(const BlackoutLoss& m) const {
    Value v = named("blackout");
    put(v, "from", text(to_text(m.from.since_start())));
    put(v, "to", text(to_text(m.to.since_start())));
    return with_match(std::move(v), m.match);
  }

 private:
  static Value named(const char* model) {
    Value v = object();
    put(v, "model", text(model));
    return v;
  }
  static Value with_match(Value v, Match match) {
    put(v, "match", text(std::string(name_of(match))));
    return v;
  }
};

void write_direction(Value& v, const LinkDirection& d) {
  const LinkConfig& c = d.config;
  put(v, "rate", text(to_text(c.rate)));
  put(v, "delay", text(to_text(c.delay)));
  put(v, "mtu", number(std::int64_t{c.mtu}));
  if (d.queue.ecn_amount < 0) {
    put(v, "queue", text(to_text(d.queue)));
  } else {
    Value queue = object();
    put(queue, "limit", text(to_text(d.queue)));
    put(queue, "ecn_threshold", text(to_text(QueueSpec{d.queue.ecn_unit, d.queue.ecn_amount})));
    put(v, "queue", std::move(queue));
  }
  if (!c.loss.empty()) {
    Array models;
    for (const LossConfig& m : c.loss) models.push_back(std::visit(LossWriter{}, m));
    put(v, "loss", Value(std::move(models), Origin{}));
  }
  if (c.jitter) {
    Value jitter = object();
    put(jitter, "stddev", text(to_text(c.jitter->stddev)));
    put(jitter, "distribution",
        text(c.jitter->distribution == JitterConfig::Distribution::Normal ? "normal" : "uniform"));
    put(jitter, "keep_order", Value(c.jitter->keep_order, Origin{}));
    put(v, "jitter", std::move(jitter));
  }
  const auto probability = [&](std::string_view key, double p) {
    if (p == 0) return;
    Value impairment = object();
    put(impairment, "p", number(p));
    put(v, key, std::move(impairment));
  };
  probability("duplicate", c.duplicate);
  probability("corrupt", c.corrupt);
  if (c.reorder) {
    Value reorder = object();
    put(reorder, "p", number(c.reorder->p));
    put(reorder, "delay", text(to_text(c.reorder->delay)));
    put(v, "reorder", std::move(reorder));
  }
  if (!c.up) put(v, "up", Value(false, Origin{}));
}

Value write_link(const Scenario& s, const Link& link) {
  Value v = object();
  const std::string &a = s.nodes[link.ends[0].node].id, &b = s.nodes[link.ends[1].node].id;
  put(v, "id", text(link.id));
  if (!link.label.empty()) put(v, "label", text(link.label));
  put(v, "between", Value(Array{text(a), text(b)}, Origin{}));
  Value forward = object(), backward = object();
  write_direction(forward, link.directions[kForward]);
  write_direction(backward, link.directions[kBackward]);
  if (equal(forward, backward)) {
    for (Member& m : *forward.object()) put(v, m.key, std::move(m.value));
  } else {
    put(v, "forward", std::move(forward));
    put(v, "backward", std::move(backward));
  }
  Value addresses = object();
  for (const LinkEnd& end : link.ends) {
    put(addresses, s.nodes[end.node].id, text(end.address.to_string() + "/" + std::to_string(end.prefix_length)));
  }
  put(v, "addresses", std::move(addresses));
  return v;
}

Value write_node(const Node& node, const Value* tcp) {
  Value v = object();
  put(v, "id", text(node.id));
  if (!node.label.empty()) put(v, "label", text(node.label));
  put(v, "type", text(node.type == Node::Type::Host ? "host" : "router"));
  if (tcp != nullptr) put(v, "tcp", *tcp);
  if (!(node.processing == Distribution{})) put(v, "processing", time_or_random(node.processing));
  if (!node.deny.empty()) {
    Array words;
    for (const Match m : node.deny) words.push_back(text(std::string(name_of(m))));
    put(v, "deny", Value(std::move(words), Origin{}));
  }
  if (!node.routes.empty()) {
    Array routes;
    for (const StaticRoute& r : node.routes) {
      Value route = object();
      put(route, "to", text(r.to.length() == 0 ? "default" : r.to.to_string()));
      put(route, "via", text(r.via.to_string()));
      if (r.metric != 0) put(route, "metric", number(std::int64_t{r.metric}));
      routes.push_back(std::move(route));
    }
    put(v, "routes", Value(std::move(routes), Origin{}));
  }
  return v;
}

Value write_routing(const Routing& routing) {
  Value v = object();
  put(v, "type", text(routing.type == Routing::Type::Static ? "static" : "shortest-path"));
  put(v, "ecmp", Value(routing.ecmp, Origin{}));
  put(v, "reconverge", text(routing.reconverge ? to_text(*routing.reconverge) : "never"));
  return v;
}

/// As written, with what was left to be worked out: id, port.
Value write_apps(const Scenario& s, const Value& written) {
  Array apps;
  for (std::size_t i = 0; i < s.apps.size(); ++i) {
    Value v = object();
    put(v, "id", text(s.apps[i].id));
    for (const Member& m : *written.array()->at(i).object()) {
      if (m.key != "id" && m.key != "$schema") put(v, m.key, m.value);
    }
    if (s.apps[i].port != 0) put(v, "port", number(std::int64_t{s.apps[i].port}));
    apps.push_back(std::move(v));
  }
  return Value(std::move(apps), Origin{});
}

Value write_topology(const Scenario& s, const std::vector<const Value*>& node_tcp) {
  Array nodes, links;
  for (std::size_t i = 0; i < s.nodes.size(); ++i) nodes.push_back(write_node(s.nodes[i], node_tcp[i]));
  for (const Link& link : s.links) links.push_back(write_link(s, link));
  Value v = object();
  put(v, "nodes", Value(std::move(nodes), Origin{}));
  put(v, "links", Value(std::move(links), Origin{}));
  return v;
}

}  // namespace

std::string resolved_text(const Scenario& scenario, const Value& tree, const std::vector<const Value*>& node_tcp) {
  Value root = object();
  put(root, "name", text(scenario.name));
  if (!scenario.description.empty()) put(root, "description", text(scenario.description));
  if (scenario.duration) put(root, "duration", text(to_text(*scenario.duration)));
  put(root, "seed", seed_value(scenario.seed));
  const Value* defaults = tree.find("defaults");
  if (const Value* tcp = defaults != nullptr ? defaults->find("tcp") : nullptr) {
    Value kept = object();
    put(kept, "tcp", *tcp);
    put(root, "defaults", std::move(kept));
  }
  put(root, "topology", write_topology(scenario, node_tcp));
  put(root, "routing", write_routing(scenario.routing));
  if (const Value* apps = tree.find("apps")) put(root, "apps", write_apps(scenario, *apps));
  for (const std::string_view key : {"events", "measure", "record", "plots", "expect"}) {
    if (const Value* v = tree.find(key)) put(root, key, *v);
  }
  return root.pretty();
}

}  // namespace wirelab::scenario
