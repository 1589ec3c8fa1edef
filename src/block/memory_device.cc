#include "block/memory_device.h"

#include "base/check.h"

#include <sched.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <utility>

namespace outrigger::block {
namespace {

// What one lock covers; a request up to this size meets at most two.
constexpr uint64_t lock_region_bytes = 64ULL << 10;
// How often a core looks at a lock that another holds before it lets the other run.
constexpr uint32_t spins_before_yield = 1000;
// Giving back memory takes a system call; below this it is cheaper to write the zeroes.
constexpr uint64_t give_back_bytes_min = 64ULL << 10;
// Giving back is some 100 ns a page, and a core must not stop for long: 64 MiB are below 2 ms.
constexpr uint64_t discard_bytes_max = 64ULL << 20;
// As much of a request as is fetched ahead: the processor goes on by itself when the copy has begun.
constexpr uint64_t prefetch_bytes = 2048;
constexpr size_t cache_line_bytes = 64;

Result<Geometry> geometry_of(const std::string& name, const MemoryOptions& options) {
  if (!std::has_single_bit(options.block_size) || options.block_size < 512 || options.block_size > 65536) {
    return fail(Code::InvalidArgument, "volume {}: block size {} is not a power of two from 512 to 65536", name,
                options.block_size);
  }
  if (options.block_count == 0 || options.block_count > INT64_MAX / options.block_size) {
    return fail(Code::InvalidArgument, "volume {}: {} blocks of {} bytes is not a size a volume can have", name,
                options.block_count, options.block_size);
  }
  Geometry geometry;
  geometry.block_size = options.block_size;
  geometry.block_count = options.block_count;
  geometry.physical_block_size = std::max(options.physical_block_size, options.block_size);
  geometry.optimal_io_bytes = options.optimal_io_bytes;
  geometry.discard_blocks_max = discard_bytes_max / options.block_size;
  geometry.discard_alignment_blocks = std::max<uint32_t>(4096 / options.block_size, 1);
  geometry.is_writable = options.is_writable;
  geometry.can_discard = options.is_writable;
  geometry.can_write_zeroes = options.is_writable;
  geometry.can_compare_and_write = options.is_writable && options.can_compare_and_write;
  geometry.can_copy = options.is_writable;
  return geometry;
}

// Walks over the bytes of a request's pieces.
class IovCursor {
 public:
  explicit IovCursor(const Request& request) noexcept : iov_(request.iov) {}
  void copy_out(std::span<std::byte> to) noexcept {
    walk(to, [](std::byte* memory, std::byte* data, size_t count) { std::memcpy(memory, data, count); });
  }
  void copy_in(std::span<std::byte> from) noexcept {
    walk(from, [](std::byte* memory, std::byte* data, size_t count) { std::memcpy(data, memory, count); });
  }
  // All of `with` is walked over, equal or not.
  [[nodiscard]] bool is_equal(std::span<std::byte> with) noexcept {
    bool equal = true;
    walk(with, [&equal](std::byte* memory, std::byte* data, size_t count) {
      equal = equal && std::memcmp(memory, data, count) == 0;
    });
    return equal;
  }

 private:
  template <typename Step>
  void walk(std::span<std::byte> memory, Step step) noexcept {
    while (!memory.empty()) {
      const size_t count = std::min(memory.size(), iov_->iov_len - used_);
      if (count != 0) {
        step(memory.data(), static_cast<std::byte*>(iov_->iov_base) + used_, count);
      }
      memory = memory.subspan(count);
      used_ += count;
      if (used_ == iov_->iov_len) {
        ++iov_;
        used_ = 0;
      }
    }
  }
  const iovec* iov_;
  size_t used_ = 0;
};

}  // namespace

class MemoryChannel final : public Channel {
 public:
  explicit MemoryChannel(MemoryDevice& device) noexcept
      : Channel(device),
        memory_(device.memory_),
        locks_(device.locks_),
        block_size_(device.fixed_geometry().block_size),
        is_locking_(device.fixed_geometry().can_compare_and_write) {}

