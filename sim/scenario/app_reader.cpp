#include "scenario/app_reader.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "scenario/app_kind_reader.h"
#include "scenario/overrides.h"

namespace wirelab::scenario {

namespace {

constexpr std::uint16_t kFirstPort = 5001;

/// All lines under way: what they share is the space of ids, ports and TCP configurations.
class AppsReader {
 public:
  AppsReader(Documents& docs, const Network& network, const Value* default_tcp)
      : docs_(docs), network_(network), default_tcp_(default_tcp), configs_(docs) {}

  Apps run(const Value* list);

 private:
  void read_line(const Array& list, std::size_t i);
  void read_times(const ObjectReader& r, App& app);
  void read_instances(const ObjectReader& r, App& app);
  void check_pairs(const ObjectReader& r, const App& app);
  std::vector<Endpoint> read_ends(const ObjectReader& r, std::string_view key, bool tcp);
  void assign_ports(const std::vector<const Value*>& written);
  void check_port(const App& app, const Value* written);

  Documents& docs_;
  const Network& network_;
  const Value* default_tcp_;
  TcpConfigs configs_;
  Apps result_;
  std::vector<const Value*> ports_;
  std::uint64_t instances_ = 0;
  std::map<std::tuple<NodeIndex, bool, std::uint16_t>, std::string> listeners_;
};

bool is_udp(const App& app) {
  return std::holds_alternative<CbrApp>(app.kind) || std::holds_alternative<OnOffApp>(app.kind);
}
bool is_ping(const App& app) { return std::holds_alternative<PingApp>(app.kind); }

void AppsReader::read_times(const ObjectReader& r, App& app) {
  app.start = r.distribution("start", Dimension::Time).value_or(Distribution{});
  app.stop = r.distribution("stop", Dimension::Time);
  app.stagger = r.distribution("stagger", Dimension::Time).value_or(Distribution{});
  if (app.stop && app.stop->is_constant() && app.start.is_constant() && app.stop->low <= app.start.low) {
    r.error_at("stop", "the app stops before it starts; `stop` must lie after `start`");
  }
  if (const Value* arrivals = r.get("arrivals")) {
    const ObjectReader a(docs_, *arrivals, arrivals_fields(), "arrivals");
    const Value* poisson = a.is_object() ? a.get("poisson") : nullptr;
    if (poisson != nullptr) app.arrivals_per_second = read_frequency(docs_, *poisson);
    if (r.has("stagger")) r.error_at("stagger", "instances come by `arrivals` or by `stagger`; remove one of them");
  }
}

std::vector<Endpoint> AppsReader::read_ends(const ObjectReader& r, std::string_view key, bool tcp) {
  std::vector<Endpoint> ends;
  const Value* nodes = r.get(key);
  if (nodes == nullptr) return ends;
  const Value* both = tcp ? r.get("tcp") : nullptr;
  const Value* own = tcp ? r.get(key == "from" ? "from_tcp" : "to_tcp") : nullptr;
  if (own != nullptr) check_tcp(docs_, *own);
  std::optional<TcpIndex> plain;  // of nodes without options of their own, which most are
  for (const NodeIndex node : network_.node_names.read_many(docs_, *nodes)) {
    TcpIndex index = 0;
    if (const Value* of_node = network_.node_tcp[node]; of_node != nullptr || !plain) {
      index = configs_.add({default_tcp_, of_node, both, own});
      if (of_node == nullptr) plain = index;
    } else {
      index = *plain;
    }
    ends.push_back({node, index});
  }
  return ends;
}

void AppsReader::read_instances(const ObjectReader& r, App& app) {
  const std::uint64_t longer = std::max<std::uint64_t>({1, app.from.size(), app.to.size()});
  const auto written = is_ping(app) ? std::nullopt : r.count("count", 1, kMostThings);
  app.many = (!is_ping(app) && r.has("count")) || app.arrivals_per_second || longer > 1;
  app.count = written;
  if (!written && !app.arrivals_per_second) app.count = longer;
  app.random_pairing = r.choice("pairing", {"in-turn", "random"}, "a way of pairing") == std::optional<std::size_t>(1);
  const std::uint64_t before = instances_;
  instances_ += app.count.value_or(0);
  if (before <= kMostThings && instances_ > kMostThings) {
    r.error("with this the scenario has " + std::to_string(instances_) + " app instances; the most are 1000000");
  }
}

void AppsReader::check_pairs(const ObjectReader& r, const App& app) {
  if (app.from.empty() || app.to.empty()) return;
  const bool alone = app.from.size() == 1 && app.to.size() == 1;
  const std::size_t pairs = app.random_pairing && !alone ? 0 : std::max(app.from.size(), app.to.size());
  for (std::size_t k = 0; k < pairs; ++k) {
    const NodeIndex node = app.from[k % app.from.size()].node;
    if (node != app.to[k % app.to.size()].node) continue;
    r.error_at("to", "\"" + network_.nodes[node].id + "\" would talk to itself; name another node");
    return;
  }
}

void AppsReader::read_line(const Array& list, std::size_t i) {
  const Value& v = list[i];
  const Value* type_value = v.find("type");
  const auto broken = [&] { result_.names.add_broken(element_id(list, i)); };  // known by name all the same
  if (!v.is_object() || type_value == nullptr) {
    docs_.error(v.origin(),
                !v.is_object()
                    ? "expected an app, found " + std::string(v.kind()) +
                          "; write { \"type\": \"bulk\", \"from\": ..., \"to\": ... }"
                    : "the key \"type\" is missing; write one such as \"type\": \"bulk\" (wirelab list apps)");
    return broken();
  }
  const auto choice = read_choice(docs_, *type_value, names_of(app_types()), "a type of app", "apps");
  if (!choice) return broken();
  const Entry& type = app_types()[*choice];
  const std::vector<Field> fields = app_fields(type);
  const ObjectReader r(docs_, v, fields, "an app of type " + std::string(type.name));
  App app;
  app.type = type.name;
  app.kind = read_app_kind(r, type.name);
  const bool tcp = !is_udp(app) && !is_ping(app);
  const auto given_id = r.name("id");
  app.id = given_id.value_or(element_id(list, i));
  const bool is_new = !result_.names.find(app.id);
  if (!is_new) {
    docs_.error(r.has("id") ? r.origin_of("id") : v.origin(),
                "there is already an app called \"" + app.id + "\"; give this one another id");
  }
  read_times(r, app);
  if (const Value* both = tcp ? r.get("tcp") : nullptr) check_tcp(docs_, *both);
  app.from = read_ends(r, "from", tcp);
  app.to = read_ends(r, "to", tcp);
  read_instances(r, app);
  check_pairs(r, app);
  app.reverse = (is_udp(app) || type.name == "bulk") && r.boolean("reverse", false);
  app.abort = tcp && r.boolean("abort", false);
  if (app.abort && !app.stop)
    r.error_at("abort", "`abort` says how `stop` ends it, and there is no `stop`; add \"stop\": \"10s\"");
  if (is_new) result_.names.add(app.id, static_cast<AppIndex>(result_.apps.size()));
  result_.origins.push_back(v.origin());
  ports_.push_back(is_ping(app) ? nullptr : r.get("port"));
  result_.apps.push_back(std::move(app));
}

void AppsReader::check_port(const App& app, const Value* written) {
  for (const Endpoint& end : app.to) {
    const auto [it, fresh] = listeners_.emplace(std::tuple(end.node, is_udp(app), app.port), app.id);
    if (fresh || written == nullptr) continue;
    docs_.error(written->origin(), "port " + std::to_string(app.port) + " of \"" + network_.nodes[end.node].id +
                                       "\" is taken by the app \"" + it->second + "\"; give another or none");
    return;
  }
}

/// 5001 upwards in the order of apps, past every port that is written.
void AppsReader::assign_ports(const std::vector<const Value*>& written) {
  std::set<std::uint16_t> taken;
  for (std::size_t i = 0; i < result_.apps.size(); ++i) {
    if (written[i] == nullptr) continue;
    const auto port = read_count(docs_, *written[i], 1, 65535);
    if (port) taken.insert(result_.apps[i].port = static_cast<std::uint16_t>(*port));
  }
  std::uint32_t next = kFirstPort;
  for (std::size_t i = 0; i < result_.apps.size(); ++i) {
    App& app = result_.apps[i];
    if (written[i] == nullptr && !is_ping(app)) {
      while (next <= 65535 && taken.count(static_cast<std::uint16_t>(next)) != 0) ++next;
      if (next > 65535) {
        docs_.error(result_.origins[i],
                    "the ports from 5001 to 65535 are used up; share lines by `count`, or write `port`");
        return;
      }
      app.port = static_cast<std::uint16_t>(next++);
    }
    if (!is_ping(app)) check_port(app, written[i]);
  }
}

Apps AppsReader::run(const Value* list) {
  if (list == nullptr) return std::move(result_);
  if (!list->is_array()) {
    docs_.error(list->origin(), "expected a list of apps, found " + std::string(list->kind()) +
                                    "; write [ {\"type\": \"bulk\", ...} ]");
    return std::move(result_);
  }
  if (list->array()->size() > kMostThings) {
    docs_.error(list->origin(), "more than 1000000 apps; share lines by `count`");
    return std::move(result_);
  }
  for (std::size_t i = 0; i < list->array()->size(); ++i) read_line(*list->array(), i);
  assign_ports(ports_);
  result_.tcp_configs = configs_.take();
  return std::move(result_);
}

}  // namespace

Apps read_apps(Documents& docs, const Value* apps, const Network& network, const Value* default_tcp) {
  return AppsReader(docs, network, default_tcp).run(apps);
}

bool ends_by_itself(const App& app) {
  if (app.stop) return true;
  if (app.arrivals_per_second && !app.count) return false;
  if (is_udp(app)) return false;
  if (const auto* bulk = std::get_if<BulkApp>(&app.kind)) return bulk->size.has_value();
  if (const auto* ping = std::get_if<PingApp>(&app.kind)) return ping->count.has_value();
  return true;
}

}  // namespace wirelab::scenario
