// SIGBUS guard. Memory shared by a front end may vanish under us: when it shrinks the file behind a mapping,
// or the file system behind it is full, the next touch raises SIGBUS on whichever core touched it. That must
// not end the daemon. A guarded range that faults gets zero pages in place of what is gone (mmap over the
// fault from within the handler; nothing is unwound) and its BreakSignal is raised, upon which the session
// ends. Other sessions never notice. A SIGBUS outside every guarded range takes its usual course.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "vhost_user/address_budget.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace outrigger::vhost_user {

// Raised once, from a signal handler, when memory of a session broke. Its descriptor becomes readable and
// stays so. All mappings of a session have the same, so it also keeps their budget.
class BreakSignal {
 public:
  static Result<std::shared_ptr<BreakSignal>> create();

  [[nodiscard]] bool is_raised() const noexcept { return is_raised_.load(std::memory_order_acquire); }
  [[nodiscard]] int fd() const noexcept { return event_fd_.get(); }
  [[nodiscard]] AddressBudget& budget() noexcept { return budget_; }
  // Async-signal-safe.
  void raise() noexcept;

 private:
  BreakSignal() = default;
  std::atomic<bool> is_raised_{false};
  UniqueFd event_fd_;
  AddressBudget budget_;
};

// Keeps `range` guarded while it lives. The mapping must outlive the guard. Created and destroyed on any
// thread.
class GuardedRange {
 public:
  // `page_bytes` is the page size of the mapping behind `range` (4096, or that of hugetlbfs). Installs the
  // handler the first time. Fails when guarded_ranges_max ranges are guarded already.
  static Result<GuardedRange> create(std::span<std::byte> range, size_t page_bytes,
                                     std::shared_ptr<BreakSignal> signal);
  GuardedRange() noexcept = default;
  GuardedRange(GuardedRange&& other) noexcept;
  GuardedRange& operator=(GuardedRange&& other) noexcept;
  ~GuardedRange();

 private:
  void release() noexcept;
  size_t slot_ = SIZE_MAX;
  std::shared_ptr<BreakSignal> signal_;
};

}  // namespace outrigger::vhost_user