 protected:
  void do_submit(Request& request) noexcept override { request.complete(run(request)); }

  std::span<const std::byte> do_borrow(uint64_t lba, uint64_t block_count) noexcept override {
    const uint64_t bytes = block_count * block_size_;
    const std::span<std::byte> piece = memory_.piece(lba * block_size_, bytes);
    return piece.size() == bytes ? piece : std::span<std::byte>();
  }

  void do_prefetch(const Request& request) noexcept override {
    const uint64_t block_count = device().block_count();
    if (request.lba >= block_count) [[unlikely]] {
      return;
    }
    const uint64_t blocks = std::min({request.block_count, block_count - request.lba, prefetch_bytes});
    const auto start = memory_.piece(request.lba * block_size_, std::min(blocks * block_size_, prefetch_bytes));
    if (request.op == Op::Read) {
      for (size_t i = 0; i < start.size(); i += cache_line_bytes) {
        __builtin_prefetch(start.data() + i);
      }
    } else {
      for (size_t i = 0; i < start.size(); i += cache_line_bytes) {
        __builtin_prefetch(start.data() + i, 1);
      }
    }
  }

 private:
  // Holds every lock of a range. Several are taken in the order of the table, so that two cores never wait for each
  // other.
  class RangeLock {
   public:
    RangeLock(MemoryChannel& channel, uint64_t offset, uint64_t length) noexcept : channel_(channel) {
      if (!channel.is_locking_) {
        return;
      }
      const uint64_t first = offset / lock_region_bytes;
      const uint64_t last = (offset + length - 1) / lock_region_bytes;
      const uint64_t count = std::min<uint64_t>(last - first + 1, MemoryDevice::lock_count);
      for (uint64_t i = 0; i < count; ++i) {
        held_ |= 1ULL << ((first + i) % MemoryDevice::lock_count);
      }
      for (uint64_t rest = held_; rest != 0; rest &= rest - 1) {
        acquire(channel.locks_[static_cast<size_t>(std::countr_zero(rest))].is_held);
      }
    }
    ~RangeLock() {
      for (uint64_t rest = held_; rest != 0; rest &= rest - 1) {
        channel_.locks_[static_cast<size_t>(std::countr_zero(rest))].is_held.store(false, std::memory_order_release);
      }
    }
    RangeLock(const RangeLock&) = delete;
    RangeLock& operator=(const RangeLock&) = delete;

   private:
    // Whoever holds it is copying memory and asks for nothing else: the wait is as long as that, or as the scheduler
    // keeps the holder away.
    static void acquire(std::atomic<bool>& is_held) noexcept {
      for (uint32_t spins = 0; is_held.exchange(true, std::memory_order_acquire); ++spins) {
        if (spins >= spins_before_yield) {
          ::sched_yield();
        }
      }
    }
    MemoryChannel& channel_;
    uint64_t held_ = 0;
  };

  Status run(Request& request) noexcept {
    const uint64_t offset = request.lba * block_size_;
    const uint64_t length = request.block_count * block_size_;
    switch (request.op) {
      case Op::Read: return read(request, offset, length);
      case Op::Write: return write(request, offset, length);
      case Op::Flush:
      case Op::Reset: return Status::Ok;
      case Op::Discard: return zero(offset, length, true);
      case Op::WriteZeroes: return zero(offset, length, length >= give_back_bytes_min);
      case Op::CompareAndWrite: return compare_and_write(request, offset, length);
      case Op::Copy: return copy(request.source_lba * block_size_, offset, length);
    }
    return Status::Unsupported;
  }

  template <typename Step>
  void for_each_piece(uint64_t offset, uint64_t length, Step step) noexcept {
    while (length > 0) {
      const std::span<std::byte> piece = memory_.piece(offset, length);
      step(piece);
      offset += piece.size();
      length -= piece.size();
    }
  }

  Status read(const Request& request, uint64_t offset, uint64_t length) noexcept {
    IovCursor data(request);
    for_each_piece(offset, length, [&](std::span<std::byte> piece) { data.copy_in(piece); });
    return Status::Ok;
  }

