#include "core/reactor.h"

#include "base/check.h"
#include "base/counter.h"
#include "base/log.h"
#include "core/buffer_pool.h"
#include "core/message_queue.h"
#include "core/timer_heap.h"
#include "core/uring.h"
#include "core/watch_set.h"

#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace outrigger::core {
namespace {

thread_local Reactor* current_reactor = nullptr;
// Its address is the name of the thread: cheaper to get than a thread id.
thread_local const char thread_mark = 0;

const void* this_thread() noexcept { return &thread_mark; }

// What post(std::move_only_function) allocates; frees itself when it has run.
struct FunctionMessage : Message {
  std::move_only_function<void()> function;
  static void run_function(Message& message) noexcept {
    const std::unique_ptr<FunctionMessage> self(static_cast<FunctionMessage*>(&message));
    self->function();
  }
};

}  // namespace

void Reactor::DrainWatch::on_ready(uint32_t) noexcept {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(fd, &count, sizeof(count));
}

Result<std::unique_ptr<Reactor>> Reactor::create(ReactorOptions options, const Clock& clock) {
  std::unique_ptr<Reactor> reactor(new Reactor(std::move(options), clock));
  if (auto opened = reactor->open(); !opened.has_value()) {
    return with_context(std::move(opened).error(), reactor->name());
  }
  return reactor;
}

Reactor::Reactor(ReactorOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      watches_(std::make_unique<WatchSet>()),
      timers_(std::make_unique<TimerHeap>()),
      messages_(std::make_unique<MessageQueue>()),
      is_real_time_(dynamic_cast<const MonotonicClock*>(&clock) != nullptr) {
  turn_ns_ = last_work_ns_ = clock_.now_ns();
}

Result<void> Reactor::open() {
  OR_TRY(watches_->open());
  wake_fd_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake_fd_.is_open()) {
    return fail_errno(errno, "eventfd");
  }
  wake_watch_.fd = wake_fd_.get();
  OR_TRY(watches_->watch(wake_fd_.get(), EPOLLIN, wake_watch_));
  if (options_.buffer_bytes != 0) {
    OR_ASSIGN(buffers_, BufferPool::create(options_.buffer_bytes));
  }
  if (options_.uring_entries != 0) {
    open_uring();
    if (uring_ != nullptr) {
      uring_watch_.fd = uring_->event_fd();
      OR_TRY(watches_->watch(uring_->event_fd(), EPOLLIN, uring_watch_));
    }
  }
  return {};
}

void Reactor::open_uring() {
  const std::span<std::byte> memory = buffers_ ? buffers_->memory() : std::span<std::byte>();
  auto made = Uring::create(options_.uring_entries, memory);
  if (made.has_value()) {
    uring_ = std::move(*made);
  } else {
    log::warning("core", "{}: no io_uring on this machine ({}); volumes on files will say so when they need it", name(),
                 made.error().what);
  }
}

Reactor::~Reactor() {
  check(!thread_.joinable(), "a reactor is stopped before it is destroyed");
  check(pollers_.empty(), "a reactor is destroyed after its pollers were removed");
  check(timers_->is_empty(), "a reactor is destroyed after its timers were cancelled");
  // Functions that will never run are freed; other messages belong to their senders.
  while (Message* const message = messages_->pop()) {
    if (message->run == &FunctionMessage::run_function) {
      delete static_cast<FunctionMessage*>(message);
    }
  }
  if (current_reactor == this) {
    current_reactor = nullptr;
  }
}

Reactor* Reactor::current() noexcept { return current_reactor; }

bool Reactor::is_current() const noexcept { return owner_thread_.load(std::memory_order_relaxed) == this_thread(); }

void Reactor::check_thread() const noexcept {
  const void* const owner = owner_thread_.load(std::memory_order_relaxed);
  check(owner == nullptr || owner == this_thread(), "what belongs to a reactor is touched on its thread only");
}

void Reactor::become_thread() noexcept {
  current_reactor = this;
  if (is_current()) {
    return;
  }
  check(owner_thread_.load(std::memory_order_relaxed) == nullptr || !thread_.joinable(),
        "a started reactor is not run by another thread");
  owner_thread_.store(this_thread(), std::memory_order_relaxed);
  if (uring_ != nullptr) {
    const auto bound = uring_->bind_to_thread();
    check(bound.has_value(), "the kernel gives a thread the ring it was made for");
  }
}

void Reactor::leave_thread() noexcept { owner_thread_.store(nullptr, std::memory_order_relaxed); }

