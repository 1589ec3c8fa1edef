// BitVectorMemory: memory of chunks, which come and go with each insertion. A few that went are kept, so that the next
// one finds memory that is still in the cache and that the kernel need not give anew.
#pragma once

#include "pipeline/limits.h"

#include <cstddef>
#include <mutex>
#include <new>
#include <vector>

namespace outrigger::pipeline {

class BitVectorMemory {
 public:
  static constexpr std::align_val_t alignment{64};  // a cache line

  struct Block {
    void* memory = nullptr;  // none: there was not enough
    size_t bytes = 0;        // at least what was asked for
  };

  BitVectorMemory() = default;
  ~BitVectorMemory() {
    for (const Block& block : kept_) {
      ::operator delete(block.memory, alignment);
    }
  }
  BitVectorMemory(const BitVectorMemory&) = delete;
  BitVectorMemory& operator=(const BitVectorMemory&) = delete;

  [[nodiscard]] Block take(size_t bytes) noexcept {
    {
      const std::scoped_lock lock(mutex_);
      if (!kept_.empty()) {
        const Block block = kept_.back();
        kept_.pop_back();
        if (block.bytes >= bytes) {
          return block;
        }
        ::operator delete(block.memory, alignment);
      }
    }
    return {::operator new(bytes, alignment, std::nothrow), bytes};
  }
  // From whatever thread reclaims.
  void give_back(const Block& block) noexcept {
    const std::scoped_lock lock(mutex_);
    if (kept_.size() < bit_vector_chunks_kept) {
      kept_.push_back(block);
    } else {
      ::operator delete(block.memory, alignment);
    }
  }

 private:
  std::mutex mutex_;
  std::vector<Block> kept_;
};

}  // namespace outrigger::pipeline
