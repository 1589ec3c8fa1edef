#include "backend/bouncer.h"

#include "base/check.h"

#include <algorithm>
#include <new>

namespace outrigger::backend {

using block::Op;
using block::Request;
using block::Status;
using core::PageSource;

Bouncer::Bouncer(BounceTarget& target, core::BufferPool* pool, uint32_t block_size)
    : target_(target),
      pages_(pool, 1 + std::max<uint32_t>(1, block_size / PageSource::page_bytes)),
      block_size_(block_size) {}

Bouncer::~Bouncer() { check(waiting_.is_empty(), "a channel is drained before it is destroyed"); }

void Bouncer::submit(Request& request) noexcept {
  if (!waiting_.is_empty() || !start(request)) {
    waiting_.push_back(request);
  }
}

// False when there are no pages: then jobs of this bouncer hold some, and the end of one tries again.
bool Bouncer::start(Request& request) noexcept {
  // A part is whole blocks, which may be larger than pages.
  const uint32_t block_pages = std::max<uint32_t>(1, block_size_ / PageSource::page_bytes);
  const uint64_t bytes = request.block_count * block_size_;
  const uint64_t wanted =
      std::min<uint64_t>((bytes + PageSource::page_bytes - 1) / PageSource::page_bytes, bounce_pages_max);
  std::array<std::byte*, 1 + bounce_pages_max> pages;
  const uint32_t count = pages_.take(1 + block_pages, std::span(pages).first(1 + wanted));
  if (count == 0) {
    return false;
  }
  Job& job = *new (pages[0]) Job;
  job.request = &request;
  job.bouncer = this;
  job.cursor = block::IovCursor(request.iov);
  job.page_count = count - 1;
  std::copy_n(pages.begin() + 1, job.page_count, job.pages.begin());
  start_part(job);
  return true;
}

void Bouncer::start_part(Job& job) noexcept {
  const Request& request = *job.request;
  Request& part = job.part;
  const uint64_t room_blocks = job.page_count * PageSource::page_bytes / block_size_;
  part.op = request.op;
  part.flags = static_cast<uint8_t>(request.flags | block::flag::Part);
  part.whole = &request;
  part.lba = request.lba + job.blocks_done;
  part.block_count = std::min(request.block_count - job.blocks_done, room_blocks);
  part.iov = job.iov.data();
  part.iov_count = 0;
  for (size_t left = part.block_count * block_size_; left != 0;) {
    iovec& piece = job.iov[part.iov_count];
    piece = {job.pages[part.iov_count], std::min(left, PageSource::page_bytes)};
    if (request.op == Op::Write) {
      job.cursor.gather(static_cast<std::byte*>(piece.iov_base), piece.iov_len);
    }
    left -= piece.iov_len;
    ++part.iov_count;
  }
  part.push(&part_done, &job);
  target_.start_transfer(part);
}

void Bouncer::part_done(Request& part) noexcept {
  Job& job = *static_cast<Job*>(part.popped().owner);
  if (part.status == Status::Ok && part.op == Op::Read) {
    for (uint32_t i = 0; i < part.iov_count; ++i) {
      job.cursor.scatter(static_cast<const std::byte*>(part.iov[i].iov_base), part.iov[i].iov_len);
    }
  }
  job.blocks_done += part.block_count;
  if (part.status != Status::Ok || job.blocks_done == job.request->block_count) {
    job.bouncer->finish(job, part.status);
  } else {
    job.bouncer->start_part(job);
  }
}

void Bouncer::finish(Job& job, Status status) noexcept {
  Request& request = *job.request;
  for (uint32_t i = 0; i < job.page_count; ++i) {
    pages_.give_back(job.pages[i]);
  }
  job.~Job();
  pages_.give_back(reinterpret_cast<std::byte*>(&job));
  while (!waiting_.is_empty()) {
    Request* const next = waiting_.pop_front();
    if (!start(*next)) {
      waiting_.push_front(*next);
      break;
    }
  }
  request.complete(status);
}

}  // namespace outrigger::backend
