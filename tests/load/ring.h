// The driver's side of a virtio-blk queue, made for speed: a fixed set of slots, each with its header, status
// and data buffer, whose descriptors are written once. Starting an I/O writes the header and one ring entry;
// finishing one reads the used ring and the status. Split and packed rings of virtio 1.2, §2.7 and §2.8,
// behind the same interface. One thread; nothing is checked that a well-behaved back end guarantees, except
// in take_used().
#pragma once

#include "base/check.h"
#include "load/shared_memory.h"
#include "virtio/blk_format.h"
#include "virtio/ring_format.h"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <vector>

namespace outrigger::load {

// What one I/O of a queue shares with the back end besides its data. Header and status are neighbours, as
// drivers have them.
struct alignas(64) SlotHead {
  virtio::BlkRequestHeader header;
  uint8_t status = 0xFF;
};
static_assert(sizeof(SlotHead) == 64);

struct QueueLayout {
  uint16_t size = 0;        // descriptors
  uint16_t slot_count = 0;  // I/Os at most in flight
  uint32_t io_bytes = 4096;
  bool is_packed = false;
  bool has_event_idx = false;
  bool is_indirect = false;

  [[nodiscard]] uint16_t descriptors_per_io() const noexcept { return is_indirect ? 1 : 3; }
  // Bytes of shared memory that a queue takes, generously.
  [[nodiscard]] uint64_t memory_bytes() const noexcept {
    return 16ULL * size + 3 * 4096 + 16ULL * size + slot_count * (64ULL + 48 + (io_bytes + 4095ULL) / 4096 * 4096) +
           8192;
  }
};

// What both forms share: the slots.
class RingBase {
 public:
  RingBase(SharedMemory& memory, const QueueLayout& layout) : memory_(memory), layout_(layout) {
    check(layout.slot_count * layout.descriptors_per_io() <= layout.size, "the ring holds every slot's descriptors");
    const uint64_t buffer_bytes = (layout.io_bytes + 4095ULL) / 4096 * 4096;
    descriptors_ = memory.allocate(16ULL * layout.size, 4096);
    driver_area_ = memory.allocate(virtio::split_avail_bytes(layout.size), 4096);
    device_area_ = memory.allocate(virtio::split_used_bytes(layout.size), 4096);
    heads_ = reinterpret_cast<SlotHead*>(memory.allocate(sizeof(SlotHead) * layout.slot_count, 4096));
    tables_ = memory.allocate(48ULL * layout.slot_count, 64);
    buffers_ = memory.allocate(buffer_bytes * layout.slot_count, 4096);
    buffer_bytes_ = buffer_bytes;
    std::memset(descriptors_, 0, 16ULL * layout.size);
    std::memset(driver_area_, 0, virtio::split_avail_bytes(layout.size));
    std::memset(device_area_, 0, virtio::split_used_bytes(layout.size));
  }
  [[nodiscard]] const QueueLayout& layout() const noexcept { return layout_; }
  [[nodiscard]] std::byte* descriptors() const noexcept { return descriptors_; }
  [[nodiscard]] std::byte* driver_area() const noexcept { return driver_area_; }
  [[nodiscard]] std::byte* device_area() const noexcept { return device_area_; }
  [[nodiscard]] std::byte* buffer(uint16_t slot) const noexcept { return buffers_ + buffer_bytes_ * slot; }
  [[nodiscard]] uint8_t status(uint16_t slot) const noexcept {
    return std::atomic_ref<uint8_t>(heads_[slot].status).load(std::memory_order_relaxed);
  }

 protected:
  struct Part {
    uint64_t address;
    uint32_t length;
    bool is_writable;
  };
  // Header, data and status of a slot. `type` decides which way the data goes; requests without data have two
  // parts.
  [[nodiscard]] uint32_t parts_of(uint16_t slot, uint32_t type, uint32_t data_bytes, Part (&parts)[3]) const noexcept {
    const auto* head = reinterpret_cast<const std::byte*>(&heads_[slot]);
    uint32_t n = 0;
    parts[n++] = {memory_.guest_address(head), sizeof(virtio::BlkRequestHeader), false};
    if (data_bytes != 0) {
      parts[n++] = {memory_.guest_address(buffer(slot)), data_bytes,
                    type == virtio::blk_type::In || type == virtio::blk_type::GetId};
    }
    parts[n++] = {memory_.guest_address(head + offsetof(SlotHead, status)), 1, true};
    return n;
  }

  SharedMemory& memory_;
  QueueLayout layout_;
  std::byte* descriptors_;
  std::byte* driver_area_;
  std::byte* device_area_;
  SlotHead* heads_;
  std::byte* tables_;
  std::byte* buffers_;
  uint64_t buffer_bytes_;
};

class SplitRing final : public RingBase {
 public:
  SplitRing(SharedMemory& memory, const QueueLayout& layout) : RingBase(memory, layout), mask_(layout.size - 1U) {
    check((layout.size & (layout.size - 1)) == 0, "split rings have a power of two of descriptors");
    slot_types_.assign(layout.slot_count, UINT32_MAX);
    if (!layout.has_event_idx) {
      virtio::store_relaxed<uint16_t>(driver_area_, virtio::avail_no_interrupt);
    }
  }

