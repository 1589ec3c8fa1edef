// SplitQueue: the device's side of one split virtqueue (virtio 1.2, §2.7). Takes chains from the available ring,
// puts them into the used ring, and decides about notifications. Belongs to one core.
//
// prepare() looks once and fetches ahead; pop() takes one chain; put_used() fills used entries that the driver does
// not see yet; publish() shows them all with one store; needs_call() says whether the driver wants to be told. A
// driver that breaks the ring itself (not merely one buffer) breaks the queue: pop() says so once and nothing is
// taken any more, because nothing in the ring can be believed from then on.
#pragma once

#include "base/check.h"
#include "base/result.h"
#include "virtio/chain.h"
#include "virtio/inflight_log.h"
#include "virtio/ring_format.h"
#include "virtio/ring_setup.h"

#include <string_view>
#include <vector>

namespace outrigger::virtio {

template <typename Steps = NoSteps>
class SplitQueue {
 public:
  // Lays itself over the ring; with an in-flight log, what a predecessor left there is popped again first.
  Result<void> attach(const RingSetup& setup);
  // Guest memory and dirty log from now on, kept alive by the caller, and where the ring lies in it: contents and
  // positions are the same.
  void set_memory(const MemoryVersion& memory, const RingParts& parts) noexcept {
    parts_ = parts;
    reader_.set_memory(*memory.memory);
    dirty_log_ = memory.dirty_log.get();
    used_address_ = memory.memory->guest_address_of(parts.device_area);
  }

  void set_used_log(UsedLog used_log) noexcept { used_log_ = used_log; }

  // How many chains can be popped now, at most `max`. Starts to fetch them into the cache.
  [[nodiscard]] uint32_t prepare(uint32_t max);
  // Takes the next of the prepared chains. Storage as in ChainReader::begin.
  Pop pop(Chain& chain, iovec* small, uint32_t small_count, iovec* spill);

  // Gives a chain back with `length` bytes written to its start; seen by the driver after publish().
  void put_used(const ChainToken& token, uint32_t length);
  void publish();
  [[nodiscard]] uint16_t unpublished_count() const noexcept { return unpublished_count_; }
  // After publish(): does the driver want a notification for what was published since the last question?
  [[nodiscard]] bool needs_call();
  // Nobody was asked for a while: the next answer is yes.
  void forget_calls() noexcept { is_signalled_valid_ = false; }

  // Asks the driver for notifications of new buffers; true when there are some already.
  [[nodiscard]] bool enable_kicks();
  void disable_kicks();

  [[nodiscard]] bool is_broken() const noexcept { return broken_why_ != nullptr; }
  // What the driver did to break the queue.
  [[nodiscard]] const char* broken_why() const noexcept { return broken_why_; }
  // Breaks the queue for a reason found elsewhere.
  void break_queue(const char* why) noexcept { broken_why_ = why; }
  // Chains taken over from a predecessor and not popped yet.
  [[nodiscard]] uint32_t recovered_count() const noexcept {
    return static_cast<uint32_t>(recovered_.size() - recovered_next_);
  }
  // Where a successor goes on (all chains given back and published).
  [[nodiscard]] VringBase base() const noexcept { return {last_avail_}; }

 private:
  [[nodiscard]] Pop fail_ring(const char* why) noexcept {
    broken_why_ = why;
    return Pop::Broken;
  }
  [[nodiscard]] const std::byte* avail_entry(uint16_t index) const noexcept {
    return parts_.driver_area + ring_entries_offset + size_t{2} * (index & mask_);
  }
  Pop read_chain(Chain& chain, uint16_t head);
  Pop read_indirect(Chain& chain, const SplitDescriptor& table);
  void prefetch_tables(uint32_t count) noexcept;
  // Something at [offset, offset + length) of the used ring was written.
  void log_used_write(size_t offset, size_t length) noexcept {
    if (dirty_log_ != nullptr) [[unlikely]] {
      dirty_log_->mark(used_address_ + offset, length);
      if (used_log_.is_wanted) {
        dirty_log_->mark(used_log_.address + offset, length);
      }
    }
  }

