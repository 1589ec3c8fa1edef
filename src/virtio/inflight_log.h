// The in-flight log of vhost-user ("Inflight I/O tracking"): memory shared with the front end in which a back end
// notes what it has fetched and not yet completed, so that its successor after a crash resubmits exactly that.
//
// Every store is a step after which the process may be killed; the order of stores is what makes the log true at
// every one of them. Steps is a policy that tests use to die there (crash injection); in production it is NoSteps
// and compiles to nothing.
//
// Where we go beyond the letter of the protocol (the layout is unchanged):
// - a fresh region takes over the used index the ring has at that moment, so that "nothing was completed yet" is
//   never mistaken for "the last batch began at descriptor 0";
// - positions of packed rings (index and wrap counter, old and new) change in one 64-bit store, because a kill
//   between two of them, followed by a driver that goes on, cannot be told apart afterwards;
// - wrap counters are compared along with indices, so that a batch as long as the ring is seen.
#pragma once

#include "virtio/chain.h"
#include "virtio/ring_format.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace outrigger::virtio {

// Nothing happens between two stores.
struct NoSteps {
  static void step() noexcept {}
};

struct DescStateSplit {
  uint8_t inflight;
  uint8_t padding[5];
  uint16_t next;
  uint64_t counter;
};
static_assert(sizeof(DescStateSplit) == 16 && offsetof(DescStateSplit, next) == 6 &&
              offsetof(DescStateSplit, counter) == 8);

struct QueueRegionSplit {
  uint64_t features;
  uint16_t version;
  uint16_t desc_num;
  uint16_t last_batch_head;
  uint16_t used_idx;
};
static_assert(sizeof(QueueRegionSplit) == 16 && offsetof(QueueRegionSplit, used_idx) == 14);

struct DescStatePacked {
  uint8_t inflight;
  uint8_t padding;
  uint16_t next;
  uint16_t last;
  uint16_t num;
  uint64_t counter;
  uint16_t id;
  uint16_t flags;
  uint32_t len;
  uint64_t addr;
};
static_assert(sizeof(DescStatePacked) == 32 && offsetof(DescStatePacked, counter) == 8 &&
              offsetof(DescStatePacked, id) == 16 && offsetof(DescStatePacked, addr) == 24);

struct QueueRegionPacked {
  uint64_t features;
  uint16_t version;
  uint16_t desc_num;
  uint16_t free_head;
  uint16_t old_free_head;
  uint16_t used_idx;
  uint16_t old_used_idx;
  uint8_t used_wrap_counter;
  uint8_t old_used_wrap_counter;
  uint8_t padding[7];
};
static_assert(sizeof(QueueRegionPacked) == 32 && offsetof(QueueRegionPacked, used_idx) == 16 &&
              offsetof(QueueRegionPacked, old_used_wrap_counter) == 21);

inline constexpr uint16_t inflight_version = 1;
inline constexpr uint64_t inflight_alignment = 64;  // of each queue's region; what other back ends use as well

// Bytes of one queue's region, a multiple of inflight_alignment.
constexpr uint64_t inflight_queue_bytes(uint16_t queue_size, bool is_packed) noexcept {
  const uint64_t bytes = is_packed ? sizeof(QueueRegionPacked) + queue_size * sizeof(DescStatePacked)
                                   : sizeof(QueueRegionSplit) + queue_size * sizeof(DescStateSplit);
  return (bytes + inflight_alignment - 1) / inflight_alignment * inflight_alignment;
}

// The log of one split queue. Lives on the queue's core.
template <typename Steps = NoSteps>
class SplitInflightLog {
 public:
  struct Recovery {
    bool is_believed = false;     // false: the region was initialised and knows nothing
    std::vector<uint16_t> heads;  // to resubmit
  };

  [[nodiscard]] bool is_open() const noexcept { return region_ != nullptr; }

  // Lays itself over `bytes` (at least inflight_queue_bytes). A fresh or never initialised region, or one made for
  // another queue size, is initialised; otherwise the last batch is settled and what was in flight is
  // returned in the order in which it was fetched. `used_idx` and `avail_idx` are the ring's at this moment.
  Recovery open(std::span<std::byte> bytes, bool is_fresh, uint16_t size, uint16_t used_idx, uint16_t avail_idx);

  // Head `i` was taken from the available ring. False when it is in flight already: the driver offered it twice.
  bool fetch(uint16_t i) {
    DescStateSplit& state = states()[i];
    if (state.inflight != 0) {
      return false;
    }
    store(state.counter, counter_++);
    store(state.inflight, uint8_t{1});
    return true;
  }
  // Head `i` was put into the used ring, which does not show it yet.
  void complete(uint16_t i) {
    store(states()[i].next, region_->last_batch_head);
    store(region_->last_batch_head, i);
  }
  // The used ring shows `used_idx` now: the last `count` completions are done.
  void commit(uint16_t count, uint16_t used_idx) {
    uint16_t i = region_->last_batch_head;
    for (uint16_t n = 0; n < count && i < region_->desc_num; ++n) {
      store(states()[i].inflight, uint8_t{0});
      i = states()[i].next;
    }
    store(region_->used_idx, used_idx);
  }