  // Puts an I/O into the ring, unseen until publish(). `sector` in 512 bytes.
  void put(uint16_t slot, uint32_t type, uint64_t sector, uint32_t data_bytes) noexcept {
    SlotHead& head = heads_[slot];
    head.header.sector = sector;
    if (slot_types_[slot] != type || last_data_bytes_ != data_bytes) [[unlikely]] {
      describe(slot, type, data_bytes);
    }
    const uint16_t first = static_cast<uint16_t>(slot * layout_.descriptors_per_io());
    virtio::store_relaxed<uint16_t>(driver_area_ + virtio::ring_entries_offset + 2ULL * (avail_idx_ & mask_), first);
    ++avail_idx_;
  }
  void publish() noexcept { virtio::store_release<uint16_t>(driver_area_ + virtio::ring_idx_offset, avail_idx_); }
  // Does the back end want to be told of what was published since the last question?
  bool needs_kick() noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const uint16_t old_idx = kicked_idx_;
    kicked_idx_ = avail_idx_;
    if (!layout_.has_event_idx) {
      return (virtio::load_relaxed<uint16_t>(device_area_) & virtio::used_no_notify) == 0;
    }
    const auto event = virtio::load_relaxed<uint16_t>(device_area_ + 4 + 8ULL * layout_.size);
    return virtio::passed_event(event, avail_idx_, old_idx);
  }
  // Takes finished I/Os; gives their number.
  uint32_t take_used(uint16_t* slots, uint32_t slots_max) noexcept {
    const auto idx = virtio::load_acquire<uint16_t>(device_area_ + virtio::ring_idx_offset);
    uint32_t count = 0;
    while (used_idx_ != idx && count < slots_max) {
      const auto id = virtio::load_relaxed<uint32_t>(device_area_ + 4 + 8ULL * (used_idx_ & mask_));
      const uint32_t slot = id / layout_.descriptors_per_io();
      check(slot < layout_.slot_count && slot * layout_.descriptors_per_io() == id,
            "the back end gave back a descriptor that it was not given");
      slots[count++] = static_cast<uint16_t>(slot);
      ++used_idx_;
    }
    if (layout_.has_event_idx && count != 0) {
      // We poll: the event lies half the index space ahead, so that it is never passed.
      const auto event = static_cast<uint16_t>(used_idx_ + 0x7FFF);
      if ((event & 0xFF00) != (event_ & 0xFF00)) {
        event_ = event;
        virtio::store_relaxed<uint16_t>(driver_area_ + 4 + 2ULL * layout_.size, event);
      }
    }
    return count;
  }
  // SET_VRING_BASE for a new back end that goes on: what was used so far (QEMU believes the ring itself).
  [[nodiscard]] uint32_t base() const noexcept {
    return virtio::load_relaxed<uint16_t>(device_area_ + virtio::ring_idx_offset);
  }

 private:
  void describe(uint16_t slot, uint32_t type, uint32_t data_bytes) noexcept {
    heads_[slot].header.type = type;
    Part parts[3];
    const uint32_t count = parts_of(slot, type, data_bytes, parts);
    const auto first = static_cast<uint16_t>(slot * layout_.descriptors_per_io());
    auto* descriptors = reinterpret_cast<virtio::SplitDescriptor*>(layout_.is_indirect ? tables_ + 48ULL * slot
                                                                                       : descriptors_ + 16ULL * first);
    const auto base = static_cast<uint16_t>(layout_.is_indirect ? 0 : first);
    for (uint16_t i = 0; i < count; ++i) {
      const bool is_last = i + 1U == count;
      descriptors[i] = {parts[i].address, parts[i].length,
                        static_cast<uint16_t>((parts[i].is_writable ? virtio::descriptor_flag::Write : 0) |
                                              (is_last ? 0 : virtio::descriptor_flag::Next)),
                        static_cast<uint16_t>(is_last ? 0 : base + i + 1)};
    }
    if (layout_.is_indirect) {
      reinterpret_cast<virtio::SplitDescriptor*>(descriptors_)[slot] = {
          memory_.guest_address(tables_ + 48ULL * slot), 16 * count, virtio::descriptor_flag::Indirect, 0};
    }
    // A slot whose length differs from the rest is described anew next time.
    slot_types_[slot] = data_bytes == layout_.io_bytes ? type : UINT32_MAX;
    last_data_bytes_ = layout_.io_bytes;
  }

  uint32_t mask_;
  uint16_t avail_idx_ = 0;
  uint16_t used_idx_ = 0;
  uint16_t kicked_idx_ = 0;
  uint16_t event_ = 0;
  uint32_t last_data_bytes_ = UINT32_MAX;
  std::vector<uint32_t> slot_types_;
};