  RingParts parts_;
  uint16_t size_ = 0;
  uint16_t mask_ = 0;
  uint16_t last_avail_ = 0;   // next entry of the available ring to take
  uint16_t prepared_count_ = 0;
  uint16_t used_ = 0;         // next entry of the used ring to fill
  uint16_t unpublished_count_ = 0;
  uint16_t signalled_used_ = 0;  // used index when notifications were last decided on
  bool is_signalled_valid_ = false;
  bool has_event_idx_ = false;
  bool has_indirect_ = false;
  const char* broken_why_ = nullptr;
  ChainReader reader_;
  SplitInflightLog<Steps> log_;
  DirtyLog* dirty_log_ = nullptr;
  // The used ring's guest physical address, and the one the front end wants it logged at (usually the same). The
  // first is always marked: front ends turn logging on for a ring that runs.
  uint64_t used_address_ = 0;
  UsedLog used_log_;
  std::vector<uint16_t> recovered_;
  size_t recovered_next_ = 0;
};

template <typename Steps>
Result<void> SplitQueue<Steps>::attach(const RingSetup& setup) {
  if (setup.size == 0 || setup.size > queue_size_limit || !std::has_single_bit(setup.size)) {
    return fail(Code::InvalidArgument, "a split ring of {} descriptors: must be a power of two up to {} (§2.7)",
                setup.size, queue_size_limit);
  }
  size_ = setup.size;
  mask_ = static_cast<uint16_t>(setup.size - 1);
  has_event_idx_ = (setup.features & feature::RingEventIdx) != 0;
  has_indirect_ = (setup.features & feature::RingIndirectDesc) != 0;
  used_log_ = setup.used_log;
  set_memory(setup.memory, setup.parts);
  // The used index is the device's own word in shared memory: it is where a predecessor stopped.
  used_ = load_acquire<uint16_t>(parts_.device_area + ring_idx_offset);
  last_avail_ = static_cast<uint16_t>(setup.base.value);
  if (!setup.inflight.bytes.empty()) {
    if (setup.inflight.bytes.size() < inflight_queue_bytes(size_, false) ||
        reinterpret_cast<uintptr_t>(setup.inflight.bytes.data()) % alignof(QueueRegionSplit) != 0) {
      return fail(Code::InvalidArgument, "the in-flight area has {} bytes for a split queue of {}: needs {}, aligned",
                  setup.inflight.bytes.size(), size_, inflight_queue_bytes(size_, false));
    }
    const auto avail = load_acquire<uint16_t>(parts_.driver_area + ring_idx_offset);
    auto recovery = log_.open(setup.inflight.bytes, setup.inflight.is_fresh, size_, used_, avail);
    recovered_ = std::move(recovery.heads);
    if (recovery.is_believed) {
      // Every chain taken so far was either used or is in the log, whatever the front end remembers.
      last_avail_ = static_cast<uint16_t>(used_ + recovered_.size());
    }
  }
  return {};
}

template <typename Steps>
uint32_t SplitQueue<Steps>::prepare(uint32_t max) {
  if (broken_why_ != nullptr) [[unlikely]] {
    return 0;
  }
  if (recovered_next_ < recovered_.size()) [[unlikely]] {
    prepared_count_ = static_cast<uint16_t>(std::min<size_t>(recovered_.size() - recovered_next_, max));
    return prepared_count_;
  }
  const auto avail = load_acquire<uint16_t>(parts_.driver_area + ring_idx_offset);
  const auto waiting = static_cast<uint16_t>(avail - last_avail_);
  if (waiting == 0) {
    prepared_count_ = 0;
    return 0;
  }
  if (waiting > size_) [[unlikely]] {
    broken_why_ = "the available index moved by more than the queue's size";
    return 0;
  }
  prepared_count_ = static_cast<uint16_t>(std::min<uint32_t>(waiting, max));
  if (prepared_count_ > 1) {
    for (uint16_t i = 0; i < prepared_count_; ++i) {
      const auto head = load_relaxed<uint16_t>(avail_entry(static_cast<uint16_t>(last_avail_ + i)));
      __builtin_prefetch(parts_.descriptors + sizeof(SplitDescriptor) * (head & mask_));
    }
    if (has_indirect_) {
      prefetch_tables(prepared_count_);
    }
  }
  return prepared_count_;
}

template <typename Steps>
void SplitQueue<Steps>::prefetch_tables(uint32_t count) noexcept {
  for (uint32_t i = 0; i < count; ++i) {
    const auto head = load_relaxed<uint16_t>(avail_entry(static_cast<uint16_t>(last_avail_ + i)));
    const auto d = copy_once<SplitDescriptor>(parts_.descriptors + sizeof(SplitDescriptor) * (head & mask_));
    if ((d.flags & descriptor_flag::Indirect) != 0) {
      __builtin_prefetch(reader_.translate(d.address, sizeof(SplitDescriptor)));
    }
  }
}

template <typename Steps>
Pop SplitQueue<Steps>::pop(Chain& chain, iovec* small, uint32_t small_count, iovec* spill) {
  if (prepared_count_ == 0) {
    return Pop::Empty;
  }
  --prepared_count_;
  reader_.begin(chain, small, small_count, spill);
  if (recovered_next_ < recovered_.size()) [[unlikely]] {
    return read_chain(chain, recovered_[recovered_next_++]);
  }
  const auto head = load_relaxed<uint16_t>(avail_entry(last_avail_));
  if (head >= size_) [[unlikely]] {
    return fail_ring("an entry of the available ring is not the index of a descriptor");
  }
  if (log_.is_open() && !log_.fetch(head)) [[unlikely]] {
    return fail_ring("a descriptor was made available that is in flight already");
  }
  ++last_avail_;
  return read_chain(chain, head);
}

template <typename Steps>
Pop SplitQueue<Steps>::read_chain(Chain& chain, uint16_t head) {
  chain.token = {.id = head, .ring_count = 1, .log_index = head};
  auto d = copy_once<SplitDescriptor>(parts_.descriptors + sizeof(SplitDescriptor) * head);
  // Every turn takes one descriptor; more turns than descriptors mean a loop (§2.7.5.2).
  for (uint32_t taken = 1;; ++taken) {
    if ((d.flags & descriptor_flag::Indirect) != 0) {
      return read_indirect(chain, d);
    }
    reader_.add(chain, d.address, d.length, (d.flags & descriptor_flag::Write) != 0);
    if ((d.flags & descriptor_flag::Next) == 0) {
      return Pop::Chain;
    }
    if (d.next >= size_) [[unlikely]] {
      return fail_ring("a descriptor's next field points outside the table");
    }
    if (taken == size_) [[unlikely]] {
      return fail_ring("a descriptor chain is longer than the queue: it loops");
    }
    d = copy_once<SplitDescriptor>(parts_.descriptors + sizeof(SplitDescriptor) * d.next);
  }
}

template <typename Steps>
Pop SplitQueue<Steps>::read_indirect(Chain& chain, const SplitDescriptor& table) {
  if (!has_indirect_ || (table.flags & descriptor_flag::Next) != 0) [[unlikely]] {
    return fail_ring("a descriptor is indirect without the feature, or indirect and chained (§2.7.5.3.1)");
  }
  const uint32_t count = table.length / sizeof(SplitDescriptor);
  if (count == 0 || table.length % sizeof(SplitDescriptor) != 0) [[unlikely]] {
    return fail_ring("an indirect table's length is not a multiple of 16");
  }
  const std::byte* const entries = reader_.translate(table.address, table.length);
  if (entries == nullptr) [[unlikely]] {
    return fail_ring("an indirect table does not lie inside one region of the guest's memory");
  }
  const uint32_t limit = std::min(count, indirect_entries_max);
  uint32_t index = 0;
  for (uint32_t taken = 0; taken < limit; ++taken) {
    const auto d = copy_once<SplitDescriptor>(entries + sizeof(SplitDescriptor) * index);
    if ((d.flags & descriptor_flag::Indirect) != 0) [[unlikely]] {
      return fail_ring("an indirect table holds an indirect descriptor (§2.7.5.3.1)");
    }
    reader_.add(chain, d.address, d.length, (d.flags & descriptor_flag::Write) != 0);
    if ((d.flags & descriptor_flag::Next) == 0) {
      return Pop::Chain;
    }
    if (d.next >= count) [[unlikely]] {
      return fail_ring("a next field in an indirect table points outside it");
    }
    index = d.next;
  }
  return fail_ring("the chain in an indirect table loops or is too long");
}

template <typename Steps>
void SplitQueue<Steps>::put_used(const ChainToken& token, uint32_t length) {
  const size_t offset = ring_entries_offset + sizeof(UsedElement) * (used_ & mask_);
  const UsedElement element{token.id, length};
  std::memcpy(parts_.device_area + offset, &element, sizeof element);
  log_used_write(offset, sizeof element);
  ++used_;
  ++unpublished_count_;
  if (log_.is_open()) {
    Steps::step();
    log_.complete(token.log_index);
  }
}

template <typename Steps>
void SplitQueue<Steps>::publish() {
  if (unpublished_count_ == 0) {
    return;
  }
  // §2.7.8.2: entries and data before the index.
  store_release<uint16_t>(parts_.device_area + ring_idx_offset, used_);
  log_used_write(ring_idx_offset, 2);
  if (log_.is_open()) {
    Steps::step();
    log_.commit(unpublished_count_, used_);
  }
  unpublished_count_ = 0;
}

template <typename Steps>
bool SplitQueue<Steps>::needs_call() {
  // §2.7.7.2 after §2.7.13.4.1's counterpart: the index must be visible before the driver's wish is read.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const uint16_t old_used = signalled_used_;
  signalled_used_ = used_;
  if (!has_event_idx_) {
    return (load_relaxed<uint16_t>(parts_.driver_area + ring_flags_offset) & avail_no_interrupt) == 0;
  }
  if (!is_signalled_valid_) [[unlikely]] {
    is_signalled_valid_ = true;  // who knows what a predecessor signalled
    return true;
  }
  const auto event = load_relaxed<uint16_t>(parts_.driver_area + ring_entries_offset + size_t{2} * size_);
  return passed_event(event, used_, old_used);
}

template <typename Steps>
bool SplitQueue<Steps>::enable_kicks() {
  if (has_event_idx_) {  // §2.7.10.2: flags stays 0
    const size_t offset = ring_entries_offset + sizeof(UsedElement) * size_;
    store_relaxed<uint16_t>(parts_.device_area + offset, last_avail_);
    log_used_write(offset, 2);
  } else {
    store_relaxed<uint16_t>(parts_.device_area + ring_flags_offset, 0);
    log_used_write(ring_flags_offset, 2);
  }
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return load_acquire<uint16_t>(parts_.driver_area + ring_idx_offset) != last_avail_ || recovered_count() != 0;
}

template <typename Steps>
void SplitQueue<Steps>::disable_kicks() {
  // With event indices there is nothing to do: the driver stops by itself once it has passed the one we asked for.
  const uint16_t flags = has_event_idx_ ? 0 : used_no_notify;
  store_relaxed<uint16_t>(parts_.device_area + ring_flags_offset, flags);
  log_used_write(ring_flags_offset, 2);
}

}  // namespace outrigger::virtio
