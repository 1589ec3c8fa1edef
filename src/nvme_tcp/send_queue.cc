#include "nvme_tcp/send_queue.h"

#include "base/check.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace outrigger::nvme_tcp {

bool SendQueue::set_capacity(uint32_t bytes) noexcept {
  const uint32_t capacity = capacity_for(bytes);
  if (capacity <= capacity_) {
    return true;
  }
  std::unique_ptr<std::byte[]> ring(new (std::nothrow) std::byte[capacity]);
  if (ring == nullptr) {
    return false;
  }
  const uint32_t held = tail_ - head_;
  for (uint32_t i = 0; i < held; ++i) {
    ring[i] = ring_[(head_ + i) & (capacity_ - 1)];
  }
  ring_ = std::move(ring);
  capacity_ = capacity;
  head_ = 0;
  tail_ = held;
  return true;
}

void SendQueue::append(const void* bytes, uint32_t count) noexcept {
  check(count <= room(), "headers are made only when the ring has room for them");
  const uint32_t at = tail_ & (capacity_ - 1);
  const uint32_t first = std::min(count, capacity_ - at);
  std::memcpy(ring_.get() + at, bytes, first);
  std::memcpy(ring_.get(), static_cast<const std::byte*>(bytes) + first, count - first);
  tail_ += count;
  tail_bytes_ += count;
  appended_bytes_ += count;
}

void SendQueue::append(Slot& slot) noexcept {
  slot.lead_bytes = tail_bytes_;
  slot.sent_bytes = 0;
  appended_bytes_ += slot.command.data_bytes;
  tail_bytes_ = 0;
  slots_.push_back(slot);
}

size_t SendQueue::put_ring(uint32_t from, uint32_t count, std::span<iovec> pieces) const noexcept {
  size_t used = 0;
  while (count != 0 && used < pieces.size()) {
    const uint32_t at = from & (capacity_ - 1);
    const uint32_t step = std::min(count, capacity_ - at);
    pieces[used++] = {ring_.get() + at, step};
    from += step;
    count -= step;
  }
  return used;
}

size_t SendQueue::gather(std::span<iovec> pieces) const noexcept {
  // A slot is put in whole or not at all, but for the first, which may have more pieces than there is room for.
  constexpr size_t pieces_per_slot_max = Slot::pieces_max + 2;
  size_t used = 0;
  uint32_t at = head_;
  for (const Slot* slot = slots_.front(); slot != nullptr; slot = slot->next) {
    if (used + pieces_per_slot_max > pieces.size()) {
      return used;
    }
    used += put_ring(at, slot->lead_bytes, pieces.subspan(used));
    at += slot->lead_bytes;
    size_t skipped = slot->sent_bytes;
    for (const iovec& piece : slot->buffers()) {
      if (skipped >= piece.iov_len) {
        skipped -= piece.iov_len;
        continue;
      }
      pieces[used++] = {static_cast<std::byte*>(piece.iov_base) + skipped, piece.iov_len - skipped};
      skipped = 0;
    }
  }
  return used + put_ring(at, tail_bytes_, pieces.subspan(used));
}

void SendQueue::sent(size_t bytes) noexcept {
  sent_bytes_ += bytes;
  while (bytes != 0) {
    Slot* const slot = slots_.front();
    uint32_t& headers = slot != nullptr ? slot->lead_bytes : tail_bytes_;
    const auto of_headers = static_cast<uint32_t>(std::min<size_t>(bytes, headers));
    headers -= of_headers;
    head_ += of_headers;
    bytes -= of_headers;
    if (slot == nullptr) {
      check(bytes == 0, "no more goes than was there");
      return;
    }
    const auto of_data = static_cast<uint32_t>(std::min<size_t>(bytes, slot->command.data_bytes - slot->sent_bytes));
    slot->sent_bytes += of_data;
    bytes -= of_data;
    if (slot->lead_bytes == 0 && slot->sent_bytes == slot->command.data_bytes) {
      finished_.push_back(*slots_.pop_front());
    }
  }
}

void SendQueue::drop() noexcept {
  finished_.splice_back(slots_);
  head_ = tail_;
  tail_bytes_ = 0;
  appended_bytes_ = sent_bytes_;
}

}  // namespace outrigger::nvme_tcp
