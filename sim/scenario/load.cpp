#include "scenario/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "record/content_hash.h"
#include "scenario/app_reader.h"
#include "scenario/event_reader.h"
#include "scenario/network_reader.h"
#include "scenario/output_reader.h"
#include "scenario/overrides.h"
#include "scenario/quantity.h"
#include "scenario/resolved.h"
#include "scenario/tcp_reader.h"
#include "scenario/topology.h"

namespace wirelab::scenario {

namespace {

Routing read_routing(Documents& docs, const Value& v) {
  Routing routing;
  const std::vector<std::string_view> types{"shortest-path", "static"};
  if (!v.is_object()) {
    if (read_choice(docs, v, types, "a kind of routing") == std::optional<std::size_t>(1))
      routing.type = Routing::Type::Static;
    return routing;
  }
  const ObjectReader r(docs, v, routing_fields(), "routing");
  if (r.choice("type", types, "a kind of routing") == std::optional<std::size_t>(1))
    routing.type = Routing::Type::Static;
  routing.ecmp = r.boolean("ecmp", false);
  const Value* reconverge = r.get("reconverge");
  if (reconverge != nullptr && reconverge->text() != nullptr && *reconverge->text() == "never") {
    routing.reconverge = std::nullopt;
  } else if (reconverge != nullptr) {
    routing.reconverge = read_duration(docs, *reconverge).value_or(Duration());
  }
  return routing;
}

/// `defaults`: each part is checked by itself, whether or not anything uses it.
struct Defaults {
  const Value* tcp = nullptr;
  const Value* link = nullptr;
};
Defaults read_defaults(const ObjectReader& root) {
  Documents& docs = root.docs();
  const Value* v = root.get("defaults");
  if (v == nullptr) return {};
  const ObjectReader r(docs, *v, defaults_fields(), "defaults");
  if (!r.is_object()) return {};
  Defaults d{r.get("tcp"), r.get("link")};
  if (d.tcp != nullptr) check_tcp(docs, *d.tcp);
  if (d.link != nullptr && !ObjectReader(docs, *d.link, direction_fields(), "a link's defaults").is_object())
    d.link = nullptr;
  return d;
}

/// The header: what stands alone.
void read_header(const ObjectReader& r, const std::string& file, const LoadOptions& options, Scenario& s) {
  s.name = r.name("name").value_or(file == "-" ? "stdin" : stem_of(file));
  s.description = r.text("description").value_or("");
  s.duration = r.duration("duration");
  if (s.duration && *s.duration == Duration())
    r.error_at("duration", "a run of no length shows nothing; write \"10s\"");
  if (const Value* seed = r.get("seed")) {
    s.seed = read_count(r.docs(), *seed, 0, std::numeric_limits<std::uint64_t>::max()).value_or(1);
  }
  if (options.seed) s.seed = *options.seed;
  const Value* params = r.get("params");
  if (params != nullptr && !params->is_object()) {
    r.error_at("params", "expected an object of names with defaults, found " + std::string(params->kind()) +
                             "; write { \"rate\": \"10Mbit\" }");
  }
}

void check_end(const ObjectReader& r, const Apps& apps) {
  if (r.has("duration")) return;
  if (apps.apps.empty()) {
    if (!apps.names.is_broken(""))
      r.error(
          "the key \"duration\" is missing, and there are no apps that could end the run; add \"duration\": \"10s\"");
    return;
  }
  for (std::size_t i = 0; i < apps.apps.size(); ++i) {
    if (ends_by_itself(apps.apps[i])) continue;
    r.docs().error(apps.origins[i],
                   "the app \"" + apps.apps[i].id +
                       "\" never ends and the scenario has no \"duration\"; add one, or give the app " +
                       (apps.apps[i].type == "bulk" ? "a `size` or a `stop`" : "a `stop`"));
  }
}

/// Those that are counted have been; arrivals are known by their mean.
void check_instances(Documents& docs, const Apps& apps, std::optional<Duration> duration) {
  double instances = 0;
  for (std::size_t i = 0; i < apps.apps.size(); ++i) {
    instances += expected_instances(apps.apps[i], duration);
    if (!apps.apps[i].arrivals_per_second || instances <= kMostThings) continue;
    docs.error(apps.origins[i], fmt::format("with these arrivals the scenario has about {:.0f} app instances; the most "
                                            "are 1000000, so let fewer come or set a `count`",
                                            instances));
    return;
  }
}

/// A parameter that no value names is a slip: a wrong name, or `--set params/rate` where the file has none of it.
void check_parameters(Documents& docs, const Value& root, const Value& params) {
  for (const Member& m : *params.object()) {
    if (m.key == "$schema" || m.key == "meta" || uses_parameter(root, m.key)) continue;
    docs.warning(m.origin, "nothing in the file says \"$" + m.key + "\", so this parameter has no effect");
  }
}

/// A run may end before an app begins, which nobody means.
void check_starts(Documents& docs, const Apps& apps, std::optional<Duration> duration) {
  if (!duration) return;
  for (std::size_t i = 0; i < apps.apps.size(); ++i) {
    const Distribution& start = apps.apps[i].start;
    if (start.is_constant() && start.low >= duration->ps()) {
      docs.warning(apps.origins[i], "the run is over before this app starts");
    }
  }
}

/// One load under way, step by step in the order of the contract.
void read_all(Loaded& loaded, const std::string& file, const LoadOptions& options) {
  Documents& docs = loaded.docs;
  Value& tree = loaded.tree;
  for (const std::string& set : options.sets) apply_set(docs, tree, set);
  const Value* params = tree.find("params");
  const Value given = params != nullptr && params->is_object() ? *params : Value(Object{}, tree.origin());
  if (tree.is_object()) check_parameters(docs, tree, given);
  substitute(docs, tree, &given);

  Scenario s;
  const ObjectReader root(docs, tree, scenario_fields(), "a scenario");
  if (!root.is_object()) return;
  read_header(root, file, options, s);
  const Defaults defaults = read_defaults(root);
  const Value* topology = root.get("topology");
  const TopologyTree flat =
      topology != nullptr ? resolve_topology(docs, options.files, *topology, directory_of(file)) : TopologyTree{};
  const Value* routing = root.get("routing");
  if (routing == nullptr && !flat.routing.is_null()) routing = &flat.routing;
  if (routing != nullptr) s.routing = read_routing(docs, *routing);
  Network network = read_network(docs, flat, defaults.link);
  if (topology == nullptr) {
    network.node_names.add_broken("*");
    network.link_names.add_broken("*");
  }
  for (const Value* tcp : network.node_tcp) {
    if (tcp != nullptr) check_tcp(docs, *tcp);
  }
  Apps apps = read_apps(docs, root.get("apps"), network, defaults.tcp);
  check_end(root, apps);
  check_instances(docs, apps, s.duration);
  check_starts(docs, apps, s.duration);
  s.events = read_events(docs, root.get("events"), network, apps, s.duration);
  if (const Value* v = root.get("measure")) s.measure = read_measure(docs, *v, s.duration);
  if (const Value* v = root.get("record")) s.record = read_record(docs, *v, network, apps);
  s.plots_given = root.has("plots");
  s.plots = read_plots(docs, root.get("plots"), network, apps);
  if (const Value* v = root.get("expect")) s.expect = read_expectations(docs, *v, network, apps);
  if (docs.failed()) return;

  s.nodes = std::move(network.nodes);
  s.links = std::move(network.links);
  s.apps = std::move(apps.apps);
  s.tcp_configs = std::move(apps.tcp_configs);
  loaded.resolved = resolved_text(s, tree, network.node_tcp);
  ContentHash hash;
  hash.update(loaded.resolved);
  loaded.hash = hash.value();
  loaded.scenario = std::move(s);
}

const Value& value_at(const Value& root, std::string_view pointer) {
  const Value* at = &root;
  while (!pointer.empty() && pointer.front() == '/') {
    pointer.remove_prefix(1);
    const std::string_view step = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(step.size());
    const Value* next = at->find(step);
    if (at->is_array() && !step.empty() &&
        std::all_of(step.begin(), step.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      const std::size_t i = std::stoul(std::string(step.substr(0, 9)));
      next = i < at->array()->size() ? &at->array()->at(i) : nullptr;
    }
    if (next == nullptr) break;
    at = next;
  }
  return *at;
}

}  // namespace

void Loaded::error_at(std::string_view pointer, std::string text) {
  docs.error(value_at(tree, pointer).origin(), std::move(text));
}
void Loaded::warning_at(std::string_view pointer, std::string text) {
  docs.warning(value_at(tree, pointer).origin(), std::move(text));
}

Loaded load_text(const std::string& name, std::string text, const LoadOptions& options) {
  Loaded loaded;
  loaded.docs.limit_things(options.most_things);
  if (auto root = loaded.docs.parse(name == "-" ? "<stdin>" : name, std::move(text))) {
    loaded.tree = std::move(*root);
    read_all(loaded, name, options);
  }
  return loaded;
}

Loaded load_file(const std::string& path, const LoadOptions& options) {
  FileText file = options.files(path);
  if (file.text) return load_text(path, std::move(*file.text), options);
  Loaded loaded;
  const std::uint32_t source = loaded.docs.add_text(path, {}, false);
  loaded.docs.error({source, 0}, file.fault);
  return loaded;
}

}  // namespace wirelab::scenario
