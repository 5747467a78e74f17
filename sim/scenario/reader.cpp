#include "scenario/reader.h"

#include <algorithm>
#include <cmath>

#include "core/assert.h"
#include "core/near.h"
#include "scenario/quantity.h"

namespace wirelab::scenario {

namespace {

/// What stands there, short enough for a message.
std::string shown(const Value& v) {
  if (v.is_object() || v.is_array()) return std::string(v.kind());
  std::string text = v.dump();
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

void wrong_type(Documents& docs, const Value& v, std::string_view expected, std::string_view example) {
  docs.error(v.origin(),
             "expected " + std::string(expected) + ", found " + shown(v) + "; write " + std::string(example));
}

/// A string by `parse`; a bare number is told which unit to take.
template <class T>
std::optional<T> quantity(Documents& docs, const Value& v, Parsed<T> (*parse)(std::string_view),
                          std::string_view expected, std::string_view unit, std::string_view example) {
  if (const std::string* text = v.text()) {
    Parsed<T> p = parse(*text);
    if (!p.value) docs.error(v.origin(), std::move(p.fault));
    return p.value;
  }
  if (v.is_number()) {
    const bool negative = v.number() < 0;
    const std::string number = v.dump();
    docs.error(v.origin(), number + " is a number without a unit where " + std::string(expected) +
                               " belongs; write \"" + (negative ? std::string(example) : number + std::string(unit)) +
                               "\"");
    return std::nullopt;
  }
  wrong_type(docs, v, expected, "one such as \"" + std::string(example) + "\"");
  return std::nullopt;
}

}  // namespace

bool is_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), allowed);
}

std::optional<std::string> read_text(Documents& docs, const Value& v, std::string_view expected) {
  if (const std::string* text = v.text()) return *text;
  wrong_type(docs, v, expected, "it in double quotes");
  return std::nullopt;
}

std::optional<std::string> read_name(Documents& docs, const Value& v) {
  auto text = read_text(docs, v, "a name");
  if (!text || is_name(*text)) return text;
  std::string better = text->substr(0, 64);
  for (char& c : better) c = is_name(std::string_view(&c, 1)) ? c : '_';
  docs.error(v.origin(), in_quotes(text->substr(0, 80)) +
                             " is not a name; use 1 to 64 letters, digits, _ and -, such as \"" +
                             (better.empty() ? "a1" : better) + "\"");
  return std::nullopt;
}

std::optional<bool> read_boolean(Documents& docs, const Value& v) {
  if (const bool* b = v.boolean()) return *b;
  wrong_type(docs, v, "true or false", v.text() != nullptr ? "it without quotes" : "true");
  return std::nullopt;
}

std::optional<std::uint64_t> read_count(Documents& docs, const Value& v, std::uint64_t least, std::uint64_t most) {
  const std::string range = std::to_string(least) + " to " + std::to_string(most);
  std::optional<std::uint64_t> n;
  if (const auto* i = v.integer(); i != nullptr && *i >= 0) n = static_cast<std::uint64_t>(*i);
  if (const auto* u = v.large()) n = *u;
  if (const double* d = v.real(); d != nullptr && *d >= 0 && *d < 1e15 && *d == std::floor(*d)) {
    n = static_cast<std::uint64_t>(*d);
  }
  if (n && *n >= least && *n <= most) return n;
  if (v.is_number()) {
    docs.error(v.origin(), v.dump() + " is out of range; write a whole number from " + range);
  } else {
    wrong_type(docs, v, "a whole number", "one from " + range + ", without quotes");
  }
  return std::nullopt;
}

std::optional<double> read_number(Documents& docs, const Value& v, std::string_view example) {
  if (v.is_number()) return v.number();
  wrong_type(docs, v, "a number", "one such as " + std::string(example));
  return std::nullopt;
}

