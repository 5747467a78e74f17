#pragma once
// The coroutine type in which applications are written. A task starts suspended, belongs to whoever holds it, and is
// resumed only from the ready list (process.h), never from inside protocol code.
//
// g++ 12 destroys the temporaries of an aggregate or capturing lambda in a co_await expression twice; so what is
// awaited here is always a class with a constructor or a named local.

#include <coroutine>
#include <exception>
#include <utility>

namespace wirelab {

class Task {
 public:
  struct promise_type {
    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };

  Task() = default;
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Task() { destroy(); }

  explicit operator bool() const { return handle_ != nullptr; }
  bool done() const { return handle_ == nullptr || handle_.done(); }
  /// Runs to the next suspension. Precondition: not done.
  void resume() const { handle_.resume(); }
  void destroy() {
    if (handle_ != nullptr) std::exchange(handle_, nullptr).destroy();
  }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

}  // namespace wirelab
