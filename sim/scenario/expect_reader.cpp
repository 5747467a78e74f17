#include <algorithm>
#include <cmath>

#include "core/near.h"
#include "scenario/output_reader.h"
#include "scenario/quantity.h"
#include "tcp/state.h"

namespace wirelab::scenario {

namespace {

std::vector<std::string> pointer_steps(std::string_view pointer) {
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      steps.emplace_back();
    } else if (pointer[i] == '~' && i + 1 < pointer.size()) {
      steps.back() += pointer[++i] == '1' ? '/' : '~';
    } else {
      steps.back() += pointer[i];
    }
  }
  return steps;
}

/// Pointers into a summary that cannot exist are found before the run: wrong sections, and ids that nothing has.
void check_pointer(Documents& docs, const Value& v, const std::string& pointer, const Network& network,
                   const Apps& apps) {
  if (pointer.empty() || pointer[0] != '/') {
    docs.error(v.origin(), in_quotes(pointer.substr(0, 80)) +
                               " is not a JSON Pointer; write one such as \"/apps/reno/goodput_bps\"");
    return;
  }
  const auto steps = pointer_steps(pointer);
  static const std::vector<std::string_view> sections = {
      "scenario",   "seed",       "version",      "scenario_hash", "result_hash", "interrupted",
      "sim_time_s", "events",     "packet_hops",  "apps",          "links",       "nodes",
      "ip",         "jain_index", "conservation", "expect",        "wall_s",      "user_s"};
  if (std::find(sections.begin(), sections.end(), steps[0]) == sections.end()) {
    docs.error(v.origin(), "summary.json has no " + in_quotes(steps[0].substr(0, 80)) +
                               suggestion(steps[0], sections, "its members"));
    return;
  }
  const Names* names = steps[0] == "apps"    ? &apps.names
                       : steps[0] == "links" ? &network.link_names
                       : steps[0] == "nodes" ? &network.node_names
                                             : nullptr;
  if (names == nullptr || steps.size() < 2 || names->is_broken(steps[1])) return;
  const auto index = names->find(steps[1]);
  if (!index || names->id(*index) != steps[1]) docs.error(v.origin(), names->unknown(steps[1]));
}

/// An SI number or a quantity.
std::optional<double> read_bound(const ObjectReader& r, std::string_view key) {
  const Value* v = r.get(key);
  if (v == nullptr) return std::nullopt;
  if (v->is_number()) return v->number();
  if (const std::string* text = v->text()) {
    const auto parsed = parse_any_quantity(*text);
    if (!parsed.value) r.error_at(key, parsed.fault);
    return parsed.value;
  }
  r.error_at(key,
             "expected a number or a quantity, found " + std::string(v->kind()) + "; write 9500000 or \"9.5Mbit\"");
  return std::nullopt;
}

std::optional<ExpectValue> read_value(const ObjectReader& r, const Network& network, const Apps& apps) {
  ExpectValue e;
  const auto value = r.text("value"), over = r.text("over");
  if (value) check_pointer(r.docs(), *r.get("value"), *value, network, apps);
  if (over) check_pointer(r.docs(), *r.get("over"), *over, network, apps);
  e.value = value.value_or("");
  e.over = over;
  e.min = read_bound(r, "min");
  e.max = read_bound(r, "max");
  e.near = read_bound(r, "near");
  if (e.min && e.max && *e.min > *e.max) r.error_at("max", "no number is at least `min` and at most `max`; swap them");
  if (r.has("near") != r.has("within")) {
    r.error_at(r.has("near") ? "near" : "within",
               "`near` and `within` go together; write \"near\": 0.5, \"within\": \"3%\"");
  }
  if (const Value* within = r.get("within")) {
    const auto parsed = within->text() != nullptr ? parse_percent(*within->text())
                                                  : Parsed<double>{{}, "a tolerance is a percentage; write \"3%\""};
    if (!parsed.value) r.error_at("within", parsed.fault);
    e.within = parsed.value.value_or(0);
  }
  if (const Value* is = r.get("is")) {
    if (is->is_null()) e.is = std::monostate();
    if (is->boolean() != nullptr) e.is = *is->boolean();
    if (is->is_number()) e.is = is->number();
    if (is->text() != nullptr) e.is = *is->text();
    if (!e.is)
      r.error_at("is", "expected a number, a string, true, false or null, found " + std::string(is->kind()) +
                           "; write one of these");
  }
  if (!r.has("min") && !r.has("max") && !r.has("near") && !r.has("is")) {
    r.error("nothing is expected of the value; add \"min\", \"max\", \"is\", or \"near\" and \"within\"");
  }
  return value ? std::optional(e) : std::nullopt;
}