std::optional<double> read_probability(Documents& docs, const Value& v) {
  std::optional<double> p;
  if (v.is_number()) {
    p = v.number();
  } else if (const std::string* text = v.text()) {
    const Parsed<double> percent = parse_percent(*text);
    if (!percent.value) {
      docs.error(v.origin(), in_quotes(text->substr(0, 80)) + " is not a probability; write 0.001 or \"0.1%\"");
      return std::nullopt;
    }
    p = percent.value;
  } else {
    wrong_type(docs, v, "a probability", "0.001 or \"0.1%\"");
    return std::nullopt;
  }
  if (*p >= 0 && *p <= 1) return p;
  docs.error(v.origin(), shown(v) + " is no probability; it must lie between 0 and 1 (or \"0%\" and \"100%\")");
  return std::nullopt;
}

std::optional<double> read_frequency(Documents& docs, const Value& v) {
  return quantity<double>(docs, v, parse_frequency, "a frequency", "/s", "50/s");
}
std::optional<DataRate> read_rate(Documents& docs, const Value& v) {
  return quantity<DataRate>(docs, v, parse_rate, "a rate", "Mbit", "10Mbit");
}
std::optional<Duration> read_duration(Documents& docs, const Value& v) {
  return quantity<Duration>(docs, v, parse_duration, "a time", "s", "10s");
}
std::optional<Time> read_time(Documents& docs, const Value& v) {
  const auto d = read_duration(docs, v);
  return d ? std::optional(Time::at(*d)) : std::nullopt;
}

std::optional<Bytes> read_size(Documents& docs, const Value& v, BareNumber bare) {
  if (const auto* i = v.integer(); i != nullptr && bare == BareNumber::Bytes) {
    if (*i >= 0) return Bytes(*i);
    docs.error(v.origin(), v.dump() + " is not a number of bytes; it must not be negative");
    return std::nullopt;
  }
  return quantity<Bytes>(docs, v, parse_size, "a size", "B", "64KiB");
}

std::optional<QueueSpec> read_queue_limit(Documents& docs, const Value& v, DataRate rate) {
  if (const std::string* text = v.text()) {
    Parsed<QueueSpec> p = parse_queue_limit(*text, rate);
    if (!p.value) docs.error(v.origin(), std::move(p.fault));
    return p.value;
  }
  if (v.is_number()) {
    docs.error(v.origin(), v.dump() + " is a number without a unit where a queue limit belongs; write \"" +
                               (v.number() < 0 ? "100" : v.dump()) +
                               "p\" for packets, or \"64kB\", \"20ms\", \"1bdp\"");
  } else {
    wrong_type(docs, v, "a queue limit", "one such as \"100p\", \"64kB\", \"20ms\" or \"1bdp\"");
  }
  return std::nullopt;
}

std::optional<std::size_t> read_choice(Documents& docs, const Value& v, const std::vector<std::string_view>& words,
                                       std::string_view noun, std::string_view listing) {
  const std::string* text = v.text();
  if (text == nullptr) {
    wrong_type(docs, v, noun, "one such as \"" + std::string(words.front()) + "\"");
    return std::nullopt;
  }
  const auto it = std::find(words.begin(), words.end(), *text);
  if (it != words.end()) return static_cast<std::size_t>(it - words.begin());
  std::string fault =
      in_quotes(text->substr(0, 80)) + " is not " + std::string(noun) + suggestion(*text, words, "they");
  if (!listing.empty()) fault += " (wirelab list " + std::string(listing) + ")";
  docs.error(v.origin(), fault);
  return std::nullopt;
}

