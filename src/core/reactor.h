// Reactor: one core's world. A loop that polls what is busy, sleeps on event descriptors when nothing is, and owns
// this core's timers, messages, io_uring and buffers. Everything registered with a reactor belongs to its thread;
// the only call that other threads may make is post().
//
// One turn: poll the pollers → take messages → fire timers → submit to io_uring and reap it → now and then look at
// the event descriptors. After `idle_spin_ns` without work every poller is asked to prepare_sleep() (it arms its
// notifications and looks once more); when all agree, the core sleeps in epoll until a descriptor, a message or
// the next timer wakes it. A busy core never makes a system call to find work; an idle one costs nothing.
//
// Life: create() anywhere → set up (add, watch, arm) by one thread → start(), or run_turn() by the thread that shall be
// the reactor's → stop() → take down by one thread → destroy. While a thread runs the reactor, only that thread may
// call what is not marked "any thread"; before and after, whoever owns the reactor may.
#pragma once

#include "base/intrusive.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "core/clock.h"
#include "core/limits.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace outrigger::core {

class Reactor;
class Uring;
class BufferPool;
class MessageQueue;
class TimerHeap;
class WatchSet;

// Something a reactor polls: a queue, a ring. Lives on one reactor from add() to remove().
class Poller {
 public:
  virtual ~Poller() = default;
  // Does a bounded amount of work; returns how many items it handled, 0 when there was nothing. May add and remove
  // pollers, itself included. `now_ns` is the turn's time.
  virtual uint32_t poll(uint64_t now_ns) noexcept = 0;
  // The core wants to sleep: arm whatever will wake it (an event descriptor that is watched), then look once more.
  // False when there is work after all; the reactor then stays awake and calls wake(). Must not add or remove pollers.
  virtual bool prepare_sleep() noexcept = 0;
  // Awake again: notifications may be suppressed from now on.
  virtual void wake() noexcept = 0;
};

// A descriptor in the reactor's epoll set. The reactor does not own the descriptor. on_ready may unwatch itself
// or others; a watch that was taken away is not called any more.
class FdWatch {
 public:
  virtual ~FdWatch() = default;
  // `events` are EPOLL* bits. Level-triggered: what is not consumed is reported again.
  virtual void on_ready(uint32_t events) noexcept = 0;
};

// A one-shot timer. Re-arming moves it; destroying an armed timer is a bug. It is disarmed before fire() is called,
// which may arm or destroy it.
struct Timer {
  using Fire = void (*)(Timer&) noexcept;
  Fire fire = nullptr;
  void* owner = nullptr;
  uint64_t deadline_ns = 0;
  size_t heap_index = SIZE_MAX;  // SIZE_MAX: not armed. Belongs to the reactor.
  [[nodiscard]] bool is_armed() const noexcept { return heap_index != SIZE_MAX; }
};

// A message to a reactor. The sender owns the memory and may reuse it once run() was called. Never allocates.
struct Message {
  using Run = void (*)(Message&) noexcept;
  Run run = nullptr;
  void* owner = nullptr;
  std::atomic<Message*> next_message{nullptr};
};

struct ReactorOptions {
  std::string name = "reactor";
  int cpu = -1;                                    // pinned to this CPU; -1: wherever the scheduler likes
  uint64_t idle_spin_ns = idle_spin_ns_default;    // 0: sleep as soon as there is nothing to do
  uint32_t uring_entries = uring_entries_default;  // 0: this reactor has no io_uring
  size_t buffer_bytes = 0;                         // size of the registered buffer pool; 0: none
};

// Counters of one core; written by the core, read by anybody.
struct CoreCounters {
  std::atomic<uint64_t> turns{0};
  std::atomic<uint64_t> busy_ns{0};   // time in turns that found work
  std::atomic<uint64_t> poll_ns{0};   // time in turns that found none
  std::atomic<uint64_t> sleep_ns{0};  // time asleep
  std::atomic<uint64_t> sleeps{0};
  std::atomic<uint64_t> messages{0};
};

class Reactor {
 public:
  // Makes the reactor's descriptors and ring; fails where the machine refuses them. A machine without io_uring (an old
  // kernel, a seccomp filter) is no failure: has_uring() is false then, and the log says why. `clock` is borrowed.
  static Result<std::unique_ptr<Reactor>> create(ReactorOptions options, const Clock& clock);
  // Must be stopped and must own no poller, watch or armed timer any more.
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  // Runs the loop on a thread of its own until stop(). Without start(), a test or the simulator drives run_turn().
  void start();
  // Ends the loop and joins the thread, after the messages that were posted before have run. Not from the reactor's own
  // thread. Does nothing when it does not run.
  void stop();
  // One turn on the calling thread, which becomes the reactor's thread. Returns the work found. Never sleeps, and
  // always looks at the descriptors, so that a test sees everything that is ready within one turn.
  uint32_t run_turn() noexcept;
  // Runs turns on the calling thread until `done()`, sleeping when idle. What makes `done()` true should come
  // through this reactor: otherwise it is noticed after run_until_sleep_ns_max at the latest.
  void run_until(const std::function<bool()>& done);

