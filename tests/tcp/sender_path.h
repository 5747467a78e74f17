#pragma once
// A Sender on a path of its own, without packets or connections: every segment arrives after a fixed time unless the
// test drops it or the queue is full, and an ideal receiver acknowledges it. For window dynamics over many rounds.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "tcp/option_table.h"
#include "tcp/sender.h"

namespace wirelab::tcp::testing {

struct PathSettings {
  Duration rtt = Duration::ms(100);
  Duration serialisation;   ///< of one segment at the bottleneck; 0: infinitely fast
  std::uint32_t queue = 0;  ///< segments that may wait behind the one being sent, with a serialisation time
  std::uint32_t segments_per_ack = 1;
  std::uint32_t smss = 1000;
  bool sack = true;
};

class SenderPath {
 public:
  /// Called with the number of each segment offered, retransmissions included, from 1.
  std::function<bool(std::uint64_t)> drops = [](std::uint64_t) { return false; };
  std::function<void(Time, const Sender&, ChangeKinds)> on_change = [](Time, const Sender&, ChangeKinds) {};

  SenderPath(const TcpConfig& configuration, const PathSettings& path)
      : config(configuration), sender(config), path_(path) {
    SenderStart start;
    start.now = now;
    start.iss = Seq(0xfffff000);  // wraps early
    start.smss = path.smss;
    start.snd_wnd = 1u << 30;
    start.wl1 = start.wl2 = Seq(1);
    start.sack = path.sack;
    start.handshake_rtt = path.rtt;
    sender.start(start);
    sender.begin_output();
    next_ = sender.snd_una();
  }

  /// Sends without end until `until` or the `changes`-th event of these kinds.
  void run(Time until) {
    output();
    while (now < until) step(until);
    now = until;
  }
  template <class Condition>
  void run_while(Condition condition) {
    output();
    while (condition()) step(Time::never());
  }

  TcpConfig config;
  Time now = Time::at(Duration::s(1));
  Sender sender;
  std::uint64_t offered = 0, dropped = 0;

 private:
  struct Flying {
    Time ack_at;
    SeqRange range;
  };

  void step(Time until) {
    const Time ack = flying_.empty() ? Time::never() : flying_.front().ack_at;
    const Time next = std::min(ack, sender.rto_deadline());
    if (next > until || next.is_never()) {
      now = until;
      return;
    }
    now = next;
    ChangeKinds changes = 0;
    if (ack <= sender.rto_deadline()) {
      const SeqRange range = flying_.front().range;
      flying_.pop_front();
      changes = receive(range);
    } else {
      changes = on_timer();
    }
    output();
    on_change(now, sender, changes);
  }

  ChangeKinds on_timer() {
    switch (sender.timer_kind()) {
      case Sender::TimerKind::Retransmit: break;
      case Sender::TimerKind::Reorder: return sender.on_reorder_timer(now);
      case Sender::TimerKind::Probe:
        if (!sender.may_probe()) {
          sender.on_no_probe(now);
          return 0;
        }
        const Seq first = sender.snd_nxt();
        sender.on_sent_new(now, path_.smss);
        offer({first, first + path_.smss});
        return sender.on_probe_sent(now, true);
    }
    return sender.on_rto(now);
  }

  ChangeKinds receive(SeqRange range) {
    const bool in_order = range.first <= next_;
    SackBlock fresh{range.first, range.end};
    if (in_order) {
      next_ = max(next_, range.end);
      while (!above_.empty() && above_.begin()->first <= next_) {
        next_ = max(next_, above_.begin()->second);
        above_.erase(above_.begin());
      }
    } else {
      fresh = insert(range);
    }
    if (in_order && above_.empty() && ++unacknowledged_ < path_.segments_per_ack) return 0;
    unacknowledged_ = 0;
    blocks_.clear();
    if (path_.sack && !in_order) blocks_.push_back(fresh);  // this segment's first, then the highest others
    for (auto b = above_.rbegin(); path_.sack && b != above_.rend() && blocks_.size() < 3; ++b) {
      if (in_order || b->first != fresh.left) blocks_.push_back({b->first, b->second});
    }
    AckInput in;
    in.now = now;
    in.seq = Seq(1);
    in.ack = next_;
    in.wnd = 1u << 30;
    in.sack = blocks_;
    return sender.on_ack(in).changes;
  }

  /// Returns the block that the range has become part of.
  SackBlock insert(SeqRange range) {
    auto after = above_.upper_bound(range.first);
    if (after != above_.begin() && std::prev(after)->second >= range.first) {
      --after;
      range.first = after->first;
    }
    while (after != above_.end() && after->first <= range.end) {
      range.end = max(range.end, after->second);
      after = above_.erase(after);
    }
    above_.emplace(range.first, range.end);
    return {range.first, range.end};
  }

  void output() {
    bool sent = false;
    sender.before_output(now);
    for (;;) {
      if (const auto range = sender.next_retransmission(true)) {
        sender.on_retransmitted(now, *range, 0);
        offer(*range);
      } else if (sender.send_budget() > 0) {
        const Seq first = sender.snd_nxt();
        sender.on_sent_new(now, path_.smss);
        offer({first, first + path_.smss});
      } else if (!sender.end_new_data_first()) {
        break;
      }
      sent = true;
    }
    sender.after_output(now, {true, sent, true, false});
  }

  void offer(SeqRange range) {
    if (drops(++offered)) {
      ++dropped;
      return;
    }
    Time leaves = now;
    if (path_.serialisation > Duration()) {
      const Time free = std::max(busy_until_, now);
      const auto waiting = (free - now + path_.serialisation - Duration::ps(1)) / path_.serialisation;
      if (waiting > path_.queue + 1) {
        ++dropped;
        return;
      }
      leaves = busy_until_ = free + path_.serialisation;
    }
    flying_.push_back({leaves + path_.rtt, range});
  }

  PathSettings path_;
  std::deque<Flying> flying_;
  Seq next_;
  std::map<Seq, Seq> above_;  // first to end, all within 2^31 of each other
  std::vector<SackBlock> blocks_;
  std::uint32_t unacknowledged_ = 0;
  Time busy_until_ = Time::zero();
};

}  // namespace wirelab::tcp::testing
