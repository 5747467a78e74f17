#include "scenario/app_kind_reader.h"

namespace wirelab::scenario {

namespace {

constexpr std::int64_t kLargestDatagram = 65'507;  // 65535 - 20 - 8

bool can_be_positive(const Distribution& d) {
  return (d.kind != Distribution::Kind::Constant && d.kind != Distribution::Kind::Uniform) || d.high > 0;
}

/// What must be above 0 lest time stand still.
Distribution positive(const ObjectReader& r, std::string_view key, Dimension dimension, Distribution fallback,
                      std::string_view example) {
  const auto d = r.distribution(key, dimension);
  if (!d) return fallback;
  if (can_be_positive(*d)) return *d;
  r.error_at(key, "\"" + std::string(key) + "\" must be above 0; write " + std::string(example));
  return fallback;
}

Distribution payload(const ObjectReader& r, std::string_view key, std::int64_t fallback, std::int64_t least) {
  const auto d = r.distribution(key, Dimension::Bytes);
  if (!d) return Distribution::constant(fallback);
  const bool bounded = d->kind == Distribution::Kind::Constant || d->kind == Distribution::Kind::Uniform;
  if (bounded && (d->low < least || d->high > kLargestDatagram)) {
    r.error_at(key, "a packet carries " + std::to_string(least) + " to " + std::to_string(kLargestDatagram) +
                        " bytes of payload");
    return Distribution::constant(fallback);
  }
  return *d;
}

SlowReader read_slow_reader(Documents& docs, const Value& v) {
  const ObjectReader r(docs, v, reader_fields(), "a slow reader");
  SlowReader reader;
  if (!r.is_object()) return reader;
  if (r.has("rate") == r.has("pause")) {
    r.error(
        "a slow reader has a rate or a pause, one of them; write {\"rate\": \"1Mbit\"} or {\"pause\": [\"5s\", "
        "\"20s\"]}");
    return reader;
  }
  reader.rate = r.rate("rate");
  const Value* pause = r.get("pause");
  if (pause == nullptr) return reader;
  if (!pause->is_array() || pause->array()->size() != 2) {
    docs.error(pause->origin(),
               "expected two times, found " + std::string(pause->kind()) + "; write [\"5s\", \"20s\"]");
    return reader;
  }
  const auto from = read_time(docs, pause->array()->at(0)), to = read_time(docs, pause->array()->at(1));
  if (!from || !to) return reader;
  if (*from >= *to) docs.error(pause->origin(), "the pause ends before it begins; swap the times");
  reader.pause = std::pair(*from, *to);
  return reader;
}

BulkApp read_bulk(const ObjectReader& r) {
  BulkApp app;
  app.size = r.distribution("size", Dimension::Size);
  if (const Value* read = r.get("read")) app.read = read_slow_reader(r.docs(), *read);
  return app;
}

CbrApp read_cbr(const ObjectReader& r) {
  CbrApp app;
  if (r.has("rate") && r.has("interval")) {
    r.error_at("interval", "packets come by `rate` or by `interval`; remove one of them");
  } else if (!r.has("rate") && !r.has("interval")) {
    r.error("how often do packets come? Add \"rate\": \"1Mbit\" (of payload) or \"interval\": \"10ms\"");
  }
  app.rate = r.rate("rate");
  if (r.has("interval")) app.interval = positive(r, "interval", Dimension::Time, Distribution::constant(1), "\"10ms\"");
  app.packet = payload(r, "packet", 1000, r.has("rate") ? 1 : 0);
  app.df = r.boolean("df", false);
  if (!app.rate && !app.interval) app.rate = DataRate::bps(1);  // an error has been reported
  return app;
}

OnOffApp read_on_off(const ObjectReader& r) {
  OnOffApp app;
  app.rate = r.rate("rate").value_or(DataRate::bps(1));
  app.on = positive(r, "on", Dimension::Time, Distribution::constant(1), "\"500ms\"");
  app.off = r.distribution("off", Dimension::Time).value_or(Distribution{});
  app.packet = payload(r, "packet", 1000, 1);
  app.df = r.boolean("df", false);
  r.get("on");  // required
  r.get("off");
  return app;
}

PingApp read_ping(const ObjectReader& r) {
  PingApp app;
  app.count = r.count("count", 1, 1'000'000'000);
  app.interval = positive(r, "interval", Dimension::Time, app.interval, "\"1s\"");
  app.size = payload(r, "size", 56, 0);
  app.df = r.boolean("df", false);
  app.ttl = static_cast<std::uint8_t>(r.count("ttl", 1, 255).value_or(64));
  return app;
}

RequestResponseApp read_request_response(const ObjectReader& r) {
  RequestResponseApp app;
  app.request = positive(r, "request", Dimension::Size, app.request, "\"100B\"");
  app.response = positive(r, "response", Dimension::Size, app.response, "\"10kB\"");
  app.think = r.distribution("think", Dimension::Time).value_or(app.think);
  app.requests = positive(r, "requests", Dimension::Count, app.requests, "1");
  return app;
}

std::optional<DialogStep> read_step(Documents& docs, const Value& v) {
  const ObjectReader r(docs, v, step_fields(), "a step");
  if (!r.is_object()) return std::nullopt;
  if (v.object()->size() != 1) {
    r.error(
        "a step does one thing; write one key, such as {\"send\": \"1kB\"} (wait, send, recv, shutdown, close, abort)");
    return std::nullopt;
  }
  using Kind = DialogStep::Kind;
  const auto amount = [&](Kind kind, std::string_view key, Dimension dimension) {
    return DialogStep{kind, r.distribution(key, dimension).value_or(Distribution{})};
  };
  if (r.has("wait")) return amount(Kind::Wait, "wait", Dimension::Time);
  if (r.has("send")) return amount(Kind::Send, "send", Dimension::Size);
  if (r.has("recv")) return amount(Kind::Recv, "recv", Dimension::Size);
  if (r.has("shutdown")) {
    r.choice("shutdown", {"write"}, "what can be shut down");
    return DialogStep{Kind::ShutdownWrite, {}};
  }
  for (const auto& [key, kind] : {std::pair("close", Kind::Close), std::pair("abort", Kind::Abort)}) {
    if (!r.has(key)) continue;
    if (!r.boolean(key, true)) r.error_at(key, "a step that does nothing; write true or remove it");
    return DialogStep{kind, {}};
  }
  return std::nullopt;
}

std::vector<DialogStep> read_steps(const ObjectReader& r, std::string_view key) {
  std::vector<DialogStep> steps;
  const Value* v = r.get(key);
  if (v == nullptr) return steps;
  if (!v->is_array()) {
    r.error_at(key, "expected a list of steps, found " + std::string(v->kind()) +
                        "; write [ {\"send\": \"1kB\"}, {\"close\": true} ]");
    return steps;
  }
  for (const Value& item : *v->array()) {
    if (const auto step = read_step(r.docs(), item)) steps.push_back(*step);
  }
  return steps;
}

DialogApp read_dialog(const ObjectReader& r) {
  DialogApp app;
  app.client = read_steps(r, "client");
  app.server = read_steps(r, "server");
  app.simultaneous_open = r.choice("open", {"simultaneous"}, "a way to open").has_value();
  return app;
}

}  // namespace

AppKind read_app_kind(const ObjectReader& r, std::string_view type) {
  if (type == "bulk") return read_bulk(r);
  if (type == "cbr") return read_cbr(r);
  if (type == "on-off") return read_on_off(r);
  if (type == "ping") return read_ping(r);
  if (type == "request-response") return read_request_response(r);
  return read_dialog(r);
}

}  // namespace wirelab::scenario
