#include "scenario/link_reader.h"

#include <algorithm>
#include <limits>

#include "core/near.h"

namespace wirelab::scenario {

namespace {

Match read_match(const ObjectReader& r, Match fallback) {
  const std::vector<std::string_view> words(kMatchWords.begin(), kMatchWords.end());
  const auto choice = r.choice("match", words, "a kind of packet");
  return choice ? static_cast<Match>(*choice) : fallback;
}

std::vector<std::uint64_t> read_ordinals(Documents& docs, const Value& v) {
  std::vector<std::uint64_t> numbers;
  if (!v.is_array()) {
    docs.error(v.origin(),
               "expected a list of packet numbers, found " + std::string(v.kind()) + "; write one such as [3, 7]");
    return numbers;
  }
  for (const Value& item : *v.array()) {
    if (const auto n = read_count(docs, item, 1, std::numeric_limits<std::int64_t>::max())) numbers.push_back(*n);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  if (v.array()->empty()) docs.error(v.origin(), "the list of packets is empty; write at least one number, from 1");
  return numbers;
}

std::vector<Field> loss_keys(const Entry& model) {
  std::vector<Field> keys{{"model", "loss-model", "", "", true}};
  keys.insert(keys.end(), model.fields.begin(), model.fields.end());
  return keys;
}

LossConfig read_model(const ObjectReader& r, const Entry& model) {
  if (model.name == "bernoulli") {
    const double p = r.probability("p").value_or(0);
    return BernoulliLoss{p, read_match(r, Match::Any)};
  }
  if (model.name == "every") {
    const auto n = r.count("n", 1, std::numeric_limits<std::int64_t>::max());
    return EveryLoss{n.value_or(1), read_match(r, Match::Data)};
  }
  if (model.name == "list") {
    const Value* packets = r.get("packets");
    ListLoss list{packets ? read_ordinals(r.docs(), *packets) : std::vector<std::uint64_t>{}, Match::Data};
    list.match = read_match(r, Match::Data);
    return list;
  }
  if (model.name == "gilbert-elliott") {
    GilbertElliottLoss g;
    g.p = r.probability("p").value_or(g.p);
    g.r = r.probability("r").value_or(g.r);
    g.loss_bad = r.probability("loss_bad").value_or(g.loss_bad);
    g.loss_good = r.probability("loss_good").value_or(g.loss_good);
    g.match = read_match(r, Match::Any);
    return g;
  }
  const auto from = r.time("from");
  const auto to = r.time("to");
  if (from && to && *from >= *to) r.error_at("to", "the blackout ends before it begins; `to` must lie after `from`");
  return BlackoutLoss{from.value_or(Time()), to.value_or(Time()), read_match(r, Match::Any)};
}

std::optional<LossConfig> read_one_loss(Documents& docs, const Value& v) {
  if (!v.is_object()) {
    docs.error(v.origin(), "expected a loss model, found " + std::string(v.kind()) +
                               "; write one such as {\"model\": \"bernoulli\", \"p\": 0.01}");
    return std::nullopt;
  }
  const Value* name = v.find("model");
  if (name == nullptr) {
    docs.error(v.origin(),
               "the key \"model\" is missing; a loss model is one such as {\"model\": \"bernoulli\", \"p\": 0.01}");
    return std::nullopt;
  }
  const auto choice = read_choice(docs, *name, names_of(loss_models()), "a loss model", "loss");
  if (!choice) return std::nullopt;
  const Entry& model = loss_models()[*choice];
  const std::vector<Field> keys = loss_keys(model);
  return read_model(ObjectReader(docs, v, keys, "loss model " + std::string(model.name)), model);
}

std::optional<JitterConfig> read_jitter(Documents& docs, const Value& v) {
  const ObjectReader r(docs, v, jitter_fields(), "jitter");
  if (!r.is_object()) return std::nullopt;
  JitterConfig jitter;
  jitter.stddev = r.duration("stddev").value_or(Duration());
  if (r.choice("distribution", {"normal", "uniform"}, "a distribution of jitter") == std::optional<std::size_t>(1)) {
    jitter.distribution = JitterConfig::Distribution::Uniform;
  }
  jitter.keep_order = r.boolean("keep_order", true);
  return jitter;
}

double read_impairment(Documents& docs, const Value& v, std::string_view what) {
  const ObjectReader r(docs, v, probability_fields(), what);
  return r.probability("p").value_or(0);
}

std::optional<ReorderConfig> read_reorder(Documents& docs, const Value& v) {
  const ObjectReader r(docs, v, reorder_fields(), "reorder");
  if (!r.is_object()) return std::nullopt;
  ReorderConfig reorder;
  reorder.p = r.probability("p").value_or(0);
  reorder.delay = r.duration("delay").value_or(Duration());
  return reorder;
}

std::optional<std::uint16_t> read_mtu(Documents& docs, const Value& v) {
  const auto mtu = read_size(docs, v, BareNumber::Bytes);
  if (!mtu) return std::nullopt;
  if (*mtu < Bytes(68) || *mtu > Bytes(65535)) {
    docs.error(v.origin(), v.dump() + " is no MTU of IPv4; write 68 to 65535 bytes (RFC 791)");
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(mtu->count());
}

}  // namespace

std::vector<LossConfig> read_loss(Documents& docs, const Value& v) {
  std::vector<LossConfig> models;
  if (v.is_null()) return models;
  if (!v.is_array()) {
    if (auto model = read_one_loss(docs, v)) models.push_back(std::move(*model));
    return models;
  }
  for (const Value& item : *v.array()) {
    if (auto model = read_one_loss(docs, item)) models.push_back(std::move(*model));
  }
  return models;
}

std::optional<QueueSpec> read_queue(Documents& docs, const Value& v, DataRate rate) {
  if (!v.is_object()) return read_queue_limit(docs, v, rate);
  const ObjectReader r(docs, v, queue_fields(), "a queue");
  r.choice("type", names_of(queue_types()), "a queue discipline", "queues");
  const Value* limit = r.get("limit");
  auto spec = limit ? read_queue_limit(docs, *limit, rate) : QueueSpec{};
  if (const Value* ecn = r.get("ecn_threshold"); ecn != nullptr && spec) {
    const auto threshold = read_queue_limit(docs, *ecn, rate);
    if (!threshold) return std::nullopt;
    spec->ecn_unit = threshold->unit;
    spec->ecn_amount = threshold->amount;
  }
  return spec;
}

std::vector<Match> read_match_list(Documents& docs, const Value& v) {
  std::vector<Match> matches;
  const std::vector<std::string_view> words(kMatchWords.begin(), kMatchWords.end());
  if (!v.is_array()) {
    docs.error(v.origin(), "expected a list of kinds of packets, found " + std::string(v.kind()) +
                               "; write one such as [\"icmp\"]");
    return matches;
  }
  for (const Value& item : *v.array()) {
    if (const auto choice = read_choice(docs, item, words, "a kind of packet"))
      matches.push_back(static_cast<Match>(*choice));
  }
  return matches;
}

LinkDirection read_direction(const ObjectReader& r, const LinkDirection& base) {
  Documents& docs = r.docs();
  LinkDirection d = base;
  LinkConfig& c = d.config;
  c.rate = r.rate("rate").value_or(c.rate);
  c.delay = r.duration("delay").value_or(c.delay);
  if (const Value* v = r.get("mtu")) c.mtu = read_mtu(docs, *v).value_or(c.mtu);
  if (const Value* v = r.get("queue")) d.queue = read_queue(docs, *v, c.rate).value_or(d.queue);
  c.queue = limit_of(d.queue);
  if (const Value* v = r.get("loss")) c.loss = read_loss(docs, *v);
  if (const Value* v = r.get("jitter")) c.jitter = read_jitter(docs, *v);
  if (const Value* v = r.get("duplicate")) c.duplicate = read_impairment(docs, *v, "duplicate");
  if (const Value* v = r.get("corrupt")) c.corrupt = read_impairment(docs, *v, "corrupt");
  if (const Value* v = r.get("reorder")) c.reorder = read_reorder(docs, *v);
  c.up = r.boolean("up", c.up);
  return d;
}

std::array<LinkDirection, 2> read_directions(Documents& docs, const ObjectReader& link) {
  const LinkDirection common = read_direction(link, {});
  std::array<LinkDirection, 2> both{common, common};
  for (const std::size_t side : {kForward, kBackward}) {
    const std::string_view key = side == kForward ? "forward" : "backward";
    const Value* patch = link.get(key);
    if (patch == nullptr) continue;
    const ObjectReader keys(docs, *patch, direction_fields(), key);
    if (!keys.is_object()) continue;
    Value merged(Object{}, patch->origin());
    for (const Field& f : direction_fields()) {
      if (const Value* v = link.value().find(f.name)) merged.set(f.name, *v, v->origin());
    }
    merge_patch(merged, *patch);
    // Unknown keys were reported above; here they are let through, so that each is reported once.
    both[side] = read_direction(ObjectReader(docs, merged, direction_fields(), key, true), {});
  }
  return both;
}

namespace {

/// The queue as a value, so that an override may give a part of {"limit", "ecn_threshold"}; with "type" it is whole.
QueueSpec changed_queue(Documents& docs, const Value& v, const LinkDirection& now, DataRate rate) {
  QueueSpec changed = read_queue(docs, v, rate).value_or(now.queue);
  if (!v.is_object() || v.find("type") != nullptr) return changed;
  if (v.find("limit") == nullptr) {
    changed.unit = now.queue.unit;
    changed.amount = now.queue.amount;
  }
  if (v.find("ecn_threshold") == nullptr) {
    changed.ecn_unit = now.queue.ecn_unit;
    changed.ecn_amount = now.queue.ecn_amount;
  }
  return changed;
}

}  // namespace

LinkChange read_link_change(Documents& docs, const Value& set, const LinkDirection& now) {
  const ObjectReader r(docs, set, link_set_fields(), "what an event can set of a link");
  LinkChange change;
  if (!r.is_object()) return change;
  if (set.object()->empty()) r.error("nothing is set; write one such as {\"rate\": \"5Mbit\"}");
  const auto is_null = [&](std::string_view key) { return set.find(key) != nullptr && set.find(key)->is_null(); };
  // RFC 7396: null takes a key away, so its default holds.
  const LinkConfig defaults;
  change.rate = is_null("rate") ? defaults.rate : r.rate("rate");
  change.delay = is_null("delay") ? defaults.delay : r.duration("delay");
  if (const Value* v = r.get("loss")) change.loss = read_loss(docs, *v);
  if (const Value* v = r.get("queue")) {
    const DataRate rate = change.rate.value_or(now.config.rate);
    change.queue_spec = v->is_null() ? QueueSpec{} : changed_queue(docs, *v, now, rate);
    change.queue = limit_of(change.queue_spec);
  }
  if (r.has("up")) change.up = is_null("up") ? true : r.boolean("up", true);
  return change;
}

}  // namespace wirelab::scenario
