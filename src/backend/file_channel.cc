#include "backend/file_channel.h"

#include "backend/limits.h"
#include "base/check.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <system_error>

namespace outrigger::backend {

namespace {

using block::Op;
using block::Request;
using block::Status;

Status status_of(int error) noexcept {
  switch (error) {
    case 0: return Status::Ok;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return Status::NoSpace;
    case EROFS: return Status::ReadOnly;
    case EOPNOTSUPP: return Status::Unsupported;
    default: return Status::IoError;
  }
}

const char* name_of(Op op) noexcept {
  switch (op) {
    case Op::Read: return "read";
    case Op::Write: return "write";
    case Op::Flush: return "flush";
    case Op::Discard: return "discard";
    case Op::WriteZeroes: return "write-zeroes";
    case Op::CompareAndWrite: return "compare-and-write";
    case Op::Copy: return "copy";
    case Op::Reset: return "reset";
  }
  return "request";
}

// Zeroes to write from: pages that the kernel backs with its one page of zeroes. Never unmapped.
const void* zero_pages() {
  static void* const pages =
      ::mmap(nullptr, file_zeroes_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  check(pages != MAP_FAILED, "there is address space for pages of zeroes");
  return pages;
}

}  // namespace

FileChannel::FileChannel(FileDevice& device, core::Reactor& reactor)
    : Channel(device),
      file_(device),
      reactor_(reactor),
      uring_(reactor.uring()),
      fd_(device.fd_.get()),
      block_size_(device.fixed_geometry().block_size),
      can_read_nowait_(device.mode_ == FileMode::Buffered),
      bouncer_(*this, reactor.has_buffers() ? &reactor.buffers() : nullptr, block_size_) {
  retry_.owner = this;
  retry_.fire = [](core::Timer& timer) noexcept { static_cast<FileChannel*>(timer.owner)->serve_waiting(); };
}

FileChannel::~FileChannel() {
  check(waiting_.is_empty(), "a channel is drained before it is destroyed");
  reactor_.cancel(retry_);
}

void FileChannel::do_submit(Request& request) noexcept {
  switch (request.op) {
    case Op::Read:
    case Op::Write:
      if (is_aligned(request)) {
        start_transfer(request);
      } else {
        bouncer_.submit(request);
      }
      return;
    case Op::Flush:
      if (file_.mode_ == FileMode::Memory) {
        request.complete(Status::Ok);  // there is nothing that shared memory could be written to
      } else {
        begin(request, Step::Sync);
      }
      return;
    case Op::Discard:
      if (can_punch_) {
        begin(request, Step::Allocate);
      } else {
        request.complete(Status::Ok);  // see allocate_done()
      }
      return;
    case Op::WriteZeroes: {
      const bool may_unmap = (request.flags & block::flag::MayUnmap) != 0;
      begin(request, may_unmap || can_zero_range_ ? Step::Allocate : Step::WriteZeroes);
      return;
    }
    case Op::Reset: request.complete(Status::Ok); return;
    case Op::CompareAndWrite:
    case Op::Copy: request.complete(Status::Unsupported); return;
  }
}

void FileChannel::do_prefetch(const Request& request) noexcept {
  const FileWindow* const window = file_.window_.load(std::memory_order_acquire);
  const uint64_t block_count = file_.block_count();
  if (window != nullptr && request.lba < block_count) {
    window->prefetch(request.lba * block_size_, std::min(request.block_count, block_count - request.lba) * block_size_);
  }
}

bool FileChannel::is_aligned(const Request& request) const noexcept {
  if (file_.mode_ != FileMode::Direct) {
    return true;
  }
  uintptr_t addresses = 0;
  size_t lengths = 0;
  for (uint32_t i = 0; i < request.iov_count; ++i) {
    addresses |= reinterpret_cast<uintptr_t>(request.iov[i].iov_base);
    lengths |= request.iov[i].iov_len;
  }
  return addresses % file_.memory_alignment_ == 0 && lengths % file_.length_alignment_ == 0;
}

void FileChannel::start_transfer(Request& request) noexcept { begin(request, Step::Transfer); }

void FileChannel::begin(Request& request, Step step) noexcept {
  block::Frame& frame = request.push([](Request& done) noexcept { done.complete(done.status); }, this);
  Progress& progress = *new (frame.scratch.data()) Progress;
  progress.step = step;
  progress.operation.owner = &request;
  progress.operation.done = &operation_done;
  if (step == Step::Transfer && transfer_inline(request, progress)) {
    return;
  }
  proceed(request);
}

FileChannel::Progress& FileChannel::progress_of(Request& request) noexcept {
  check(request.depth > 0, "a request under way has its frame");
  return *std::launder(reinterpret_cast<Progress*>(request.frames[request.depth - 1].scratch.data()));
}

// The core itself copies what is in memory anyway. True when the request is done with; else the ring goes on from
// bytes_done.
bool FileChannel::transfer_inline(Request& request, Progress& progress) noexcept {
  const uint64_t bytes = request.block_count * block_size_;
  const bool is_read = request.op == Op::Read;
  const bool is_memory = file_.mode_ == FileMode::Memory;
  if (bytes > file_inline_bytes_max || request.iov_count > file_iov_count_max ||
      (!is_memory && !(is_read && can_read_nowait_))) {
    return false;
  }
  const uint64_t start = request.lba * block_size_;
  const auto offset = static_cast<off_t>(start);
  const int count = static_cast<int>(request.iov_count);
  ssize_t result = 0;
  FileWindow* const window = file_.window_.load(std::memory_order_acquire);
  if (window != nullptr && (is_read ? window->read(start, bytes, request.iov, request.iov_count)
                                    : window->write(start, bytes, request.iov, request.iov_count))) {
    request.complete(Status::Ok);
    return true;
  }
  if (is_memory) {
    // RWF_NOWAIT is refused here, and nothing waits.
    result = is_read ? ::preadv(fd_, request.iov, count, offset) : ::pwritev(fd_, request.iov, count, offset);
  } else {
    result = ::preadv2(fd_, request.iov, count, offset, RWF_NOWAIT);
  }
  if (result < 0) {
    can_read_nowait_ = can_read_nowait_ && errno != EOPNOTSUPP;
    if (!is_memory || errno == EINTR || errno == EAGAIN) {
      return false;
    }
    finish(request, errno);
    return true;
  }
  progress.bytes_done = static_cast<uint64_t>(result);
  if (progress.bytes_done != bytes) {
    return false;
  }
  if (window != nullptr && !is_read) {
    window->note_written(start, bytes);
  }
  request.complete(Status::Ok);
  return true;
}

// Gives the request's next operation to the ring, or keeps the request until there is room.
void FileChannel::proceed(Request& request) noexcept {
  if (waiting_.is_empty() && uring_.has_room()) {
    to_ring(request);
    return;
  }
  put_off(request);
}

void FileChannel::put_off(Request& request) noexcept {
  waiting_.push_back(request);
  if (!retry_.is_armed()) {
    reactor_.arm(retry_, reactor_.turn_ns() + ring_retry_ns);
  }
}

void FileChannel::serve_waiting() noexcept {
  while (!waiting_.is_empty() && uring_.has_room()) {
    to_ring(*waiting_.pop_front());
  }
  if (!waiting_.is_empty()) {
    reactor_.arm(retry_, reactor_.turn_ns() + ring_retry_ns);
  }
}

void FileChannel::to_ring(Request& request) noexcept {
  Progress& progress = progress_of(request);
  switch (progress.step) {
    case Step::Transfer: transfer_by_ring(request, progress); return;
    case Step::Allocate: allocate_by_ring(request, progress); return;
    case Step::WriteZeroes: {
      const uint64_t left = request.block_count * block_size_ - progress.bytes_done;
      progress.piece = {const_cast<void*>(zero_pages()), std::min<uint64_t>(left, file_zeroes_bytes)};
      uring_.write(progress.operation, fd_, &progress.piece, 1, request.lba * block_size_ + progress.bytes_done,
                   (request.flags & block::flag::Fua) != 0);
      return;
    }
    case Step::Sync: uring_.sync(progress.operation, fd_); return;
  }
}

void FileChannel::transfer_by_ring(Request& request, Progress& progress) noexcept {
  const iovec* iov = request.iov;
  uint32_t count = std::min(request.iov_count, file_iov_count_max);
  if (progress.bytes_done != 0) {
    // Go on in the middle of an element, one element at a time: this is rare.
    uint64_t skip = progress.bytes_done;
    while (skip >= iov->iov_len) {
      skip -= iov->iov_len;
      ++iov;
    }
    progress.piece = {static_cast<std::byte*>(iov->iov_base) + skip, iov->iov_len - skip};
    iov = &progress.piece;
    count = 1;
  }
  const uint64_t offset = request.lba * block_size_ + progress.bytes_done;
  if (request.op == Op::Read) {
    uring_.read(progress.operation, fd_, iov, count, offset);
  } else {
    uring_.write(progress.operation, fd_, iov, count, offset, (request.flags & block::flag::Fua) != 0);
  }
}

void FileChannel::allocate_by_ring(Request& request, Progress& progress) noexcept {
  // A hole reads as zeroes; a range of zeroes keeps its space.
  const bool is_hole = request.op == Op::Discard || (request.flags & block::flag::MayUnmap) != 0;
  const int mode = FALLOC_FL_KEEP_SIZE | (is_hole ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE);
  uring_.allocate(progress.operation, fd_, mode, request.lba * block_size_, request.block_count * block_size_);
}

void FileChannel::operation_done(core::UringOperation& operation, int32_t result) noexcept {
  Request& request = *static_cast<Request*>(operation.owner);
  FileChannel& channel = *static_cast<FileChannel*>(request.frames[request.depth - 1].owner);
  channel.advance(request, result);
}

void FileChannel::advance(Request& request, int32_t result) noexcept {
  Progress& progress = progress_of(request);
  if ((result == -EAGAIN || result == -EINTR) && ++progress.attempts < file_attempts_max) {
    put_off(request);
    return;
  }
  switch (progress.step) {
    case Step::Transfer:
    case Step::WriteZeroes: transfer_done(request, progress, result); return;
    case Step::Allocate: allocate_done(request, progress, result); return;
    case Step::Sync: finish(request, -result); return;
  }
}

void FileChannel::transfer_done(Request& request, Progress& progress, int32_t result) noexcept {
  if (result <= 0) {
    // Nothing at all: the file ends here, somebody cut it.
    finish(request, result < 0 ? -result : EIO);
    return;
  }
  progress.attempts = 0;
  progress.bytes_done += static_cast<uint64_t>(result);
  if (progress.bytes_done == request.block_count * block_size_) {
    finish(request, 0);
  } else {
    proceed(request);
  }
}

void FileChannel::allocate_done(Request& request, Progress& progress, int32_t result) noexcept {
  if (FileWindow* const window = file_.window_.load(std::memory_order_acquire); window != nullptr) {
    window->note_punched(request.lba * block_size_, request.block_count * block_size_);
  }
  const bool is_unknown = result == -EOPNOTSUPP || result == -ENODEV;
  if (is_unknown && request.op == Op::Discard) {
    can_punch_ = false;
    finish(request, 0);  // "contents may become anything": staying what they are is allowed
  } else if (is_unknown) {
    can_zero_range_ = can_zero_range_ && (request.flags & block::flag::MayUnmap) != 0;
    progress.step = Step::WriteZeroes;
    proceed(request);
  } else if (result == 0 && request.op == Op::WriteZeroes && (request.flags & block::flag::Fua) != 0) {
    progress.step = Step::Sync;
    proceed(request);
  } else {
    finish(request, -result);
  }
}

void FileChannel::finish(Request& request, int error) noexcept {
  if (error != 0 && errors_.admit(reactor_.turn_ns())) {
    log::error("backend", "volume {}: {}: {} of {} blocks at {}: {}", file_.name(), file_.path_, name_of(request.op),
               request.block_count, request.lba, std::generic_category().message(error));
  }
  if (!waiting_.is_empty()) {
    serve_waiting();
  }
  request.complete(status_of(error));
}

}  // namespace outrigger::backend
