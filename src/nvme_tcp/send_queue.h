// SendQueue: what a connection has to say, in order: headers, copied into a ring, and data, which stay in the slots'
// buffers until they have gone. Headers that follow each other are one piece, so that a turn's answers to writes are
// one or two pieces and those to reads two each.
#pragma once

#include "base/intrusive.h"
#include "nvme_tcp/slot.h"

#include <sys/uio.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace outrigger::nvme_tcp {

class SendQueue {
 public:
  // What a ring takes that shall have room for so many.
  [[nodiscard]] static uint32_t capacity_for(uint32_t bytes) noexcept { return std::bit_ceil(bytes); }
  // Makes the ring at least so large; what it holds is kept. Set-up only. False: the machine has no memory for it.
  [[nodiscard]] bool set_capacity(uint32_t bytes) noexcept;
  [[nodiscard]] uint32_t room() const noexcept { return capacity_ - (tail_ - head_); }
  [[nodiscard]] bool is_empty() const noexcept { return slots_.is_empty() && head_ == tail_; }
  // Bytes that went, ever, and that wait.
  [[nodiscard]] uint64_t sent_bytes() const noexcept { return sent_bytes_; }
  [[nodiscard]] uint64_t waiting_bytes() const noexcept { return appended_bytes_ - sent_bytes_; }
  [[nodiscard]] bool has_data() const noexcept { return !slots_.is_empty(); }

  // There must be room.
  void append(const void* bytes, uint32_t count) noexcept;
  // command.data_bytes of the slot's buffers, not 0.
  void append(Slot& slot) noexcept;

  // What goes next, as much as fits into `pieces`; returns how many pieces.
  [[nodiscard]] size_t gather(std::span<iovec> pieces) const noexcept;
  // Calls `fn` with every slot whose data have not all gone.
  template <typename Fn>
  void each_slot(Fn fn) noexcept {
    for (Slot* slot = slots_.front(); slot != nullptr; slot = slot->next) {
      fn(*slot);
    }
  }
  // `bytes` of that have gone.
  void sent(size_t bytes) noexcept;
  // A slot whose data have all gone, or nullptr.
  [[nodiscard]] Slot* take_finished() noexcept { return finished_.pop_front(); }
  // Nothing of it will go: all slots are finished.
  void drop() noexcept;

 private:
  [[nodiscard]] size_t put_ring(uint32_t from, uint32_t count, std::span<iovec> pieces) const noexcept;

  std::unique_ptr<std::byte[]> ring_;
  uint32_t capacity_ = 0;    // a power of two
  uint32_t head_ = 0;        // of the ring: the next byte to go
  uint32_t tail_ = 0;        // where the next header is put
  uint32_t tail_bytes_ = 0;  // headers after the last slot's data
  uint64_t appended_bytes_ = 0;
  uint64_t sent_bytes_ = 0;
  IntrusiveQueue<Slot> slots_;
  IntrusiveQueue<Slot> finished_;
};

}  // namespace outrigger::nvme_tcp
