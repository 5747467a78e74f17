#include "core/timers.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace wirelab {
namespace {

/// Owns one deadline and follows it as clients are meant to: an entry that comes early arms the rest.
class Alarm : public TimerClient {
 public:
  Alarm(TimerHeap& heap, std::vector<std::pair<Time, int>>& rung, int name)
      : heap_(&heap), rung_(&rung), name_(name), slot_(heap.attach(*this)) {}
  ~Alarm() {
    if (attached_) heap_->detach(slot_);
  }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  void set(Time deadline) {
    deadline_ = deadline;
    if (!deadline.is_never()) heap_->arm(slot_, deadline);
  }
  void detach() {
    heap_->detach(slot_);
    attached_ = false;
  }
  void on_timer(Time now) override {
    ++wakeups;
    if (deadline_ > now) {
      if (!deadline_.is_never()) heap_->arm(slot_, deadline_);
      return;
    }
    deadline_ = Time::never();
    rung_->emplace_back(now, name_);
    if (then) then(now);
  }

  int wakeups = 0;
  std::function<void(Time)> then;

 private:
  TimerHeap* heap_;
  std::vector<std::pair<Time, int>>* rung_;
  int name_;
  TimerHeap::Slot slot_;
  bool attached_ = true;
  Time deadline_ = Time::never();
};

class Timers : public testing::Test {
 protected:
  using Rung = std::vector<std::pair<Time, int>>;
  static Time at(std::int64_t ps) { return Time::from_ps(ps); }

  /// Fires the heap's source until nothing is pending.
  void run_all() {
    while (!scheduler.next_time().is_never()) {
      const Time now = scheduler.next_time();
      EXPECT_EQ(scheduler.top(), kSource);
      heap.run(now);
      ASSERT_TRUE(scheduler.next_time().is_never() || scheduler.next_time() > now);
    }
  }

  static constexpr SourceId kSource = 2;
  Scheduler scheduler;
  TimerHeap heap{scheduler, kSource};
  Rung rung;
};

TEST_F(Timers, RingInTheOrderOfTimeAndThenOfSlot) {
  Alarm a(heap, rung, 0), b(heap, rung, 1), c(heap, rung, 2);
  c.set(at(10));
  b.set(at(5));
  a.set(at(10));
  run_all();
  EXPECT_EQ(rung, (Rung{{at(5), 1}, {at(10), 0}, {at(10), 2}}));
}

TEST_F(Timers, AnEntryThatComesEarlyArmsTheRest) {
  Alarm a(heap, rung, 0);
  a.set(at(10));
  a.set(at(30));  // later: a plain store, the entry stays at 10
  EXPECT_EQ(scheduler.next_time(), at(10));
  run_all();
  EXPECT_EQ(rung, (Rung{{at(30), 0}}));
  EXPECT_EQ(a.wakeups, 2);
}

TEST_F(Timers, ADeadlineMovedForwardRingsAtOnceAtItsNewTime) {
  Alarm a(heap, rung, 0);
  a.set(at(30));
  a.set(at(10));
  EXPECT_EQ(scheduler.next_time(), at(10));
  run_all();
  EXPECT_EQ(rung, (Rung{{at(10), 0}}));
  EXPECT_EQ(a.wakeups, 1);
}

TEST_F(Timers, AClientThatArmsForNowInItsCallbackIsCalledAgainInTheSameRun) {
  Alarm a(heap, rung, 0), b(heap, rung, 1);
  a.then = [&](Time now) {
    a.then = nullptr;
    a.set(now);
  };
  a.set(at(10));
  b.set(at(10));
  heap.run(at(10));
  EXPECT_EQ(rung, (Rung{{at(10), 0}, {at(10), 0}, {at(10), 1}}));
  EXPECT_TRUE(scheduler.next_time().is_never());
}

TEST_F(Timers, AClientMayDetachItselfOrAnotherInACallback) {
  Alarm a(heap, rung, 0), b(heap, rung, 1), c(heap, rung, 2);
  a.then = [&](Time) {
    b.detach();
    a.detach();
  };
  a.set(at(10));
  b.set(at(10));
  c.set(at(20));
  run_all();
  EXPECT_EQ(rung, (Rung{{at(10), 0}, {at(20), 2}}));
}

TEST_F(Timers, AClientMayAttachAnotherInACallback) {
  Alarm a(heap, rung, 0);
  std::unique_ptr<Alarm> late;
  a.then = [&](Time now) {
    late = std::make_unique<Alarm>(heap, rung, 9);
    late->set(now + 5_ps);
  };
  a.set(at(10));
  run_all();
  EXPECT_EQ(rung, (Rung{{at(10), 0}, {at(15), 9}}));
}

TEST_F(Timers, DetachingTheFirstShowsTheNextToTheScheduler) {
  auto a = std::make_unique<Alarm>(heap, rung, 0);
  Alarm b(heap, rung, 1);
  a->set(at(10));
  b.set(at(20));
  a.reset();
  EXPECT_EQ(scheduler.next_time(), at(20));
}

TEST_F(Timers, SlotsAreReusedTheLastFreedFirst) {
  Alarm keep(heap, rung, 0);
  struct Silent : TimerClient {
    void on_timer(Time) override {}
  } silent;
  const auto one = heap.attach(silent);
  const auto two = heap.attach(silent);
  heap.detach(one);
  heap.detach(two);
  EXPECT_EQ(heap.attach(silent), two);
  EXPECT_EQ(heap.attach(silent), one);
}

// Whatever is set, moved and taken away: each alarm rings once for its last deadline, in order, and never early.
RC_GTEST_PROP(TimersProperty, EachAlarmRingsAtItsLastDeadline, ()) {
  constexpr int kAlarms = 9;
  Scheduler scheduler;
  TimerHeap heap(scheduler, 0);
  std::vector<std::pair<Time, int>> rung, want;
  std::vector<std::unique_ptr<Alarm>> alarms;
  for (int i = 0; i < kAlarms; ++i) alarms.push_back(std::make_unique<Alarm>(heap, rung, i));
  std::vector<Time> last(kAlarms, Time::never());
  const auto steps = *rc::gen::container<std::vector<std::pair<int, std::int64_t>>>(
      rc::gen::pair(rc::gen::inRange(0, kAlarms), rc::gen::inRange<std::int64_t>(-2, 40)));
  for (const auto& [which, when] : steps) {
    const auto i = static_cast<std::size_t>(which);
    last[i] = when < 0 ? Time::never() : Time::from_ps(when);
    alarms[i]->set(last[i]);
  }
  for (int i = 0; i < kAlarms; ++i) {
    if (!last[static_cast<std::size_t>(i)].is_never()) want.emplace_back(last[static_cast<std::size_t>(i)], i);
  }
  std::sort(want.begin(), want.end());
  while (!scheduler.next_time().is_never()) heap.run(scheduler.next_time());
  RC_ASSERT(rung == want);
  RC_ASSERT(heap.pending() == 0u);
}

}  // namespace
}  // namespace wirelab
