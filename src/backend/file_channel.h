// FileChannel: one core's way to a file. One operation of the ring at a time for each request; what came back short is
// continued, what the kernel refused for the moment is tried again, and requests wait in order while the ring is full.
#pragma once

#include "backend/bouncer.h"
#include "backend/file.h"
#include "base/intrusive.h"
#include "base/log.h"
#include "core/uring.h"

#include <sys/uio.h>

namespace outrigger::backend {

class FileChannel final : public block::Channel, private BounceTarget {
 public:
  FileChannel(FileDevice& device, core::Reactor& reactor);
  ~FileChannel() override;

 private:
  enum class Step : uint8_t { Transfer, Allocate, WriteZeroes, Sync };

  // How far a request is; in its frame's scratch.
  struct Progress {
    core::UringOperation operation;
    iovec piece{};  // what is left of one element, when a transfer is continued
    uint64_t bytes_done = 0;
    Step step = Step::Transfer;
    uint32_t attempts = 0;
  };
  static_assert(sizeof(Progress) <= sizeof(block::Frame::scratch));

  void do_submit(block::Request& request) noexcept override;
  void do_prefetch(const block::Request& request) noexcept override;
  void start_transfer(block::Request& request) noexcept override;
  void begin(block::Request& request, Step step) noexcept;
  [[nodiscard]] bool is_aligned(const block::Request& request) const noexcept;
  [[nodiscard]] static Progress& progress_of(block::Request& request) noexcept;

  [[nodiscard]] bool transfer_inline(block::Request& request, Progress& progress) noexcept;
  void proceed(block::Request& request) noexcept;
  void put_off(block::Request& request) noexcept;
  void to_ring(block::Request& request) noexcept;
  void transfer_by_ring(block::Request& request, Progress& progress) noexcept;
  void allocate_by_ring(block::Request& request, Progress& progress) noexcept;
  static void operation_done(core::UringOperation& operation, int32_t result) noexcept;
  void advance(block::Request& request, int32_t result) noexcept;
  void transfer_done(block::Request& request, Progress& progress, int32_t result) noexcept;
  void allocate_done(block::Request& request, Progress& progress, int32_t result) noexcept;
  void finish(block::Request& request, int error) noexcept;
  void serve_waiting() noexcept;

  FileDevice& file_;
  core::Reactor& reactor_;
  core::Uring& uring_;
  const int fd_;
  const uint32_t block_size_;
  bool can_read_nowait_;
  bool can_zero_range_ = true;
  bool can_punch_ = true;
  IntrusiveQueue<block::Request> waiting_;  // for room in the ring
  core::Timer retry_;
  Bouncer bouncer_;
  log::Limiter errors_;
};

}  // namespace outrigger::backend
