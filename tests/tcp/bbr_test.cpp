// BBR's steps: events in, windows and rates out. Its parts are in bbr_parts_test.cpp, how it does on a path in
// tests/validation.

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <set>
#include <string>

#include "tcp/cc/bbr_parts.h"
#include "tcp/cc/windowed_max.h"
#include "tcp/cc_registry.h"
#include "tcp/option_table.h"
#include "tcp/pacer.h"
#include "tcp/sender.h"

namespace wirelab::tcp {
namespace {

/// A paced sender over a bottleneck with an ideal receiver. What the algorithm says of itself is read back by name.
class PacedPath {
 public:
  static constexpr std::uint32_t kSmss = 1250;  // 1 ms at 10 Mbit/s

  explicit PacedPath(Duration rtt, std::uint64_t key = 0) : config(make_config()), sender(config), rtt_(rtt) {
    SenderStart start;
    start.now = now;
    start.iss = Seq(0);
    start.smss = kSmss;
    start.snd_wnd = 1u << 30;
    start.wl1 = start.wl2 = Seq(1);
    start.sack = true;
    start.handshake_rtt = rtt;
    start.random_key = key;
    sender.start(start);
    sender.begin_output();
  }

  double variable(std::string_view name) const {
    std::array<CcVariable, kMostCcVariables> all{};
    const std::size_t n = sender.congestion_control().variables(all);
    for (std::size_t i = 0; i < n; ++i) {
      if (all[i].name == name) return all[i].value;
    }
    ADD_FAILURE() << "no variable is called " << name;
    return 0;
  }

  /// Runs to `until`, and calls `each` after every ACK.
  template <class Each>
  void run(Time until, Each each) {
    output();
    while (true) {
      const Time ack = flying_.empty() ? Time::never() : flying_.front().first;
      const Time pace = pacer_.waits(now) && sender.send_budget() > 0 ? pacer_.next() : Time::never();
      const Time next = std::min({ack, pace, sender.rto_deadline()});
      if (next > until) break;
      now = next;
      if (ack == now) {
        receive();
        each();
      } else if (sender.rto_deadline() == now) {
        ADD_FAILURE() << "a timer fired";
        return;
      }
      output();
    }
    now = until;
  }

  TcpConfig config;
  Time now = Time::at(Duration::s(1));
  Sender sender;
  Segments largest_queue = 0;

 private:
  static TcpConfig make_config() {
    TcpConfig c = defaults(Profile::Linux);
    c.cc.name = "bbr";
    c.early_retrans = 0;
    return c;
  }
  void output() {
    bool sent = false;
    pacer_.set_rate(static_cast<std::uint64_t>(sender.congestion_control().pacing_rate()->bps() / 8));
    while (sender.send_budget() > 0 && !pacer_.waits(now)) {
      const Time free = std::max(busy_until_, now);
      largest_queue = std::max(largest_queue, static_cast<Segments>((free - now) / kService));
      busy_until_ = free + kService;
      sender.on_sent_new(now, kSmss);
      pacer_.on_sent(kSmss);
      pacer_.end_burst(now);
      flying_.emplace_back(busy_until_ + rtt_, sender.snd_nxt());
      sent = true;
    }
    sender.after_output(now, {true, sent, sender.send_budget() == 0, false});
  }
  void receive() {
    AckInput in;
    in.now = now;
    in.seq = Seq(1);
    in.ack = flying_.front().second;
    in.wnd = 1u << 30;
    in.departure = pacer_.next();
    flying_.pop_front();
    sender.on_ack(in);
  }

