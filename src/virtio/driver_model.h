// The driver's side of virtqueues, for tests and the benchmark: a guest's memory in an arena, and drivers for split
// and packed rings that follow the virtio 1.2 specification (and let a test break it).
#pragma once

#include "base/check.h"
#include "virtio/guest_memory.h"
#include "virtio/inflight_log.h"
#include "virtio/ring_format.h"
#include "virtio/ring_setup.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace outrigger::virtio::model {

// Guest memory: two regions that adjoin in guest addresses (but not on the host), a hole, and a third region.
class Arena {
 public:
  static constexpr uint64_t region_bytes = 4ULL << 20;
  static constexpr uint64_t hole_address = 2 * region_bytes;
  static constexpr uint64_t far_address = 16 * region_bytes;

  // `bytes` of each region exist; the first two adjoin when that is all of them.
  explicit Arena(uint64_t bytes = region_bytes) : bytes_(bytes) {
    for (auto& host : hosts_) {
      host.reset(static_cast<std::byte*>(std::aligned_alloc(4096, bytes_)));
      std::memset(host.get(), 0, bytes_);
    }
    auto made = GuestMemory::create({region(0, 0), region(region_bytes, 1), region(far_address, 2)});
    check(made.has_value(), "the arena's table is valid");
    memory_ = *made;
  }

  // `bytes` of guest memory; never given back. Any thread.
  uint64_t allocate(uint64_t bytes, uint64_t alignment = 16) {
    const std::lock_guard lock(mutex_);
    next_ = (next_ + alignment - 1) / alignment * alignment;
    const uint64_t address = next_;
    next_ += bytes;
    check(next_ <= bytes_, "the arena is large enough for its test");
    return address;
  }
  [[nodiscard]] std::byte* host(uint64_t address) const {
    std::byte* const at = memory_->translate(address, 1);
    check(at != nullptr, "tests look at addresses that exist");
    return at;
  }
  template <typename T>
  [[nodiscard]] T& at(uint64_t address) const {
    return *reinterpret_cast<T*>(host(address));
  }
  [[nodiscard]] const std::shared_ptr<const GuestMemory>& memory() const { return memory_; }
  // The same memory, mapped again elsewhere: what a front end's new table with the same contents looks like.
  [[nodiscard]] const std::vector<MemoryRegion>& table() const { return table_; }

 private:
  struct Free {
    void operator()(std::byte* at) const { std::free(at); }
  };
  MemoryRegion region(uint64_t address, size_t index) {
    table_.push_back({address, bytes_, 0x7f0000000000 + 0x40000000 * index, hosts_[index].get(), nullptr});
    return table_.back();
  }

  uint64_t bytes_;
  std::unique_ptr<std::byte, Free> hosts_[3];
  std::vector<MemoryRegion> table_;
  std::shared_ptr<const GuestMemory> memory_;
  std::mutex mutex_;
  uint64_t next_ = 4096;
};

// One descriptor's worth of a buffer.
struct Buffer {
  uint64_t address;
  uint32_t length;
  bool is_writable;
};

struct Used {
  uint16_t id;
  uint32_t length;
};

inline constexpr uint32_t table_entries = 130;

// §2.7: the driver of a split ring.
class SplitDriver {
 public:
  static constexpr uint64_t format_features = 0;

  SplitDriver(Arena& arena, uint16_t size, uint64_t features)
      : arena_(arena),
        size_(size),
        has_event_idx_((features & feature::RingEventIdx) != 0),
        descriptors_(arena.allocate(16ULL * size, 16)),
        avail_(arena.allocate(split_avail_bytes(size), 2)),
        used_(arena.allocate(split_used_bytes(size), 4)),
        tables_(arena.allocate(uint64_t{size} * table_entries * 16)),
        chain_counts_(size) {
    for (uint16_t i = 0; i < size; ++i) {
      free_.push_back(static_cast<uint16_t>(size - 1 - i));
    }
  }

