// PackedQueue: the device's side of one packed virtqueue (virtio 1.2, §2.8), with the interface of SplitQueue.
// Belongs to one core.
//
// Without an in-flight log a batch of used descriptors becomes visible with the store of its first one's flags; with
// a log every used descriptor is shown by itself, because a batch that was written in part when the process died
// would leave used descriptors ahead of the place its successor goes on from.
#pragma once

#include "base/check.h"
#include "base/result.h"
#include "virtio/chain.h"
#include "virtio/inflight_log.h"
#include "virtio/ring_format.h"
#include "virtio/ring_setup.h"

#include <vector>

namespace outrigger::virtio {

template <typename Steps = NoSteps>
class PackedQueue {
 public:
  // See SplitQueue for what each function promises.
  Result<void> attach(const RingSetup& setup);
  void set_memory(const MemoryVersion& memory, const RingParts& parts) noexcept {
    parts_ = parts;
    reader_.set_memory(*memory.memory);
    dirty_log_ = memory.dirty_log.get();
    ring_address_ = memory.memory->guest_address_of(parts.descriptors);
    event_address_ = memory.memory->guest_address_of(parts.device_area);
  }
  // An upper bound of the chains that can be popped now; pop() may say Empty before.
  [[nodiscard]] uint32_t prepare(uint32_t max);
  Pop pop(Chain& chain, iovec* small, uint32_t small_count, iovec* spill);
  void put_used(const ChainToken& token, uint32_t length);
  void publish();
  [[nodiscard]] uint16_t unpublished_count() const noexcept { return unpublished_count_; }
  [[nodiscard]] bool needs_call();
  void forget_calls() noexcept { is_signalled_valid_ = false; }
  // The device's part of a packed ring lies where its descriptors lie: there is no used ring to be logged elsewhere.
  void set_used_log(UsedLog) noexcept {}
  [[nodiscard]] bool enable_kicks();
  void disable_kicks();
  [[nodiscard]] bool is_broken() const noexcept { return broken_why_ != nullptr; }
  [[nodiscard]] const char* broken_why() const noexcept { return broken_why_; }
  void break_queue(const char* why) noexcept { broken_why_ = why; }
  [[nodiscard]] uint32_t recovered_count() const noexcept {
    return static_cast<uint32_t>(recovered_.size() - recovered_next_);
  }
  [[nodiscard]] VringBase base() const noexcept {
    return {word_of(avail_) | static_cast<uint32_t>(word_of(used_)) << 16};
  }

 private:
  static constexpr uint16_t state_flags = descriptor_flag::Avail | descriptor_flag::Used;

  [[nodiscard]] static uint16_t word_of(PackedPosition p) noexcept {
    return static_cast<uint16_t>(p.index | (p.wrap ? 1U << 15 : 0U));
  }
  [[nodiscard]] Pop fail_ring(const char* why) noexcept {
    broken_why_ = why;
    return Pop::Broken;
  }
  [[nodiscard]] std::byte* slot(uint16_t index) const noexcept {
    return parts_.descriptors + sizeof(PackedDescriptor) * index;
  }
  // §2.8.1: a descriptor is available when Avail equals the wrap counter and Used does not.
  [[nodiscard]] bool is_available(PackedPosition at) const noexcept {
    const auto flags = load_acquire<uint16_t>(slot(at.index) + offsetof(PackedDescriptor, flags));
    return (flags & state_flags) == (at.wrap ? descriptor_flag::Avail : descriptor_flag::Used);
  }
  // A chain that a predecessor left in the log: its first entry, and how many it has.
  struct RecoveredChain {
    uint16_t entry;
    uint16_t count;
  };
  Pop read_recovered(Chain& chain, RecoveredChain recovered);
  // One descriptor of the ring (`taken`: how many of the chain came before it); Pop::Empty: the chain goes on.
  Pop read_descriptor(Chain& chain, const PackedDescriptor& d, uint32_t taken);
  Pop read_indirect(Chain& chain, const PackedDescriptor& table);
  // What a used descriptor says; the flags are stored last and make it one.
  struct UsedDescriptor {
    uint32_t length = 0;
    uint16_t id = 0;
    uint16_t flags = 0;
  };
  void write_used(PackedPosition at, UsedDescriptor used) {
    std::byte* const d = slot(at.index);
    store_relaxed<uint32_t>(d + offsetof(PackedDescriptor, length), used.length);
    store_relaxed<uint16_t>(d + offsetof(PackedDescriptor, id), used.id);
    store_release<uint16_t>(d + offsetof(PackedDescriptor, flags), used.flags);
    if (dirty_log_ != nullptr) [[unlikely]] {
      dirty_log_->mark(ring_address_ + sizeof(PackedDescriptor) * at.index, sizeof(PackedDescriptor));
    }
  }
  void write_event(uint32_t word) noexcept {
    store_relaxed<uint32_t>(parts_.device_area, word);
    if (dirty_log_ != nullptr) [[unlikely]] {
      dirty_log_->mark(event_address_, packed_event_bytes);
    }
  }
  [[nodiscard]] bool wants_descriptor_event(uint16_t offset_and_wrap, uint16_t old_used) const noexcept;

