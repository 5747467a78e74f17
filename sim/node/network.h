#pragma once
// The network of one simulation and its event loop: nodes, link directions, and whatever else wants to be called at a
// time. Sources of events are numbered by class, which fixes the order of equal times: scenario events, arrivals,
// transmissions done, nodes, samplers; within a class in the order of the scenario. So a change of the scenario acts
// before packets, an ACK before the timeout that it stops, and a sample sees the result.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/event_handler.h"
#include "core/scheduler.h"
#include "ip/interface.h"
#include "link/link_direction.h"
#include "node/node.h"
#include "socket/process.h"
#include "trace/domain.h"

namespace wirelab {

using NodeId = std::uint32_t;
using LinkId = std::uint32_t;

/// What a network is made of. Nodes and links are numbered from 0 in the order of adding.
struct LinkEndConfig {
  NodeId node = 0;
  Ipv4Address address;
  Ipv4Prefix subnet;
};
struct LinkPairConfig {
  std::string id;
  LinkEndConfig ends[2];
  LinkConfig directions[2];  ///< [0] from ends[0] to ends[1], [1] back
  LinkKind kinds[2] = {LinkKind::Computed, LinkKind::Computed};
};

class Network {
 public:
  /// `nodes` and `links` are what will be added: their number fixes the numbering of event sources.
  Network(std::uint64_t seed, std::span<const NodeConfig> nodes, std::span<const LinkPairConfig> links);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Handlers of the first and the last class, called in the order of adding. To be added before the run; they must
  /// outlive the network's last run.
  void add_scenario_event(EventHandler& handler, Time first);
  void add_sampler(EventHandler& handler, Time first);

  /// What the run says to whoever watches, every few ten thousand events.
  class Watcher {
   public:
    /// False: stop the run here.
    virtual bool on_progress(Time now, std::uint64_t events) = 0;

   protected:
    ~Watcher() = default;
  };

  /// Runs all events before `end`. Returns false if the watcher stopped it; then `now()` says where.
  [[gnu::hot]] bool run(Time end, Watcher* watcher = nullptr);
  Time now() const { return now_; }
  /// When the next event is due: what a run in real time sleeps until.
  Time next_event() const { return ready_.empty() ? scheduler_.next_time() : now_; }
  /// To be called by a handler when the run shall end after this event.
  void stop() { stopping_ = true; }
  bool stopped() const { return stopping_; }

  std::uint64_t seed() const { return seed_; }
  std::uint64_t events() const { return events_; }
  Domain& domain() { return domain_; }
  ReadyList& ready() { return ready_; }
  std::size_t node_count() const { return nodes_.size(); }
  Node& node(NodeId id) { return *nodes_[id]; }
  std::size_t link_count() const { return directions_.size() / 2; }
  /// `end` is the end that sends: 0 or 1.
  LinkDirection& direction(LinkId link, int end) { return directions_[link * 2 + static_cast<LinkId>(end)]; }
  /// The interface of the node at that end of the link.
  InterfaceId interface_at(LinkId link, int end) const {
    return directions_[link * 2 + static_cast<LinkId>(1 - end)].far_end().interface;
  }
  NodeId node_at(LinkId link, int end) const { return receivers_[link * 2 + static_cast<LinkId>(1 - end)]; }

 private:
  struct Called {  // a handler and when
    EventHandler* handler;
    EventSource source;
  };

  [[gnu::hot]] void dispatch(SourceId source);
  void call(Called& who);

  static constexpr std::size_t kHandlerRoom = 8;  // of each of the two classes of handlers

  std::uint64_t seed_;
  SourceId first_arrival_, first_done_, first_node_, first_sampler_;
  Scheduler scheduler_;
  std::vector<Called> scenario_events_, samplers_;  // outlive the nodes, whose timers leave the scheduler at the end
  Domain domain_;
  ReadyList ready_;
  std::vector<LinkDirection> directions_;
  std::vector<NodeId> receivers_;  // by direction
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::uint32_t> stepped_;  // by number of the transmission-done source: the direction

  Time now_;
  std::uint64_t events_ = 0;
  bool stopping_ = false;
};

}  // namespace wirelab