  static constexpr Duration kService = Duration::ms(1);
  Duration rtt_;
  Pacer pacer_;
  std::deque<std::pair<Time, Seq>> flying_;
  Time busy_until_;
};

constexpr double kStartup = 0, kProbeBw = 2, kProbeRtt = 3;

// Linux: the first rate is 2885/1000 of the initial window over the handshake's RTT, less the margin of 1 %.
TEST(Bbr, StartsAtHighGainOfTheInitialWindow) {
  const PacedPath t(40_ms);
  EXPECT_NEAR(t.variable("pacing_bps"), 10 * 1250 * 8 / 0.04 * 2.885 * 0.99, 20'000);
  EXPECT_EQ(t.variable("mode"), kStartup);
}

// STARTUP doubles the rate each round trip until three rounds bring less than a quarter more; DRAIN then takes out what
// it put into the queue, and PROBE_BW keeps it out.
TEST(Bbr, StartupFillsThePipeAndDrainEmptiesTheQueue) {
  PacedPath t(40_ms);
  std::string modes;
  Time full = Time::never(), probing = Time::never();
  t.run(t.now + 3_s, [&] {
    const char mode = "SDBR"[static_cast<int>(t.variable("mode"))];
    if (modes.empty() || modes.back() != mode) modes += mode;
    if (mode == 'D' && full.is_never()) full = t.now;
    if (mode == 'B' && probing.is_never()) probing = t.now;
  });
  EXPECT_EQ(modes, "SDB");
  // 10 segments double to the 41 of the pipe in 2 to 3 round trips, and 3 more rounds are flat, each longer by the
  // queue that STARTUP makes.
  EXPECT_GT(full - Time::at(1_s), 40_ms * 5);
  EXPECT_LT(full - Time::at(1_s), 40_ms * 16);
  EXPECT_LT(probing - full, 40_ms * 6);
  EXPECT_NEAR(t.variable("bw_bps"), 10e6, 0.02 * 10e6);
  EXPECT_NEAR(t.variable("min_rtt_s"), 0.040, 0.0015);
}

// PROBE_BW: gains of 1.25, 0.75 and six times 1, in this order, each for about a round trip; in flight at most twice
// the pipe and what the quantisation adds (3 bursts).
TEST(Bbr, ProbeBwCyclesItsGainsAndBoundsWhatIsInFlight) {
  PacedPath t(40_ms);
  t.run(t.now + 3_s, [] {});
  std::string cycle;
  double last = 0;
  Segments most = 0;
  Time since = t.now;
  double phase_length = 0;
  t.run(t.now + 5_s, [&] {
    most = std::max(most, t.sender.in_flight());
    const double gain = t.variable("pacing_gain");
    if (gain == last) return;
    if (last == 1.0) phase_length = (t.now - since).seconds();
    cycle += gain > 1 ? '+' : gain < 1 ? '-' : '=';
    last = gain;
    since = t.now;
  });
  EXPECT_GE(cycle.size(), 12u);
  EXPECT_NE(cycle.find("+-=+-=+-="), std::string::npos) << cycle;
  EXPECT_NEAR(phase_length, 6 * 0.041, 0.05);
  EXPECT_LE(most, 2 * 41u + 6 + 2);
  EXPECT_GE(most, 45u);  // 1.25 of the pipe: it does probe
}

// Ten seconds after the smallest RTT was seen last: four segments for 200 ms and a round trip, then the window of
// before.
TEST(Bbr, ProbeRttStepsBackEveryTenSeconds) {
  PacedPath t(40_ms);
  std::vector<double> begun, ended;
  Segments least = 1000, before = 0, after = 0, last = 0;
  bool inside = false;
  t.run(t.now + 35_s, [&] {
    const bool now_inside = t.variable("mode") == kProbeRtt;
    if (now_inside && !inside) {
      begun.push_back(t.now.seconds());
      before = last;
    }
    last = t.sender.window().cwnd;
    if (!now_inside && inside) {
      ended.push_back(t.now.seconds());
      after = t.sender.window().cwnd;
    }
    if (now_inside) least = std::min(least, t.sender.in_flight());
    inside = now_inside;
  });
  ASSERT_GE(begun.size(), 2u);
  ASSERT_GE(ended.size(), 2u);
  EXPECT_LE(begun[0], 1 + 10.5);
  EXPECT_NEAR(begun[1] - ended[0], 10, 0.1);
  EXPECT_GE(ended[0] - begun[0], 0.2);
  EXPECT_LE(ended[0] - begun[0], 0.4);
  EXPECT_LE(least, 4u);
  EXPECT_GE(least, 2u);
  EXPECT_EQ(after, before);
}

// The phase that PROBE_BW begins with is drawn: it differs between connections and is the same for one.
TEST(Bbr, TheFirstPhaseIsDrawnFromTheConnectionsKey) {
  std::set<std::string> seen;
  const auto gains = [](std::uint64_t key) {
    PacedPath t(40_ms, key);
    std::string s;
    t.run(t.now + 2_s, [&] {
      if (t.variable("mode") == kProbeBw) s += std::to_string(t.variable("pacing_gain")).substr(0, 4) + ' ';
    });
    return s;
  };
  for (std::uint64_t key = 0; key < 6; ++key) seen.insert(gains(key));
  EXPECT_GE(seen.size(), 2u);
  EXPECT_EQ(gains(3), gains(3));
}

// Linux: a loss is no reason to slow down. In recovery it sends as much as arrives for a round trip, and then the
// window is what it was.
TEST(Bbr, AnEcnEchoOrALossSetsNoThreshold) {
  TcpConfig config = defaults(Profile::Linux);
  config.cc.name = "bbr";
  const auto cc = make_congestion_control(config);
  cc->start(CcStart{});
  const Window w{100, 0, infinite_ssthresh};
  EXPECT_EQ(cc->ssthresh({Time::zero(), CongestionEvent::Cause::Loss, w, 100}), infinite_ssthresh);
  EXPECT_EQ(cc->ssthresh({Time::zero(), CongestionEvent::Cause::Ecn, w, 100}), infinite_ssthresh);
}

}  // namespace
}  // namespace wirelab::tcp