  // The reactor whose turn this thread ran last, or nullptr.
  [[nodiscard]] static Reactor* current() noexcept;
  // Is the calling thread this reactor's? One thread may drive several reactors by turns; all of them are its.
  [[nodiscard]] bool is_current() const noexcept;

  // -- from any thread
  // Queues `message`; wakes the core when it sleeps. Messages of one sender run in order. A message is in at most one
  // queue at a time.
  void post(Message& message) noexcept;
  // The same with an allocated function: for set-up and control, not the data path.
  void post(std::move_only_function<void()> run);

  // -- from the reactor's thread only (see Life above)
  void add(Poller& poller);
  void remove(Poller& poller);
  // Watches `fd` for EPOLL* `events`. One watch per descriptor; unwatch it before it is closed.
  Result<void> watch(int fd, uint32_t events, FdWatch& watch);
  void rewatch(int fd, uint32_t events, FdWatch& watch);
  void unwatch(int fd, FdWatch& watch);
  void arm(Timer& timer, uint64_t deadline_ns);
  void cancel(Timer& timer) noexcept;
  // This core's time, read once a turn: cheap, and at most one turn old.
  [[nodiscard]] uint64_t turn_ns() const noexcept { return turn_ns_; }
  // When the next timer is due, in the clock's nanoseconds; UINT64_MAX: none is armed.
  [[nodiscard]] uint64_t next_deadline_ns() const noexcept;

  [[nodiscard]] const Clock& clock() const noexcept { return clock_; }
  [[nodiscard]] const std::string& name() const noexcept { return options_.name; }
  [[nodiscard]] int cpu() const noexcept { return options_.cpu; }
  [[nodiscard]] const CoreCounters& counters() const noexcept { return counters_; }
  // This core's io_uring; check()s that there is one.
  [[nodiscard]] Uring& uring() noexcept;
  [[nodiscard]] bool has_uring() const noexcept { return uring_ != nullptr; }
  // This core's registered buffers; check()s that there are some.
  [[nodiscard]] BufferPool& buffers() noexcept;
  [[nodiscard]] bool has_buffers() const noexcept { return buffers_ != nullptr; }

 private:
  // Empties an event descriptor that only has to wake the core. The io_uring's too, although the ring does so itself
  // when the core wakes: a signal that comes late would stay there and keep the core awake for ever.
  class DrainWatch final : public FdWatch {
   public:
    void on_ready(uint32_t events) noexcept override;
    int fd = -1;
  };

  Reactor(ReactorOptions options, const Clock& clock);
  Result<void> open();
  void open_uring();
  void check_thread() const noexcept;
  void become_thread() noexcept;
  void leave_thread() noexcept;
  void set_up_thread() const noexcept;
  void loop() noexcept;
  uint32_t turn(bool looks_at_events) noexcept;
  uint32_t run_pollers() noexcept;
  void forget_removed_pollers() noexcept;
  uint32_t run_messages() noexcept;
  uint32_t fire_timers() noexcept;
  [[nodiscard]] uint64_t read_clock() const noexcept;
  void account(uint64_t now_ns, uint32_t work) noexcept;
  [[nodiscard]] bool is_idle() const noexcept;
  void try_sleep(uint64_t sleep_ns_max) noexcept;
  [[nodiscard]] bool prepare_sleep(size_t& asked) noexcept;
  void sleep(uint64_t sleep_ns_max) noexcept;
  void wake_core() noexcept;

  ReactorOptions options_;
  const Clock& clock_;
  UniqueFd wake_fd_;
  DrainWatch wake_watch_;
  DrainWatch uring_watch_;
  std::unique_ptr<WatchSet> watches_;
  std::unique_ptr<BufferPool> buffers_;  // before the ring, which has it registered
  std::unique_ptr<Uring> uring_;
  std::vector<Poller*> pollers_;  // nullptr: removed in the middle of a turn
  std::unique_ptr<TimerHeap> timers_;
  std::unique_ptr<MessageQueue> messages_;
  std::thread thread_;
  const bool is_real_time_;  // clock_ is the machine's
  uint64_t turn_ns_ = 0;
  uint64_t last_work_ns_ = 0;
  uint32_t last_work_ = 0;  // found by the turn before
  uint32_t turns_since_events_ = 0;
  bool has_removed_pollers_ = false;
  bool is_polling_ = false;
  CoreCounters counters_;
  // What other threads touch, away from what the core writes every turn.
  alignas(64) std::atomic<bool> is_asleep_{false};
  std::atomic<bool> is_stopping_{false};
  std::atomic<const void*> owner_thread_{nullptr};  // the thread that runs this reactor; nullptr: none does
};

}  // namespace outrigger::core