  [[nodiscard]] RingParts parts() const { return {arena_.host(descriptors_), arena_.host(avail_), arena_.host(used_)}; }
  [[nodiscard]] static VringBase first_base() { return {0}; }
  // What a front end believes after its back end died (QEMU: the used index).
  [[nodiscard]] VringBase base_after_crash() const {
    return {load_acquire<uint16_t>(arena_.host(used_ + ring_idx_offset))};
  }
  [[nodiscard]] uint16_t free_count() const { return static_cast<uint16_t>(free_.size()); }

  // Makes a chain available: at once, or with the next publish(). Gives its id; nothing when the ring is full.
  std::optional<uint16_t> add(std::span<const Buffer> buffers, bool is_indirect = false, bool is_published = true) {
    const size_t needed = is_indirect ? 1 : buffers.size();
    if (free_.size() < needed) {
      return std::nullopt;
    }
    uint16_t head = 0;
    if (is_indirect) {
      head = take();
      const uint64_t table = table_of(head);
      for (size_t i = 0; i < buffers.size(); ++i) {
        const bool is_last = i + 1 == buffers.size();
        arena_.at<SplitDescriptor>(table + 16 * i) = make(buffers[i], is_last, static_cast<uint16_t>(i + 1));
      }
      descriptor(head) = {table, static_cast<uint32_t>(16 * buffers.size()), descriptor_flag::Indirect, 0};
    } else {
      uint16_t next = head = take();
      for (size_t i = 0; i < buffers.size(); ++i) {
        const bool is_last = i + 1 == buffers.size();
        const uint16_t here = next;
        next = is_last ? uint16_t{0} : take();
        descriptor(here) = make(buffers[i], is_last, next);
      }
    }
    chain_counts_[head] = static_cast<uint16_t>(needed);
    offer(head);
    if (is_published) {
      publish();
    }
    return head;
  }
  // Puts `head` into the available ring, whatever it is.
  void offer(uint16_t head) {
    store_relaxed<uint16_t>(arena_.host(avail_ + ring_entries_offset + uint64_t{2} * (avail_idx_ % size_)), head);
    ++avail_idx_;
  }
  void publish() { store_release<uint16_t>(arena_.host(avail_ + ring_idx_offset), avail_idx_); }
  // Lies about the available index.
  void set_avail_idx(uint16_t idx) {
    avail_idx_ = idx;
    publish();
  }

  // §2.7.13.4.1: must the device be told of what was added since the last question?
  bool wants_kick() {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const uint16_t old_idx = std::exchange(kicked_idx_, avail_idx_);
    if (!has_event_idx_) {
      return (load_relaxed<uint16_t>(arena_.host(used_)) & used_no_notify) == 0;
    }
    return passed_event(load_relaxed<uint16_t>(arena_.host(used_ + 4 + uint64_t{8} * size_)), avail_idx_, old_idx);
  }
  std::optional<Used> take_used() {
    const auto idx = load_acquire<uint16_t>(arena_.host(used_ + ring_idx_offset));
    if (idx == used_idx_) {
      return std::nullopt;
    }
    const auto element = arena_.at<UsedElement>(used_ + ring_entries_offset + uint64_t{8} * (used_idx_ % size_));
    ++used_idx_;
    check(element.id < size_ && chain_counts_[element.id] != 0, "the device gives back what it was given, once");
    uint16_t i = static_cast<uint16_t>(element.id);
    for (uint16_t n = std::exchange(chain_counts_[element.id], uint16_t{0}); n != 0; --n) {
      free_.push_back(i);
      i = descriptor(i).next;
    }
    return Used{static_cast<uint16_t>(element.id), element.length};
  }
  // §2.7.7: how the driver wants to be told.
  void set_no_interrupt(bool is_on) { store_relaxed<uint16_t>(arena_.host(avail_), is_on ? 1 : 0); }
  void set_used_event(uint16_t event) { store_relaxed<uint16_t>(arena_.host(avail_ + 4 + uint64_t{2} * size_), event); }
  [[nodiscard]] uint16_t used_flags() const { return load_relaxed<uint16_t>(arena_.host(used_)); }
  [[nodiscard]] uint16_t avail_event() const {
    return load_relaxed<uint16_t>(arena_.host(used_ + 4 + uint64_t{8} * size_));
  }
  [[nodiscard]] uint64_t used_address() const { return used_; }

