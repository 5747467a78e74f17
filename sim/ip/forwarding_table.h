#pragma once
// Where a destination goes: the node's own addresses, its static routes, and routes that a routing protocol has worked
// out, behind a cache from destination to decision. The rule is the longest prefix; between routes of one prefix the
// origin decides (connected, static, computed), then the lower metric; what is still equal shares the load.

#include <cstdint>
#include <span>
#include <vector>

#include "ip/interface.h"
#include "wire/address.h"

namespace wirelab {

struct NextHop {
  InterfaceId interface = 0;
  Ipv4Address gateway;  ///< unspecified: the destination itself is on the link
  friend bool operator==(const NextHop&, const NextHop&) = default;
};

enum class RouteOrigin : std::uint8_t { Connected, Static, Computed };

struct Route {
  Ipv4Prefix to;  ///< length 32: a host route, length 0: the default
  NextHop via;
  std::uint32_t metric = 0;
  RouteOrigin origin = RouteOrigin::Static;
  friend bool operator==(const Route&, const Route&) = default;
};

/// Routes that are worked out on demand and shared by many nodes, such as those of a shortest-path computation.
class RouteSource {
 public:
  struct Found {
    Ipv4Prefix to;
    std::span<const NextHop> hops;  ///< several: they share the load; valid until the next call
  };
  /// The longest matching prefix for the node with that number in the source's own numbering; no hops: none.
  virtual Found find(std::uint32_t node, Ipv4Address destination) = 0;

 protected:
  ~RouteSource() = default;
};

/// What to do with a packet for one destination: all that forwarding looks up, so that it reads one line of the cache.
struct RouteDecision {
  enum class Kind : std::uint8_t {
    Unset,
    Local,      ///< an address of this node
    Broadcast,  ///< to all on the link of `index`, this node included
    Connected,  ///< from here on not for this node: out of interface `index`, the destination is on its link
    Gateway,    ///< out of interface `index` to another router
    Multipath,  ///< one of members(index), by flow
    NoRoute,
  };
  Ipv4Address destination;
  std::uint16_t index = 0;
  Kind kind = Kind::Unset;
  Port* port = nullptr;  ///< of the interface `index`, if it has one; with Multipath none
};
static_assert(sizeof(RouteDecision) == 16);

class ForwardingTable {
 public:
  ForwardingTable();

  /// The port of the next interface.
  void add_port(Port& port) { ports_.push_back(&port); }
  /// An address of this node, with the subnet's broadcast address if it has one.
  void add_local(Ipv4Address address, Ipv4Prefix subnet, InterfaceId interface);
  /// Adds the route unless an equal one is there. Equal but for `via`: both share the load, in the order of adding.
  void add(const Route& route);
  /// Removes the route that is equal in everything, or with metric 0 the one of the lowest metric that is equal in the
  /// rest, as `ip route del` does when no metric is given; false if there was none.
  bool remove(const Route& route);
  /// Removes every route to `prefix` of that origin, whatever way and metric; returns how many.
  std::size_t remove_all(Ipv4Prefix prefix, RouteOrigin origin);
  /// Asked after the routes above for a longer prefix. The source must outlive the table or be taken out.
  void set_source(RouteSource* source, std::uint32_t node_number);

  /// Forgets cached decisions: to be called when what the source says has changed.
  void invalidate();
  /// Grows with every change.
  std::uint64_t generation() const { return generation_; }

  /// The decision for `destination`. The reference is valid until the next call of anything here.
  const RouteDecision& find(Ipv4Address destination) {
    std::uint32_t i = slot_of(destination);
    while (true) {
      const RouteDecision& d = cache_[i];
      if (d.destination == destination && d.kind != RouteDecision::Kind::Unset) return d;
      if (d.kind == RouteDecision::Kind::Unset) return learn(destination);
      i = (i + 1) & mask_;
    }
  }
  /// The same, quick for whoever asks for one destination again and again.
  const RouteDecision& find_again(Ipv4Address destination) {
    if (recent_.destination != destination) recent_ = find(destination);
    return recent_;
  }
  /// Interfaces of a multipath decision, in link order.
  std::span<const InterfaceId> members(std::uint16_t group) const { return groups_[group]; }

  bool is_local(Ipv4Address a) const;

  /// Own routes in the order of preference: longest prefix first, then by address, origin and metric.
  std::span<const Route> routes();
  std::size_t cached() const { return used_; }

 private:
  struct OwnAddress {
    Ipv4Address address;
    RouteDecision decision;
  };

  std::uint32_t slot_of(Ipv4Address a) const {
    return (a.bits() * 0x9e3779b1u) >> shift_;  // multiplicative: neighbours, as addresses are, spread evenly
  }
  Port* port_of(InterfaceId interface) const { return interface < ports_.size() ? ports_[interface] : nullptr; }
  const RouteDecision& learn(Ipv4Address destination);
  RouteDecision decide(Ipv4Address destination);
  RouteDecision decision_for(Ipv4Address destination, std::span<const NextHop> hops);
  std::span<const Route> best_own(Ipv4Address destination);
  void sort_if_needed();
  void resize_cache(std::uint32_t slots);
  const RouteDecision& insert(const RouteDecision& d);

  static constexpr RouteDecision kNowhere{Ipv4Address{}, 0, RouteDecision::Kind::NoRoute};  // what find({}) says

  // What every packet touches comes first.
  RouteDecision recent_ = kNowhere;
  std::vector<RouteDecision> cache_;
  std::uint32_t mask_ = 0, shift_ = 0, used_ = 0;
  std::uint64_t generation_ = 0;
  std::vector<std::vector<InterfaceId>> groups_;  // of multipath decisions; as many as there are different ones

  std::vector<Port*> ports_;     // by interface
  std::vector<OwnAddress> own_;  // sorted by address
  std::vector<Route> routes_;    // sorted by preference unless unsorted_
  bool unsorted_ = false;
  std::uint32_t first_of_length_[34] = {};  // routes_ with length L stand at [first_of_length_[32 - L], ... + 1)
  std::vector<NextHop> scratch_;
  RouteSource* source_ = nullptr;
  std::uint32_t source_node_ = 0;
};

}  // namespace wirelab
