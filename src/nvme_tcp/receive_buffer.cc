#include "nvme_tcp/receive_buffer.h"

#include "base/check.h"
#include "nvme_tcp/pdu.h"

#include <cstring>

namespace outrigger::nvme_tcp {
namespace {

// The largest PDU that is parsed in one piece: a capsule with its data, digests and padding.
constexpr uint32_t whole_pdu_bytes_max = in_capsule_bytes_max + 512;
static_assert(segment_bytes >= 4 * whole_pdu_bytes_max);

}  // namespace

Segment* SegmentPool::take() noexcept {
  if (!free_.empty()) {
    Segment* const segment = free_.back();
    free_.pop_back();
    return segment;
  }
  if (fresh_ == segments_.size()) {
    return nullptr;
  }
  segments_[fresh_].make();
  return &segments_[fresh_++];
}

ReceiveBuffer::~ReceiveBuffer() {
  check(own_.pins == 0 && borrowed_ == 0, "a receive buffer goes after the commands whose data it holds");
}

bool ReceiveBuffer::make_room(SegmentPool& pool) noexcept {
  const uint32_t held = size();
  if (current_->pins == 0) {
    // What is left is part of one PDU, so there is little to move, and seldom.
    if (held == 0) {
      begin_ = end_ = 0;
    } else if (segment_bytes - begin_ < whole_pdu_bytes_max) {
      std::memmove(current_->memory.get(), data(), held);
      begin_ = 0;
      end_ = held;
    }
    return end_ < segment_bytes;
  }
  if (segment_bytes - begin_ >= whole_pdu_bytes_max) {
    return end_ < segment_bytes;
  }
  Segment* other = nullptr;
  if (current_ != &own_ && own_.pins == 0) {
    other = &own_;
  } else if (borrowed_ + 1 < segments_per_connection_max) {
    other = pool.take();
    borrowed_ += other != nullptr ? 1 : 0;
  }
  if (other == nullptr) {
    return false;
  }
  std::memcpy(other->memory.get(), data(), held);
  current_ = other;
  begin_ = 0;
  end_ = held;
  return true;
}

void ReceiveBuffer::unpin(Segment& segment, SegmentPool& pool) noexcept {
  check(segment.pins > 0, "a segment is let go as often as it was pinned");
  if (--segment.pins == 0 && &segment != current_ && &segment != &own_) {
    --borrowed_;
    pool.give_back(segment);
  }
}

void ReceiveBuffer::give_back_all(SegmentPool& pool) noexcept {
  check(own_.pins == 0 && current_->pins == 0, "a connection leaves its core with nothing at work");
  if (current_ != &own_) {
    const uint32_t held = size();
    std::memcpy(own_.memory.get(), data(), held);
    pool.give_back(*current_);
    --borrowed_;
    current_ = &own_;
    begin_ = 0;
    end_ = held;
  }
  check(borrowed_ == 0, "a connection leaves its core with nothing borrowed");
}

}  // namespace outrigger::nvme_tcp
