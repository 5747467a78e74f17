#pragma once
// A host's TCP against a peer that a test plays by hand: relative sequence numbers, virtual time, and only the fields
// that matter. A test reads like a conversation; when it fails, it prints the whole exchange so far.
//
//   t.establish();                              both sides now at relative sequence 1
//   t.app_write(4000_B);
//   t.expect_sent({data(1, 1001), data(1001, 2001)});
//   t.after(100_ms).receive(ack(1001));

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/scheduler.h"
#include "core/timers.h"
#include "tcp/connection.h"
#include "tcp/layer.h"
#include "tcp/option_table.h"

namespace wirelab::tcp::test {

/// A segment as a test names it. Sequence numbers are relative to the sender's ISN (0 is the SYN), acknowledgements to
/// the receiver's. What is left out is not compared when it is expected, and gets a plain value when it is received.
struct Seg {
  std::uint8_t flags = tcp_flag::Ack;
  std::uint32_t first = 0, end = 0;  // payload [first, end); with SYN or FIN the number that it takes is not counted
  bool seq_matters = true;
  std::optional<std::uint32_t> ack_number;
  std::optional<std::uint32_t> window;  // as in the header
  std::optional<std::uint16_t> mss_option;
  std::optional<int> wscale_option;  // the shift; -1: no option
  std::optional<bool> sackok_option;
  std::optional<std::uint32_t> tsval, tsecr;
  std::optional<bool> ts_option;
  std::optional<std::vector<std::pair<std::uint32_t, std::uint32_t>>> sack_blocks;
  std::optional<std::uint8_t> ecn_field;
  std::optional<std::uint16_t> urgent_offset;
  bool flags_matter_exactly = false;  // PSH too

  Seg ack(std::uint32_t n) const {
    return with([&](Seg& s) { s.ack_number = n, s.flags |= tcp_flag::Ack; });
  }
  Seg win(std::uint32_t n) const {
    return with([&](Seg& s) { s.window = n; });
  }
  Seg mss(std::uint16_t n) const {
    return with([&](Seg& s) { s.mss_option = n; });
  }
  Seg wscale(int n) const {
    return with([&](Seg& s) { s.wscale_option = n; });
  }
  Seg sackok(bool on = true) const {
    return with([&](Seg& s) { s.sackok_option = on; });
  }
  Seg ts(std::uint32_t value, std::uint32_t echo) const {
    return with([&](Seg& s) { s.tsval = value, s.tsecr = echo, s.ts_option = true; });
  }
  Seg no_ts() const {
    return with([&](Seg& s) { s.ts_option = false; });
  }
  Seg sack(std::vector<std::pair<std::uint32_t, std::uint32_t>> b) const {
    return with([&](Seg& s) { s.sack_blocks = std::move(b); });
  }
  Seg no_sack() const { return sack({}); }
  Seg ecn(std::uint8_t field) const {
    return with([&](Seg& s) { s.ecn_field = field; });
  }
  Seg plus(std::uint8_t more) const {
    return with([&](Seg& s) { s.flags |= more; });
  }
  Seg exactly() const {
    return with([&](Seg& s) { s.flags_matter_exactly = true; });
  }
  Seg urgent(std::uint16_t offset) const {
    return with([&](Seg& s) { s.urgent_offset = offset, s.flags |= tcp_flag::Urg; });
  }

 private:
  template <class F>
  Seg with(F f) const {
    Seg s = *this;
    f(s);
    return s;
  }
};

inline Seg data(std::uint32_t first, std::uint32_t end) {
  Seg s;
  s.first = first, s.end = end;
  return s;
}
/// A pure ACK. Received, it sits at the peer's snd_nxt; expected, its sequence number does not matter.
inline Seg ack(std::uint32_t n) {
  Seg s;
  s.ack_number = n;
  s.seq_matters = false;
  return s;
}
inline Seg ack_at(std::uint32_t seq, std::uint32_t n) {
  Seg s;
  s.first = s.end = seq;
  s.ack_number = n;
  return s;
}
inline Seg flagged(std::uint8_t flags, std::uint32_t seq) {
  Seg s;
  s.flags = flags;
  s.first = s.end = seq;
  return s;
}
inline Seg syn() { return flagged(tcp_flag::Syn, 0); }
inline Seg syn_ack() { return flagged(tcp_flag::Syn | tcp_flag::Ack, 0).ack(1); }
inline Seg fin(std::uint32_t seq) { return flagged(tcp_flag::Fin | tcp_flag::Ack, seq); }
inline Seg rst(std::uint32_t seq) { return flagged(tcp_flag::Rst, seq); }
inline Seg rst_ack(std::uint32_t seq) { return flagged(tcp_flag::Rst | tcp_flag::Ack, seq); }

/// The configuration that most tests want: exact timers, and the options that they are about. Others may be set on
/// `config` before the first step.
struct BenchSetup {
  Profile profile = Profile::Linux;
  Bytes smss{1000};
  Segments initial_window = 10;
  bool sack = false;
  bool timestamps = false;
  bool window_scaling = false;
  std::uint32_t peer_window = 65535;
  std::uint16_t mtu = 1500;
  std::string cc = "reno";
  bool reads_at_once = true;  ///< the application takes data as it comes
};

class TcpBench final : public ConnectionUser, public ConnectionObserver {
 public:
  explicit TcpBench(BenchSetup setup = {});
  TcpBench(const TcpBench&) = delete;
  TcpBench& operator=(const TcpBench&) = delete;
  ~TcpBench();

