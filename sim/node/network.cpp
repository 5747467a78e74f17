#include "node/network.h"

#include <algorithm>

namespace wirelab {

namespace {

constexpr std::uint64_t kEventsBetweenProgress = 1 << 15;

bool is_stepped(const LinkPairConfig& link, int end) { return link.kinds[end] == LinkKind::Stepped; }

SourceId count_stepped(std::span<const LinkPairConfig> links) {
  SourceId n = 0;
  for (const LinkPairConfig& link : links) n += SourceId{is_stepped(link, 0)} + SourceId{is_stepped(link, 1)};
  return n;
}

}  // namespace

Network::Network(std::uint64_t seed, std::span<const NodeConfig> nodes, std::span<const LinkPairConfig> links)
    : seed_(seed),
      first_arrival_(kHandlerRoom),
      first_done_(first_arrival_ + static_cast<SourceId>(2 * links.size())),
      first_node_(first_done_ + count_stepped(links)),
      first_sampler_(first_node_ + static_cast<SourceId>(nodes.size())),
      scheduler_(first_node_) {
  scenario_events_.reserve(kHandlerRoom);  // a source stays where it is
  samplers_.reserve(kHandlerRoom);
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
      directions_[out ^ 1].set_far_end({&node.ip(), interface});
      receivers_[out ^ 1] = at.node;
    }
  }
}

Network::~Network() = default;

void Network::add_scenario_event(EventHandler& handler, Time first) {
  WIRELAB_ASSERT(scenario_events_.size() < kHandlerRoom);
  scenario_events_.push_back({&handler, EventSource(static_cast<SourceId>(scenario_events_.size()))});
  scheduler_.set(scenario_events_.back().source, first);
}

void Network::add_sampler(EventHandler& handler, Time first) {
  WIRELAB_ASSERT(samplers_.size() < kHandlerRoom);
  samplers_.push_back({&handler, EventSource(first_sampler_ + static_cast<SourceId>(samplers_.size()))});
  scheduler_.set(samplers_.back().source, first);
}

void Network::call(Called& who) {
  const Time next = who.handler->on_event(now_);
  WIRELAB_ASSERT(next > now_);
  scheduler_.set(who.source, next);
}

void Network::dispatch(SourceId source) {
  if (const SourceId direction = source - first_arrival_; direction < directions_.size()) {
    LinkDirection& link = directions_[direction];
    Packet* const p = link.take_arrival(scheduler_, now_);
    ++domain_.account.hops;
    const FarEnd to = link.far_end();
    static_cast<Ip&>(*to.node).receive(p, to.interface, now_);
  } else if (source >= first_sampler_) {
    call(samplers_[source - first_sampler_]);
  } else if (source >= first_node_) {
    nodes_[source - first_node_]->timers().run(now_);
  } else if (source >= first_done_) {
    directions_[stepped_[source - first_done_]].on_transmission_done(now_);
  } else {
    call(scenario_events_[source]);
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