class PackedRing final : public RingBase {
 public:
  PackedRing(SharedMemory& memory, const QueueLayout& layout) : RingBase(memory, layout) {
    counts_.assign(layout.slot_count, 0);
    virtio::store_relaxed<uint32_t>(driver_area_, uint32_t{virtio::event_disable} << 16);
  }

  void put(uint16_t slot, uint32_t type, uint64_t sector, uint32_t data_bytes) noexcept {
    SlotHead& head = heads_[slot];
    head.header.type = type;
    head.header.sector = sector;
    Part parts[3];
    uint32_t count = parts_of(slot, type, data_bytes, parts);
    uint16_t extra_flags = 0;
    if (layout_.is_indirect) {
      auto* table = reinterpret_cast<virtio::PackedDescriptor*>(tables_ + 48ULL * slot);
      for (uint32_t i = 0; i < count; ++i) {
        table[i] = {parts[i].address, parts[i].length, 0,
                    parts[i].is_writable ? virtio::descriptor_flag::Write : uint16_t{0}};
      }
      parts[0] = {memory_.guest_address(tables_ + 48ULL * slot), 16 * count, false};
      count = 1;
      extra_flags = virtio::descriptor_flag::Indirect;
    }
    for (uint32_t i = 0; i < count; ++i) {
      auto& d = reinterpret_cast<virtio::PackedDescriptor*>(descriptors_)[next_];
      d.address = parts[i].address;
      d.length = parts[i].length;
      d.id = slot;
      const auto flags =
          static_cast<uint16_t>(extra_flags | (parts[i].is_writable ? virtio::descriptor_flag::Write : 0) |
                                (i + 1 < count ? virtio::descriptor_flag::Next : 0) |
                                (wrap_ ? virtio::descriptor_flag::Avail : virtio::descriptor_flag::Used));
      if (i == 0) {
        held_.push_back({next_, flags});
      } else {
        d.flags = flags;
      }
      if (++next_ == layout_.size) {
        next_ = 0;
        wrap_ = !wrap_;
      }
    }
    counts_[slot] = static_cast<uint16_t>(count);
  }
  // The flags of the first descriptors make chains available, the first chain last.
  void publish() noexcept {
    for (; !held_.empty(); held_.pop_back()) {
      virtio::store_release<uint16_t>(descriptors_ + 16ULL * held_.back().index + 14, held_.back().flags);
    }
  }
  bool needs_kick() noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const auto word = virtio::load_relaxed<uint32_t>(device_area_);
    const auto flags = (word >> 16) & 3;
    const uint16_t old_next = kicked_;
    const bool old_wrap = kicked_wrap_;
    kicked_ = next_;
    kicked_wrap_ = wrap_;
    if (flags != virtio::event_descriptor) {
      return flags == virtio::event_enable;
    }
    auto event = static_cast<uint16_t>(word & 0x7FFF);
    if (((word >> 15) & 1) != (wrap_ ? 1U : 0U)) {
      event = static_cast<uint16_t>(event - layout_.size);
    }
    const auto old_index = static_cast<uint16_t>(old_wrap != wrap_ ? old_next - layout_.size : old_next);
    return virtio::passed_event(event, next_, old_index);
  }
  uint32_t take_used(uint16_t* slots, uint32_t slots_max) noexcept {
    uint32_t count = 0;
    while (count < slots_max) {
      const std::byte* const at = descriptors_ + 16ULL * used_;
      const auto flags = virtio::load_acquire<uint16_t>(at + 14);
      const bool is_avail = (flags & virtio::descriptor_flag::Avail) != 0;
      const bool is_used = (flags & virtio::descriptor_flag::Used) != 0;
      if (is_avail != is_used || is_used != used_wrap_) {
        break;
      }
      const auto slot = virtio::load_relaxed<uint16_t>(at + 12);
      check(slot < layout_.slot_count && counts_[slot] != 0,
            "the back end gave back a descriptor that it was not given");
      used_ = static_cast<uint16_t>(used_ + counts_[slot]);
      counts_[slot] = 0;
      if (used_ >= layout_.size) {
        used_ = static_cast<uint16_t>(used_ - layout_.size);
        used_wrap_ = !used_wrap_;
      }
      slots[count++] = slot;
    }
    return count;
  }
  // A front end knows nothing of a packed ring whose back end died; with an in-flight region it says what it
  // said first.
  [[nodiscard]] static uint32_t base() noexcept { return 0x80008000; }

 private:
  struct Held {
    uint16_t index;
    uint16_t flags;
  };
  uint16_t next_ = 0;
  bool wrap_ = true;
  uint16_t used_ = 0;
  bool used_wrap_ = true;
  uint16_t kicked_ = 0;
  bool kicked_wrap_ = true;
  std::vector<uint16_t> counts_;
  std::vector<Held> held_;
};

}  // namespace outrigger::load
