#include "core/uring.h"

#include "base/check.h"
#include "base/log.h"

#include <liburing.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <utility>

namespace outrigger::core {
namespace {

// From best to plainest; a kernel takes the first it knows. DEFER_TASKRUN (6.1) runs completions in one batch when we
// ask, COOP_TASKRUN (5.19) spares the interruption, and plain rings work since 5.6.
constexpr std::array<unsigned, 3> flag_choices = {
    IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
        IORING_SETUP_SUBMIT_ALL,
    IORING_SETUP_R_DISABLED | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL,
    IORING_SETUP_R_DISABLED,
};
// Completions per submission entry: operations stay in flight long after their submission entry is free again.
constexpr uint32_t completions_per_entry = 4;

unsigned flags_of(const io_uring& ring) noexcept {
  return std::atomic_ref(*ring.sq.kflags).load(std::memory_order_relaxed);
}

}  // namespace

Result<std::unique_ptr<Uring>> Uring::create(uint32_t entries, std::span<std::byte> buffers) {
  check(entries > 0, "an io_uring has at least one entry");
  std::unique_ptr<Uring> uring(new Uring());
  uring->entries_ = entries;
  uring->buffers_ = buffers;
  uring->event_fd_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!uring->event_fd_.is_open()) {
    return fail_errno(errno, "eventfd for io_uring");
  }
  OR_TRY(uring->open());
  return uring;
}

Uring::~Uring() {
  if (ring_ != nullptr) {
    check(in_flight_count_ == 0, "an io_uring is destroyed after its operations are done");
    ::io_uring_queue_exit(ring_.get());
  }
}

Result<void> Uring::open() {
  auto ring = std::make_unique<io_uring>();
  int error = 0;
  for (const unsigned flags : flag_choices) {
    io_uring_params params{};
    params.flags = flags | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
    params.cq_entries = entries_ * completions_per_entry;
    error = -::io_uring_queue_init_params(entries_, ring.get(), &params);
    if (error == 0) {
      is_deferred_ = (flags & IORING_SETUP_DEFER_TASKRUN) != 0;
      break;
    }
    if (error != EINVAL) {
      break;
    }
  }
  if (error != 0) {
    return fail_errno(error, "io_uring_setup");
  }
  entries_ = ring->sq.ring_entries;
  ring_ = std::move(ring);
  error = -::io_uring_register_eventfd(ring_.get(), event_fd_.get());
  if (error == 0) {
    error = -::io_uring_cq_eventfd_toggle(ring_.get(), false);
  }
  if (error != 0) {
    ::io_uring_queue_exit(ring_.get());
    ring_.reset();
    return fail_errno(error, "io_uring: registering the event descriptor");
  }
  is_registered_ = false;
  if (!buffers_.empty()) {
    const iovec memory{buffers_.data(), buffers_.size()};
    error = -::io_uring_register_buffers(ring_.get(), &memory, 1);
    is_registered_ = error == 0;
    if (error != 0) {
      log::info("core", "io_uring: {} bytes of buffers are not registered ({}): raise the limit of locked memory",
                buffers_.size(), fail_errno(error, "io_uring_register_buffers").error().what);
    }
  }
  return {};
}

Result<void> Uring::enable() noexcept {
  // Debian's liburing 2.3 declares io_uring_enable_rings() and does not export it.
  if (::syscall(__NR_io_uring_register, ring_->ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0) != 0) {
    return fail_errno(errno, "IORING_REGISTER_ENABLE_RINGS");
  }
  thread_ = ::gettid();
  return {};
}

Result<void> Uring::bind_to_thread() {
  if (thread_ == ::gettid()) {
    return {};
  }
  if (thread_ == 0) {
    return enable();
  }
  // The kernel ties a single-issuer ring to one thread for good, so that another one gets a ring of its own.
  check(in_flight_count_ == 0, "an io_uring changes threads only while nothing is in flight");
  ::io_uring_queue_exit(ring_.get());
  ring_.reset();
  thread_ = 0;
  OR_TRY(open());
  return enable();
}

bool Uring::has_room() const noexcept {
  return in_flight_count_ < entries_ * completions_per_entry && ::io_uring_sq_space_left(ring_.get()) > 0;
}

io_uring_sqe& Uring::next_entry(UringOperation& operation) noexcept {
  check(operation.done != nullptr, "an operation needs a function");
  check(has_room(), "the caller asks has_room() first");
  io_uring_sqe* const entry = ::io_uring_get_sqe(ring_.get());
  check(entry != nullptr, "there is room for a submission entry");
  ++in_flight_count_;
  return *entry;
}

bool Uring::is_registered(const iovec& piece) const noexcept {
  const auto* const start = static_cast<const std::byte*>(piece.iov_base);
  return is_registered_ && start >= buffers_.data() && piece.iov_len <= buffers_.size() &&
         start + piece.iov_len <= buffers_.data() + buffers_.size();
}