void Reactor::start() {
  check(!thread_.joinable(), "a reactor is started once");
  // A thread that drove the turns so far hands the reactor over.
  leave_thread();
  if (current_reactor == this) {
    current_reactor = nullptr;
  }
  is_stopping_.store(false, std::memory_order_relaxed);
  thread_ = std::thread([this] {
    set_up_thread();
    loop();
  });
}

void Reactor::stop() {
  if (!thread_.joinable()) {
    return;
  }
  check(!is_current(), "a reactor is stopped by another thread");
  is_stopping_.store(true, std::memory_order_seq_cst);
  wake_core();
  thread_.join();
}

void Reactor::set_up_thread() const noexcept {
  // The kernel takes 15 characters.
  ::pthread_setname_np(::pthread_self(), options_.name.substr(0, 15).c_str());
  // Sleeps end when they should, not up to 50 µs later (the default): timers pace rate limits.
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  if (options_.cpu >= 0) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(static_cast<size_t>(options_.cpu), &cpus);
    if (::sched_setaffinity(0, sizeof(cpus), &cpus) != 0) {
      log::warning("core", "{}: cannot be pinned to CPU {} ({}); it runs where the scheduler likes", options_.name,
                   options_.cpu, std::strerror(errno));
    }
  }
}

void Reactor::loop() noexcept {
  become_thread();
  while (!is_stopping_.load(std::memory_order_relaxed)) {
    turn(false);
    if (is_idle()) {
      try_sleep(UINT64_MAX);
    }
  }
  for (uint32_t round = 0; round < stop_rounds_max && run_messages() != 0; ++round) {
  }
  leave_thread();
  current_reactor = nullptr;
}

uint32_t Reactor::run_turn() noexcept {
  become_thread();
  return turn(true);
}

void Reactor::run_until(const std::function<bool()>& done) {
  become_thread();
  while (!done()) {
    turn(false);
    if (is_idle() && !done()) {
      try_sleep(run_until_sleep_ns_max);
    }
  }
}

uint32_t Reactor::turn(bool looks_at_events) noexcept {
  const uint64_t now_ns = read_clock();
  account(now_ns, last_work_);
  add_to(counters_.turns, 1);
  turn_ns_ = now_ns;
  uint32_t work = run_pollers();
  work += run_messages();
  work += fire_timers();
  if (uring_ != nullptr) {
    work += uring_->submit_and_reap();
  }
  if (looks_at_events || ++turns_since_events_ >= busy_turns_per_epoll) {
    turns_since_events_ = 0;
    watches_->wait(0);
    work += watches_->dispatch();
  }
  last_work_ = work;
  if (work != 0) {
    last_work_ns_ = turn_ns_;
  }
  return work;
}

// The time, with the counter's reading left in recent_ticks; one reading gives both in real time.
uint64_t Reactor::read_clock() const noexcept {
  recent_ticks = ticks();
  return is_real_time_ ? MonotonicClock::at(recent_ticks) : clock_.now_ns();
}

void Reactor::account(uint64_t now_ns, uint32_t work) noexcept {
  add_to(work != 0 ? counters_.busy_ns : counters_.poll_ns, now_ns - turn_ns_);
}

uint32_t Reactor::run_pollers() noexcept {
  uint32_t work = 0;
  is_polling_ = true;
  // By index: a poller may add others, which makes the vector move.
  for (size_t i = 0; i < pollers_.size(); ++i) {
    if (pollers_[i] != nullptr) {
      work += pollers_[i]->poll(turn_ns_);
    }
  }
  forget_removed_pollers();
  return work;
}

void Reactor::forget_removed_pollers() noexcept {
  is_polling_ = false;
  if (has_removed_pollers_) [[unlikely]] {
    std::erase(pollers_, nullptr);
    has_removed_pollers_ = false;
  }
}

uint32_t Reactor::run_messages() noexcept {
  uint32_t count = 0;
  while (count < messages_per_turn_max) {
    Message* const message = messages_->pop();
    if (message == nullptr) {
      break;
    }
    message->run(*message);
    ++count;
  }
  if (count != 0) {
    add_to(counters_.messages, count);
  }
  return count;
}

uint32_t Reactor::fire_timers() noexcept {
  uint32_t count = 0;
  while (count < timers_per_turn_max && !timers_->is_empty() && timers_->front().deadline_ns <= turn_ns_) {
    Timer& timer = timers_->front();
    timers_->cancel(timer);
    timer.fire(timer);
    ++count;
  }
  return count;
}

bool Reactor::is_idle() const noexcept { return last_work_ == 0 && turn_ns_ - last_work_ns_ >= options_.idle_spin_ns; }