 private:
  template <typename T>
  static void store(T& at, T value) {
    std::atomic_ref<T>(at).store(value, std::memory_order_release);
    Steps::step();
  }
  [[nodiscard]] DescStateSplit* states() const noexcept { return reinterpret_cast<DescStateSplit*>(region_ + 1); }
  void initialise(uint16_t size, uint16_t used_idx);

  QueueRegionSplit* region_ = nullptr;
  uint64_t counter_ = 0;
};

template <typename Steps>
void SplitInflightLog<Steps>::initialise(uint16_t size, uint16_t used_idx) {
  store(region_->version, uint16_t{0});
  for (uint16_t i = 0; i < size; ++i) {
    states()[i] = {};
  }
  store(region_->features, uint64_t{0});
  store(region_->desc_num, size);
  store(region_->last_batch_head, uint16_t{0});
  store(region_->used_idx, used_idx);
  store(region_->version, inflight_version);
}

template <typename Steps>
typename SplitInflightLog<Steps>::Recovery SplitInflightLog<Steps>::open(std::span<std::byte> bytes, bool is_fresh,
                                                                         uint16_t size, uint16_t used_idx,
                                                                         uint16_t avail_idx) {
  region_ = reinterpret_cast<QueueRegionSplit*>(bytes.data());
  const auto unsettled = static_cast<uint16_t>(used_idx - region_->used_idx);
  if (is_fresh || region_->version != inflight_version || region_->desc_num != size || unsettled > size) {
    initialise(size, used_idx);
    return {};
  }
  if (unsettled != 0) {
    commit(unsettled, used_idx);
  }
  std::vector<uint16_t> heads;
  for (uint16_t i = 0; i < size; ++i) {
    if (states()[i].inflight != 0) {
      heads.push_back(i);
      counter_ = std::max(counter_, states()[i].counter + 1);
    }
  }
  // What is in flight was made available and not used: more than that means that the ring was made anew since.
  if (heads.size() > static_cast<uint16_t>(avail_idx - used_idx)) {
    initialise(size, used_idx);
    return {};
  }
  std::ranges::sort(heads, {}, [this](uint16_t i) { return states()[i].counter; });
  return {true, std::move(heads)};
}

// A place in a packed ring: slot and wrap counter.
struct PackedPosition {
  uint16_t index = 0;
  bool wrap = true;

  friend bool operator==(const PackedPosition&, const PackedPosition&) = default;
  // `count` slots further on in a ring of `size`.
  void advance(uint16_t count, uint16_t size) noexcept {
    const uint32_t moved = uint32_t{index} + count;
    const bool turns = moved >= size;
    index = static_cast<uint16_t>(turns ? moved - size : moved);
    wrap = wrap != turns;
  }
};

// The log of one packed queue. Lives on the queue's core.
template <typename Steps = NoSteps>
class PackedInflightLog {
 public:
  struct Recovery {
    PackedPosition used;             // where the next used descriptor goes
    std::vector<uint16_t> heads;     // entries to resubmit, in the order in which they were fetched
  };

  [[nodiscard]] bool is_open() const noexcept { return region_ != nullptr; }

  // As SplitInflightLog::open; `descriptors` is the ring, `base` where the front end says both sides stand. That
  // counts for a fresh region only: after a crash a front end cannot know, and the region does.
  Recovery open(std::span<std::byte> bytes, bool is_fresh, uint16_t size, const std::byte* descriptors,
                PackedPosition base);

  // Notes one descriptor of the chain that is being fetched; false when the region is full, which an honest driver
  // cannot cause.
  bool fetch(const PackedDescriptor& descriptor, bool is_head, bool is_last);
  // The entry of the chain that the next fetch() with is_head begins.
  [[nodiscard]] uint16_t next_entry() const noexcept { return region_->old_free_head; }

  // Before the used descriptor of entry `e` is written; the device will then stand at `used`.
  void complete(uint16_t e, PackedPosition used) {
    store(states()[states()[e].last].next, region_->free_head);
    store(region_->free_head, e);
    store_positions(used, {region_->old_used_idx, region_->old_used_wrap_counter != 0});
  }
  // After the used descriptor of entry `e` was written.
  void commit(uint16_t e) {
    store(states()[e].inflight, uint8_t{0});
    settle();
  }
  [[nodiscard]] const DescStatePacked& entry(uint16_t e) const noexcept { return states()[e]; }

