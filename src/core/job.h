// Job<T>: a coroutine for long sequences on a reactor: connect, plug, unplug, drain. Not for the data path.
//
// A Job starts when it is awaited or spawned and runs on the reactor where that happened; every awaitable here
// resumes it on that same reactor. Rules, because of compilers and of life times: no captures in a coroutine
// lambda; parameters by value; no co_await inside a larger expression, a ?: or OR_TRY; name every argument first.
#pragma once

#include "base/check.h"
#include "core/reactor.h"

#include <coroutine>
#include <optional>
#include <utility>

namespace outrigger::core {

template <typename T = void>
class Job;

namespace job_detail {

struct FinalAwait {
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
    auto continuation = handle.promise().continuation;
    if (handle.promise().is_detached) {
      handle.destroy();
      return std::noop_coroutine();
    }
    return continuation ? continuation : std::noop_coroutine();
  }
  void await_resume() const noexcept {}
};

struct PromiseBase {
  std::coroutine_handle<> continuation;
  bool is_detached = false;
  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwait final_suspend() const noexcept { return {}; }
  [[noreturn]] void unhandled_exception() const noexcept {
    check_failed("a job threw", std::source_location::current());
  }
};

}  // namespace job_detail

template <typename T>
class [[nodiscard]] Job {
 public:
  struct promise_type : job_detail::PromiseBase {
    std::optional<T> value;
    Job get_return_object() noexcept { return Job(std::coroutine_handle<promise_type>::from_promise(*this)); }
    template <typename U>
    void return_value(U&& result) {
      value.emplace(std::forward<U>(result));
    }
  };

  Job(Job&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    if (handle_) {
      handle_.destroy();
    }
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) noexcept {
    handle_.promise().continuation = caller;
    return handle_;
  }
  T await_resume() noexcept { return std::move(*handle_.promise().value); }

 private:
  explicit Job(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

template <>
class [[nodiscard]] Job<void> {
 public:
  struct promise_type : job_detail::PromiseBase {
    Job get_return_object() noexcept { return Job(std::coroutine_handle<promise_type>::from_promise(*this)); }
    void return_void() const noexcept {}
  };

  Job(Job&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    if (handle_) {
      handle_.destroy();
    }
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) noexcept {
    handle_.promise().continuation = caller;
    return handle_;
  }
  void await_resume() const noexcept {}

  // Starts the job now and lets it own itself until it ends.
  void detach() && noexcept {
    handle_.promise().is_detached = true;
    std::exchange(handle_, {}).resume();
  }

 private:
  explicit Job(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

// Starts `job` now, on the calling reactor's thread; it frees itself when it ends.
inline void spawn(Job<void> job) { std::move(job).detach(); }

// co_await sleep_for(reactor, ns)
class SleepAwait {
 public:
  SleepAwait(const SleepAwait&) = delete;
  SleepAwait& operator=(const SleepAwait&) = delete;
  SleepAwait(Reactor& reactor, uint64_t ns) noexcept : reactor_(reactor), ns_(ns) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    timer_.owner = this;
    timer_.fire = [](Timer& timer) noexcept { static_cast<SleepAwait*>(timer.owner)->handle_.resume(); };
    reactor_.arm(timer_, reactor_.clock().now_ns() + ns_);
  }
  void await_resume() const noexcept {}

 private:
  Reactor& reactor_;
  uint64_t ns_;
  std::coroutine_handle<> handle_;
  Timer timer_;
};
inline SleepAwait sleep_for(Reactor& reactor, uint64_t ns) noexcept { return {reactor, ns}; }

// Event<T>: a value that will be set once, by the reactor on which one job waits for it. set() resumes the waiter.
// One waiter; set() before the wait is fine. Must outlive both.
template <typename T>
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;  // g++ 12 would copy what some expressions name, and the copy wait for ever
  Event& operator=(const Event&) = delete;
  [[nodiscard]] bool is_set() const noexcept { return value_.has_value(); }
  void set(T value) {
    check(!value_.has_value(), "an event is set once");
    value_.emplace(std::move(value));
    if (waiter_) {
      std::exchange(waiter_, {}).resume();
    }
  }
  bool await_ready() const noexcept { return value_.has_value(); }
  void await_suspend(std::coroutine_handle<> handle) noexcept {
    check(!waiter_, "an event has one waiter");
    waiter_ = handle;
  }
  T await_resume() { return std::move(*value_); }

 private:
  std::optional<T> value_;
  std::coroutine_handle<> waiter_;
};

// co_await run_on(home, other, fn): runs fn on `other`'s thread and resumes on `home` with its result. `home` must be
// the reactor the job runs on. fn returns a value (use std::monostate for nothing).
template <typename Fn>
class RunOnAwait {
 public:
  using Value = decltype(std::declval<Fn&>()());
  RunOnAwait(const RunOnAwait&) = delete;
  RunOnAwait& operator=(const RunOnAwait&) = delete;
  RunOnAwait(Reactor& home, Reactor& other, Fn fn) : home_(home), other_(other), fn_(std::move(fn)) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) noexcept {
    handle_ = handle;
    go_.owner = back_.owner = this;
    go_.run = [](Message& message) noexcept {
      auto& self = *static_cast<RunOnAwait*>(message.owner);
      self.value_.emplace(self.fn_());
      self.home_.post(self.back_);
    };
    back_.run = [](Message& message) noexcept { static_cast<RunOnAwait*>(message.owner)->handle_.resume(); };
    other_.post(go_);
  }
  Value await_resume() { return std::move(*value_); }

 private:
  Reactor& home_;
  Reactor& other_;
  Fn fn_;
  std::optional<Value> value_;
  std::coroutine_handle<> handle_;
  Message go_, back_;
};
template <typename Fn>
RunOnAwait<Fn> run_on(Reactor& home, Reactor& other, Fn fn) {
  return RunOnAwait<Fn>(home, other, std::move(fn));
}

}  // namespace outrigger::core
