// Bouncer: carries requests whose memory is not aligned for direct I/O through pages that are. One part after the other
// for each request, as large as there are pages; requests wait in order when there are none. Belongs to one channel.
#pragma once

#include "backend/limits.h"
#include "base/intrusive.h"
#include "block/iov_cursor.h"
#include "block/request.h"
#include "core/page_source.h"

#include <array>

namespace outrigger::backend {

// Who transfers the aligned parts.
class BounceTarget {
 public:
  // Reads or writes `request`, whose memory is aligned, and completes it.
  virtual void start_transfer(block::Request& request) noexcept = 0;

 protected:
  ~BounceTarget() = default;
};

class Bouncer {
 public:
  Bouncer(BounceTarget& target, core::BufferPool* pool, uint32_t block_size);
  ~Bouncer();
  // A read or write; completes it when all parts are done.
  void submit(block::Request& request) noexcept;

 private:
  // Lives in the first page of a request's own.
  struct Job {
    block::Request part;
    block::Request* request = nullptr;
    Bouncer* bouncer = nullptr;
    block::IovCursor cursor;
    uint64_t blocks_done = 0;
    uint32_t page_count = 0;
    std::array<std::byte*, bounce_pages_max> pages;
    std::array<iovec, bounce_pages_max> iov;
  };
  static_assert(sizeof(Job) <= core::PageSource::page_bytes);

  [[nodiscard]] bool start(block::Request& request) noexcept;
  void start_part(Job& job) noexcept;
  static void part_done(block::Request& part) noexcept;
  void finish(Job& job, block::Status status) noexcept;

  BounceTarget& target_;
  core::PageSource pages_;
  const uint32_t block_size_;
  IntrusiveQueue<block::Request> waiting_;
};

}  // namespace outrigger::backend
