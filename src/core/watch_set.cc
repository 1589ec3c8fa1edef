#include "core/watch_set.h"

#include "core/reactor.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>

namespace outrigger::core {
namespace {

// epoll_wait with nanoseconds where the kernel has it (5.11), rounded up to milliseconds elsewhere.
int wait_for_events(int epoll_fd, epoll_event* events, int count, uint64_t timeout_ns) noexcept {
  static constinit std::atomic<bool> has_pwait2{true};
  constexpr uint64_t ns_per_s = 1'000'000'000;
  constexpr uint64_t ns_per_ms = 1'000'000;
  if (timeout_ns == 0) {
    return ::epoll_wait(epoll_fd, events, count, 0);
  }
  if (timeout_ns == UINT64_MAX) {
    return ::epoll_wait(epoll_fd, events, count, -1);
  }
  timeout_ns = std::min(timeout_ns, 3600 * ns_per_s);
  if (has_pwait2.load(std::memory_order_relaxed)) {
    const timespec timeout{static_cast<time_t>(timeout_ns / ns_per_s), static_cast<long>(timeout_ns % ns_per_s)};
    const int ready = ::epoll_pwait2(epoll_fd, events, count, &timeout, nullptr);
    if (ready >= 0 || (errno != ENOSYS && errno != EPERM)) {
      return ready;
    }
    has_pwait2.store(false, std::memory_order_relaxed);
  }
  return ::epoll_wait(epoll_fd, events, count, static_cast<int>((timeout_ns + ns_per_ms - 1) / ns_per_ms));
}

}  // namespace

Result<void> WatchSet::open() {
  epoll_fd_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_fd_.is_open()) {
    return fail_errno(errno, "epoll_create1");
  }
  return {};
}

Result<void> WatchSet::watch(int fd, uint32_t events, FdWatch& watch) {
  check(fd >= 0, "a watch needs an open descriptor");
  const auto index = static_cast<size_t>(fd);
  if (index >= slots_.size()) {
    slots_.resize(index + 1);
  }
  check(slots_[index] == nullptr, "one watch per descriptor");
  auto slot = std::make_unique<Slot>(&watch, fd);
  epoll_event event{.events = events, .data = {.ptr = slot.get()}};
  if (::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    return fail_errno(errno, "epoll_ctl(EPOLL_CTL_ADD)");
  }
  slots_[index] = std::move(slot);
  return {};
}

WatchSet::Slot& WatchSet::slot_of(int fd, const FdWatch& watch) noexcept {
  const auto index = static_cast<size_t>(fd);
  check(fd >= 0 && index < slots_.size() && slots_[index] != nullptr, "the descriptor is watched");
  check(slots_[index]->watch == &watch, "the descriptor is watched by its own watch");
  return *slots_[index];
}

void WatchSet::rewatch(int fd, uint32_t events, FdWatch& watch) {
  epoll_event event{.events = events, .data = {.ptr = &slot_of(fd, watch)}};
  check(::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_MOD, fd, &event) == 0, "a watched descriptor can be rewatched");
}

void WatchSet::unwatch(int fd, FdWatch& watch) {
  slot_of(fd, watch).watch = nullptr;
  // Fails only when the descriptor was closed before, and then the kernel has forgotten it already.
  epoll_event unused{};
  ::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_DEL, fd, &unused);
  auto slot = std::move(slots_[static_cast<size_t>(fd)]);
  if (event_count_ != 0) {
    retired_.push_back(std::move(slot));
  }
}

void WatchSet::wait(uint64_t timeout_ns) noexcept {
  check(event_count_ == 0, "events are dispatched before others are waited for");
  const int ready = wait_for_events(epoll_fd_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ns);
  check(ready >= 0 || errno == EINTR, "epoll_wait fails only when interrupted");
  event_count_ = ready > 0 ? static_cast<size_t>(ready) : 0;
}

uint32_t WatchSet::dispatch() noexcept {
  uint32_t called = 0;
  for (size_t i = 0; i < event_count_; ++i) {
    const auto* const slot = static_cast<const Slot*>(events_[i].data.ptr);
    if (slot->watch != nullptr) {
      slot->watch->on_ready(events_[i].events);
      ++called;
    }
  }
  event_count_ = 0;
  retired_.clear();
  return called;
}

}  // namespace outrigger::core