std::vector<std::string> read_path(const ObjectReader& r) {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (int i = 0; i <= static_cast<int>(tcp::State::TimeWait); ++i)
      all.push_back(tcp::name_of(static_cast<tcp::State>(i)));
    return all;
  }();
  std::vector<std::string> path;
  const Value* v = r.get("path");
  if (v == nullptr || !v->is_array() || v->array()->empty()) {
    const std::string remedy = "write \"path\": [\"CLOSED\", \"SYN-SENT\", \"ESTABLISHED\"]";
    if (v == nullptr) {
      r.error("`states` needs the path that is expected; " + remedy);
    } else {
      r.error_at("path", "expected a list of TCP states; " + remedy);
    }
    return path;
  }
  for (const Value& item : *v->array()) {
    if (const auto state = read_choice(r.docs(), item, names, "a TCP state")) path.emplace_back(names[*state]);
  }
  return path;
}

std::optional<ExpectStates> read_states(const ObjectReader& r, const Network& network, const Apps& apps) {
  r.refuse({"over", "min", "max", "near", "within", "is", "value"},
           "this belongs to `value`; an expectation is of a value or of states");
  ExpectStates e;
  e.path = read_path(r);
  const Value* v = r.get("states");
  if (!v->is_array() || v->array()->size() != 2) {
    r.error_at("states", "expected an app and a host; write \"states\": [\"bulk1\", \"h1\"]");
    return std::nullopt;
  }
  const auto app = apps.names.read_one(r.docs(), v->array()->at(0));
  const auto node = network.node_names.read_one(r.docs(), v->array()->at(1));
  if (!app || !node) return std::nullopt;
  const App& line = apps.apps[*app];
  const auto here = [&](const Endpoint& end) { return end.node == *node; };
  if (std::none_of(line.from.begin(), line.from.end(), here) && std::none_of(line.to.begin(), line.to.end(), here)) {
    r.docs().error(v->array()->at(1).origin(), "\"" + network.nodes[*node].id + "\" is no end of the app \"" + line.id +
                                                   "\"; name one of its ends");
  }
  const bool tcp = !std::holds_alternative<PingApp>(line.kind) && !std::holds_alternative<CbrApp>(line.kind) &&
                   !std::holds_alternative<OnOffApp>(line.kind);
  if (!tcp)
    r.docs().error(v->array()->at(0).origin(),
                   "the app \"" + line.id + "\" is " + line.type + ", which has no TCP states; name another app");
  e.app = *app;
  e.node = *node;
  return e;
}

}  // namespace

std::vector<Expectation> read_expectations(Documents& docs, const Value& v, const Network& network, const Apps& apps) {
  std::vector<Expectation> all;
  if (!v.is_array()) {
    docs.error(v.origin(), "expected a list of expectations, found " + std::string(v.kind()) +
                               "; write [ {\"value\": \"/jain_index\", \"min\": 0.9} ]");
    return all;
  }
  for (const Value& item : *v.array()) {
    const ObjectReader r(docs, item, expect_fields(), "an expectation");
    if (!r.is_object()) continue;
    if (r.has("states")) {
      if (auto states = read_states(r, network, apps)) all.emplace_back(std::move(*states));
    } else if (r.has("value")) {
      if (auto value = read_value(r, network, apps)) all.emplace_back(std::move(*value));
    } else {
      r.error(
          "what is expected? Write \"value\": \"/apps/reno/goodput_bps\" with a bound, or \"states\" with \"path\"");
    }
  }
  return all;
}

}  // namespace wirelab::scenario
