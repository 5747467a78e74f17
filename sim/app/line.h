#pragma once
// One line of a scenario's `apps`: it makes the instances that the line stands for, one or many, at their times, and
// holds them while they live. What an instance does is its own matter (instance.h).

#include <tsl/robin_map.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/instance.h"
#include "app/tracker.h"
#include "core/random.h"
#include "socket/host.h"
#include "tcp/config.h"

namespace wirelab {

struct LineEndConfig {
  Host* host = nullptr;
  std::uint32_t node = 0;  ///< its number, for whoever watches
  Ipv4Address address;     ///< by which the other end calls it
  std::shared_ptr<const tcp::TcpConfig> tcp;
};

struct LineConfig {
  std::string id;
  AppKind kind;
  std::vector<LineEndConfig> from, to;  ///< instance k takes from[k % n] and to[k % m], or draws them
  bool random_pairing = false;
  Distribution start;
  std::optional<Distribution> stop;
  bool abort = false;    ///< at `stop`
  bool reverse = false;  ///< data flow from `to` to `from`
  std::uint16_t port = 0;
  std::optional<std::uint64_t> count = 1;
  Distribution stagger;
  std::optional<double> arrivals_per_second;
  bool many = false;
  bool meets_copies = false;  ///< a link of the network duplicates packets
};

class Line {
 public:
  /// `end_of_run`: no instance starts then or later.
  Line(std::uint64_t seed, FlowTracker& tracker, std::uint32_t number, LineConfig config, Time end_of_run);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  /// Opens the listeners and arms the first start. To be called once, before the run.
  void begin();
  /// Ends all instances and makes no more.
  void stop(bool abort, Time now);
  /// All that it will ever make have ended.
  bool is_over() const { return exhausted_ && live_count_ == 0; }
  /// All that it will ever make have begun.
  bool has_started_all() const { return exhausted_; }
  /// Called when the last has ended.
  void set_on_over(class LineWatcher* watcher) { watcher_ = watcher; }

  const LineConfig& config() const { return config_; }
  std::uint32_t number() const { return number_; }
  std::uint64_t seed() const { return seed_; }
  FlowTracker& tracker() { return tracker_; }

  std::uint64_t started() const { return started_; }
  std::uint64_t ended() const { return ended_; }
  /// Payload bytes that reached the other side's programs up to now, over all instances.
  std::int64_t bytes_delivered() const;
  /// Of instances that still live when the run ends.
  void report_unfinished(Time now);
  /// Sums over what has ended and what lives.
  DatagramTotals datagrams() const;

  /// The instance whose client end has this address and port; nothing if it is unknown or gone.
  std::optional<std::uint64_t> instance_at(tcp::Endpoint client) const;
  std::string instance_id(std::uint64_t k) const {
    return config_.many ? config_.id + "." + std::to_string(k + 1) : config_.id;
  }

  // For instances.
  void register_client(tcp::Endpoint client, std::uint64_t instance);
  void forget_client(tcp::Endpoint client);
  Instance* find(std::uint64_t instance);
  /// The instance has ended; it is destroyed once the line's own program runs.
  void on_ended(Instance& instance, Time now);

 private:
  class Listening;
  struct Start {
    Time at;
    std::uint64_t instance;
  };

  Task spawn_all();
  void plan_starts();
  Time next_start();
  void spawn(Time now);
  const LineEndConfig& pick(const std::vector<LineEndConfig>& ends, std::uint64_t k, RandomStream& random);

  std::uint64_t seed_;
  FlowTracker& tracker_;
  std::uint32_t number_;
  LineConfig config_;
  Time end_of_run_;
  Time stops_ = Time::never(), next_arrival_;
  RandomStream arrivals_, pairing_from_, pairing_to_;
  std::unique_ptr<Process> spawner_;
  std::vector<std::unique_ptr<Listening>> listeners_;
  std::vector<Start> starts_;                   // of a counted line, in the order of time
  std::deque<std::unique_ptr<Instance>> live_;  // from number base_ on; empty where one has ended
  std::uint64_t base_ = 0;
  tsl::robin_map<std::uint64_t, std::uint64_t> clients_;  // (address, port) to instance
  std::vector<std::unique_ptr<Instance>> ended_now_;      // to be destroyed once their programs no longer run
  std::size_t live_count_ = 0;
  std::uint64_t started_ = 0, ended_ = 0;
  std::int64_t bytes_of_ended_ = 0;
  DatagramTotals datagrams_of_ended_;
  bool exhausted_ = false;
  LineWatcher* watcher_ = nullptr;
};

/// Told when a line is over.
class LineWatcher {
 public:
  virtual void on_line_over(Line&, Time now) = 0;

 protected:
  ~LineWatcher() = default;
};

}  // namespace wirelab
