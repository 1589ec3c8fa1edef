#include "backend/file_window.h"

#include "base/check.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>

namespace outrigger::backend {

namespace {

constexpr uint64_t page_bytes = 4096;
constexpr uint64_t pages_per_word = 64;
constexpr uint64_t cache_line_bytes = 64;
// The processor fetches on by itself from here.
constexpr uint64_t prefetch_bytes_max = 1024;

// The copy that this thread is in the middle of.
struct CopyGuard {
  sigjmp_buf leave;
  uintptr_t begin = 0;  // of the window; 0: none
  uintptr_t end = 0;
};
thread_local CopyGuard guard;

struct sigaction previous_action;

void on_sigbus(int number, siginfo_t* info, void* context) noexcept {
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  if (guard.begin != 0 && address >= guard.begin && address < guard.end) {
    guard.begin = 0;
    // Whoever called this handler may have the signal blocked; a fault while it is would end the process.
    sigset_t sigbus;
    ::sigemptyset(&sigbus);
    ::sigaddset(&sigbus, SIGBUS);
    ::pthread_sigmask(SIG_UNBLOCK, &sigbus, nullptr);
    ::siglongjmp(guard.leave, 1);
  }
  // Not ours: what was there before decides. Returning repeats the access.
  if ((previous_action.sa_flags & SA_SIGINFO) != 0 && previous_action.sa_sigaction != nullptr) {
    previous_action.sa_sigaction(number, info, context);
  } else {
    ::sigaction(SIGBUS, &previous_action, nullptr);
  }
}

Result<void> install_handler() {
  static std::mutex mutex;
  static bool is_installed = false;
  const std::lock_guard lock(mutex);
  if (is_installed) {
    return {};
  }
  struct sigaction action{};
  action.sa_sigaction = on_sigbus;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  ::sigemptyset(&action.sa_mask);
  if (::sigaction(SIGBUS, &action, &previous_action) != 0) {
    return fail_errno(errno, "cannot install the handler that guards mapped files");
  }
  is_installed = true;
  return {};
}

// Copies between the file's memory and scattered memory. Nothing in here owns anything: the handler may leave it at
// any moment. Not inlined: a caller of setjmp must not have variables that change.
[[gnu::noinline]] void copy(std::byte* file, const iovec* iov, uint32_t iov_count, bool is_read) noexcept {
  for (uint32_t i = 0; i < iov_count; ++i) {
    if (iov[i].iov_len == 0) {
      continue;
    }
    if (is_read) {
      std::memcpy(iov[i].iov_base, file, iov[i].iov_len);
    } else {
      std::memcpy(file, iov[i].iov_base, iov[i].iov_len);
    }
    file += iov[i].iov_len;
  }
}

// False when a page of [begin, end) was not there.
bool guarded_copy(std::byte* begin, uint64_t size, std::byte* file, const iovec* iov, uint32_t iov_count,
                  bool is_read) noexcept {
  if (sigsetjmp(guard.leave, 0) != 0) {
    return false;
  }
  guard.end = reinterpret_cast<uintptr_t>(begin) + size;
  guard.begin = reinterpret_cast<uintptr_t>(begin);
  // The handler runs on this thread: the compiler alone must keep the order.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  copy(file, iov, iov_count, is_read);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  guard.begin = 0;
  return true;
}

}  // namespace

Result<std::unique_ptr<FileWindow>> FileWindow::map(int fd, uint64_t size_bytes, bool is_writable) {
  check(size_bytes > 0, "a window has bytes");
  OR_TRY(install_handler());
  void* const memory =
      ::mmap(nullptr, size_bytes, PROT_READ | (is_writable ? PROT_WRITE : 0), MAP_SHARED | MAP_NORESERVE, fd, 0);
  if (memory == MAP_FAILED) {
    return fail_errno(errno, "map");
  }
  ::madvise(memory, size_bytes, MADV_DONTDUMP);  // nobody's data in a core dump
  std::unique_ptr<FileWindow> window(new FileWindow(fd, static_cast<std::byte*>(memory), size_bytes));
  const uint64_t pages = (size_bytes + page_bytes - 1) / page_bytes;
  window->present_bytes_ = (pages + pages_per_word - 1) / pages_per_word * sizeof(uint64_t);
  void* const bits = ::mmap(nullptr, window->present_bytes_, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (bits == MAP_FAILED) {
    return fail_errno(errno, "map");
  }
  window->present_ = static_cast<std::atomic<uint64_t>*>(bits);
  return window;
}

FileWindow::FileWindow(int fd, std::byte* memory, uint64_t size_bytes)
    : fd_(fd), memory_(memory), size_bytes_(size_bytes) {}

FileWindow::~FileWindow() {
  ::munmap(memory_, size_bytes_);
  if (present_ != nullptr) {
    ::munmap(present_, present_bytes_);
  }
}

bool FileWindow::is_within(uint64_t offset, uint64_t bytes) const noexcept {
  return bytes <= size_bytes_ && offset <= size_bytes_ - bytes;
}

bool FileWindow::is_present(uint64_t offset, uint64_t bytes) const noexcept {
  const uint64_t last = (offset + bytes - 1) / page_bytes;
  for (uint64_t page = offset / page_bytes; page <= last; ++page) {
    const uint64_t word = present_[page / pages_per_word].load(std::memory_order_relaxed);
    if ((word >> (page % pages_per_word) & 1) == 0) {
      return false;
    }
  }
  return true;
}

// Asks the kernel, once for each page. Not SEEK_HOLE, which looks through all the data up to the next hole. Should a
// hole be punched right now, a page too many is taken later; the content is right anyway.
bool FileWindow::has_pages(uint64_t offset, uint64_t bytes) const noexcept {
  for (uint64_t at = offset / page_bytes * page_bytes; at < offset + bytes; at += page_bytes) {
    if (!is_present(at, 1) && ::lseek(fd_, static_cast<off_t>(at), SEEK_DATA) != static_cast<off_t>(at)) {
      return false;
    }
  }
  return true;
}

void FileWindow::mark(uint64_t offset, uint64_t bytes, bool is_present) noexcept {
  if (bytes == 0 || !is_within(offset, bytes)) {
    return;
  }
  const uint64_t last = (offset + bytes - 1) / page_bytes;
  for (uint64_t page = offset / page_bytes; page <= last; ++page) {
    std::atomic<uint64_t>& word = present_[page / pages_per_word];
    const uint64_t bit = uint64_t{1} << (page % pages_per_word);
    if (is_present) {
      word.fetch_or(bit, std::memory_order_relaxed);
    } else {
      word.fetch_and(~bit, std::memory_order_relaxed);
    }
  }
}

void FileWindow::note_written(uint64_t offset, uint64_t bytes) noexcept { mark(offset, bytes, true); }

void FileWindow::note_punched(uint64_t offset, uint64_t bytes) noexcept { mark(offset, bytes, false); }

void FileWindow::prefetch(uint64_t offset, uint64_t bytes) const noexcept {
  if (is_within(offset, bytes)) {
    for (uint64_t at = offset; at < offset + std::min(bytes, prefetch_bytes_max); at += cache_line_bytes) {
      __builtin_prefetch(memory_ + at);
    }
  }
}

bool FileWindow::read(uint64_t offset, uint64_t bytes, const iovec* iov, uint32_t iov_count) noexcept {
  if (!is_within(offset, bytes)) {
    return false;
  }
  if (!is_present(offset, bytes)) {
    if (!has_pages(offset, bytes)) {
      return false;
    }
    mark(offset, bytes, true);
  }
  return guarded_copy(memory_, size_bytes_, memory_ + offset, iov, iov_count, true);
}

bool FileWindow::write(uint64_t offset, uint64_t bytes, const iovec* iov, uint32_t iov_count) noexcept {
  return is_within(offset, bytes) && is_present(offset, bytes) &&
         guarded_copy(memory_, size_bytes_, memory_ + offset, iov, iov_count, false);
}

}  // namespace outrigger::backend
