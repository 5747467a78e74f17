#include "node/network.h"

#include <algorithm>

namespace wirelab {

namespace {

constexpr std::uint64_t kEventsBetweenProgress = 1 << 15;

bool is_stepped(const LinkPairConfig& link, int end) { return link.kinds[end] == LinkKind::Stepped; }

}  // namespace

Network::Network(std::uint64_t seed, std::span<const NodeConfig> nodes, std::span<const LinkPairConfig> links)
    : seed_(seed) {
  std::size_t stepped = 0;
  for (const LinkPairConfig& link : links) stepped += is_stepped(link, 0) + is_stepped(link, 1);
  first_arrival_ = kHandlerRoom;
  first_done_ = first_arrival_ + static_cast<SourceId>(2 * links.size());
  first_node_ = first_done_ + static_cast<SourceId>(stepped);
  first_sampler_ = first_node_ + static_cast<SourceId>(nodes.size());
  scheduler_.resize(first_sampler_ + kHandlerRoom, first_node_);

  nodes_.reserve(nodes.size());
  for (const NodeConfig& config : nodes) {
    const auto source = first_node_ + static_cast<SourceId>(nodes_.size());
    nodes_.push_back(std::make_unique<Node>(config, seed, domain_, scheduler_, source, ready_));
  }
  directions_.reserve(2 * links.size());
  receivers_.resize(2 * links.size());
  for (const LinkPairConfig& link : links) {
    for (int end = 0; end < 2; ++end) {
      const auto number = static_cast<SourceId>(directions_.size());
      LinkDirection::Sources sources{first_arrival_ + number, 0};
      if (is_stepped(link, end)) {
        sources.transmission_done = first_done_ + static_cast<SourceId>(stepped_.size());
        stepped_.push_back(number);
      }
      directions_.emplace_back(domain_, scheduler_, sources, link.directions[end], link.kinds[end], seed,
                               component_of(link.id, static_cast<std::uint64_t>(end)));
    }
    for (int end = 0; end < 2; ++end) {
      const std::size_t out = directions_.size() - 2 + static_cast<std::size_t>(end);
      const LinkEndConfig& at = link.ends[end];
      Node& node = *nodes_[at.node];
      directions_[out].set_host_port(node.is_host());
      const InterfaceId interface = node.ip().add_interface(directions_[out], at.address, at.subnet);
      receivers_[out ^ 1] = {&node, at.node, interface};
    }
  }
}

Network::~Network() = default;

void Network::add_scenario_event(EventHandler& handler, Time first) {
  WIRELAB_ASSERT(scenario_events_.size() < kHandlerRoom);
  scheduler_.set(static_cast<SourceId>(scenario_events_.size()), first);
  scenario_events_.push_back(&handler);
}

void Network::add_sampler(EventHandler& handler, Time first) {
  WIRELAB_ASSERT(samplers_.size() < kHandlerRoom);
  scheduler_.set(first_sampler_ + static_cast<SourceId>(samplers_.size()), first);
  samplers_.push_back(&handler);
}

void Network::call(EventHandler& handler, SourceId source) {
  const Time next = handler.on_event(now_);
  WIRELAB_ASSERT(next > now_);
  scheduler_.set(source, next);
}

void Network::dispatch(SourceId source) {
  if (const SourceId direction = source - first_arrival_; direction < directions_.size()) {
    const Receiver& to = receivers_[direction];
    LinkDirection& link = directions_[direction];
    Packet* const p = link.take_arrival(now_);
    scheduler_.set(source, link.next_arrival());
    ++domain_.account.hops;
    to.node->ip().receive(p, to.interface, now_);
  } else if (source >= first_sampler_) {
    call(*samplers_[source - first_sampler_], source);
  } else if (source >= first_node_) {
    nodes_[source - first_node_]->timers().run(now_);
  } else if (source >= first_done_) {
    directions_[stepped_[source - first_done_]].on_transmission_done(now_);
  } else {
    call(*scenario_events_[source], source);
  }
}

bool Network::run(Time end, Watcher* watcher) {
  // What was woken before the first event, such as programs that start at once.
  if (!ready_.empty()) ready_.run(now_);
  std::uint64_t next_progress = events_ + kEventsBetweenProgress;
  while (!stopping_) {
    const Due& due = scheduler_.next();
    if (due.time >= end) break;
    now_ = due.time;
    ++events_;
    dispatch(due.source);
    if (!ready_.empty()) ready_.run(now_);
    if (events_ >= next_progress) {
      next_progress = events_ + kEventsBetweenProgress;
      if (watcher != nullptr && !watcher->on_progress(now_, events_)) return false;
    }
  }
  if (!stopping_ && !end.is_never()) now_ = end;
  return true;
}

}  // namespace wirelab
