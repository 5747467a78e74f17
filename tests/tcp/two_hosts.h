#pragma once
// Two hosts with a TCP layer each, joined by an ideal wire: a fixed delay, no rate, and drops that a test scripts.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/scheduler.h"
#include "core/timers.h"
#include "tcp/connection.h"
#include "tcp/layer.h"
#include "tcp/option_table.h"

namespace wirelab::tcp::test {

inline const Ipv4Address kAlice(10, 0, 0, 1), kBob(10, 0, 0, 2);

class Wire;

/// One end: an output that puts packets on the wire.
class Host final : public SegmentOutput {
 public:
  Host(Wire& wire, int side, Ipv4Address address, Scheduler& scheduler, SourceId source, const LayerSeeds& seeds);

  SendResult send(Packet* p, Time now) override;
  std::uint16_t path_mtu(Ipv4Address, Time) override { return mtu; }
  std::optional<Ipv4Address> source_for(Ipv4Address) override { return address; }
  bool is_own_address(Ipv4Address a) const override { return a == address; }

  Ipv4Address address;
  std::uint16_t mtu = 1500;
  TimerHeap timers;
  Layer tcp;

 private:
  Wire* wire_;
  int side_;
};

/// Notes every transition, as states.csv would.
class StateLog final : public ConnectionObserver {
 public:
  void on_state(const StateChange& c) override { changes.push_back(c); }
  void on_change(const Connection&, ChangeKinds kinds, Time) override { seen |= kinds; }
  void on_end(const Connection&, Time) override { ++ended; }
  /// "SYN-SENT ESTABLISHED ...": the states entered.
  std::string path() const;

  std::vector<StateChange> changes;
  ChangeKinds seen = 0;
  int ended = 0;
};

/// The clock, the wire and both hosts. A packet in flight is an entry of a list ordered by (arrival, serial).
class Wire {
 public:
  explicit Wire(Duration delay = Duration::ms(10));
  ~Wire();

  /// Runs to `until`, or earlier if nothing is left to do.
  void run_until(Time until);
  void run_for(Duration d) { run_until(now + d); }

  /// True: the wire loses this packet. `number` counts the packets of one direction from 1.
  std::function<bool(const Packet& p, int from_side, int number)> lose = [](const Packet&, int, int) { return false; };
  /// Extra delay, for reordering.
  std::function<Duration(const Packet& p, int from_side, int number)> extra = [](const Packet&, int, int) {
    return Duration{};
  };
  std::function<void(const Packet& p, int from_side)> on_send = [](const Packet&, int) {};

  Domain domain;
  Time now{};
  Duration delay;
  Scheduler scheduler;
  Host alice, bob;
  int sent[2] = {0, 0};

 private:
  friend class Host;
  void put(Packet* p, int from);
  struct InFlight {
    Time arrival;
    std::uint64_t serial;
    Packet* packet;
    int to;
  };
  std::vector<InFlight> flight_;
  std::uint64_t serial_ = 0;
};

std::shared_ptr<const TcpConfig> shared(TcpConfig config);
/// The profile with exact timers.
TcpConfig exact(Profile profile);

/// What most tests of whole connections begin with: Bob listens at 80, Alice has connected from an ephemeral port.
struct Pair {
  explicit Pair(Wire& wire, TcpConfig alice_config = exact(Profile::Linux),
                TcpConfig bob_config = exact(Profile::Linux));

  /// Bob reads whatever has come. Returns how much.
  std::int64_t drain(Connection& c, Time now);

  Wire& wire;
  StateLog alice_log, bob_log;
  Listener* listener = nullptr;
  Connection* alice = nullptr;
  Connection* bob = nullptr;
};

/// A user that writes `to_send` bytes, closes when all are in the buffer if asked to, and reads everything at once.
class Bulk final : public ConnectionUser {
 public:
  explicit Bulk(std::int64_t bytes_to_send, bool close_after = true) : to_send(bytes_to_send), closes(close_after) {}
  void attach(Connection& c, Time now);
  void on_readiness(Connection& c, Readiness became, Time now) override;

  std::int64_t to_send;
  std::int64_t read = 0;
  bool closes;
  bool got_eof = false;
  bool closed = false;
  Error error = Error::None;
};

}  // namespace wirelab::tcp::test
