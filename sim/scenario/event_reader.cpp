#include "scenario/event_reader.h"

#include "scenario/link_reader.h"

namespace wirelab::scenario {

namespace {

constexpr Field kDenySet[] = {{"deny", "match-list", "", "", true}};
constexpr Field kRouteChange[] = {{"routes", "routes", "", "", true}};

/// One entry under way. It may stand for several events: a node's routes and its `deny`.
class EventReader {
 public:
  EventReader(Documents& docs, const Network& network, const Apps& apps, std::optional<Duration> duration)
      : docs_(docs), network_(network), apps_(apps), duration_(duration) {}

  void read(const Value& v, std::vector<Event>& events);

 private:
  bool read_times(const ObjectReader& r, Event& event);
  void read_link(const ObjectReader& r, const Event& when, std::vector<Event>& events);
  void read_node(const ObjectReader& r, const Event& when, std::vector<Event>& events);
  void read_app(const ObjectReader& r, const Event& when, std::vector<Event>& events);
  std::vector<StaticRoute> read_route_change(const ObjectReader& r, std::string_view key, NodeIndex node);

  Documents& docs_;
  const Network& network_;
  const Apps& apps_;
  std::optional<Duration> duration_;
};

bool EventReader::read_times(const ObjectReader& r, Event& event) {
  const bool spans = r.has("from") || r.has("to");
  if (r.has("at") == spans) {
    r.error(spans ? "an event has `at`, or `from` and `to`, not both; remove one"
                  : "when? Add \"at\": \"10s\", or \"from\" and \"to\"");
    return false;
  }
  if (spans && (!r.has("from") || !r.has("to"))) {
    r.error(std::string("`from` and `to` go together; add \"") + (r.has("from") ? "to" : "from") + "\", or write `at`");
    return false;
  }
  if (r.has("every") && !spans) r.error_at("every", "`every` repeats `from` and `to`; write them in place of `at`");
  const auto at = r.time(spans ? "from" : "at");
  if (!at) return false;
  event.at = *at;
  if (duration_ && at->since_start() >= *duration_) {
    docs_.warning(r.origin_of(spans ? "from" : "at"), "the run is over by then; this event never happens");
  }
  if (!spans) return true;
  const auto to = r.time("to");
  if (!to) return false;
  if (*to <= *at) {
    r.error_at("to", "the event ends before it begins; `to` must lie after `from`");
    return false;
  }
  event.until = to;
  event.every = r.duration("every");
  if (event.every && *event.every < *to - *at) {
    r.error_at("every", "it would begin again before it ends; `every` must be at least `to` - `from`");
  }
  return true;
}

void EventReader::read_link(const ObjectReader& r, const Event& when, std::vector<Event>& events) {
  r.refuse({"add", "del", "do"}, "a link's event has `set` alone; remove this");
  const auto text = r.text("link");
  const Value* set = r.get("set");
  if (set == nullptr) r.error("what changes? Add one such as \"set\": {\"rate\": \"5Mbit\"}");
  if (!text || set == nullptr) return;
  const auto colon = text->find(':');
  const std::string id = text->substr(0, colon);
  const std::string direction = colon == std::string::npos ? "" : text->substr(colon + 1);
  if (colon != std::string::npos && direction != "forward" && direction != "backward") {
    r.error_at("link", in_quotes(direction.substr(0, 80)) + " is no direction of a link; write \"" + id +
                           ":forward\" or \"" + id + ":backward\"");
    return;
  }
  const auto index = network_.link_names.find(id);
  if (!index) {
    if (!network_.link_names.is_broken(id)) r.error_at("link", network_.link_names.unknown(id));
    read_link_change(docs_, *set, {});
    return;
  }
  LinkEvent event{.link = *index, .set = {}};
  for (const std::size_t d : {kForward, kBackward}) {
    const bool meant = direction.empty() || (direction == "forward") == (d == kForward);
    if (meant) event.set[d] = read_link_change(docs_, *set, network_.links[*index].directions[d]);
  }
  Event e = when;
  e.what = event;
  events.push_back(std::move(e));
}

std::vector<StaticRoute> EventReader::read_route_change(const ObjectReader& r, std::string_view key, NodeIndex node) {
  const Value* v = r.get(key);
  if (v == nullptr) return {};
  const ObjectReader change(docs_, *v, kRouteChange, "what a node can add or lose");
  const Value* routes = change.is_object() ? change.get("routes") : nullptr;
  return routes != nullptr ? read_routes(docs_, *routes, network_, node) : std::vector<StaticRoute>{};
}

void EventReader::read_node(const ObjectReader& r, const Event& when, std::vector<Event>& events) {
  r.refuse({"do"}, "`do` belongs to an app's event; remove it");
  const auto node = network_.node_names.read_one(docs_, *r.get("node"));
  if (!r.has("add") && !r.has("del") && !r.has("set")) {
    r.error("what changes? Add \"add\" or \"del\" with {\"routes\": [...]}, or \"set\": {\"deny\": [...]}");
  }
  if (!node) return;
  Event e = when;
  if (r.has("add") || r.has("del")) {
    if (when.until) r.error_at("to", "routes do not come back by themselves; write two events with `at`");
    RouteEvent routes{
        .node = *node, .add = read_route_change(r, "add", *node), .del = read_route_change(r, "del", *node)};
    e.what = std::move(routes);
    events.push_back(e);
  }
  if (const Value* set = r.get("set")) {
    const ObjectReader s(docs_, *set, kDenySet, "what an event can set of a node");
    const Value* deny = s.is_object() ? s.get("deny") : nullptr;
    e.what = DenyEvent{*node, deny != nullptr ? read_match_list(docs_, *deny) : std::vector<Match>{}};
    events.push_back(e);
  }
}

void EventReader::read_app(const ObjectReader& r, const Event& when, std::vector<Event>& events) {
  r.refuse({"set", "add", "del"}, "an app's event has `do` alone; remove this");
  if (when.until) r.error_at("to", "an app is stopped once; write `at` in place of `from` and `to`");
  const auto app = apps_.names.read_one(docs_, *r.get("app"));
  if (!r.has("do")) r.error("what happens? Add \"do\": \"stop\" or \"do\": \"abort\"");
  const auto action = r.choice("do", {"stop", "abort"}, "what an app can be told");
  if (!app || !action) return;
  const Distribution& start = apps_.apps[*app].start;
  if (start.is_constant() && when.at.ps() <= start.low) {
    r.error_at("at", "the app stops before it starts; `at` must lie after the app's `start`");
  }
  Event e = when;
  e.what = AppEvent{*app, *action == 1};
  events.push_back(std::move(e));
}

void EventReader::read(const Value& v, std::vector<Event>& events) {
  const ObjectReader r(docs_, v, event_fields(), "an event");
  if (!r.is_object()) return;
  Event when;
  read_times(r, when);
  const int subjects = (r.has("link") ? 1 : 0) + (r.has("node") ? 1 : 0) + (r.has("app") ? 1 : 0);
  if (subjects != 1) {
    r.error("an event happens to one link, node or app; " +
            std::string(subjects == 0 ? "add one, such as \"link\": \"bottleneck\"" : "write several events"));
    return;
  }
  if (r.has("link")) return read_link(r, when, events);
  if (r.has("node")) return read_node(r, when, events);
  read_app(r, when, events);
}

}  // namespace

std::vector<Event> read_events(Documents& docs, const Value* events, const Network& network, const Apps& apps,
                               std::optional<Duration> duration) {
  std::vector<Event> all;
  if (events == nullptr) return all;
  if (!events->is_array()) {
    docs.error(events->origin(), "expected a list of events, found " + std::string(events->kind()) +
                                     "; write [ {\"at\": \"10s\", \"link\": \"bottleneck\", \"set\": {...}} ]");
    return all;
  }
  EventReader reader(docs, network, apps, duration);
  for (const Value& v : *events->array()) reader.read(v, all);
  return all;
}

}  // namespace wirelab::scenario
