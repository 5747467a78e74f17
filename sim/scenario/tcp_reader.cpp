#include "scenario/tcp_reader.h"

#include <algorithm>

#include "core/near.h"
#include "scenario/quantity.h"
#include "tcp/cc_registry.h"
#include "tcp/option_table.h"

namespace wirelab::scenario {

namespace {

std::string value_text(const tcp::OptionInfo& option, std::int64_t value) {
  switch (option.kind) {
    case tcp::OptionKind::Time: return to_text(Duration::ps(value));
    case tcp::OptionKind::Size: return to_text(Bytes(value));
    case tcp::OptionKind::Rate: return to_text(DataRate::bps(value));
    case tcp::OptionKind::Flag:
    case tcp::OptionKind::Count: break;
  }
  return std::to_string(value);
}

std::optional<std::int64_t> read_flag(Documents& docs, const Value& v) {
  if (const bool* b = v.boolean()) return *b ? 1 : 0;
  if (const auto* i = v.integer(); i != nullptr && (*i == 0 || *i == 1)) return *i;
  docs.error(v.origin(), "expected true, false, 1 or 0, found " +
                             (v.is_object() ? "an object" : v.dump().substr(0, 60)) + "; write true");
  return std::nullopt;
}

std::optional<std::int64_t> read_option(Documents& docs, const tcp::OptionInfo& option, const Value& v) {
  std::optional<std::int64_t> value;
  switch (option.kind) {
    case tcp::OptionKind::Flag: return read_flag(docs, v);
    case tcp::OptionKind::Count: {
      const auto n =
          read_count(docs, v, static_cast<std::uint64_t>(option.minimum), static_cast<std::uint64_t>(option.maximum));
      return n ? std::optional(static_cast<std::int64_t>(*n)) : std::nullopt;
    }
    case tcp::OptionKind::Time:
      if (const auto d = read_duration(docs, v)) value = d->ps();
      break;
    case tcp::OptionKind::Size:
      if (const auto s = read_size(docs, v, option.name == "mss" ? BareNumber::Bytes : BareNumber::Refused))
        value = s->count();
      break;
    case tcp::OptionKind::Rate:
      if (const auto r = read_rate(docs, v)) value = r->bps();
      break;
  }
  if (!value) return std::nullopt;
  if (*value >= option.minimum && *value <= option.maximum) return value;
  docs.error(v.origin(), v.dump() + " is out of range; " + std::string(option.name) + " goes from " +
                             value_text(option, option.minimum) + " to " + value_text(option, option.maximum));
  return std::nullopt;
}

const tcp::CcInfo* read_cc_name(Documents& docs, const Value& v) {
  const auto name = read_text(docs, v, "the name of a congestion control");
  if (!name) return nullptr;
  const tcp::CcInfo* info = tcp::find_congestion_control(*name);
  if (info != nullptr) return info;
  std::vector<std::string_view> names;
  for (const tcp::CcInfo* c : tcp::congestion_controls()) names.push_back(c->name);
  docs.error(v.origin(), "no congestion control is called " + in_quotes(name->substr(0, 80)) +
                             suggestion(*name, names, "they") + " (wirelab list cc)");
  return nullptr;
}

void read_cc_parameter(Documents& docs, const tcp::CcInfo& info, const Member& m, tcp::CcChoice& cc) {
  const auto known = std::find_if(info.parameters.begin(), info.parameters.end(),
                                  [&](const tcp::CcParameter& p) { return p.name == m.key; });
  if (known == info.parameters.end()) {
    std::vector<std::string_view> names;
    for (const tcp::CcParameter& p : info.parameters) names.push_back(p.name);
    docs.error(m.origin, std::string(info.name) + " has no parameter " + in_quotes(m.key.substr(0, 80)) +
                             (names.empty() ? "; it has none" : suggestion(m.key, names, "its parameters")));
    return;
  }
  if (known->is_flag) {
    if (const auto flag = read_flag(docs, m.value)) cc.parameters.emplace_back(m.key, static_cast<double>(*flag));
    return;
  }
  const auto x = read_number(docs, m.value, number_text(known->preset));
  if (!x) return;
  if (*x < known->minimum || *x > known->maximum) {
    docs.error(m.value.origin(), m.value.dump() + " is out of range; " + m.key + " goes from " +
                                     number_text(known->minimum) + " to " + number_text(known->maximum));
    return;
  }
  cc.parameters.emplace_back(m.key, *x);
}

void read_cc(Documents& docs, const Value& v, tcp::CcChoice& cc) {
  if (!v.is_object()) {
    if (v.text() == nullptr) {
      docs.error(v.origin(), "expected a congestion control, found " + std::string(v.kind()) +
                                 "; write \"cubic\" or {\"name\": \"cubic\", \"beta\": 0.8}");
    } else if (const tcp::CcInfo* info = read_cc_name(docs, v)) {
      cc = {std::string(info->name), {}};
    }
    return;
  }
  const ObjectReader r(docs, v, cc_fields(), "cc", true);
  const Value* name = r.get("name");
  const tcp::CcInfo* info = name ? read_cc_name(docs, *name) : nullptr;
  if (info == nullptr) return;
  cc = {std::string(info->name), {}};
  for (const Member& m : *v.object()) {
    if (m.key != "name" && m.key != "meta" && m.key != "$schema") read_cc_parameter(docs, *info, m, cc);
  }
}

tcp::Profile read_profile(Documents& docs, const Value& v) {
  const Value* profile = v.find("profile");
  if (profile == nullptr) return tcp::Profile::Linux;
  const auto choice = read_choice(docs, *profile, {"linux", "rfc"}, "a profile");
  return choice == std::optional<std::size_t>(1) ? tcp::Profile::Rfc : tcp::Profile::Linux;
}

void unknown_option(Documents& docs, const Member& m) {
  std::vector<std::string_view> names{"cc", "profile"};
  for (const tcp::OptionInfo& o : tcp::options()) {
    names.push_back(o.name);
    if (!o.alias.empty()) names.push_back(o.alias);
  }
  const std::string_view key = m.key;
  std::string fault = "no TCP option is called " + in_quotes(key.substr(0, 80));
  const bool prefixed = key.substr(0, 4) == "tcp_" && tcp::find_option(key.substr(4)) != nullptr;
  fault += prefixed ? "; leave out \"tcp_\": \"" + std::string(key.substr(4)) + "\"" : suggestion(key, names, "");
  docs.error(m.origin, fault + " (wirelab list tcp)");
}

/// Reads one object of options into a configuration of the profile that it names.
tcp::TcpConfig read_tcp(Documents& docs, const Value& v) {
  tcp::TcpConfig config = tcp::defaults(read_profile(docs, v));
  const auto* members = v.object();
  if (members == nullptr) return config;
  for (const Member& m : *members) {
    if (m.key == "profile" || m.key == "$schema" || m.key == "meta") continue;
    if (m.key == "cc") {
      read_cc(docs, m.value, config.cc);
    } else if (const tcp::OptionInfo* option = tcp::find_option(m.key)) {
      if (const auto value = read_option(docs, *option, m.value)) option->set(config, *value);
      if (!option->alias.empty() && m.key == option->alias && v.find(option->name) != nullptr) {
        docs.error(m.origin,
                   "\"" + m.key + "\" is another name of \"" + std::string(option->name) + "\"; write one of them");
      }
    } else {
      unknown_option(docs, m);
    }
  }
  return config;
}

/// Aliases become names, so that a layer of higher rank replaces what a lower one wrote under the other.
Value normalised(const Value& layer) {
  Value out(Object{}, layer.origin());
  for (const Member& m : *layer.object()) {
    const tcp::OptionInfo* option = tcp::find_option(m.key);
    const std::string name = option != nullptr ? std::string(option->name) : m.key;
    if (out.find(name) == nullptr) out.object()->push_back({name, m.origin, m.value});
  }
  return out;
}

std::string option_value(tcp::OptionKind kind, std::int64_t value) {
  switch (kind) {
    case tcp::OptionKind::Flag: return value != 0 ? "true" : "false";
    case tcp::OptionKind::Count: return std::to_string(value);
    case tcp::OptionKind::Size: return to_text(Bytes(value));
    case tcp::OptionKind::Time: return to_text(Duration::ps(value));
    case tcp::OptionKind::Rate: return to_text(DataRate::bps(value));
  }
  return {};
}

}  // namespace

std::string defaults_text(const tcp::OptionInfo& o) {
  const std::string by_linux = option_value(o.kind, o.linux_default), by_rfc = option_value(o.kind, o.rfc_default);
  return "default " + by_linux + (by_rfc != by_linux ? ", profile rfc " + by_rfc : "");
}

void check_tcp(Documents& docs, const Value& v) {
  if (!v.is_object()) {
    docs.error(v.origin(),
               "expected an object of TCP options, found " + std::string(v.kind()) + "; write { \"cc\": \"reno\" }");
    return;
  }
  Value whole = v;
  if (const Value* cc = v.find("cc"); cc != nullptr && cc->is_object() && cc->find("name") == nullptr) {
    whole.erase("cc");  // parameters alone go with the algorithm that a lower rank names
  }
  read_tcp(docs, whole);
}

TcpIndex TcpConfigs::add(const std::vector<const Value*>& layers) {
  Value merged(Object{}, Origin{});
  for (const Value* layer : layers) {
    if (layer == nullptr || !layer->is_object()) continue;
    const Value patch = normalised(*layer);
    // A bare name and an object that names nothing meet: {"beta": 0.8} over "cubic".
    Value* cc = merged.find("cc");
    if (cc != nullptr && cc->text() != nullptr && patch.find("cc") != nullptr && patch.find("cc")->is_object()) {
      Value named(Object{}, cc->origin());
      named.set("name", *cc, cc->origin());
      *cc = std::move(named);
    }
    merge_patch(merged, patch);
  }
  const auto [it, fresh] = known_.emplace(merged.dump(), static_cast<TcpIndex>(configs_.size()));
  if (fresh) configs_.push_back(read_tcp(docs_, merged));
  return it->second;
}

}  // namespace wirelab::scenario
