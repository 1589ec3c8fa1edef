// Uring: one core's io_uring. Operations are prepared during a turn and submitted together at its end; completions
// are reaped by the reactor, which calls each operation's function. A sleeping core is woken by the ring's event
// descriptor. Belongs to one reactor and its thread.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct io_uring;
struct io_uring_sqe;

namespace outrigger::core {

// One operation in flight. The caller owns it until done() was called. `result` is what the kernel says: a count
// or a negative errno.
struct UringOperation {
  using Done = void (*)(UringOperation&, int32_t result) noexcept;
  Done done = nullptr;
  void* owner = nullptr;
};

class Uring {
 public:
  // A ring of `entries` submissions (rounded up to a power of two by the kernel) and four times as many
  // completions. `buffers`, when not empty, is registered where the machine allows it; reads and writes of one
  // piece within it then spare the kernel the pinning of pages. It must outlive the ring.
  static Result<std::unique_ptr<Uring>> create(uint32_t entries, std::span<std::byte> buffers = {});
  ~Uring();
  Uring(const Uring&) = delete;
  Uring& operator=(const Uring&) = delete;

  // The calling thread becomes the one that submits and reaps. Called by the reactor before the thread's first turn.
  // Moving from another thread is possible while nothing is in flight.
  Result<void> bind_to_thread();

  // Room for one more operation in this turn? When false, the caller keeps the request and tries after completions.
  [[nodiscard]] bool has_room() const noexcept;
  // `fd`, `iov` and the operation must live until done(). Offsets and lengths in bytes.
  void read(UringOperation& operation, int fd, const iovec* iov, uint32_t iov_count, uint64_t offset) noexcept;
  // `is_fua`: durable before done().
  void write(UringOperation& operation, int fd, const iovec* iov, uint32_t iov_count, uint64_t offset,
             bool is_fua) noexcept;
  // fdatasync(2).
  void sync(UringOperation& operation, int fd) noexcept;
  // fallocate(2) with FALLOC_FL_* `mode`.
  void allocate(UringOperation& operation, int fd, int mode, uint64_t offset, uint64_t length) noexcept;

  // Hands what was prepared to the kernel and calls done() for what finished; returns the number finished. Enters
  // the kernel only when something was prepared or the kernel asks for it.
  uint32_t submit_and_reap() noexcept;
  [[nodiscard]] uint32_t in_flight_count() const noexcept { return in_flight_count_; }
  [[nodiscard]] bool has_registered_buffers() const noexcept { return is_registered_; }

  // Readable when completions wait; the reactor watches it while asleep. It is silent while the core is awake.
  [[nodiscard]] int event_fd() const noexcept { return event_fd_.get(); }
  // Switches the event descriptor on; false when there is work already.
  [[nodiscard]] bool prepare_sleep() noexcept;
  void wake() noexcept;

 private:
  Uring() = default;
  Result<void> open();
  Result<void> enable() noexcept;
  io_uring_sqe& next_entry(UringOperation& operation) noexcept;
  [[nodiscard]] bool is_registered(const iovec& piece) const noexcept;
  [[nodiscard]] bool kernel_wants_us() const noexcept;
  uint32_t reap() noexcept;

  std::unique_ptr<io_uring> ring_;
  UniqueFd event_fd_;
  std::span<std::byte> buffers_;
  pid_t thread_ = 0;  // the kernel's id of the submitting thread; 0: none yet
  uint32_t entries_ = 0;
  uint32_t in_flight_count_ = 0;  // prepared ones included
  bool is_registered_ = false;
  bool is_deferred_ = false;  // IORING_SETUP_DEFER_TASKRUN: the kernel completes only when we enter it
};

}  // namespace outrigger::core
