#pragma once
// A Sender driven by hand. Segments are numbered from 0; what leaves reads "N10 R0": segment 10 for the first time,
// segment 0 again.

#include <initializer_list>
#include <string>
#include <vector>

#include "tcp/option_table.h"
#include "tcp/sender.h"

namespace wirelab::tcp::testing {

inline TcpConfig with(Profile profile, const char* cc = "reno") {
  TcpConfig config = defaults(profile);
  config.cc.name = cc;
  config.early_retrans = 0;  // so that the timer is the retransmission timer; tests of probes set it
  return config;
}

class SenderBench {
 public:
  struct Blocks {
    std::uint32_t from, to;  // segments, `to` not included
  };
  static constexpr std::uint32_t kSmss = 1000;

  explicit SenderBench(const TcpConfig& c, bool sack = true, Segments window = 0, bool timestamps = false)
      : config(c), sender(config) {
    if (window != 0) config.initial_window = window;
    SenderStart start;
    start.now = now;
    start.iss = Seq(0);
    start.smss = kSmss;
    start.snd_wnd = peer_window;
    start.wl1 = start.wl2 = Seq(1);
    start.sack = sack;
    start.timestamps = timestamps;
    start.ecn = true;
    start.handshake_rtt = Duration::ms(100);
    sender.start(start);
    sender.begin_output();
  }

  static Seq seq(std::uint32_t segment) { return Seq(1 + segment * kSmss); }

  /// Sends what may leave, of `to_send` segments in all.
  std::string output() {
    std::string sent;
    bool any = false;
    bool stopped_by_cwnd = false;
    if (next < to_send) sender.before_output(now);
    for (;;) {
      if (const auto range = sender.next_retransmission(next < to_send)) {
        sender.on_retransmitted(now, *range, ts_now);
        note(sent, 'R', static_cast<std::uint32_t>(range->first - Seq(1)) / kSmss);
      } else if (next < to_send && sender.send_budget() > 0) {
        sender.on_sent_new(now, kSmss);
        note(sent, 'N', next++);
      } else if (sender.end_new_data_first()) {
        continue;
      } else {
        stopped_by_cwnd = next < to_send;
        break;
      }
      any = true;
    }
    sender.after_output(now, {true, any, stopped_by_cwnd, false});
    return sent;
  }

  std::string ack(std::uint32_t segment, std::initializer_list<Blocks> sacked = {}, bool ece = false) {
    std::vector<SackBlock> blocks;
    for (const Blocks& b : sacked) blocks.push_back({seq(b.from), seq(b.to)});
    AckInput in;
    in.now = now;
    in.seq = Seq(1);
    in.ack = seq(segment);
    in.wnd = peer_window;
    in.sack = blocks;
    in.ece = ece;
    in.ts_ecr = ts_ecr;
    in.ts_now = ts_now;
    last = sender.on_ack(in);
    sender.scoreboard().check();
    return output();
  }

  /// The timer is due. A probe reads "P7" for a copy of segment 7, "N10" for new data.
  std::string timer() {
    using Kind = Sender::TimerKind;
    if (sender.timer_kind() == Kind::Retransmit) return timeout();
    now = sender.rto_deadline();
    std::string sent;
    if (sender.timer_kind() == Kind::Reorder) {
      changes = sender.on_reorder_timer(now);
    } else if (!sender.may_probe()) {
      sender.on_no_probe(now);
    } else if (next < to_send) {
      sender.on_sent_new(now, kSmss);
      note(sent, 'N', next++);
      changes = sender.on_probe_sent(now, true);
    } else {
      note(sent, 'P', static_cast<std::uint32_t>(sender.offer_last(kSmss).first - Seq(1)) / kSmss);
      changes = sender.on_probe_sent(now, false);
    }
    sender.scoreboard().check();
    const std::string more = output();
    return sent.empty() || more.empty() ? sent + more : sent + ' ' + more;
  }

  std::string timeout() {
    now = sender.rto_deadline();
    sender.on_rto(now);
    sender.scoreboard().check();
    return output();
  }

  void after(Duration d) { now += d; }
  Segments cwnd() const { return sender.window().cwnd; }
  Segments ssthresh() const { return sender.window().ssthresh; }
  CaState state() const { return sender.ca_state(); }

  TcpConfig config;
  Time now = Time::at(Duration::s(1));
  std::uint32_t peer_window = 1u << 30;
  Sender sender;
  std::uint32_t to_send = 1'000'000, next = 0;
  std::uint32_t ts_now = 0, ts_ecr = 0;
  AckOutcome last;
  ChangeKinds changes = 0;  ///< of the timer

 private:
  static void note(std::string& sent, char kind, std::uint32_t segment) {
    if (!sent.empty()) sent += ' ';
    sent += kind + std::to_string(segment);
  }
};

}  // namespace wirelab::tcp::testing