  Status write(const Request& request, uint64_t offset, uint64_t length) noexcept {
    const RangeLock lock(*this, offset, length);
    IovCursor data(request);
    for_each_piece(offset, length, [&](std::span<std::byte> piece) { data.copy_out(piece); });
    return Status::Ok;
  }

  Status zero(uint64_t offset, uint64_t length, bool gives_back) noexcept {
    const RangeLock lock(*this, offset, length);
    memory_.zero(offset, length, gives_back);
    return Status::Ok;
  }

  Status compare_and_write(const Request& request, uint64_t offset, uint64_t length) noexcept {
    const RangeLock lock(*this, offset, length);
    IovCursor data(request);
    bool is_equal = true;
    for_each_piece(offset, length, [&](std::span<std::byte> piece) { is_equal = data.is_equal(piece) && is_equal; });
    if (!is_equal) {
      return Status::Miscompare;
    }
    for_each_piece(offset, length, [&](std::span<std::byte> piece) { data.copy_out(piece); });
    return Status::Ok;
  }

  // As if all of the source were read before the first byte is written, also where the two overlap.
  Status copy(uint64_t source, uint64_t offset, uint64_t length) noexcept {
    const RangeLock lock(*this, offset, length);
    if (offset <= source) {
      for (uint64_t done = 0; done < length;) {
        const auto from = memory_.piece(source + done, length - done);
        const auto to = memory_.piece(offset + done, from.size());
        std::memmove(to.data(), from.data(), to.size());
        done += to.size();
      }
      return Status::Ok;
    }
    // From the end backwards, block by block where a segment ends in between: blocks never straddle segments.
    for (uint64_t rest = length; rest > 0;) {
      const auto from = memory_.piece(source, rest);
      const auto to = memory_.piece(offset, rest);
      const uint64_t count = from.size() == rest && to.size() == rest ? rest : block_size_;
      const auto last_from = memory_.piece(source + rest - count, count);
      std::memmove(memory_.piece(offset + rest - count, count).data(), last_from.data(), count);
      rest -= count;
    }
    return Status::Ok;
  }

  SparseMemory& memory_;
  std::array<MemoryDevice::SpinLock, MemoryDevice::lock_count>& locks_;
  const uint64_t block_size_;
  const bool is_locking_;
};

MemoryDevice::MemoryDevice(std::string name, Geometry geometry) : Device(std::move(name), geometry) {}

Result<std::unique_ptr<MemoryDevice>> MemoryDevice::create(std::string name, const MemoryOptions& options) {
  OR_ASSIGN(const Geometry geometry, geometry_of(name, options));
  std::unique_ptr<MemoryDevice> device(new MemoryDevice(std::move(name), geometry));
  if (auto reserved = device->memory_.reserve(geometry.size_bytes()); !reserved.has_value()) {
    return with_context(std::move(reserved).error(), device->name());
  }
  return device;
}

Result<std::unique_ptr<Channel>> MemoryDevice::open_channel(core::Reactor&) {
  return std::make_unique<MemoryChannel>(*this);
}

Result<void> MemoryDevice::resize(uint64_t new_count) {
  const uint64_t block_size = fixed_geometry().block_size;
  if (new_count == 0 || new_count > INT64_MAX / block_size) {
    return fail(Code::InvalidArgument, "volume {}: {} blocks of {} bytes is not a size a volume can have", name(),
                new_count, block_size);
  }
  const uint64_t old_bytes = block_count() * block_size;
  const uint64_t new_bytes = new_count * block_size;
  if (new_bytes > old_bytes) {
    OR_TRY(memory_.reserve(new_bytes));
    // A core that was writing while the volume shrank may have left something behind the end.
    memory_.zero(old_bytes, new_bytes - old_bytes, true);
  }
  set_block_count(new_count);
  if (new_bytes < old_bytes) {
    memory_.zero(new_bytes, old_bytes - new_bytes, true);
  }
  return {};
}

}  // namespace outrigger::block