void Uring::read(UringOperation& operation, int fd, const iovec* iov, uint32_t iov_count, uint64_t offset) noexcept {
  io_uring_sqe& entry = next_entry(operation);
  if (iov_count != 1) {
    ::io_uring_prep_readv(&entry, fd, iov, iov_count, offset);
  } else if (is_registered(*iov)) {
    ::io_uring_prep_read_fixed(&entry, fd, iov->iov_base, static_cast<unsigned>(iov->iov_len), offset, 0);
  } else {
    ::io_uring_prep_read(&entry, fd, iov->iov_base, static_cast<unsigned>(iov->iov_len), offset);
  }
  ::io_uring_sqe_set_data(&entry, &operation);
}

void Uring::write(UringOperation& operation, int fd, const iovec* iov, uint32_t iov_count, uint64_t offset,
                  bool is_fua) noexcept {
  io_uring_sqe& entry = next_entry(operation);
  if (iov_count != 1) {
    ::io_uring_prep_writev(&entry, fd, iov, iov_count, offset);
  } else if (is_registered(*iov)) {
    ::io_uring_prep_write_fixed(&entry, fd, iov->iov_base, static_cast<unsigned>(iov->iov_len), offset, 0);
  } else {
    ::io_uring_prep_write(&entry, fd, iov->iov_base, static_cast<unsigned>(iov->iov_len), offset);
  }
  entry.rw_flags = is_fua ? RWF_DSYNC : 0;
  ::io_uring_sqe_set_data(&entry, &operation);
}

void Uring::sync(UringOperation& operation, int fd) noexcept {
  io_uring_sqe& entry = next_entry(operation);
  ::io_uring_prep_fsync(&entry, fd, IORING_FSYNC_DATASYNC);
  ::io_uring_sqe_set_data(&entry, &operation);
}

void Uring::allocate(UringOperation& operation, int fd, int mode, uint64_t offset, uint64_t length) noexcept {
  io_uring_sqe& entry = next_entry(operation);
  // Not io_uring_prep_fallocate(), whose arguments changed their type between releases of the library.
  ::io_uring_prep_rw(IORING_OP_FALLOCATE, &entry, fd, nullptr, static_cast<unsigned>(mode), offset);
  entry.addr = length;
  ::io_uring_sqe_set_data(&entry, &operation);
}

bool Uring::kernel_wants_us() const noexcept {
  return (flags_of(*ring_) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

uint32_t Uring::submit_and_reap() noexcept {
  if (in_flight_count_ == 0) {
    return 0;
  }
  if (::io_uring_sq_ready(ring_.get()) > 0) {
    const int result = is_deferred_ ? ::io_uring_submit_and_get_events(ring_.get()) : ::io_uring_submit(ring_.get());
    // Short of memory or completions to be taken first: what was not taken is offered again next turn.
    check(result >= 0 || result == -EAGAIN || result == -EBUSY || result == -EINTR || result == -ENOMEM,
          "io_uring_submit refuses only for a while");
  } else if (kernel_wants_us()) {
    ::io_uring_get_events(ring_.get());
  }
  return reap();
}

uint32_t Uring::reap() noexcept {
  std::array<std::pair<UringOperation*, int32_t>, 64> batch;
  uint32_t finished = 0;
  // At most one ring full a turn, however fast operations that done() starts again may be.
  while (finished < entries_ * completions_per_entry) {
    unsigned head = 0;
    size_t count = 0;
    io_uring_cqe* cqe = nullptr;
    io_uring_for_each_cqe(ring_.get(), head, cqe) {
      batch[count++] = {static_cast<UringOperation*>(::io_uring_cqe_get_data(cqe)), cqe->res};
      if (count == batch.size()) {
        break;
      }
    }
    if (count == 0) {
      break;
    }
    // The entries are given back first, so that done() finds room.
    ::io_uring_cq_advance(ring_.get(), static_cast<unsigned>(count));
    check(in_flight_count_ >= count, "an operation completes once");
    in_flight_count_ -= static_cast<uint32_t>(count);
    for (size_t i = 0; i < count; ++i) {
      batch[i].first->done(*batch[i].first, batch[i].second);
    }
    finished += static_cast<uint32_t>(count);
  }
  return finished;
}

bool Uring::prepare_sleep() noexcept {
  if (in_flight_count_ == 0) {
    return true;
  }
  ::io_uring_cq_eventfd_toggle(ring_.get(), true);
  // The flag must be seen by the kernel before we look at the ring for the last time.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return ::io_uring_sq_ready(ring_.get()) == 0 && ::io_uring_cq_ready(ring_.get()) == 0 && !kernel_wants_us();
}

void Uring::wake() noexcept {
  if (!::io_uring_cq_eventfd_enabled(ring_.get())) {
    return;
  }
  ::io_uring_cq_eventfd_toggle(ring_.get(), false);
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(event_fd_.get(), &count, sizeof(count));
}

}  // namespace outrigger::core
