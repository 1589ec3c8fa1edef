// PageSource: one channel's way to the core's BufferPool. It never takes more than half of the pool, so that one busy
// volume leaves some for the others, and it has a few pages of its own: whoever asks for no more than those always gets
// them unless it holds them already. So a channel that waits for pages always has work under way whose end gives pages
// back, however many layers above and below it draw on the same pool. Belongs to the pool's core.
#pragma once

#include "base/check.h"
#include "core/buffer_pool.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

namespace outrigger::core {

class PageSource {
 public:
  static constexpr size_t page_bytes = BufferPool::buffer_bytes;

  // `pool` may be nullptr: then there are the reserve's pages and no others.
  PageSource(BufferPool* pool, uint32_t reserve_count)
      : pool_(pool),
        pool_pages_max_(pool != nullptr ? pool->count() / 2 : 0),
        reserve_count_(reserve_count),
        reserve_(new(std::align_val_t{page_bytes}) std::byte[reserve_count * page_bytes]) {}
  ~PageSource() { check(is_idle(), "pages are given back before their source goes away"); }
  PageSource(const PageSource&) = delete;
  PageSource& operator=(const PageSource&) = delete;

  // Fills the front of `pages` with at least `min` (≤ the reserve) and at most its size; returns how many, 0 when
  // there are fewer than `min`.
  [[nodiscard]] uint32_t take(uint32_t min, std::span<std::byte*> pages) noexcept {
    check(min <= reserve_count_ && min <= pages.size(), "a source promises no more than its reserve");
    uint32_t count = 0;
    while (count < pages.size() && pool_pages_taken_ < pool_pages_max_) {
      std::byte* const page = pool_->take();
      if (page == nullptr) {
        break;
      }
      pages[count++] = page;
      ++pool_pages_taken_;
    }
    if (count >= min) {
      return count;
    }
    for (uint32_t i = 0; i < count; ++i) {
      give_back(pages[i]);
    }
    if (reserve_taken_ != 0) {
      return 0;
    }
    for (uint32_t i = 0; i < min; ++i) {
      pages[i] = reserve_.get() + size_t{i} * page_bytes;
    }
    reserve_taken_ = min;
    return min;
  }

  void give_back(std::byte* page) noexcept {
    if (page >= reserve_.get() && page < reserve_.get() + reserve_count_ * page_bytes) {
      check(reserve_taken_ > 0, "a page is given back once");
      --reserve_taken_;
    } else {
      check(pool_pages_taken_ > 0, "a page is given back once");
      --pool_pages_taken_;
      pool_->give_back(page);
    }
  }

  [[nodiscard]] bool is_idle() const noexcept { return pool_pages_taken_ == 0 && reserve_taken_ == 0; }

 private:
  struct FreeReserve {
    void operator()(std::byte* memory) const noexcept { ::operator delete[](memory, std::align_val_t{page_bytes}); }
  };

  BufferPool* const pool_;
  const size_t pool_pages_max_;
  const uint32_t reserve_count_;
  size_t pool_pages_taken_ = 0;
  uint32_t reserve_taken_ = 0;
  std::unique_ptr<std::byte[], FreeReserve> reserve_;
};

}  // namespace outrigger::core
