// RequestPool: the requests of one queue, as many as its ring can hold, in memory that is touched only as far as it
// is used at the same time: the request given back last is taken first.
#pragma once

#include "base/check.h"
#include "virtio/blk_request.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace outrigger::virtio {

class RequestPool {
 public:
  explicit RequestPool(uint32_t count)
      : count_(count),
        requests_(static_cast<BlkRequest*>(std::aligned_alloc(alignof(BlkRequest), count * sizeof(BlkRequest)))),
        spills_(static_cast<iovec*>(std::malloc(count * segments_per_chain_max * sizeof(iovec)))) {
    check(requests_ != nullptr && spills_ != nullptr, "memory for a queue's requests");
  }
  ~RequestPool() {
    std::free(requests_);
    std::free(spills_);
  }
  RequestPool(const RequestPool&) = delete;
  RequestPool& operator=(const RequestPool&) = delete;

  [[nodiscard]] uint32_t in_use_count() const noexcept { return in_use_count_; }
  [[nodiscard]] uint32_t free_count() const noexcept { return count_ - in_use_count_; }

  // A request, its contents undefined but for a block request without frames; free_count() must not be 0.
  [[nodiscard]] BlkRequest& take() noexcept {
    ++in_use_count_;
    if (free_ != nullptr) {
      BlkRequest& request = *free_;
      free_ = reinterpret_cast<BlkRequest*>(request.io.next);
      request.io.next = nullptr;
      return request;
    }
    check(fresh_ < count_, "a queue has as many requests as its ring has room for");
    // Default-initialised: the frames and the spill storage stay untouched until somebody needs them.
    BlkRequest& request = requests_[fresh_++];
    request.io.next = nullptr;
    request.io.depth = 0;
    request.io.source_lba = 0;
    return request;
  }
  void give_back(BlkRequest& request) noexcept {
    --in_use_count_;
    request.io.next = reinterpret_cast<block::Request*>(free_);
    free_ = &request;
  }
  // segments_per_chain_max segments that belong to `request`.
  [[nodiscard]] iovec* spill_of(const BlkRequest& request) const noexcept {
    return spills_ + static_cast<size_t>(&request - requests_) * segments_per_chain_max;
  }

 private:
  uint32_t count_;
  uint32_t in_use_count_ = 0;
  uint32_t fresh_ = 0;          // requests from here on were never used
  BlkRequest* free_ = nullptr;  // linked through io.next
  BlkRequest* requests_;
  iovec* spills_;
};

}  // namespace outrigger::virtio
