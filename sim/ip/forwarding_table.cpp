#include "ip/forwarding_table.h"

#include <algorithm>
#include <bit>
#include <tuple>

#include "core/assert.h"

namespace wirelab {

namespace {

constexpr std::uint32_t kFirstSlots = 16, kMaxSlots = 1u << 21;  // beyond: forget all and begin again

auto preference(const Route& r) { return std::tuple(-r.to.length(), r.to.address(), r.origin, r.metric); }

auto address_less = [](const auto& own, Ipv4Address a) { return own.address < a; };

}  // namespace

ForwardingTable::ForwardingTable() { resize_cache(kFirstSlots); }

void ForwardingTable::add_local(Ipv4Address address, Ipv4Prefix subnet, InterfaceId interface) {
  const auto insert_own = [&](Ipv4Address a, RouteDecision::Kind kind) {
    const auto at = std::lower_bound(own_.begin(), own_.end(), a, address_less);
    if (at != own_.end() && at->address == a) return;
    own_.insert(at, OwnAddress{a, RouteDecision{a, interface, kind, port_of(interface)}});
  };
  insert_own(address, RouteDecision::Kind::Local);
  if (subnet.broadcast()) insert_own(*subnet.broadcast(), RouteDecision::Kind::Broadcast);
  invalidate();
}

void ForwardingTable::add(const Route& route) {
  if (std::find(routes_.begin(), routes_.end(), route) != routes_.end()) return;
  routes_.push_back(route);
  unsorted_ = true;
  invalidate();
}

bool ForwardingTable::remove(const Route& route) {
  auto best = routes_.end();
  for (auto r = routes_.begin(); r != routes_.end(); ++r) {
    if (r->to != route.to || r->via != route.via || r->origin != route.origin) continue;
    if (route.metric != 0 && r->metric != route.metric) continue;
    if (best == routes_.end() || r->metric < best->metric) best = r;
  }
  if (best == routes_.end()) return false;
  routes_.erase(best);
  unsorted_ = true;
  invalidate();
  return true;
}

std::size_t ForwardingTable::remove_all(Ipv4Prefix prefix, RouteOrigin origin) {
  const std::size_t removed =
      std::erase_if(routes_, [&](const Route& r) { return r.to == prefix && r.origin == origin; });
  if (removed > 0) {
    unsorted_ = true;
    invalidate();
  }
  return removed;
}

void ForwardingTable::set_source(RouteSource* source, std::uint32_t node_number) {
  source_ = source;
  source_node_ = node_number;
  invalidate();
}

void ForwardingTable::invalidate() {
  ++generation_;
  recent_ = kNowhere;
  if (used_ == 0) return;  // while routes are being filled in there is nothing to forget
  std::fill(cache_.begin(), cache_.end(), RouteDecision{});
  groups_.clear();
  used_ = 0;
}

bool ForwardingTable::is_local(Ipv4Address a) const {
  const auto at = std::lower_bound(own_.begin(), own_.end(), a, address_less);
  if (at != own_.end() && at->address == a) return at->decision.kind == RouteDecision::Kind::Local;
  return a.is_loopback();
}

std::span<const Route> ForwardingTable::routes() {
  sort_if_needed();
  return routes_;
}

void ForwardingTable::sort_if_needed() {
  if (!unsorted_) return;
  std::stable_sort(routes_.begin(), routes_.end(),
                   [](const Route& a, const Route& b) { return preference(a) < preference(b); });
  auto at = routes_.begin();
  for (int length = 32; length >= 0; --length) {
    first_of_length_[32 - length] = static_cast<std::uint32_t>(at - routes_.begin());
    at = std::find_if(at, routes_.end(), [&](const Route& r) { return r.to.length() != length; });
  }
  first_of_length_[33] = static_cast<std::uint32_t>(routes_.size());
  unsorted_ = false;
}

/// The routes that share the load for `destination`: longest prefix, best origin, lowest metric.
std::span<const Route> ForwardingTable::best_own(Ipv4Address destination) {
  sort_if_needed();
  for (int length = 32; length >= 0; --length) {
    const auto first = routes_.begin() + first_of_length_[32 - length];
    const auto last = routes_.begin() + first_of_length_[33 - length];
    if (first == last) continue;
    const Ipv4Address network = Ipv4Prefix(destination, length).address();
    const auto match =
        std::lower_bound(first, last, network, [](const Route& r, Ipv4Address a) { return r.to.address() < a; });
    if (match == last || match->to.address() != network) continue;
    const auto end = std::find_if(match, last, [&](const Route& r) { return preference(r) != preference(*match); });
    return {match, end};
  }
  return {};
}

RouteDecision ForwardingTable::decide(Ipv4Address destination) {
  using Kind = RouteDecision::Kind;
  const auto own = std::lower_bound(own_.begin(), own_.end(), destination, address_less);
  if (own != own_.end() && own->address == destination) return own->decision;
  if (destination.is_loopback()) return {destination, 0, Kind::Local};
  if (destination.is_limited_broadcast() && !own_.empty()) return {destination, 0, Kind::Broadcast, port_of(0)};
  if (destination.is_multicast() || destination.is_unspecified()) return {destination, 0, Kind::NoRoute};

  const std::span<const Route> routes = best_own(destination);
  if (source_ != nullptr) {
    const RouteSource::Found found = source_->find(source_node_, destination);
    if (!found.hops.empty() && (routes.empty() || found.to.length() > routes.front().to.length())) {
      return decision_for(destination, found.hops);
    }
  }
  scratch_.clear();
  for (const Route& r : routes) scratch_.push_back(r.via);
  return decision_for(destination, scratch_);
}

RouteDecision ForwardingTable::decision_for(Ipv4Address destination, std::span<const NextHop> hops) {
  using Kind = RouteDecision::Kind;
  if (hops.empty()) return {destination, 0, Kind::NoRoute};
  const Kind kind = hops[0].gateway.is_unspecified() ? Kind::Connected : Kind::Gateway;
  if (hops.size() == 1) return {destination, hops[0].interface, kind, port_of(hops[0].interface)};

  std::vector<InterfaceId> members;
  for (const NextHop& hop : hops) members.push_back(hop.interface);
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  if (members.size() == 1) return {destination, members[0], kind, port_of(members[0])};
  const auto known = std::find(groups_.begin(), groups_.end(), members);
  const auto group = static_cast<std::uint16_t>(known - groups_.begin());
  if (known == groups_.end()) {
    WIRELAB_ASSERT(groups_.size() < 0xffff);
    groups_.push_back(std::move(members));
  }
  return {destination, group, Kind::Multipath};
}

const RouteDecision& ForwardingTable::learn(Ipv4Address destination) {
  if (cache_.size() >= kMaxSlots && used_ * 2 >= cache_.size()) invalidate();
  const RouteDecision d = decide(destination);
  if (used_ * 2 >= cache_.size()) resize_cache(static_cast<std::uint32_t>(cache_.size()) * 2);
  return insert(d);
}

void ForwardingTable::resize_cache(std::uint32_t slots) {
  std::vector<RouteDecision> before = std::move(cache_);
  cache_.assign(slots, RouteDecision{});
  mask_ = slots - 1;
  shift_ = 32 - static_cast<std::uint32_t>(std::countr_zero(slots));
  used_ = 0;
  for (const RouteDecision& d : before) {
    if (d.kind != RouteDecision::Kind::Unset) insert(d);
  }
}

const RouteDecision& ForwardingTable::insert(const RouteDecision& d) {
  std::uint32_t i = slot_of(d.destination);
  while (cache_[i].kind != RouteDecision::Kind::Unset) i = (i + 1) & mask_;
  cache_[i] = d;
  ++used_;
  return cache_[i];
}

}  // namespace wirelab