  [[nodiscard]] SplitDescriptor& descriptor(uint16_t i) { return arena_.at<SplitDescriptor>(descriptors_ + 16ULL * i); }
  [[nodiscard]] uint64_t table_of(uint16_t i) const { return tables_ + uint64_t{i} * table_entries * 16; }
  [[nodiscard]] SplitDescriptor& table_entry(uint16_t i, uint64_t n) {
    return arena_.at<SplitDescriptor>(table_of(i) + 16 * n);
  }

 private:
  static SplitDescriptor make(const Buffer& buffer, bool is_last, uint16_t next) {
    const auto flags = static_cast<uint16_t>((buffer.is_writable ? descriptor_flag::Write : 0U) |
                                             (is_last ? 0U : descriptor_flag::Next));
    return {buffer.address, buffer.length, flags, next};
  }
  uint16_t take() {
    const uint16_t i = free_.back();
    free_.pop_back();
    return i;
  }

  Arena& arena_;
  uint16_t size_;
  bool has_event_idx_;
  uint64_t descriptors_, avail_, used_, tables_;
  uint16_t avail_idx_ = 0;
  uint16_t used_idx_ = 0;
  uint16_t kicked_idx_ = 0;
  std::vector<uint16_t> free_;
  std::vector<uint16_t> chain_counts_;
};

// §2.8: the driver of a packed ring.
class PackedDriver {
 public:
  static constexpr uint64_t format_features = feature::RingPacked;

  PackedDriver(Arena& arena, uint16_t size, uint64_t /*features*/)
      : arena_(arena),
        size_(size),
        descriptors_(arena.allocate(16ULL * size, 16)),
        driver_event_(arena.allocate(4, 4)),
        device_event_(arena.allocate(4, 4)),
        tables_(arena.allocate(uint64_t{size} * table_entries * 16)),
        chain_counts_(size),
        free_count_(size) {
    for (uint16_t i = 0; i < size; ++i) {
      free_ids_.push_back(static_cast<uint16_t>(size - 1 - i));
    }
  }

  [[nodiscard]] RingParts parts() const {
    return {arena_.host(descriptors_), arena_.host(driver_event_), arena_.host(device_event_)};
  }
  [[nodiscard]] static VringBase first_base() { return {0x80008000}; }
  // A front end knows nothing of a packed ring whose back end died: it says what it said first.
  [[nodiscard]] VringBase base_after_crash() const { return first_base(); }
  [[nodiscard]] uint16_t free_count() const { return free_count_; }

