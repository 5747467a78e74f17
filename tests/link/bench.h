#pragma once
// One link direction between a test that sends and a list of what arrived when.

#include <gtest/gtest.h>

#include <vector>

#include "core/random.h"
#include "link/link_direction.h"

namespace wirelab {

/// Packets are known by their identification. The far end is the test itself.
class LinkBench {
 public:
  struct Arrival {
    Time at;
    std::uint16_t id;
    bool corrupt;
    friend bool operator==(const Arrival&, const Arrival&) = default;
  };

  explicit LinkBench(const LinkConfig& config, LinkKind kind = LinkKind::Computed, std::uint64_t seed = 1)
      : link_(domain_, scheduler_, {0, 1}, config, kind, seed, component_of("test")) {}

  /// Runs to `at` and sends a UDP packet of `size` IP bytes.
  SendOutcome send(Duration at, std::uint16_t id, std::uint16_t size = 1500) {
    run_until(at);
    Packet* const p = domain_.make();
    p->protocol = Protocol::Udp;
    p->id = id;
    p->size = size;
    p->payload = static_cast<std::uint16_t>(size - 28);
    return link_.send(p, Time::at(at));
  }
  /// All events up to and including `at`.
  void run_until(Duration at) {
    while (scheduler_.next_time() <= Time::at(at)) {
      const Time now = scheduler_.next_time();
      if (scheduler_.top() == 1) {
        link_.on_transmission_done(now);
        continue;
      }
      Packet* const p = link_.take_arrival(scheduler_, now);
      arrivals_.push_back({now, p->id, p->has(mark::Corrupt)});
      domain_.deliver(p);
    }
  }

  LinkDirection& link() { return link_; }
  Domain& domain() { return domain_; }
  const std::vector<Arrival>& arrivals() const { return arrivals_; }
  std::vector<std::uint16_t> order() const {
    std::vector<std::uint16_t> ids;
    for (const Arrival& a : arrivals_) ids.push_back(a.id);
    return ids;
  }
  Duration arrival_of(std::uint16_t id) const {
    for (const Arrival& a : arrivals_) {
      if (a.id == id) return a.at.since_start();
    }
    ADD_FAILURE() << "packet " << id << " has not arrived";
    return {};
  }
  std::uint64_t dropped(DropReason why) const { return domain_.account.dropped[static_cast<std::size_t>(why)]; }

 private:
  Domain domain_;
  Scheduler scheduler_;
  LinkDirection link_;
  std::vector<Arrival> arrivals_;
};

inline LinkConfig ten_megabit(Duration delay = Duration::ms(20)) {
  LinkConfig c;
  c.rate = 10_Mbps;
  c.delay = delay;
  c.queue.packets = 100;
  return c;
}

}  // namespace wirelab
