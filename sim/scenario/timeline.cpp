#include "scenario/timeline.h"

#include <algorithm>

#include "routing/static_route.h"

namespace wirelab::scenario {

namespace {

constexpr auto kLater = [](const auto& a, const auto& b) { return a.at != b.at ? a.at > b.at : a.order > b.order; };

bool changes_state(const LinkEvent& event) {
  return std::any_of(event.set.begin(), event.set.end(), [](const auto& set) { return set && set->up; });
}

}  // namespace

Timeline::Timeline(const Scenario& scenario, Built& built, std::vector<std::unique_ptr<Line>>& lines)
    : scenario_(scenario), built_(built), lines_(lines) {
  for (const Node& node : scenario.nodes) plain_deny_.push_back(node.deny);
  for (const Link& link : scenario.links) {
    plain_.push_back({link.directions[kForward].config, link.directions[kBackward].config});
    const auto number = static_cast<LinkIndex>(plain_.size() - 1);
    for (std::size_t d : {kForward, kBackward}) {  // what was in BDPs has been worked out
      plain_.back()[d].queue = built.network->direction(number, static_cast<int>(d)).queue_limit();
    }
  }
  for (std::size_t i = 0; i < scenario.events.size(); ++i) push(scenario.events[i].at, i, Step::Apply);
}

void Timeline::push(Time at, std::size_t event, Step step) {
  due_.push_back({at, next_order_++, event, step});
  std::push_heap(due_.begin(), due_.end(), kLater);
}

Time Timeline::on_event(Time now) {
  while (!due_.empty() && due_.front().at <= now) {
    std::pop_heap(due_.begin(), due_.end(), kLater);
    const Due due = due_.back();
    due_.pop_back();
    run(due, now);
  }
  return first();
}

void Timeline::run(const Due& due, Time now) {
  const Event& event = scenario_.events[due.event];
  switch (due.step) {
    case Step::Apply:
      apply(due.event, now);
      if (event.until) push(now + (*event.until - event.at), due.event, Step::Revert);
      if (event.every) push(now + *event.every, due.event, Step::Apply);
      break;
    case Step::Revert: revert(due.event, now); break;
    case Step::Reconverge: built_.routes->recompute(); break;
  }
}

void Timeline::apply(std::size_t event, Time now) {
  const Event& e = scenario_.events[event];
  if (e.until) spans_.push_back(event);
  if (const auto* link = std::get_if<LinkEvent>(&e.what)) {
    for (const std::size_t d : {kForward, kBackward}) {
      if (!link->set[d]) continue;
      if (!e.until) write(plain_[link->link][d], *link->set[d]);
      set_direction(link->link, d, *link->set[d], now);
    }
    if (changes_state(*link)) note_link_state(link->link, event, now);
  } else if (const auto* routes = std::get_if<RouteEvent>(&e.what)) {
    change_routes(routes->node, routes->add, routes->del);
  } else if (const auto* deny = std::get_if<DenyEvent>(&e.what)) {
    if (!e.until) plain_deny_[deny->node] = deny->deny;
    built_.network->node(deny->node).ip().set_deny(deny->deny);
  } else if (const auto* app = std::get_if<AppEvent>(&e.what)) {
    lines_[app->app]->stop(app->abort, now);
  }
}

void Timeline::revert(std::size_t event, Time now) {
  const auto place = std::find(spans_.begin(), spans_.end(), event);
  const auto later = spans_.erase(place);
  const Event& e = scenario_.events[event];
  if (const auto* link = std::get_if<LinkEvent>(&e.what)) {
    for (const std::size_t d : {kForward, kBackward}) {
      if (link->set[d]) set_direction(link->link, d, what_comes_back(*link, d, later), now);
    }
    if (changes_state(*link)) note_link_state(link->link, event, now);
  } else if (const auto* deny = std::get_if<DenyEvent>(&e.what)) {
    const std::vector<Match>* back = &plain_deny_[deny->node];
    for (const std::size_t span : spans_) {
      const auto* other = std::get_if<DenyEvent>(&scenario_.events[span].what);
      if (other != nullptr && other->node == deny->node) back = &other->deny;
    }
    built_.network->node(deny->node).ip().set_deny(*back);
  }
}

/// For each key that the ended span has set: nothing if a span that began later still holds it, else what the one
/// before it has set, else the plain value.
LinkChange Timeline::what_comes_back(const LinkEvent& ended, std::size_t direction, Spans::const_iterator later) const {
  const LinkConfig& plain = plain_[ended.link][direction];
  const LinkChange& keys = *ended.set[direction];
  LinkChange back;
  if (keys.rate) back.rate = plain.rate;
  if (keys.delay) back.delay = plain.delay;
  if (keys.loss) back.loss = plain.loss;
  if (keys.queue) back.queue = plain.queue;
  if (keys.up) back.up = plain.up;
  for (auto span = spans_.begin(); span != spans_.end(); ++span) {
    const auto* other = std::get_if<LinkEvent>(&scenario_.events[*span].what);
    if (other == nullptr || other->link != ended.link || !other->set[direction]) continue;
    const LinkChange& held = *other->set[direction];
    const auto take = [&](auto& value, const auto& other_value) {
      if (!value || !other_value) return;
      if (span >= later) {
        value.reset();
      } else {
        value = other_value;
      }
    };
    take(back.rate, held.rate);
    take(back.delay, held.delay);
    take(back.loss, held.loss);
    take(back.queue, held.queue);
    take(back.up, held.up);
  }
  return back;
}

void Timeline::write(LinkConfig& config, const LinkChange& change) {
  if (change.rate) config.rate = *change.rate;
  if (change.delay) config.delay = *change.delay;
  if (change.loss) config.loss = *change.loss;
  if (change.queue) config.queue = *change.queue;
  if (change.up) config.up = *change.up;
}

void Timeline::set_direction(LinkIndex link, std::size_t direction, const LinkChange& change, Time now) {
  wirelab::LinkDirection& d = built_.network->direction(link, static_cast<int>(direction));
  if (change.rate) d.set_rate(*change.rate, now);
  if (change.delay) d.set_delay(*change.delay);
  if (change.loss) d.impairments().set_loss(*change.loss);
  if (change.queue) d.set_queue_limit(*change.queue);
  if (change.up) d.set_up(*change.up, now);
}

void Timeline::note_link_state(LinkIndex link, std::size_t event, Time now) {
  if (built_.routes == nullptr || !scenario_.routing.reconverge) return;
  const bool up = built_.network->direction(link, kForward).up() && built_.network->direction(link, kBackward).up();
  built_.routes->set_link_up(link, up);
  push(now + *scenario_.routing.reconverge, event, Step::Reconverge);
}

void Timeline::change_routes(NodeIndex node, const std::vector<StaticRoute>& add, const std::vector<StaticRoute>& del) {
  Ip& ip = built_.network->node(node).ip();
  for (const StaticRoute& r : del) {
    if (const auto route = static_route(ip.interfaces(), r.to, r.via, r.metric)) ip.routes().remove(*route);
  }
  for (const StaticRoute& r : add) {
    if (const auto route = static_route(ip.interfaces(), r.to, r.via, r.metric)) ip.routes().add(*route);
  }
}

}  // namespace wirelab::scenario
