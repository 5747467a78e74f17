#pragma once
// Both ends of a TCP connection, each with its own layer, and the segments under way between them. Nothing arrives by
// itself: whoever drives this says which segment is delivered, lost or changed, and when time passes.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/scheduler.h"
#include "core/timers.h"
#include "tcp/connection.h"
#include "tcp/layer.h"

namespace wirelab::tcp::fuzz {

class TwoEnds;

/// A connection as it was when it was last looked at, for what may only move one way.
struct Watched {
  Connection* connection = nullptr;
  bool held = false;       ///< the application has it and must close it
  bool looked_at = false;  ///< what follows is filled
  bool has_told = false;   ///< `told_edge` is
  Seq snd_una, snd_nxt, rcv_nxt, right_edge;
  Seq told_edge;  ///< right edge of the window as its segments have said it
  std::uint32_t most_held = 0;
};

/// How one end behaves beside its TCP options.
struct EndSetup {
  std::shared_ptr<const TcpConfig> config;
  std::uint16_t mtu = 1500;
  bool eager = false;             ///< the application reads and writes as soon as it is told that it can
  std::uint32_t to_write = 0;     ///< how much an eager one writes
  std::uint32_t ns_per_byte = 0;  ///< of its own port; 0: segments leave at once
};

class End final : public SegmentOutput, public ConnectionObserver, public ConnectionUser {
 public:
  End(TwoEnds& both, int side, const EndSetup& setup);

  SendResult send(Packet* p, Time now) override;
  std::uint16_t path_mtu(Ipv4Address, Time) override { return setup.mtu; }
  std::optional<Ipv4Address> source_for(Ipv4Address) override { return address; }
  bool is_own_address(Ipv4Address a) const override { return a == address; }

  void on_open(Connection& c, Time) override;
  void on_state(const StateChange& change) override;
  void on_end(const Connection& c, Time) override;
  void on_readiness(Connection& c, Readiness became, Time now) override;

  void listen();
  void connect();
  void accept();
  /// The newest connection that the application holds, or nullptr.
  Connection* held();
  /// The application lets go of it. Afterwards it may be gone.
  void let_go(Connection& c, bool abort);
  Watched* find(const Connection& c);
  /// The connection that a segment with these ports belongs to, the newest first.
  Watched* find(std::uint16_t local_port, std::uint16_t remote_port);

  EndSetup setup;
  Ipv4Address address;
  int side;
  TimerHeap timers;
  Layer tcp;
  Listener* listener = nullptr;
  std::vector<Watched> connections;
  int opened = 0;          ///< connections so far
  bool cut_short = false;  ///< one was reset or given up, here or there, or its data thrown away
  bool gave_up = false;    ///< a timer ended one
  bool impatient = false;  ///< a user timeout or keep-alive is at work
  /// Of connections that have ended: payload bytes that the application wrote, and that came.
  std::uint64_t written = 0, received = 0;

 private:
  void check_sent(const Packet& p, Watched& w) const;

  TwoEnds* both_;
  Time port_free_{};
};

struct UnderWay {
  Packet* packet;
  Seq iss;          ///< of the connection that sent it
  bool has_stream;  ///< its payload can be compared
};

class TwoEnds {
 public:
  TwoEnds(const EndSetup& client, const EndSetup& server);
  ~TwoEnds();

  /// Hands the k-th segment on its way to `to` over. Precondition: there is one.
  void deliver(int to, std::size_t k);
  void lose(int to, std::size_t k);
  /// A segment of ours, or one that was changed: its payload is not compared.
  void inject(int to, Packet* p);
  /// Timers that are due run in their order.
  void advance(Duration d);
  /// Goes to the next timer; false if there is none (or only in many days).
  bool advance_to_timer();
  /// Everything that must hold now. `recount`: the counters too, against what they count.
  void check(bool recount);
  void put(int from, Packet* p, Seq iss, bool has_stream);

  std::size_t segments() const { return segments_; }  ///< handed over so far

  Domain domain;
  Time now{};
  Scheduler scheduler;
  std::array<std::vector<UnderWay>, 2> under_way;  ///< to the client, to the server
  std::array<std::unique_ptr<End>, 2> ends;

 private:
  void hand_over(int to, Packet* p);
  std::size_t segments_ = 0;
};

inline constexpr std::uint16_t kServerPort = 80;

}  // namespace wirelab::tcp::fuzz
