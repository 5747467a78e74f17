#include "scenario/generators.h"

#include <algorithm>
#include <charconv>

#include "scenario/generator_base.h"
#include "scenario/generator_random.h"
#include "scenario/quantity.h"

namespace wirelab::scenario {

namespace {

/// nullptr if the table has none of that name.
const Field* find_field(Fields fields, std::string_view name) {
  const auto field = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
  return field == fields.end() ? nullptr : &*field;
}

/// The key of a link that a parameter becomes: "rate" of "access_rate", "loss" of "loss_back".
std::string_view link_key_of(std::string_view parameter) {
  if (parameter.starts_with("access_")) return parameter.substr(7);
  if (parameter == "loss_back") return "loss";
  return parameter == "rtt" ? "delay" : parameter;
}

}  // namespace

std::uint64_t Generation::count(std::string_view name, std::uint64_t least, std::uint64_t most) {
  if (const Value* given = reader.get(name)) {
    const auto n = read_count(docs, *given, least, most);
    if (!n) failed_ = true;
    return n.value_or(least);
  }
  const Field* const field = find_field(entry_.fields, name);
  std::uint64_t n = 0;
  std::from_chars(field->fallback.data(), field->fallback.data() + field->fallback.size(), n);
  return n;
}

Value Generation::link_key(std::string_view name) const {
  const Field* const field = find_field(entry_.fields, name);
  if (field == nullptr) return null();
  if (const Value* given = reader.get(name)) return *given;
  const Field* const usual = find_field(direction_fields(), link_key_of(name));
  const bool special = usual != nullptr && usual->fallback != field->fallback && !field->fallback.empty();
  return special ? made(std::string(field->fallback)) : null();
}

Generation::Keys Generation::core_keys() const {
  Keys keys;
  for (const std::string_view name : {"rate", "delay", "queue", "mtu", "loss"}) keys.emplace_back(name, link_key(name));
  return keys;
}

Generation::Keys Generation::access_keys() const {
  return {{"rate", link_key("access_rate")}, {"delay", link_key("access_delay")}, {"mtu", link_key("mtu")}};
}

void Generation::keep_link_parameters() {
  const Value rate = link_key("rate");
  for (const Field& field : entry_.fields) {
    const Value* const given = reader.get(field.name);
    const std::string_view key = link_key_of(field.name);
    if (given == nullptr || given->is_null() || find_field(direction_fields(), key) == nullptr) continue;
    const bool by_pair = field.type.ends_with("-or-list") && given->is_array();
    for (const Value& value : by_pair ? *given->array() : Array{*given}) {
      Value link(Object{}, given->origin());
      if (key == "queue" && !rate.is_null()) link.set("rate", rate, rate.origin());  // a queue may be a time
      link.set(key, value, value.origin());
      tree_.spare_links.push_back(std::move(link));
    }
  }
}

bool Generation::fits(std::uint64_t nodes, std::uint64_t links) {
  if (failed_) return false;
  const std::uint64_t most = docs.most_things();
  if (nodes <= most && links <= most) return true;
  reader.error("this makes " + std::to_string(nodes) + " nodes and " + std::to_string(links) + " links; the most are " +
               std::to_string(most) + " of each, so choose smaller parameters");
  failed_ = true;
  return false;
}

void Generation::node(const std::string& id, const char* type) {
  Value value(Object{}, named_at_);
  value.set("id", Value(id, named_at_), named_at_);
  value.set("type", Value(type, named_at_), named_at_);
  tree_.add(NodeEntry{id, {}, std::move(value), std::nullopt});
}

void Generation::link(const std::string& a, const std::string& b, const Keys& keys, const std::string& id) {
  Value value(Object{}, named_at_);
  for (const auto& [key, v] : keys) {
    if (!v.is_null()) value.set(key, v, v.origin());
  }
  tree_.add(LinkEntry{id.empty() ? a + "-" + b : id, {}, a, b, std::move(value)});
}

namespace {

/// Value `i` of a parameter that may be an array by pair.
Value by_pair(Generation& g, std::string_view name, std::uint64_t i) {
  const Value v = g.link_key(name);
  if (!v.is_array()) return v;
  return i < v.array()->size() ? v.array()->at(i) : g.null();
}

void check_list(Generation& g, std::string_view name, std::uint64_t pairs) {
  const Value v = g.link_key(name);
  if (v.is_array() && v.array()->size() != pairs) {
    g.docs.error(v.origin(), "the list has " + std::to_string(v.array()->size()) + " values for " +
                                 std::to_string(pairs) + " pairs; give one value for all or one for each pair");
  }
}

/// rtt/2 - 2 access_delay.
Value delay_from_rtt(Generation& g) {
  const Value* rtt_value = g.reader.get("rtt");
  if (rtt_value == nullptr) return g.link_key("delay");
  if (g.reader.has("delay")) g.reader.error_at("rtt", "`rtt` takes the place of `delay`; remove one of them");
  const auto rtt = read_duration(g.docs, *rtt_value);
  Duration access = Duration::ms(1);
  if (const Value* v = g.reader.get("access_delay")) {
    if (v->is_array()) {
      g.docs.error(v->origin(),
                   "with `rtt` there is one access delay for all; write one value, or `delay` in place of `rtt`");
      return g.null();
    }
    const auto given = read_duration(g.docs, *v);
    if (!given) return g.null();
    access = *given;
  }
  if (!rtt) return g.null();
  const Duration delay = *rtt / 2 - access * 2;
  if (delay < Duration()) {
    g.docs.error(rtt_value->origin(), "an RTT of " + to_text(*rtt) + " is less than the 4 access delays of " +
                                          to_text(access) + " on the way; lower access_delay");
    return g.null();
  }
  return Value(to_text(delay), rtt_value->origin());
}

void dumbbell(Generation& g) {
  const std::uint64_t pairs = g.count("pairs", 1);
  if (!g.fits(2 * pairs + 2, 2 * pairs + 1)) return;
  check_list(g, "access_rate", pairs);
  check_list(g, "access_delay", pairs);
  for (std::uint64_t i = 1; i <= pairs; ++i) g.host(numbered("s", i));
  g.router("left");
  g.router("right");
  for (std::uint64_t i = 1; i <= pairs; ++i) g.host(numbered("d", i));

  const Value loss = g.link_key("loss"), loss_back = g.link_key("loss_back");
  const auto one_way = [&](const Value& models) {
    if (models.is_null()) return g.null();
    Value direction(Object{}, models.origin());
    direction.set("loss", models, models.origin());
    return direction;
  };
  g.link("left", "right",
         {{"rate", g.link_key("rate")},
          {"delay", delay_from_rtt(g)},
          {"queue", g.link_key("queue")},
          {"mtu", g.link_key("mtu")},
          {"forward", one_way(loss)},
          {"backward", one_way(loss_back)}},
         "bottleneck");
  const auto access = [&](std::uint64_t i) -> Generation::Keys {
    return {{"rate", by_pair(g, "access_rate", i - 1)},
            {"delay", by_pair(g, "access_delay", i - 1)},
            {"mtu", g.link_key("mtu")}};
  };
  for (std::uint64_t i = 1; i <= pairs; ++i) g.link(numbered("s", i), "left", access(i));
  for (std::uint64_t i = 1; i <= pairs; ++i) g.link("right", numbered("d", i), access(i));
}

void chain(Generation& g) {
  const std::uint64_t routers = g.count("routers", 0);
  if (!g.fits(routers + 2, routers + 1)) return;
  const auto core = g.core_keys(), access = g.access_keys();
  g.host("h1");
  for (std::uint64_t i = 1; i <= routers; ++i) g.router(numbered("r", i));
  g.host("h2");
  if (routers == 0) return g.link("h1", "h2", core);
  g.link("h1", "r1", access);
  for (std::uint64_t i = 1; i < routers; ++i) g.link(numbered("r", i), numbered("r", i + 1), core);
  g.link(numbered("r", routers), "h2", access);
}

void star(Generation& g) {
  const std::uint64_t hosts = g.count("hosts", 1);
  if (!g.fits(hosts + 1, hosts)) return;
  const auto keys = g.core_keys();
  for (std::uint64_t i = 1; i <= hosts; ++i) g.host(numbered("h", i));
  g.router("hub");
  for (std::uint64_t i = 1; i <= hosts; ++i) g.link(numbered("h", i), "hub", keys);
}

void routers_with_hosts(Generation& g, std::uint64_t routers) {
  for (std::uint64_t i = 1; i <= routers; ++i) g.router(numbered("r", i));
  for (std::uint64_t i = 1; i <= routers; ++i) g.host(numbered("h", i));
}

void ring(Generation& g) {
  const std::uint64_t routers = g.count("routers", 3);
  if (!g.fits(2 * routers, 2 * routers)) return;
  const auto core = g.core_keys(), access = g.access_keys();
  routers_with_hosts(g, routers);
  for (std::uint64_t i = 1; i <= routers; ++i) g.link(numbered("r", i), numbered("r", i % routers + 1), core);
  for (std::uint64_t i = 1; i <= routers; ++i) g.link(numbered("h", i), numbered("r", i), access);
}

void parking_lot(Generation& g) {
  const std::uint64_t hops = g.count("hops", 1);
  if (!g.fits(3 * hops + 3, 3 * hops + 2)) return;
  const auto core = g.core_keys(), access = g.access_keys();
  for (std::uint64_t i = 1; i <= hops + 1; ++i) g.router(numbered("r", i));
  for (std::uint64_t i = 0; i <= hops; ++i) g.host(numbered("s", i));
  for (std::uint64_t i = 0; i <= hops; ++i) g.host(numbered("d", i));
  for (std::uint64_t i = 1; i <= hops; ++i) g.link(numbered("r", i), numbered("r", i + 1), core);
  g.link("s0", "r1", access);
  g.link(numbered("r", hops + 1), "d0", access);
  for (std::uint64_t i = 1; i <= hops; ++i) {
    g.link(numbered("s", i), numbered("r", i), access);
    g.link(numbered("r", i + 1), numbered("d", i), access);
  }
}

void fat_tree(Generation& g) {
  const std::uint64_t k = g.count("k", 2);
  if (k % 2 != 0) {
    g.reader.error_at("k", "a fat tree needs an even k; write " + std::to_string(k + 1));
    return;
  }
  const std::uint64_t half = k / 2, switches = k * half, hosts = k * half * half, cores = half * half;
  if (!g.fits(hosts + 2 * switches + cores, 3 * hosts)) return;
  const auto core = g.core_keys(), access = g.access_keys();
  for (std::uint64_t i = 1; i <= hosts; ++i) g.host(numbered("h", i));
  for (std::uint64_t i = 1; i <= switches; ++i) g.router(numbered("e", i));
  for (std::uint64_t i = 1; i <= switches; ++i) g.router(numbered("a", i));
  for (std::uint64_t i = 1; i <= cores; ++i) g.router(numbered("c", i));
  for (std::uint64_t i = 0; i < hosts; ++i) g.link(numbered("h", i + 1), numbered("e", i / half + 1), access);
  for (std::uint64_t pod = 0; pod < k; ++pod) {
    for (std::uint64_t e = 0; e < half; ++e) {
      for (std::uint64_t a = 0; a < half; ++a) {
        g.link(numbered("e", pod * half + e + 1), numbered("a", pod * half + a + 1), core);
      }
    }
  }
  for (std::uint64_t a = 0; a < switches; ++a) {
    for (std::uint64_t c = 0; c < half; ++c) {
      g.link(numbered("a", a + 1), numbered("c", (a % half) * half + c + 1), core);
    }
  }
}

void leaf_spine(Generation& g) {
  const std::uint64_t leaves = g.count("leaves", 1), spines = g.count("spines", 1), hosts = g.count("hosts", 0);
  if (!g.fits(leaves + spines + leaves * hosts, leaves * spines + leaves * hosts)) return;
  const auto core = g.core_keys(), access = g.access_keys();
  for (std::uint64_t i = 1; i <= leaves * hosts; ++i) g.host(numbered("h", i));
  for (std::uint64_t i = 1; i <= leaves; ++i) g.router(numbered("leaf", i));
  for (std::uint64_t i = 1; i <= spines; ++i) g.router(numbered("spine", i));
  for (std::uint64_t i = 0; i < leaves * hosts; ++i)
    g.link(numbered("h", i + 1), numbered("leaf", i / hosts + 1), access);
  for (std::uint64_t l = 1; l <= leaves; ++l) {
    for (std::uint64_t s = 1; s <= spines; ++s) g.link(numbered("leaf", l), numbered("spine", s), core);
  }
}

void full_mesh(Generation& g) {
  const std::uint64_t routers = g.count("routers", 1);
  if (!g.fits(2 * routers, routers * (routers - 1) / 2 + routers)) return;
  const auto core = g.core_keys(), access = g.access_keys();
  routers_with_hosts(g, routers);
  for (std::uint64_t i = 1; i <= routers; ++i) {
    for (std::uint64_t j = i + 1; j <= routers; ++j) g.link(numbered("r", i), numbered("r", j), core);
  }
  for (std::uint64_t i = 1; i <= routers; ++i) g.link(numbered("h", i), numbered("r", i), access);
}

struct Rule {
  std::string_view name;
  void (*make)(Generation&);
};
constexpr Rule kRules[] = {{"dumbbell", dumbbell},
                           {"chain", chain},
                           {"star", star},
                           {"ring", ring},
                           {"parking-lot", parking_lot},
                           {"fat-tree", fat_tree},
                           {"leaf-spine", leaf_spine},
                           {"full-mesh", full_mesh},
                           {"random", generate_waxman}};

}  // namespace

void generate(Documents& docs, const Entry& generator, const Value& params, Origin named_at, TopologyTree& tree) {
  Generation g(docs, generator, params, named_at, tree);
  const auto rule =
      std::find_if(std::begin(kRules), std::end(kRules), [&](const Rule& r) { return r.name == generator.name; });
  g.keep_link_parameters();
  rule->make(g);
}

}  // namespace wirelab::scenario
