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
    : scenario_(scenario),
      built_(built),
      lines_(lines),
      saved_(scenario.events.size()),
      saved_deny_(scenario.events.size()) {
  for (const Node& node : scenario.nodes) deny_.push_back(node.deny);
  for (const Link& link : scenario.links) {
    in_force_.push_back({link.directions[kForward].config, link.directions[kBackward].config});
    const auto number = static_cast<LinkIndex>(in_force_.size() - 1);
    for (std::size_t d : {kForward, kBackward}) {  // what was in BDPs has been worked out
      in_force_.back()[d].queue = built.network->direction(number, static_cast<int>(d)).queue_limit();
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
  if (const auto* link = std::get_if<LinkEvent>(&e.what)) {
    change_link(*link, e.until ? &saved_[event] : nullptr, now);
    if (changes_state(*link)) note_link_state(link->link, event, now);
  } else if (const auto* routes = std::get_if<RouteEvent>(&e.what)) {
    change_routes(routes->node, routes->add, routes->del);
  } else if (const auto* deny = std::get_if<DenyEvent>(&e.what)) {
    saved_deny_[event] = std::exchange(deny_[deny->node], deny->deny);
    built_.network->node(deny->node).ip().set_deny(deny->deny);
  } else if (const auto* app = std::get_if<AppEvent>(&e.what)) {
    lines_[app->app]->stop(app->abort, now);
  }
}

void Timeline::revert(std::size_t event, Time now) {
  const Event& e = scenario_.events[event];
  if (const auto* link = std::get_if<LinkEvent>(&e.what)) {
    for (int d = 0; d < 2; ++d) set_direction(link->link, d, saved_[event].change[d], now);
    if (changes_state(*link)) note_link_state(link->link, event, now);
  } else if (const auto* routes = std::get_if<RouteEvent>(&e.what)) {
    change_routes(routes->node, routes->del, routes->add);
  } else if (const auto* deny = std::get_if<DenyEvent>(&e.what)) {
    deny_[deny->node] = saved_deny_[event];
    built_.network->node(deny->node).ip().set_deny(deny_[deny->node]);
  }
}

void Timeline::change_link(const LinkEvent& event, Saved* saved, Time now) {
  for (int d = 0; d < 2; ++d) {
    const auto& set = event.set[static_cast<std::size_t>(d)];
    if (saved != nullptr) saved->change[d] = set ? read_direction(event.link, d, *set) : LinkChange{};
    if (set) set_direction(event.link, d, *set, now);
  }
}

LinkChange Timeline::read_direction(LinkIndex link, int direction, const LinkChange& keys) const {
  const LinkConfig& c = in_force_[link][static_cast<std::size_t>(direction)];
  LinkChange old;
  if (keys.rate) old.rate = c.rate;
  if (keys.delay) old.delay = c.delay;
  if (keys.loss) old.loss = c.loss;
  if (keys.queue) old.queue = c.queue;
  if (keys.up) old.up = c.up;
  return old;
}

void Timeline::set_direction(LinkIndex link, int direction, const LinkChange& change, Time now) {
  wirelab::LinkDirection& d = built_.network->direction(link, direction);
  LinkConfig& c = in_force_[link][static_cast<std::size_t>(direction)];
  if (change.rate) d.set_rate(c.rate = *change.rate, now);
  if (change.delay) d.set_delay(c.delay = *change.delay);
  if (change.loss) d.impairments().set_loss(c.loss = *change.loss);
  if (change.queue) d.set_queue_limit(c.queue = *change.queue);
  if (change.up) d.set_up(c.up = *change.up, now);
}

void Timeline::note_link_state(LinkIndex link, std::size_t event, Time now) {
  if (built_.routes == nullptr || !scenario_.routing.reconverge) return;
  const bool up = in_force_[link][kForward].up && in_force_[link][kBackward].up;
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
