#pragma once
// A simulated program: one task that is woken by its sockets, its timer or from outside, and runs from the ready list
// after the event that woke it and before the next one. Being woken is a hint, as with a condition variable: the
// program looks again at what it waits for.

#include <coroutine>
#include <cstdint>
#include <vector>

#include "core/timers.h"
#include "core/units.h"
#include "socket/task.h"

namespace wirelab {

class Process;

/// The programs of one domain that have been woken, in the order of their waking.
class ReadyList {
 public:
  bool empty() const { return ready_.empty(); }
  void push(Process& p) { ready_.push_back(&p); }
  /// When they last ran.
  Time now() const { return now_; }
  /// Runs all, and those that they wake, at `now`.
  void run(Time now);
  void forget(const Process& p);

 private:
  std::vector<Process*> ready_;
  Time now_;
};

class Process final : public TimerClient {
 public:
  Process(ReadyList& ready, TimerHeap& timers) : ready_(&ready), timers_(&timers), slot_(timers.attach(*this)) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    timers_->detach(slot_);
    if (queued_) ready_->forget(*this);
  }

  /// Gives the process its program, which begins to run when the process is woken.
  void load(Task task) { task_ = std::move(task); }
  bool finished() const { return task_.done(); }

  void wake() {
    if (queued_) return;
    queued_ = true;
    ready_->push(*this);
  }
  void wake_at(Time t) {
    deadline_ = t;
    if (!t.is_never()) timers_->arm(slot_, t);
  }

  /// The simulated time, while the program runs.
  Time now() const { return ready_->now(); }

  /// co_await process.woken(): until somebody wakes it.
  std::suspend_always woken() { return {}; }
  /// co_await process.woken_or(t): the same, at `t` at the latest.
  std::suspend_always woken_or(Time t) {
    wake_at(t);
    return {};
  }

  /// For the ready list.
  void run() {
    queued_ = false;
    if (!task_.done()) task_.resume();
  }

  void on_timer(Time now) override {
    if (deadline_ <= now) {
      deadline_ = Time::never();
      wake();
    } else if (!deadline_.is_never()) {
      timers_->arm(slot_, deadline_);
    }
  }

 private:
  ReadyList* ready_;
  TimerHeap* timers_;
  TimerHeap::Slot slot_;
  bool queued_ = false;
  Time deadline_ = Time::never();
  Task task_;
};

inline void ReadyList::run(Time now) {
  now_ = now;
  for (std::size_t i = 0; i < ready_.size(); ++i) {
    if (ready_[i] != nullptr) ready_[i]->run();
  }
  ready_.clear();
}

inline void ReadyList::forget(const Process& p) {
  for (Process*& q : ready_) {
    if (q == &p) q = nullptr;
  }
}

}  // namespace wirelab