// Asks everybody whether the core may sleep; `asked` is how many pollers have armed themselves so far.
bool Reactor::prepare_sleep(size_t& asked) noexcept {
  for (Poller* const poller : pollers_) {
    ++asked;
    if (!poller->prepare_sleep()) {
      return false;
    }
  }
  return uring_ == nullptr || uring_->prepare_sleep();
}

void Reactor::try_sleep(uint64_t sleep_ns_max) noexcept {
  size_t asked = 0;
  const bool may_sleep = prepare_sleep(asked);
  if (may_sleep) {
    sleep(sleep_ns_max);
  } else {
    last_work_ns_ = turn_ns_;  // there is work: no use in asking again next turn
  }
  is_polling_ = true;
  for (size_t i = 0; i < asked; ++i) {
    if (pollers_[i] != nullptr) {
      pollers_[i]->wake();
    }
  }
  forget_removed_pollers();
  if (uring_ != nullptr) {
    uring_->wake();
  }
  if (may_sleep && watches_->dispatch() != 0) {
    last_work_ = 1;
    last_work_ns_ = turn_ns_;
  }
}

void Reactor::sleep(uint64_t sleep_ns_max) noexcept {
  const uint64_t start_ns = clock_.now_ns();
  const uint64_t deadline_ns = next_deadline_ns();
  uint64_t timeout_ns = deadline_ns == UINT64_MAX ? UINT64_MAX : deadline_ns - std::min(deadline_ns, start_ns);
  timeout_ns = std::min(timeout_ns, sleep_ns_max);
  if (uring_ != nullptr && uring_->in_flight_count() != 0) {
    timeout_ns = std::min(timeout_ns, uring_sleep_ns_max);
  }
  // From here on senders write to the event descriptor. A sender that saw the core awake has pushed its message
  // before, and this look at the queue finds it: see MessageQueue::push().
  add_to(counters_.sleeps, 1);
  is_asleep_.store(true, std::memory_order_seq_cst);
  if (timeout_ns != 0 && messages_->is_empty() && !is_stopping_.load(std::memory_order_seq_cst)) {
    watches_->wait(timeout_ns);
  }
  is_asleep_.store(false, std::memory_order_relaxed);
  account(start_ns, last_work_);
  turn_ns_ = read_clock();
  last_work_ = 0;
  add_to(counters_.sleep_ns, turn_ns_ - start_ns);
}

void Reactor::wake_core() noexcept {
  if (is_asleep_.load(std::memory_order_seq_cst) && is_asleep_.exchange(false, std::memory_order_relaxed)) {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t put = ::write(wake_fd_.get(), &one, sizeof(one));
  }
}

void Reactor::post(Message& message) noexcept {
  check(message.run != nullptr, "a message needs a function");
  messages_->push(message);
  wake_core();
}

void Reactor::post(std::move_only_function<void()> run) {
  auto message = std::make_unique<FunctionMessage>();
  message->function = std::move(run);
  message->run = &FunctionMessage::run_function;
  post(*message.release());
}

void Reactor::add(Poller& poller) {
  check_thread();
  check(std::ranges::find(pollers_, &poller) == pollers_.end(), "a poller is added once");
  pollers_.push_back(&poller);
}

void Reactor::remove(Poller& poller) {
  check_thread();
  const auto at = std::ranges::find(pollers_, &poller);
  check(at != pollers_.end(), "a poller is removed from the reactor it was added to");
  if (is_polling_) {
    *at = nullptr;
    has_removed_pollers_ = true;
  } else {
    pollers_.erase(at);
  }
}

Result<void> Reactor::watch(int fd, uint32_t events, FdWatch& watch) {
  check_thread();
  return watches_->watch(fd, events, watch);
}

void Reactor::rewatch(int fd, uint32_t events, FdWatch& watch) {
  check_thread();
  watches_->rewatch(fd, events, watch);
}

void Reactor::unwatch(int fd, FdWatch& watch) {
  check_thread();
  watches_->unwatch(fd, watch);
}

void Reactor::arm(Timer& timer, uint64_t deadline_ns) {
  check_thread();
  timers_->arm(timer, deadline_ns);
}

void Reactor::cancel(Timer& timer) noexcept {
  check_thread();
  timers_->cancel(timer);
}

uint64_t Reactor::next_deadline_ns() const noexcept {
  return timers_->is_empty() ? UINT64_MAX : timers_->front().deadline_ns;
}

Uring& Reactor::uring() noexcept {
  check(uring_ != nullptr, "this reactor has an io_uring");
  return *uring_;
}

BufferPool& Reactor::buffers() noexcept {
  check(buffers_ != nullptr, "this reactor has a buffer pool");
  return *buffers_;
}

}  // namespace outrigger::core