namespace {

std::optional<std::int64_t> read_amount(Documents& docs, const Value& v, Dimension dimension) {
  switch (dimension) {
    case Dimension::Time: {
      const auto d = read_duration(docs, v);
      return d ? std::optional(d->ps()) : std::nullopt;
    }
    case Dimension::Size:
    case Dimension::Bytes: {
      const auto s = read_size(docs, v, dimension == Dimension::Bytes ? BareNumber::Bytes : BareNumber::Refused);
      return s ? std::optional(s->count()) : std::nullopt;
    }
    case Dimension::Count: {
      const auto n = read_count(docs, v, 0, 1'000'000'000'000);
      return n ? std::optional(static_cast<std::int64_t>(*n)) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> read_mean(Documents& docs, const Value& v, Dimension dimension) {
  const auto mean = read_amount(docs, v, dimension);
  if (mean && *mean <= 0) {
    docs.error(v.origin(), "a mean must be above 0; for nothing random write the constant alone");
    return std::nullopt;
  }
  return mean;
}

std::optional<Distribution> read_uniform(Documents& docs, const Value& v, Dimension dimension) {
  if (!v.is_array() || v.array()->size() != 2) {
    wrong_type(docs, v, "two values, the least and the largest", "one such as [\"0s\", \"1s\"]");
    return std::nullopt;
  }
  const auto low = read_amount(docs, v.array()->at(0), dimension);
  const auto high = read_amount(docs, v.array()->at(1), dimension);
  if (!low || !high) return std::nullopt;
  if (*low > *high) {
    docs.error(v.origin(), "the least value stands above the largest; swap them");
    return std::nullopt;
  }
  return Distribution{.kind = Distribution::Kind::Uniform, .low = *low, .high = *high};
}

/// Pareto and lognormal: a mean and one more parameter that must exceed `above`.
std::optional<Distribution> read_shaped(Documents& docs, const Value& v, Dimension dimension, bool pareto) {
  const ObjectReader r(docs, v, pareto ? pareto_fields() : lognormal_fields(), pareto ? "pareto" : "lognormal");
  if (!r.is_object()) return std::nullopt;
  const Value* mean_value = r.get("mean");
  const Value* second_value = r.get(pareto ? "shape" : "sigma");
  std::optional<std::int64_t> mean;
  std::optional<double> second;
  if (mean_value != nullptr) mean = read_mean(docs, *mean_value, dimension);
  if (second_value != nullptr) second = read_number(docs, *second_value, pareto ? "1.2" : "1.5");
  if (!mean || !second) return std::nullopt;
  if (pareto && (*second <= 1 || *second > 1000)) {
    docs.error(second_value->origin(),
               shown(*second_value) + ": the shape must lie above 1 (else there is no mean) and up to 1000");
    return std::nullopt;
  }
  if (!pareto && (*second < 0 || *second > 10)) {
    docs.error(second_value->origin(), shown(*second_value) + ": sigma must lie between 0 and 10");
    return std::nullopt;
  }
  Distribution d{.kind = pareto ? Distribution::Kind::Pareto : Distribution::Kind::Lognormal, .mean = mean.value_or(0)};
  (pareto ? d.shape : d.sigma) = *second;
  return d;
}

}  // namespace

std::optional<Distribution> read_distribution(Documents& docs, const Value& v, Dimension dimension) {
  if (!v.is_object()) {
    const auto constant = read_amount(docs, v, dimension);
    return constant ? std::optional(Distribution::constant(*constant)) : std::nullopt;
  }
  const ObjectReader r(docs, v, random_fields(), "a random value");
  if (v.object()->size() != 1) {
    r.error(
        "a random value has exactly one key; write one such as {\"uniform\": [\"0s\", \"1s\"]} "
        "(uniform, exponential, pareto, lognormal)");
    return std::nullopt;
  }
  if (const Value* u = r.get("uniform")) return read_uniform(docs, *u, dimension);
  if (const Value* e = r.get("exponential")) {
    const auto mean = read_mean(docs, *e, dimension);
    if (!mean) return std::nullopt;
    return Distribution{.kind = Distribution::Kind::Exponential, .mean = *mean};
  }
  if (const Value* p = r.get("pareto")) return read_shaped(docs, *p, dimension, true);
  if (const Value* l = r.get("lognormal")) return read_shaped(docs, *l, dimension, false);
  return std::nullopt;  // the key was unknown and has been reported
}

ObjectReader::ObjectReader(Documents& docs, const Value& v, Fields fields, std::string_view what, bool open)
    : docs_(&docs), value_(&v), fields_(fields), what_(what), object_(v.is_object()) {
  if (!object_) {
    std::string keys;
    for (const Field& f : fields) {
      if (f.required || fields.size() <= 4) keys += (keys.empty() ? "" : ", ") + std::string(f.name);
    }
    docs.error(v.origin(), "expected an object that is " + what_ + ", found " + shown(v) + "; write { ... }" +
                               (keys.empty() ? "" : " with " + keys));
    return;
  }
  for (const Member& m : *v.object()) {
    if (m.key == "$schema") continue;
    if (m.key == "meta") {
      if (!m.value.is_object()) docs.error(m.value.origin(), "meta is a free object; write \"meta\": { ... }");
      continue;
    }
    const bool known = std::any_of(fields.begin(), fields.end(), [&](const Field& f) { return f.name == m.key; });
    if (known || open) continue;
    docs.error(m.origin,
               what_ + " has no key " + in_quotes(m.key.substr(0, 80)) + suggestion(m.key, names_of(fields), "keys"));
  }
}

const Value* ObjectReader::get(std::string_view key) const {
  const auto field = std::find_if(fields_.begin(), fields_.end(), [&](const Field& f) { return f.name == key; });
  WIRELAB_ASSERT(field != fields_.end());  // what is read must stand in the table
  if (!object_) return nullptr;
  const Value* v = value_->find(key);
  if (v == nullptr && field->required) {
    error("the key \"" + std::string(key) + "\" is missing; " + what_ + " needs it" +
          (field->help.empty() ? "" : " (" + std::string(field->help) + ")"));
  }
  return v;
}

Origin ObjectReader::origin_of(std::string_view key) const {
  const Value* v = value_->find(key);
  return v != nullptr ? v->origin() : value_->origin();
}

void ObjectReader::refuse(const std::vector<std::string_view>& keys, std::string_view reason) const {
  if (!object_) return;
  for (const Member& m : *value_->object()) {
    if (std::find(keys.begin(), keys.end(), m.key) != keys.end()) docs_->error(m.origin, std::string(reason));
  }
}

std::optional<std::string> ObjectReader::text(std::string_view key) const {
  const Value* v = get(key);
  return v ? read_text(*docs_, *v) : std::nullopt;
}
std::optional<std::string> ObjectReader::name(std::string_view key) const {
  const Value* v = get(key);
  return v ? read_name(*docs_, *v) : std::nullopt;
}
bool ObjectReader::boolean(std::string_view key, bool fallback) const {
  const Value* v = get(key);
  return v ? read_boolean(*docs_, *v).value_or(fallback) : fallback;
}
std::optional<std::uint64_t> ObjectReader::count(std::string_view key, std::uint64_t least, std::uint64_t most) const {
  const Value* v = get(key);
  return v ? read_count(*docs_, *v, least, most) : std::nullopt;
}
std::optional<DataRate> ObjectReader::rate(std::string_view key) const {
  const Value* v = get(key);
  return v ? read_rate(*docs_, *v) : std::nullopt;
}
std::optional<Duration> ObjectReader::duration(std::string_view key) const {
  const Value* v = get(key);
  return v ? read_duration(*docs_, *v) : std::nullopt;
}
std::optional<Time> ObjectReader::time(std::string_view key) const {
  const Value* v = get(key);
  return v ? read_time(*docs_, *v) : std::nullopt;
}
std::optional<double> ObjectReader::probability(std::string_view key) const {
  const Value* v = get(key);
  return v ? read_probability(*docs_, *v) : std::nullopt;
}
std::optional<Distribution> ObjectReader::distribution(std::string_view key, Dimension dimension) const {
  const Value* v = get(key);
  return v ? read_distribution(*docs_, *v, dimension) : std::nullopt;
}
std::optional<std::size_t> ObjectReader::choice(std::string_view key, const std::vector<std::string_view>& words,
                                                std::string_view noun, std::string_view listing) const {
  const Value* v = get(key);
  return v ? read_choice(*docs_, *v, words, noun, listing) : std::nullopt;
}

}  // namespace wirelab::scenario
