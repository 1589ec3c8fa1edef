// MemoryDevice: a volume in this machine's memory ("malloc volume"). Sparse: memory is taken where something was
// written, and given back by discard, by large write-zeroes, by shrinking and at the end.
//
// Any number of cores read and write it without a lock: what two overlapping requests leave behind is one or the
// other block by block, as with a disk, or a mixture when both are in flight at the same moment. Only when the volume
// offers CompareAndWrite do operations that change data take a spin lock of the 64 KiB they touch, so that nothing
// changes between the comparison and the write.
#pragma once

#include "block/device.h"
#include "block/sparse_memory.h"

#include <array>
#include <atomic>
#include <memory>
#include <string>

namespace outrigger::block {

struct MemoryOptions {
  uint32_t block_size = 512;
  uint64_t block_count = 0;
  uint32_t physical_block_size = 0;  // 0: the block size, at least 512
  uint32_t optimal_io_bytes = 0;
  bool is_writable = true;
  bool can_compare_and_write = false;
};

class MemoryDevice final : public Device {
 public:
  // Fails when the geometry makes no sense or the machine has no address space left.
  static Result<std::unique_ptr<MemoryDevice>> create(std::string name, const MemoryOptions& options);

  Result<std::unique_ptr<Channel>> open_channel(core::Reactor& reactor) override;
  // Control thread; cores may go on reading and writing. What is cut off is gone: growing again shows zeroes. After
  // a failure the size is what it was.
  Result<void> resize(uint64_t block_count);

 private:
  friend class MemoryChannel;
  // Few enough for the cache, enough that cores rarely meet.
  static constexpr size_t lock_count = 64;
  struct alignas(64) SpinLock {
    std::atomic<bool> is_held{false};
  };

  MemoryDevice(std::string name, Geometry geometry);

  SparseMemory memory_;
  std::array<SpinLock, lock_count> locks_;
};

}  // namespace outrigger::block
