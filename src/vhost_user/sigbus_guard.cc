#include "vhost_user/sigbus_guard.h"

#include "base/check.h"
#include "vhost_user/limits.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <mutex>
#include <utility>

namespace outrigger::vhost_user {
namespace {

// One guarded range as the handler sees it. `begin` is 0 while the slot is free; it is written last when a
// range is added and first when it is taken away.
struct Slot {
  std::atomic<uintptr_t> begin{0};
  std::atomic<uintptr_t> end{0};
  std::atomic<size_t> page_bytes{0};
  std::atomic<uint32_t> replaced_count{0};
  std::atomic<BreakSignal*> signal{nullptr};
};

// The table is of the process, as signal handlers are.
struct Table {
  std::mutex mutex;  // for add and remove; the handler takes nothing
  std::array<Slot, guarded_ranges_max> slots;
  std::atomic<size_t> high_water{0};  // slots ever used; the handler looks no further
  bool is_installed = false;
  struct sigaction previous{};
};
Table& table() noexcept {
  static Table the_table;
  return the_table;
}
// Set before the handler is installed: a function-local static must not be reached for the first time in a
// handler.
std::atomic<Table*> installed_table{nullptr};

Slot* find_slot(Table& all, uintptr_t address) noexcept {
  const size_t count = all.high_water.load(std::memory_order_acquire);
  for (size_t i = 0; i < count; ++i) {
    Slot& slot = all.slots[i];
    const uintptr_t begin = slot.begin.load(std::memory_order_acquire);
    if (begin != 0 && address >= begin && address < slot.end.load(std::memory_order_acquire)) {
      return &slot;
    }
  }
  return nullptr;
}

// Puts zero pages where `address` faulted. The first faults replace one page each, because a full file system
// loses single pages; after that everything up to the end goes at once, so that the number of mappings stays
// bounded.
bool replace_pages(Slot& slot, uintptr_t address) noexcept {
  const size_t page_bytes = slot.page_bytes.load(std::memory_order_relaxed);
  const uintptr_t page = address & ~(page_bytes - 1);
  const bool is_first = slot.replaced_count.fetch_add(1, std::memory_order_relaxed) < guarded_pages_max;
  const size_t length = is_first ? page_bytes : slot.end.load(std::memory_order_relaxed) - page;
  // A private anonymous mapping over a part of the range; the owner's munmap() of the whole range removes it
  // too.
  void* const mapped = ::mmap(reinterpret_cast<void*>(page), length, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
  return mapped != MAP_FAILED;
}

void on_sigbus(int number, siginfo_t* info, void* context) noexcept {
  const int saved_errno = errno;
  Table* const all = installed_table.load(std::memory_order_acquire);
  if (all == nullptr) {
    return;
  }
  // An alignment trap is a bug of ours wherever it happens: zero pages would not end it.
  const bool is_lost_memory = info->si_code != BUS_ADRALN;
  Slot* const slot = !is_lost_memory ? nullptr : find_slot(*all, reinterpret_cast<uintptr_t>(info->si_addr));
  if (slot != nullptr && replace_pages(*slot, reinterpret_cast<uintptr_t>(info->si_addr))) {
    if (BreakSignal* const signal = slot->signal.load(std::memory_order_acquire); signal != nullptr) {
      signal->raise();
    }
    errno = saved_errno;
    return;
  }
  // Not ours: what was there before decides. Returning repeats the access.
  if ((all->previous.sa_flags & SA_SIGINFO) != 0 && all->previous.sa_sigaction != nullptr) {
    all->previous.sa_sigaction(number, info, context);
  } else {
    ::sigaction(SIGBUS, &all->previous, nullptr);
  }
  errno = saved_errno;
}

Result<void> install(Table& all) {
  if (all.is_installed) {
    return {};
  }
  installed_table.store(&all, std::memory_order_release);
  struct sigaction action{};
  action.sa_sigaction = on_sigbus;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  if (::sigaction(SIGBUS, &action, &all.previous) != 0) {
    return fail_errno(errno, "cannot install the handler that guards shared memory");
  }
  all.is_installed = true;
  return {};
}

}  // namespace

Result<std::shared_ptr<BreakSignal>> BreakSignal::create() {
  std::shared_ptr<BreakSignal> signal(new BreakSignal);
  signal->event_fd_ = UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!signal->event_fd_.is_open()) {
    return fail_errno(errno, "cannot make an event descriptor for a session");
  }
  return signal;
}

void BreakSignal::raise() noexcept {
  if (!is_raised_.exchange(true, std::memory_order_acq_rel)) {
    const uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(event_fd_.get(), &one, sizeof(one));
  }
}

Result<GuardedRange> GuardedRange::create(std::span<std::byte> range, size_t page_bytes,
                                          std::shared_ptr<BreakSignal> signal) {
  check(!range.empty() && signal != nullptr, "a guarded range has bytes and somebody to tell");
  check(page_bytes != 0 && (page_bytes & (page_bytes - 1)) == 0, "pages have a power of two of bytes");
  Table& all = table();
  const std::lock_guard lock(all.mutex);
  OR_TRY(install(all));
  for (size_t i = 0; i < guarded_ranges_max; ++i) {
    Slot& slot = all.slots[i];
    if (slot.signal.load(std::memory_order_relaxed) != nullptr) {
      continue;
    }
    const auto begin = reinterpret_cast<uintptr_t>(range.data());
    slot.signal.store(signal.get(), std::memory_order_relaxed);
    slot.end.store(begin + range.size(), std::memory_order_relaxed);
    slot.page_bytes.store(page_bytes, std::memory_order_relaxed);
    slot.replaced_count.store(0, std::memory_order_relaxed);
    slot.begin.store(begin, std::memory_order_release);
    if (i >= all.high_water.load(std::memory_order_relaxed)) {
      all.high_water.store(i + 1, std::memory_order_release);
    }
    GuardedRange guard;
    guard.slot_ = i;
    guard.signal_ = std::move(signal);
    return guard;
  }
  return fail(Code::ResourceExhausted, "{} ranges of shared memory are in use, and no more can be guarded",
              guarded_ranges_max);
}

GuardedRange::GuardedRange(GuardedRange&& other) noexcept
    : slot_(std::exchange(other.slot_, SIZE_MAX)), signal_(std::move(other.signal_)) {}

GuardedRange& GuardedRange::operator=(GuardedRange&& other) noexcept {
  if (this != &other) {
    release();
    slot_ = std::exchange(other.slot_, SIZE_MAX);
    signal_ = std::move(other.signal_);
  }
  return *this;
}

GuardedRange::~GuardedRange() { release(); }

void GuardedRange::release() noexcept {
  if (slot_ == SIZE_MAX) {
    return;
  }
  Table& all = table();
  const std::lock_guard lock(all.mutex);
  Slot& slot = all.slots[slot_];
  slot.begin.store(0, std::memory_order_release);
  slot.end.store(0, std::memory_order_release);
  slot.signal.store(nullptr, std::memory_order_release);
  slot_ = SIZE_MAX;
  signal_.reset();
}

}  // namespace outrigger::vhost_user
