#pragma once
// A host or a router: the stack of one machine, assembled. It holds the parts and the glue between them, no behaviour
// of its own.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/scheduler.h"
#include "core/timers.h"
#include "ip/ip.h"
#include "socket/host.h"
#include "wire/match.h"

namespace wirelab {

struct NodeConfig {
  std::string id;                               ///< keys its random streams
  bool router = false;                          ///< forwards packets of others
  std::shared_ptr<ProcessingDelay> processing;  ///< of each packet that comes from a link; none: no delay
  std::vector<Match> deny;
};

class Node final : public Host {
 public:
  /// `source`: the node's own source of events.
  Node(const NodeConfig& config, std::uint64_t seed, Domain& domain, Scheduler& scheduler, SourceId source,
       ReadyList& ready);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const std::string& id() const { return id_; }
  bool is_host() const { return !router_; }
  Ip& ip() override { return ip_; }
  const Ip& ip() const { return ip_; }
  TimerHeap& timers() override { return timers_; }
  ReadyList& ready() override { return ready_; }
  /// Made on first use, so that a router costs no more than its forwarding.
  tcp::Layer& tcp() override;
  udp::Layer& udp() override;

 private:
  class TcpGlue;
  class UdpGlue;

  TcpGlue& tcp_glue();
  UdpGlue& udp_glue();

  std::string id_;
  bool router_;
  std::uint64_t seed_;
  std::shared_ptr<ProcessingDelay> processing_;
  ReadyList& ready_;
  TimerHeap timers_;
  Ip ip_;
  std::unique_ptr<TcpGlue> tcp_;
  std::unique_ptr<UdpGlue> udp_;
  class FirstUse;  // stands in for a transport that nothing has used yet
  std::unique_ptr<FirstUse> first_tcp_, first_udp_;
};

}  // namespace wirelab