 private:
  template <typename T>
  static void store(T& at, T value) {
    std::atomic_ref<T>(at).store(value, std::memory_order_release);
    Steps::step();
  }
  [[nodiscard]] DescStatePacked* states() const noexcept {
    return reinterpret_cast<DescStatePacked*>(region_ + 1);
  }
  // used_idx, old_used_idx and both wrap counters share one aligned 64-bit word; the rest of it is padding.
  void store_positions(PackedPosition now, PackedPosition old) {
    const uint64_t word = uint64_t{now.index} | uint64_t{old.index} << 16 | uint64_t{now.wrap} << 32 |
                          uint64_t{old.wrap} << 40;
    store(*reinterpret_cast<uint64_t*>(reinterpret_cast<std::byte*>(region_) +
                                       offsetof(QueueRegionPacked, used_idx)),
          word);
  }
  void settle() {
    store(region_->old_free_head, region_->free_head);
    const PackedPosition now{region_->used_idx, region_->used_wrap_counter != 0};
    store_positions(now, now);
  }
  [[nodiscard]] bool is_sane(uint16_t size) const noexcept;
  void initialise(uint16_t size, PackedPosition base);

  QueueRegionPacked* region_ = nullptr;
  uint64_t counter_ = 0;
};

template <typename Steps>
void PackedInflightLog<Steps>::initialise(uint16_t size, PackedPosition base) {
  store(region_->version, uint16_t{0});
  for (uint16_t i = 0; i < size; ++i) {
    states()[i] = {};
    states()[i].next = static_cast<uint16_t>(i + 1);
  }
  store(region_->features, uint64_t{0});
  store(region_->desc_num, size);
  store(region_->free_head, uint16_t{0});
  store(region_->old_free_head, uint16_t{0});
  store_positions(base, base);
  store(region_->version, inflight_version);
}

template <typename Steps>
bool PackedInflightLog<Steps>::is_sane(uint16_t size) const noexcept {
  if (region_->version != inflight_version || region_->desc_num != size || region_->used_idx >= size ||
      region_->old_used_idx >= size) {
    return false;
  }
  for (uint16_t i = 0; i < size; ++i) {  // links may point one past the end: the end of the free list
    if (states()[i].next > size || (states()[i].inflight != 0 && (states()[i].last >= size || states()[i].num > size))) {
      return false;
    }
  }
  return true;
}

template <typename Steps>
typename PackedInflightLog<Steps>::Recovery PackedInflightLog<Steps>::open(std::span<std::byte> bytes, bool is_fresh,
                                                                           uint16_t size,
                                                                           const std::byte* descriptors,
                                                                           PackedPosition base) {
  region_ = reinterpret_cast<QueueRegionPacked*>(bytes.data());
  if (is_fresh || !is_sane(size)) {
    initialise(size, base);
    return {base, {}};
  }
  const PackedPosition now{region_->used_idx, region_->used_wrap_counter != 0};
  const PackedPosition old{region_->old_used_idx, region_->old_used_wrap_counter != 0};
  constexpr uint16_t both = descriptor_flag::Avail | descriptor_flag::Used;
  if (now != old) {
    const uint16_t flags = load_acquire<uint16_t>(descriptors + size_t{old.index} * sizeof(PackedDescriptor) +
                                                  offsetof(PackedDescriptor, flags));
    const uint16_t available = old.wrap ? descriptor_flag::Avail : descriptor_flag::Used;
    if ((flags & both) != available) {
      settle();  // the driver has seen it: the update counts
    }
  }
  store(region_->free_head, region_->old_free_head);  // roll back whatever does not count
  const PackedPosition used{region_->old_used_idx, region_->old_used_wrap_counter != 0};
  store_positions(used, used);
  uint16_t free = region_->free_head;
  for (uint16_t n = 0; n < size && free < size; ++n) {
    store(states()[free].inflight, uint8_t{0});
    free = states()[free].next;
  }
  Recovery recovery{used, {}};
  for (uint16_t i = 0; i < size; ++i) {
    if (states()[i].inflight != 0) {
      recovery.heads.push_back(i);
      counter_ = std::max(counter_, states()[i].counter + 1);
    }
  }
  std::ranges::sort(recovery.heads, {}, [this](uint16_t i) { return states()[i].counter; });
  return recovery;
}

template <typename Steps>
bool PackedInflightLog<Steps>::fetch(const PackedDescriptor& descriptor, bool is_head, bool is_last) {
  const uint16_t e = region_->old_free_head;
  const uint16_t d = region_->free_head;
  if (e >= region_->desc_num || d >= region_->desc_num) {
    return false;
  }
  DescStatePacked& head = states()[e];
  if (is_head) {
    store(head.num, uint16_t{0});
    store(head.counter, counter_++);
    store(head.inflight, uint8_t{1});
  }
  if (is_last) {
    store(head.last, d);
  }
  store(head.num, static_cast<uint16_t>(head.num + 1));
  DescStatePacked& state = states()[d];
  store(state.addr, descriptor.address);
  store(state.len, descriptor.length);
  store(state.flags, descriptor.flags);
  store(state.id, descriptor.id);
  store(region_->free_head, state.next);
  if (is_last) {
    store(region_->old_free_head, region_->free_head);
  }
  return true;
}

}  // namespace outrigger::virtio
