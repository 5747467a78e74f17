#include "scenario/schema.h"

#include "scenario/quantity.h"
#include "scenario/tables.h"
#include "scenario/tcp_reader.h"
#include "scenario/value.h"
#include "tcp/cc_registry.h"
#include "tcp/option_table.h"
#include "tcp/state.h"
#include "wire/match.h"

namespace wirelab::scenario {

namespace {

Value text(std::string_view s) { return Value(std::string(s), Origin{}); }
Value object() { return Value(Object{}, Origin{}); }
void put(Value& to, std::string_view key, Value v) { to.set(key, std::move(v), Origin{}); }

Value of_type(std::string_view type) {
  Value v = object();
  put(v, "type", text(type));
  return v;
}
Value described(Value v, std::string_view help) {
  put(v, "description", text(help));
  return v;
}
/// What every object may hold beside its own keys.
Value common_properties() {
  Value properties = object();
  put(properties, "$schema", described(of_type("string"), "the schema of this file, for an editor"));
  put(properties, "meta", described(of_type("object"), "notes of your own, which nothing reads"));
  return properties;
}
Value integer(std::int64_t least, std::int64_t most) {
  Value v = of_type("integer");
  put(v, "minimum", Value(least, Origin{}));
  put(v, "maximum", Value(most, Origin{}));
  return v;
}
Value pattern(std::string_view regex) {
  Value v = of_type("string");
  put(v, "pattern", text(regex));
  return v;
}
Value ref(std::string_view definition) {
  Value v = object();
  put(v, "$ref", text("#/$defs/" + std::string(definition)));
  return v;
}
Value words(const std::vector<std::string_view>& names) {
  Value v = object();
  Array all;
  for (const std::string_view name : names) all.push_back(text(name));
  put(v, "enum", Value(std::move(all), Origin{}));
  return v;
}
Value either(Array choices) {
  Value v = object();
  put(v, "anyOf", Value(std::move(choices), Origin{}));
  return v;
}
Value list_of(Value item) {
  Value v = of_type("array");
  put(v, "items", std::move(item));
  return v;
}
Value pair_of(Value item) {
  Value v = list_of(std::move(item));
  put(v, "minItems", Value(std::int64_t{2}, Origin{}));
  put(v, "maxItems", Value(std::int64_t{2}, Origin{}));
  return v;
}

/// Any value may be "$name" in place of what the table says.
Value field_schema(const Field& f) {
  Value v = either({ref(f.type), ref("parameter")});
  std::string help(f.help);
  if (!f.fallback.empty()) help += (help.empty() ? "default " : "; default ") + std::string(f.fallback);
  if (!help.empty()) put(v, "description", text(help));
  return v;
}

Value object_schema(Fields fields, bool partial = false) {
  Value v = of_type("object"), properties = common_properties();
  Array required;
  for (const Field& f : fields) {
    put(properties, f.name, field_schema(f));
    if (f.required && !partial) required.push_back(text(f.name));
  }
  put(v, "properties", std::move(properties));
  if (!required.empty()) put(v, "required", Value(std::move(required), Origin{}));
  put(v, "additionalProperties", Value(false, Origin{}));
  return v;
}

/// One alternative for each entry, told apart by the value of `key`.
Value tagged(Entries entries, std::string_view key, bool apps) {
  Array choices;
  for (const Entry& e : entries) {
    const std::vector<Field> fields = apps ? app_fields(e) : std::vector<Field>(e.fields.begin(), e.fields.end());
    Value v = object_schema(fields);
    Value name = object();
    put(name, "const", text(e.name));
    put(name, "description", text(e.help));
    put(*v.find("properties"), key, std::move(name));
    Value* required = v.find("required");
    if (required == nullptr) put(v, "required", Value(Array{text(key)}, Origin{}));
    if (required != nullptr && !apps) required->array()->push_back(text(key));
    choices.push_back(std::move(v));
  }
  return either(std::move(choices));
}

Value option_schema(const tcp::OptionInfo& o) {
  switch (o.kind) {
    case tcp::OptionKind::Flag: return ref("flag");
    case tcp::OptionKind::Count: return integer(o.minimum, o.maximum);
    case tcp::OptionKind::Time: return ref("time");
    case tcp::OptionKind::Rate: return ref("rate");
    case tcp::OptionKind::Size: break;
  }
  return o.name == "mss" ? either({ref("size"), integer(o.minimum, o.maximum)}) : ref("size");
}

Value cc_schema() {
  Array choices{ref("cc-name")};
  for (const tcp::CcInfo* cc : tcp::congestion_controls()) {
    Value v = of_type("object"), properties = object(), name = object();
    put(name, "const", text(cc->name));
    put(properties, "name", described(std::move(name), cc->help));
    for (const tcp::CcParameter& p : cc->parameters) {
      Value parameter = p.is_flag ? ref("flag") : of_type("number");
      if (!p.is_flag) {
        put(parameter, "minimum", Value(p.minimum, Origin{}));
        put(parameter, "maximum", Value(p.maximum, Origin{}));
      }
      put(properties, p.name,
          described(either({std::move(parameter), ref("parameter")}),
                    std::string(p.help) + "; default " + number_text(p.preset)));
    }
    put(v, "properties", std::move(properties));
    put(v, "additionalProperties", Value(false, Origin{}));
    choices.push_back(std::move(v));
  }
  return either(std::move(choices));
}

Value tcp_schema() {
  Value v = of_type("object"), properties = common_properties();
  put(properties, "cc",
      described(either({ref("cc"), ref("parameter")}), "congestion control, with parameters of its own if wanted"));
  put(properties, "profile",
      described(either({words({"linux", "rfc"}), ref("parameter")}), "which defaults the options have; default linux"));
  for (const tcp::OptionInfo& o : tcp::options()) {
    for (const std::string_view name : {o.name, o.alias}) {
      if (name.empty()) continue;
      Value option = either({option_schema(o), ref("parameter")});
      put(properties, name, described(std::move(option), std::string(o.help) + "; " + defaults_text(o)));
    }
  }
  put(v, "properties", std::move(properties));
  put(v, "additionalProperties", Value(false, Origin{}));
  return v;
}

constexpr std::string_view kNumber = "^[0-9]+(\\.[0-9]+)?";
std::string quantity_pattern(std::string_view units) { return std::string(kNumber) + "(" + std::string(units) + ")$"; }

void define_quantities(Value& defs) {
  constexpr std::string_view times = "ps|ns|us|ms|s|min|h", sizes = "[kKMGT]?B|[KMGT]iB";
  put(defs, "parameter", pattern("^\\$[A-Za-z0-9_-]{1,64}$"));
  put(defs, "text", of_type("string"));
  put(defs, "name", pattern("^[A-Za-z0-9_-]{1,64}$"));
  put(defs, "boolean", of_type("boolean"));
  put(defs, "flag", either({of_type("boolean"), integer(0, 1)}));
  put(defs, "true", of_type("boolean"));
  put(defs, "number", of_type("number"));
  put(defs, "rate", pattern(quantity_pattern("[kKmMgGtT]?[bB][iI][tT]|[kMGT]?bps")));
  put(defs, "time", pattern(quantity_pattern(times)));
  put(defs, "size", pattern(quantity_pattern(sizes)));
  put(defs, "queue-limit",
      pattern(quantity_pattern("p|[bB][dD][pP]|" + std::string(times) + "|" + std::string(sizes))));
  put(defs, "frequency", pattern(quantity_pattern("/s|/ms|/min|/h")));
  put(defs, "percent", pattern(quantity_pattern("%")));
  Value fraction = of_type("number");
  put(fraction, "minimum", Value(std::int64_t{0}, Origin{}));
  put(fraction, "maximum", Value(std::int64_t{1}, Origin{}));
  put(defs, "probability", either({std::move(fraction), ref("percent")}));
  put(defs, "quantity", either({of_type("string"), of_type("integer")}));
  put(defs, "seed", integer(0, std::numeric_limits<std::int64_t>::max()));
  put(defs, "count", integer(0, 1'000'000'000));
  put(defs, "positive", integer(1, std::numeric_limits<std::int64_t>::max()));
  put(defs, "metric", integer(0, 4'294'967'295));
  put(defs, "port", integer(1, 65535));
  put(defs, "ttl", integer(1, 255));
  put(defs, "mtu", either({integer(68, 65535), ref("size")}));
  put(defs, "bound", either({of_type("number"), of_type("string")}));
  Value scalar = object();
  Array scalars;
  for (const char* type : {"null", "boolean", "number", "string"}) scalars.push_back(text(type));
  put(scalar, "type", Value(std::move(scalars), Origin{}));
  put(defs, "scalar", std::move(scalar));
  put(defs, "pointer", pattern("^/"));
}

void define_random(Value& defs) {
  put(defs, "range", pair_of(ref("quantity")));
  put(defs, "pareto", object_schema(pareto_fields()));
  put(defs, "lognormal", object_schema(lognormal_fields()));
  Value random = object_schema(random_fields());
  put(random, "minProperties", Value(std::int64_t{1}, Origin{}));
  put(defs, "random", std::move(random));
  put(defs, "random-time", either({ref("time"), ref("random")}));
  put(defs, "random-size", either({ref("size"), ref("random")}));
  put(defs, "random-bytes", either({ref("size"), integer(0, 65507), ref("random")}));
  put(defs, "random-count", either({ref("count"), ref("random")}));
}

void define_links(Value& defs) {
  put(defs, "routing-type", words({"shortest-path", "static"}));
  put(defs, "time-or-never", either({ref("time"), words({"never"})}));
  put(defs, "routing", either({ref("routing-type"), object_schema(routing_fields())}));
  put(defs, "queue-type", words(names_of(queue_types())));
  put(defs, "queue", either({ref("queue-limit"), object_schema(queue_fields())}));
  put(defs, "match", words({kMatchWords.begin(), kMatchWords.end()}));
  put(defs, "match-list", list_of(ref("match")));
  put(defs, "ordinals", list_of(ref("positive")));
  put(defs, "loss-model", tagged(loss_models(), "model", false));
  put(defs, "loss", either({ref("loss-model"), list_of(ref("loss-model")), of_type("null")}));
  put(defs, "jitter-shape", words({"normal", "uniform"}));
  put(defs, "jitter", object_schema(jitter_fields()));
  put(defs, "impairment", object_schema(probability_fields()));
  put(defs, "reorder", object_schema(reorder_fields()));
  put(defs, "direction", object_schema(direction_fields()));
  put(defs, "pair", pair_of(ref("text")));
  put(defs, "addresses", of_type("object"));
  put(defs, "routes", list_of(object_schema(route_fields())));
  put(defs, "node-type", words({"host", "router"}));
  put(defs, "nodes", list_of(object_schema(node_fields())));
  put(defs, "links", list_of(object_schema(link_fields(), true)));
  put(defs, "generator", words(names_of(generators())));
  put(defs, "params", of_type("object"));
  put(defs, "cc-name", [] {
    std::vector<std::string_view> names;
    for (const tcp::CcInfo* cc : tcp::congestion_controls()) names.push_back(cc->name);
    return words(names);
  }());
  put(defs, "cc", cc_schema());
  put(defs, "tcp", tcp_schema());
  put(defs, "defaults", object_schema(defaults_fields()));
}

void define_apps(Value& defs) {
  put(defs, "names", either({ref("text"), list_of(ref("text"))}));
  put(defs, "app-type", words(names_of(app_types())));
  put(defs, "arrivals", object_schema(arrivals_fields()));
  put(defs, "pairing", words({"in-turn", "random"}));
  put(defs, "time-pair", pair_of(ref("time")));
  put(defs, "reader", object_schema(reader_fields()));
  put(defs, "shutdown", words({"write"}));
  put(defs, "open", words({"simultaneous"}));
  put(defs, "steps", list_of(object_schema(step_fields())));
  put(defs, "apps", list_of(tagged(app_types(), "type", true)));
}

void define_run(Value& defs) {
  put(defs, "topology", object_schema(inline_topology_fields()));
  put(defs, "event-set", object_schema([] {
        static std::vector<Field> fields;  // of a link, and of a node
        fields.assign(link_set_fields().begin(), link_set_fields().end());
        fields.push_back({"deny", "match-list", "", "what a node drops from now on"});
        return Fields(fields);
      }()));
  constexpr static Field routes[] = {{"routes", "routes", "", "to, via and metric of each", true}};
  put(defs, "event-routes", object_schema(routes));
  put(defs, "app-action", words({"stop", "abort"}));
  put(defs, "events", list_of(object_schema(event_fields())));
  put(defs, "measure", object_schema(measure_fields()));
  put(defs, "selection", ref("names"));
  put(defs, "sampling", either({words({"auto", "every"}), ref("time")}));
  put(defs, "record", either({words({"none"}), object_schema(record_fields())}));
  put(defs, "plot-kind", words(names_of(plot_kinds())));
  put(defs, "plots", list_of(either({ref("plot-kind"), object_schema(plot_fields())})));
  std::vector<std::string_view> states;
  for (int i = 0; i <= static_cast<int>(tcp::State::TimeWait); ++i)
    states.push_back(tcp::name_of(static_cast<tcp::State>(i)));
  put(defs, "states", list_of(words(states)));
  put(defs, "expect", list_of(object_schema(expect_fields())));
}

Value whole(std::string_view title, Fields fields) {
  Value v = object();
  put(v, "$schema", text("https://json-schema.org/draft/2020-12/schema"));
  put(v, "title", text(title));
  Value keys = object_schema(fields);
  for (Member& m : *keys.object()) put(v, m.key, std::move(m.value));
  return v;
}

}  // namespace

std::string scenario_schema() {
  Value v = whole("wirelab scenario", scenario_fields()), defs = object();
  define_quantities(defs);
  define_random(defs);
  define_links(defs);
  define_apps(defs);
  define_run(defs);
  put(v, "$defs", std::move(defs));
  return v.pretty();
}

std::string topology_schema() {
  Value v = whole("wirelab topology", topology_fields()), defs = object();
  define_quantities(defs);
  define_random(defs);
  define_links(defs);
  put(v, "$defs", std::move(defs));
  return v.pretty();
}

}  // namespace wirelab::scenario