  std::optional<uint16_t> add(std::span<const Buffer> buffers, bool is_indirect = false, bool is_published = true) {
    const size_t needed = is_indirect ? 1 : buffers.size();
    if (free_count_ < needed || free_ids_.empty()) {
      return std::nullopt;
    }
    const uint16_t id = free_ids_.back();
    free_ids_.pop_back();
    if (is_indirect) {
      for (size_t i = 0; i < buffers.size(); ++i) {
        table_entry(id, i) = {buffers[i].address, buffers[i].length, 0,
                              buffers[i].is_writable ? descriptor_flag::Write : uint16_t{0}};
      }
      put({table_of(id), static_cast<uint32_t>(16 * buffers.size()), id, descriptor_flag::Indirect}, true);
    } else {
      for (size_t i = 0; i < buffers.size(); ++i) {
        const bool is_last = i + 1 == buffers.size();
        const auto flags = static_cast<uint16_t>((buffers[i].is_writable ? descriptor_flag::Write : 0U) |
                                                 (is_last ? 0U : descriptor_flag::Next));
        put({buffers[i].address, buffers[i].length, id, flags}, i == 0);
      }
    }
    chain_counts_[id] = static_cast<uint16_t>(needed);
    free_count_ = static_cast<uint16_t>(free_count_ - needed);
    if (is_published) {
      publish();
    }
    return id;
  }
  // The flags of chains' first descriptors, which make them available: the oldest last, so that all appear at once.
  void publish() {
    for (; !held_flags_.empty(); held_flags_.pop_back()) {
      const auto [slot, flags] = held_flags_.back();
      store_release<uint16_t>(arena_.host(descriptors_ + 16ULL * slot + offsetof(PackedDescriptor, flags)), flags);
    }
  }
  bool wants_kick() {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const auto word = load_relaxed<uint32_t>(arena_.host(device_event_));
    const auto flags = word >> 16 & 3;
    const PackedPosition old = std::exchange(kicked_, next_);
    if (flags != event_descriptor) {
      return flags == event_enable;
    }
    auto event = static_cast<uint16_t>(word & 0x7fff);
    if (((word >> 15 & 1) != 0) != next_.wrap) {
      event = static_cast<uint16_t>(event - size_);
    }
    const auto old_index = static_cast<uint16_t>(old.wrap != next_.wrap ? old.index - size_ : old.index);
    return passed_event(event, next_.index, old_index);
  }
  std::optional<Used> take_used() {
    const uint64_t at = descriptors_ + 16ULL * used_.index;
    const auto flags = load_acquire<uint16_t>(arena_.host(at + offsetof(PackedDescriptor, flags)));
    const bool is_avail = (flags & descriptor_flag::Avail) != 0;
    const bool is_used = (flags & descriptor_flag::Used) != 0;
    if (is_avail != is_used || is_used != used_.wrap) {
      return std::nullopt;
    }
    const auto d = copy_once<PackedDescriptor>(arena_.host(at));
    check(d.id < size_ && chain_counts_[d.id] != 0, "the device gives back what it was given, once");
    const uint16_t count = std::exchange(chain_counts_[d.id], uint16_t{0});
    used_.advance(count, size_);
    free_count_ = static_cast<uint16_t>(free_count_ + count);
    free_ids_.push_back(d.id);
    return Used{d.id, (flags & descriptor_flag::Write) != 0 ? d.length : 0};
  }
  void set_no_interrupt(bool is_on) { set_driver_event(is_on ? event_disable : event_enable, 0); }
  void set_driver_event(uint16_t flags, uint16_t offset_and_wrap) {
    store_release<uint32_t>(arena_.host(driver_event_), uint32_t{offset_and_wrap} | uint32_t{flags} << 16);
  }
  [[nodiscard]] uint32_t device_event() const { return load_relaxed<uint32_t>(arena_.host(device_event_)); }
  [[nodiscard]] PackedPosition next() const { return next_; }
  [[nodiscard]] uint64_t ring_address() const { return descriptors_; }

  [[nodiscard]] PackedDescriptor& descriptor(uint16_t i) {
    return arena_.at<PackedDescriptor>(descriptors_ + 16ULL * i);
  }
  [[nodiscard]] uint64_t table_of(uint16_t i) const { return tables_ + uint64_t{i} * table_entries * 16; }
  [[nodiscard]] PackedDescriptor& table_entry(uint16_t i, uint64_t n) {
    return arena_.at<PackedDescriptor>(table_of(i) + 16 * n);
  }
  // Writes any descriptor into the next slot; with `is_first` its flags wait for publish().
  void put(PackedDescriptor d, bool is_first) {
    const uint16_t flags =
        static_cast<uint16_t>(d.flags | (next_.wrap ? descriptor_flag::Avail : descriptor_flag::Used));
    PackedDescriptor& slot = descriptor(next_.index);
    slot.address = d.address;
    slot.length = d.length;
    slot.id = d.id;
    if (is_first) {
      held_flags_.emplace_back(next_.index, flags);
    } else {
      store_release<uint16_t>(arena_.host(descriptors_ + 16ULL * next_.index + offsetof(PackedDescriptor, flags)),
                              flags);
    }
    next_.advance(1, size_);
  }

 private:
  Arena& arena_;
  uint16_t size_;
  uint64_t descriptors_, driver_event_, device_event_, tables_;
  PackedPosition next_;
  PackedPosition used_;
  PackedPosition kicked_;
  std::vector<std::pair<uint16_t, uint16_t>> held_flags_;
  std::vector<uint16_t> free_ids_;
  std::vector<uint16_t> chain_counts_;
  uint16_t free_count_;
};

}  // namespace outrigger::virtio::model
