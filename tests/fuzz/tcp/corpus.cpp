#include "corpus.h"

#include "operations.h"

namespace wirelab::tcp::fuzz {
namespace {

using Byte = std::uint8_t;

/// Operations one after the other.
struct Steps {
  Bytes8 bytes;

  Steps& raw(std::initializer_list<int> more) {
    for (const int b : more) bytes.push_back(static_cast<Byte>(b));
    return *this;
  }
  Steps& op(int kind, int to = 0, int extra = 0) { return raw({kind | to << 5 | extra << 6}); }
  Steps& add(const Steps& other, int times = 1) {
    const Bytes8 more = other.bytes;
    for (; times > 0; --times) bytes.insert(bytes.end(), more.begin(), more.end());
    return *this;
  }
  Steps& round(int extra = 0) { return op(Round, 0, extra); }
  Steps& rounds(int n) { return add(Steps().round(), n); }
  Steps& deliver(int to, int n) {
    for (; n > 0; n -= 4) op(Deliver, to, (n < 4 ? n : 4) - 1);
    return *this;
  }
  Steps& later(int to, int k) { return op(DeliverLater, to).raw({k}); }
  Steps& lose(int to, int k = 0) { return op(Lose, to).raw({k}); }
  Steps& repeat(int to, int k = 0) { return op(Repeat, to).raw({k}); }
  /// `what`: how many fields less one, then for each its number and its own bytes.
  Steps& change(int to, int k, std::initializer_list<int> what) { return op(Change, to).raw({k}).raw(what); }
  Steps& craft(int to, std::initializer_list<int> what) { return op(Craft, to).raw(what); }
  Steps& advance(int n, int extra = 0) { return op(Advance, 0, extra).raw({n}); }
  Steps& timers(int n) {
    for (; n > 0; --n) op(NextTimer);
    return *this;
  }
  Steps& icmp(int to, int mtu_number) { return op(Icmp, to).raw({mtu_number << 3 | 1}); }
  Steps& mark(int to, int how) { return op(Mark, to).raw({how}); }
  Steps& write(int side, int thousands) { return op(Call, side).raw({thousands << 2 | Write}); }
  Steps& read(int side, int blocks) { return op(Call, side).raw({blocks << 2 | Read}); }
  Steps& read_all(int side) { return op(Call, side).raw({ReadAll}); }
  Steps& rare(int side, int what) { return op(Call, side).raw({RareCall, what}); }
};

/// One end as setup.cpp reads it.
struct EndBytes {
  int profile = 0, cc = 0, terms = 0, recovery = 0, sending = 0, buffers = 0, path = 0, application = 0, limits = 0;
};
constexpr int kEager = 0x80;  // reads at once, and writes as many thousand bytes as is added
constexpr int kHonest = 1, kLying = 0;

class Corpus {
 public:
  void add(const char* name, int network, const EndBytes& client, const EndBytes& server, const Steps& steps,
           bool opened = true) {
    Steps all;
    all.raw({network});
    for (const EndBytes& e : {client, server}) {
      all.raw({e.profile, e.cc, e.terms, e.recovery, e.sending, e.buffers, e.path, e.application, e.limits});
    }
    if (opened) all.rounds(3);
    inputs.push_back({name, all.add(steps).bytes});
  }
  std::vector<NamedInput> inputs;
};

EndBytes writer(int thousands) { return {.application = kEager | thousands}; }

void add_transfers(Corpus& c) {
  c.add("bulk-clean", kHonest, writer(100), writer(0), Steps().rounds(40));
  const Steps hole = Steps().round(1).lose(1, 1).lose(1, 3).deliver(1, 6).deliver(0, 8).rounds(2);
  c.add("bulk-rfc-losses", kHonest, {.profile = 1, .application = kEager | 90}, {.profile = 1, .application = kEager},
        Steps().add(hole, 12));
  const Steps holes = Steps().round(2).lose(1, 0).lose(1, 2).deliver(1, 12).deliver(0, 12).rounds(2);
  c.add("bulk-linux-losses", kHonest, writer(120), writer(0), Steps().add(holes, 14));
  c.add("bulk-no-sack", kHonest, {.terms = 1, .application = kEager | 100}, writer(0), Steps().add(hole, 15));
  const Steps mixed =
      Steps().round(1).later(1, 3).later(1, 5).later(1, 1).deliver(0, 4).advance(200, 1).deliver(1, 4).round();
  c.add("reordering", kHonest, writer(120), writer(0), Steps().add(mixed, 15));
  const Steps twice = Steps().round(1).repeat(1, 0).repeat(1, 2).deliver(1, 2).repeat(0, 0).deliver(0, 3).round();
  c.add("duplicates", kHonest, writer(90), writer(30), Steps().add(twice, 15));
  const Steps silence = Steps().round(1).add(Steps().lose(1), 6).timers(3).round().add(Steps().lose(0), 3).timers(2);
  c.add("timeouts", kHonest, writer(60), writer(0), Steps().add(Steps().add(silence).deliver(1, 4), 12));
  const Steps late = Steps().round(1).deliver(1, 4).timers(3).deliver(0, 4).deliver(1, 8).deliver(0, 4).advance(90, 2);
  c.add("spurious-timeout", kHonest, writer(60), writer(0), Steps().add(late, 14));
  c.add("slow-port", kHonest, {.path = 0x40, .application = kEager | 127}, {.path = 0x40, .application = kEager | 50},
        Steps().add(Steps().round(1).advance(50, 1).deliver(1, 4).timers(1), 25));
  const Steps tail = Steps().round(1).round(1).round(1).lose(1, 1).round();
  c.add("vegas-small-mtu", kHonest, {.cc = 3, .path = 6, .application = kEager | 40},
        {.terms = 2, .path = 6, .application = kEager}, Steps().add(tail, 16));
  c.add("tahoe-jumbo", kHonest, {.cc = 2, .path = 3, .application = kEager | 127}, {.path = 3, .application = kEager},
        Steps().add(Steps().add(tail).lose(1, 2).round(), 16));
}

void add_windows_and_paths(Corpus& c) {
  const Steps shut = Steps().write(0, 60).rounds(3).timers(3).round().read(1, 3).round().read_all(1).rounds(2);
  c.add("zero-window", kHonest, {}, {.buffers = 6}, Steps().add(shut, 12));
  const Steps drip = Steps().write(0, 3).write(1, 2).rounds(2).read(1, 1).timers(1).read_all(0).round();
  c.add("tiny-buffers", kHonest, {.buffers = 7 | 6 << 3}, {.profile = 1, .buffers = 7 | 7 << 3}, Steps().add(drip, 16));
  const Steps marks = Steps().round(1).mark(1, 1).mark(1, 2).deliver(1, 8).deliver(0, 4).round();
  c.add("ecn-marks", kHonest, {.terms = 8, .application = kEager | 120}, {.terms = 8, .application = kEager},
        Steps().add(marks, 16));
  const Steps damage = Steps().round(1).mark(1, 0).mark(0, 0).deliver(1, 4).deliver(0, 4).timers(1);
  c.add("corrupt", kHonest, writer(70), writer(70), Steps().add(damage, 16));
  const Steps shrink = Steps().icmp(0, 5).rounds(3).icmp(0, 3).lose(1).rounds(2).icmp(1, 1).round();
  c.add("path-shrinks", kHonest, {.path = 3, .application = kEager | 120}, {.path = 3, .application = kEager},
        Steps().rounds(3).add(shrink, 6));
  const Steps urgent = Steps()
                           .write(0, 2)
                           .rare(0, 11)
                           .raw({5})
                           .rare(0, 5 | 1 << 5)
                           .rare(0, 13)
                           .raw({48})
                           .rounds(2)
                           .rare(0, 5)
                           .read_all(1);
  c.add("urgent-cork", kHonest, {}, {}, Steps().add(Steps().add(urgent).round(), 12));
  const Steps idle = Steps().round().op(AdvanceLong, 0, 3).raw({23}).round().timers(3).round();
  c.add("keepalive", kHonest, {.terms = 0x80}, {.terms = 0x80}, Steps().add(idle, 8));
}

void add_beginnings_and_ends(Corpus& c) {
  c.add("close-both", kHonest, {}, {},
        Steps()
            .write(0, 20)
            .rounds(2)
            .write(1, 20)
            .rounds(2)
            .rare(0, 0)
            .rounds(2)
            .read_all(0)
            .rare(1, 0)
            .rounds(3)
            .timers(4)
            .round());
  c.add(
      "close-crossing", kHonest, {.profile = 1}, {.profile = 1},
      Steps().write(0, 9).write(1, 9).rare(0, 0).rare(1, 0).deliver(0, 4).deliver(1, 4).rounds(4).timers(6).rounds(3));
  const Steps again = Steps().op(Call).raw({0}).op(Call).raw({0}).op(Call).raw({0});
  c.add("abort-midway", kLying, {}, {},
        Steps()
            .write(0, 40)
            .rounds(2)
            .rare(1, 2)
            .rounds(3)
            .add(again)
            .rare(0, 1)
            .add(again)
            .rounds(4)
            .write(0, 30)
            .rounds(6));
  c.add("handshake-losses", kHonest, writer(20), writer(20),
        Steps().lose(1).timers(1).deliver(1, 1).lose(0).timers(2).deliver(1, 1).deliver(0, 1).lose(1).timers(1).rounds(
            20),
        false);
}

void add_lies(Corpus& c) {
  Steps blind, resets, syns, sack, ack, window, stamps, seq, length, flags;
  for (int i = 0; i < 40; ++i) {
    const int to = i & 1;
    blind.round().craft(to, {i * 7, i * 13, i * 29, i * 3, i * 5, i * 11, i * 17, i * 23, i});
    resets.round().craft(to, {4, i % 4, i % 8, 0, i % 8, 0, 0, 0, 0});
    syns.round().craft(to, {5 + i % 2, i % 4, i % 8, 0, i % 8, i, 0, 0, 1, 9, 9, 9, 9});
    sack.round(1).deliver(1, 2).change(0, 0, {0, 6, i % 4, i % 4, i * 3 & 7, i, i % 2, i % 16, 1, i % 8, 5});
    sack.deliver(0, 2).lose(1);
    ack.round(1).deliver(1, 3).change(0, 0, {1, 3, i % 4, i * 5 & 7, i, i, 2, i % 8, i, i});
    window.round(1).change(0, 0, {0, 4, i % 2, i * 9, i * 31}).deliver(0, 2).timers(1);
    stamps.round(1).change(to, 0, {0, 7 + i % 2, i * 41, i * 9}).deliver(to, 2);
    seq.round(1).change(1, i % 3, {0, i % 2, i % 4, i % 8, i, i * 3}).deliver(0, 2);
    length.round(1).change(1, i % 3, {0, 9, i % 16, i * 3, i * 7}).deliver(0, 2);
    flags.round(1).change(to, i % 3, {0, 5, i % 8}).deliver(0, 2);
  }
  c.add("blind-segments", kLying, writer(60), writer(60), blind);
  c.add("blind-resets", kLying, writer(60), writer(60), resets);
  c.add("blind-syns", kLying, writer(60), writer(60), syns);
  c.add("sack-lies", kLying, writer(120), writer(0), sack);
  c.add("ack-lies", kLying, writer(120), writer(0), ack);
  c.add("window-lies", kLying, writer(120), writer(0), window);
  c.add("timestamp-lies", kLying, writer(120), writer(40), stamps);
  c.add("seq-lies", kLying, writer(120), {.buffers = 4, .application = kEager | 40}, seq);
  c.add("length-lies", kLying, writer(120), {.buffers = 5, .application = kEager | 40}, length);
  c.add("flag-lies", kLying, writer(120), writer(40), flags);
}

}  // namespace

std::vector<NamedInput> hand_made_corpus() {
  Corpus c;
  add_transfers(c);
  add_windows_and_paths(c);
  add_beginnings_and_ends(c);
  add_lies(c);
  return c.inputs;
}

}  // namespace wirelab::tcp::fuzz