  TcpConfig config;  ///< of the host under test; change it before connect or listen
  BenchSetup setup;

  // ---- Opening
  void connect();              ///< sends the SYN
  void listen();               ///< the next SYN makes a connection, which is accepted at once
  void establish();            ///< active open with a plain handshake
  void establish_passively();  ///< the same from a listener

  // ---- The peer's side
  TcpBench& after(Duration d);  ///< lets time pass; what is sent meanwhile waits for expect_sent
  TcpBench& at(Time t);         ///< the same up to an absolute time
  void receive(const Seg& s);   ///< the peer sends this
  void icmp(std::uint8_t type, std::uint8_t code, std::uint16_t mtu = 0, std::optional<std::uint32_t> seq = {});

  // ---- The application's side
  std::int64_t app_write(Bytes n);
  std::int64_t app_read(Bytes n);
  void app_shutdown();
  void app_close();
  void app_abort();

  // ---- What must have happened
  void expect_sent(const std::vector<Seg>& expected);  ///< these, in this order, and nothing else
  void expect_silence() { expect_sent({}); }
  void expect_silence_for(Duration d);
  /// Times, since the start, of everything sent from now until `until`.
  std::vector<double> times_of_segments_until(Duration until);
  std::size_t count_sent();  ///< how many wait, and forgets them
  State state() const;
  std::uint32_t last_host_timestamp() const { return last_host_ts_; }
  Segments cwnd() const { return c->sender().window().cwnd; }
  Segments ssthresh() const { return c->sender().window().ssthresh; }
  std::string path() const;  ///< the states entered so far

  // ---- ConnectionUser, ConnectionObserver
  void on_readiness(Connection&, Readiness became, Time) override;
  void on_state(const StateChange& s) override;
  void on_change(const Connection&, ChangeKinds kinds, Time) override { changes |= kinds; }
  void on_end(const Connection&, Time) override;

  Time now{};
  Connection* c = nullptr;
  Listener* listener = nullptr;
  Readiness readiness_seen = 0;
  ChangeKinds changes = 0;
  std::vector<StateChange> states;
  std::int64_t received_bytes = 0;  ///< by the application
  bool got_eof = false;
  std::uint32_t peer_ts_offset = 5000;  ///< the peer's millisecond clock

  std::uint32_t peer_stream = 4711;  ///< the pattern of the peer's payload; 0: content is not compared

  Domain domain;
  std::string exchange() const { return log_; }

 private:
  class Output;
  struct Sent {
    Time when;
    Packet packet;
    Extension extension;
  };
  void run_until(Time t);
  void capture(Packet* p);
  std::string describe(const Seg& s) const;
  std::string describe(const Packet& p, const Extension& e, bool from_host) const;
  bool matches(const Seg& want, const Sent& got) const;
  void give_to_host(Packet* p);

  Scheduler scheduler_;
  std::unique_ptr<Output> output_;

 public:
  std::unique_ptr<TimerHeap> timers;
  std::unique_ptr<Layer> layer;
  std::uint16_t host_port = 0, peer_port = 80;
  Seq host_iss, peer_iss{900'000'000};

 private:
  std::deque<Sent> sent_;
  std::string log_;
  bool host_iss_known_ = false;
  std::uint32_t peer_nxt_ = 0;  // relative: next number the peer would send
  std::uint32_t last_host_ts_ = 0;
  std::uint32_t host_nxt_ = 1;  // highest relative number seen from the host
};

}  // namespace wirelab::tcp::test