  RingParts parts_;
  uint16_t size_ = 0;
  PackedPosition avail_;  // next descriptor to take
  PackedPosition used_;   // next descriptor to mark used
  uint16_t held_count_ = 0;         // descriptors taken and not given back
  uint16_t unpublished_count_ = 0;
  PackedPosition first_unpublished_;
  UsedDescriptor first_used_;
  uint16_t signalled_used_ = 0;
  bool is_signalled_valid_ = false;
  bool has_event_idx_ = false;
  bool has_indirect_ = false;
  const char* broken_why_ = nullptr;
  ChainReader reader_;
  PackedInflightLog<Steps> log_;
  DirtyLog* dirty_log_ = nullptr;
  // Guest physical, for the dirty log. The address a front end gives for "the used ring" is the event area's here.
  uint64_t ring_address_ = 0;
  uint64_t event_address_ = 0;
  std::vector<RecoveredChain> recovered_;
  size_t recovered_next_ = 0;
};

template <typename Steps>
Result<void> PackedQueue<Steps>::attach(const RingSetup& setup) {
  if (setup.size == 0 || setup.size > queue_size_limit) {
    return fail(Code::InvalidArgument, "a packed ring of {} descriptors: must have 1 to {} (§2.8)", setup.size,
                queue_size_limit);
  }
  size_ = setup.size;
  has_event_idx_ = (setup.features & feature::RingEventIdx) != 0;
  has_indirect_ = (setup.features & feature::RingIndirectDesc) != 0;
  set_memory(setup.memory, setup.parts);
  const auto word = static_cast<uint16_t>(setup.base.value);
  avail_ = {static_cast<uint16_t>(word & 0x7fff), (word >> 15) != 0};
  if (avail_.index >= size_) {
    return fail(Code::InvalidArgument, "a packed ring of {} descriptors cannot go on from {}", size_, avail_.index);
  }
  // Both sides stand at the same place: who stops a queue waits for it to drain, and front ends differ in what they
  // put into the base's upper half. What is in flight after a crash is known by the in-flight log alone.
  used_ = avail_;
  if (setup.inflight.bytes.empty()) {
    return {};
  }
  if (setup.inflight.bytes.size() < inflight_queue_bytes(size_, true) ||
      reinterpret_cast<uintptr_t>(setup.inflight.bytes.data()) % alignof(QueueRegionPacked) != 0) {
    return fail(Code::InvalidArgument, "the in-flight area has {} bytes for a packed queue of {}: needs {}, aligned",
                setup.inflight.bytes.size(), size_, inflight_queue_bytes(size_, true));
  }
  auto recovery = log_.open(setup.inflight.bytes, setup.inflight.is_fresh, size_, parts_.descriptors, used_);
  used_ = avail_ = recovery.used;
  for (const uint16_t entry : recovery.heads) {
    const uint16_t count = log_.entry(entry).num;
    recovered_.push_back({entry, count});
    if (count == 0 || held_count_ + count > size_) {
      return fail(Code::DataLoss, "the in-flight log of a packed queue contradicts itself: the guest must reset");
    }
    held_count_ = static_cast<uint16_t>(held_count_ + count);
    avail_.advance(count, size_);
  }
  return {};
}

template <typename Steps>
uint32_t PackedQueue<Steps>::prepare(uint32_t max) {
  if (broken_why_ != nullptr) [[unlikely]] {
    return 0;
  }
  if (recovered_next_ < recovered_.size()) [[unlikely]] {
    return static_cast<uint32_t>(std::min<size_t>(recovered_.size() - recovered_next_, max));
  }
  if (!is_available(avail_)) {
    return 0;
  }
  // The ring is read in order, which the hardware foresees; tables are not.
  PackedPosition at = avail_;
  uint32_t count = 1;
  for (; count < max && has_indirect_; ++count) {
    at.advance(1, size_);
    if (!is_available(at)) {
      return count;
    }
    const auto d = copy_once<PackedDescriptor>(slot(at.index));
    if ((d.flags & descriptor_flag::Indirect) != 0) {
      __builtin_prefetch(reader_.translate(d.address, sizeof(PackedDescriptor)));
    }
  }
  return max;
}

template <typename Steps>
Pop PackedQueue<Steps>::pop(Chain& chain, iovec* small, uint32_t small_count, iovec* spill) {
  reader_.begin(chain, small, small_count, spill);
  if (recovered_next_ < recovered_.size()) [[unlikely]] {
    return read_recovered(chain, recovered_[recovered_next_++]);
  }
  if (!is_available(avail_)) {
    return Pop::Empty;
  }
  const uint16_t entry = log_.is_open() ? log_.next_entry() : uint16_t{0};
  PackedPosition at = avail_;
  for (uint16_t taken = 0;; ++taken) {
    // A chain that needs slots we have not given back overwrites them, or loops (§2.8.17).
    if (held_count_ + taken >= size_) [[unlikely]] {
      return fail_ring("a descriptor chain needs more of the ring than is free: it loops or overwrites");
    }
    const auto d = copy_once<PackedDescriptor>(slot(at.index));
    const bool is_last = (d.flags & descriptor_flag::Next) == 0;
    if (log_.is_open() && !log_.fetch(d, taken == 0, is_last)) [[unlikely]] {
      return fail_ring("the in-flight log has no room for a chain");
    }
    if (read_descriptor(chain, d, taken) == Pop::Broken) [[unlikely]] {
      return Pop::Broken;
    }
    at.advance(1, size_);
    if (is_last) {
      const auto count = static_cast<uint16_t>(taken + 1);
      chain.token = {.id = d.id, .ring_count = count, .log_index = entry};
      held_count_ = static_cast<uint16_t>(held_count_ + count);
      avail_ = at;
      return Pop::Chain;
    }
  }
}

template <typename Steps>
Pop PackedQueue<Steps>::read_descriptor(Chain& chain, const PackedDescriptor& d, uint32_t taken) {
  if ((d.flags & descriptor_flag::Indirect) != 0) {
    if (taken != 0) [[unlikely]] {
      return fail_ring("an indirect descriptor is part of a chain (§2.8.19)");
    }
    return read_indirect(chain, d);
  }
  reader_.add(chain, d.address, d.length, (d.flags & descriptor_flag::Write) != 0);
  return Pop::Empty;
}

template <typename Steps>
Pop PackedQueue<Steps>::read_recovered(Chain& chain, RecoveredChain recovered) {
  uint16_t at = recovered.entry;
  for (uint16_t taken = 0; taken < recovered.count; ++taken) {
    if (at >= size_) [[unlikely]] {
      return fail_ring("the in-flight log contradicts itself");
    }
    const DescStatePacked state = log_.entry(at);
    const PackedDescriptor d{.address = state.addr, .length = state.len, .id = state.id, .flags = state.flags};
    if (read_descriptor(chain, d, taken) == Pop::Broken) [[unlikely]] {
      return Pop::Broken;
    }
    chain.token = {.id = d.id, .ring_count = recovered.count, .log_index = recovered.entry};
    at = state.next;
  }
  return Pop::Chain;
}

template <typename Steps>
Pop PackedQueue<Steps>::read_indirect(Chain& chain, const PackedDescriptor& table) {
  if (!has_indirect_ || (table.flags & descriptor_flag::Next) != 0) [[unlikely]] {
    return fail_ring("a descriptor is indirect without the feature, or indirect and chained (§2.8.19)");
  }
  const uint32_t count = table.length / sizeof(PackedDescriptor);
  if (count == 0 || table.length % sizeof(PackedDescriptor) != 0) [[unlikely]] {
    return fail_ring("an indirect table's length is not a multiple of 16");
  }
  const std::byte* const entries = reader_.translate(table.address, table.length);
  if (entries == nullptr) [[unlikely]] {
    return fail_ring("an indirect table does not lie inside one region of the guest's memory");
  }
  if (count > indirect_entries_max) [[unlikely]] {
    return fail_ring("an indirect table is too long");
  }
  for (uint32_t i = 0; i < count; ++i) {  // §2.8.7: in order; only the Write flag means anything
    const auto d = copy_once<PackedDescriptor>(entries + sizeof(PackedDescriptor) * i);
    reader_.add(chain, d.address, d.length, (d.flags & descriptor_flag::Write) != 0);
  }
  return Pop::Empty;
}

template <typename Steps>
void PackedQueue<Steps>::put_used(const ChainToken& token, uint32_t length) {
  // §2.8.1 and §2.8.3: Avail and Used equal the wrap counter; Write says that something was written.
  const uint32_t flags = (used_.wrap ? uint32_t{state_flags} : 0U) | (length != 0 ? descriptor_flag::Write : 0U);
  const UsedDescriptor used{.length = length, .id = token.id, .flags = static_cast<uint16_t>(flags)};
  const PackedPosition at = used_;
  used_.advance(token.ring_count, size_);
  held_count_ = static_cast<uint16_t>(held_count_ - token.ring_count);
  ++unpublished_count_;
  if (log_.is_open()) {
    log_.complete(token.log_index, used_);
    write_used(at, used);
    Steps::step();
    log_.commit(token.log_index);
  } else if (unpublished_count_ == 1) {
    first_unpublished_ = at;
    first_used_ = used;
  } else {
    write_used(at, used);
  }
}

template <typename Steps>
void PackedQueue<Steps>::publish() {
  if (unpublished_count_ != 0 && !log_.is_open()) {
    write_used(first_unpublished_, first_used_);
  }
  unpublished_count_ = 0;
}

template <typename Steps>
bool PackedQueue<Steps>::wants_descriptor_event(uint16_t offset_and_wrap, uint16_t old_used) const noexcept {
  // §2.8.10: true when the descriptor named by offset and wrap counter is among those used since. Indices of the lap
  // before are made negative, so that one lap's comparison serves.
  auto event = static_cast<uint16_t>(offset_and_wrap & 0x7fff);
  if (((offset_and_wrap >> 15) != 0) != used_.wrap) {
    event = static_cast<uint16_t>(event - size_);
  }
  if (used_.index <= old_used) {
    old_used = static_cast<uint16_t>(old_used - size_);
  }
  return passed_event(event, used_.index, old_used);
}

template <typename Steps>
bool PackedQueue<Steps>::needs_call() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const uint16_t old_used = signalled_used_;
  signalled_used_ = used_.index;
  const auto word = load_acquire<uint32_t>(parts_.driver_area);
  const auto flags = static_cast<uint16_t>(word >> 16 & 3);
  if (flags == event_disable) {
    return false;
  }
  if (flags != event_descriptor || !has_event_idx_) {
    return true;
  }
  if (!is_signalled_valid_) [[unlikely]] {
    is_signalled_valid_ = true;
    return true;
  }
  return wants_descriptor_event(static_cast<uint16_t>(word), old_used);
}

template <typename Steps>
bool PackedQueue<Steps>::enable_kicks() {
  write_event(has_event_idx_ ? uint32_t{word_of(avail_)} | uint32_t{event_descriptor} << 16
                             : uint32_t{event_enable} << 16);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return is_available(avail_) || recovered_count() != 0;
}

template <typename Steps>
void PackedQueue<Steps>::disable_kicks() {
  write_event(uint32_t{event_disable} << 16);
}

}  // namespace outrigger::virtio
