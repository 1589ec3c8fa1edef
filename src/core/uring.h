// Uring: one core's io_uring. Operations are prepared during a turn and submitted together at its end; completions
// are reaped by the reactor, which calls each operation's function. A sleeping core is woken by the ring's event
// descriptor. Belongs to one reactor and its thread.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

#include <sys/uio.h>

#include <cstdint>
#include <memory>

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
  static Result<std::unique_ptr<Uring>> create(uint32_t entries);
  ~Uring();
  Uring(const Uring&) = delete;
  Uring& operator=(const Uring&) = delete;

  // Room for one more operation in this turn? When false, the caller keeps the request and tries after completions.
  [[nodiscard]] bool has_room() const noexcept;
  // `fd`, `iov` and the operation must live until done(). Offsets and lengths in bytes.
  void read(UringOperation& operation, int fd, const iovec* iov, uint32_t iov_count, uint64_t offset) noexcept;
  void write(UringOperation& operation, int fd, const iovec* iov, uint32_t iov_count, uint64_t offset,
             bool is_fua) noexcept;
  void sync(UringOperation& operation, int fd) noexcept;
  // fallocate(2) with FALLOC_FL_* `mode`.
  void allocate(UringOperation& operation, int fd, int mode, uint64_t offset, uint64_t length) noexcept;

  // Hands what was prepared to the kernel and calls done() for what finished; returns the number finished.
  uint32_t submit_and_reap() noexcept;
  [[nodiscard]] uint32_t in_flight_count() const noexcept { return in_flight_count_; }
  // Readable when completions wait; the reactor watches it while asleep.
  [[nodiscard]] int event_fd() const noexcept { return event_fd_.get(); }

 private:
  Uring() = default;
  io_uring_sqe& next_entry(UringOperation& operation) noexcept;

  std::unique_ptr<io_uring> ring_;
  UniqueFd event_fd_;
  uint32_t entries_ = 0;
  uint32_t prepared_count_ = 0;
  uint32_t in_flight_count_ = 0;
};

}  // namespace outrigger::core
