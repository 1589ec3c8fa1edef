// The in-flight log of vhost-user ("Inflight I/O tracking"): memory shared with the front end in which a back end
// notes what it has fetched and not yet completed, so that its successor after a crash resubmits exactly that.
//
// Every store is a step after which the process may be killed; the order of stores is what makes the log true at
// every one of them. Steps is a policy that tests use to die there (crash injection); in production it is NoSteps
// and compiles to nothing.
//
// The front end shares the memory and may write anything into it at any moment: what decides where we read and write
// is kept here, and what must be read there is copied once and checked.
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

// The log's memory is shared; each access happens once.
template <typename T>
void log_store(T& at, T value) noexcept {
  std::atomic_ref<T>(at).store(value, std::memory_order_release);
}
template <typename T>
T log_load(const T& at) noexcept {
  return std::atomic_ref<T>(const_cast<T&>(at)).load(std::memory_order_relaxed);
}

// What is in flight, by the log, in the order of fetching.
struct LogEntry {
  uint64_t counter = 0;
  uint16_t index = 0;
};
inline std::vector<uint16_t> in_order(std::vector<LogEntry> entries) {
  std::ranges::sort(entries, {}, &LogEntry::counter);
  std::vector<uint16_t> indices(entries.size());
  std::ranges::transform(entries, indices.begin(), &LogEntry::index);
  return indices;
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
    if (load(state.inflight) != 0) {
      return false;
    }
    store(state.counter, counter_++);
    store(state.inflight, uint8_t{1});
    return true;
  }
  // Head `i` was put into the used ring, which does not show it yet.
  void complete(uint16_t i) {
    store(states()[i].next, load(region_->last_batch_head));
    store(region_->last_batch_head, i);
  }
  // The used ring shows `used_idx` now: the last `count` completions are done.
  void commit(uint16_t count, uint16_t used_idx) {
    uint16_t i = load(region_->last_batch_head);
    for (uint16_t n = 0; n < count && i < size_; ++n) {
      store(states()[i].inflight, uint8_t{0});
      i = load(states()[i].next);
    }
    store(region_->used_idx, used_idx);
  }

 private:
  template <typename T>
  static void store(T& at, T value) {
    log_store(at, value);
    Steps::step();
  }
  template <typename T>
  static T load(const T& at) noexcept {
    return log_load(at);
  }
  [[nodiscard]] DescStateSplit* states() const noexcept { return reinterpret_cast<DescStateSplit*>(region_ + 1); }
  void initialise(uint16_t size, uint16_t used_idx);

  QueueRegionSplit* region_ = nullptr;
  uint16_t size_ = 0;
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
  size_ = size;
  const auto unsettled = static_cast<uint16_t>(used_idx - load(region_->used_idx));
  if (is_fresh || load(region_->version) != inflight_version || load(region_->desc_num) != size ||
      unsettled > size) {
    initialise(size, used_idx);
    return {};
  }
  if (unsettled != 0) {
    commit(unsettled, used_idx);
  }
  std::vector<LogEntry> entries;
  for (uint16_t i = 0; i < size; ++i) {
    if (load(states()[i].inflight) != 0) {
      entries.push_back({load(states()[i].counter), i});
      counter_ = std::max(counter_, entries.back().counter + 1);
    }
  }
  // What is in flight was made available and not used: more than that means that the ring was made anew since.
  if (entries.size() > static_cast<uint16_t>(avail_idx - used_idx)) {
    initialise(size, used_idx);
    return {};
  }
  return {true, in_order(std::move(entries))};
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
    PackedPosition used;          // where the next used descriptor goes
    std::vector<uint16_t> heads;  // entries to resubmit, in the order in which they were fetched
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
  [[nodiscard]] uint16_t next_entry() const noexcept { return old_free_head_; }

  // Before the used descriptor of entry `e` is written; the device will then stand at `used`.
  void complete(uint16_t e, PackedPosition used) {
    if (const uint16_t last = load(states()[e].last); last < size_) {
      store(states()[last].next, free_head_);
    }
    free_head_ = e;
    store(region_->free_head, e);
    store_positions(used, used_);
    used_ = used;
  }
  // After the used descriptor of entry `e` was written.
  void commit(uint16_t e) {
    store(states()[e].inflight, uint8_t{0});
    settle();
  }
  // A copy of what entry `e` says.
  [[nodiscard]] DescStatePacked entry(uint16_t e) const noexcept {
    return copy_once<DescStatePacked>(reinterpret_cast<const std::byte*>(states() + e));
  }

 private:
  template <typename T>
  static void store(T& at, T value) {
    log_store(at, value);
    Steps::step();
  }
  template <typename T>
  static T load(const T& at) noexcept {
    return log_load(at);
  }
  [[nodiscard]] DescStatePacked* states() const noexcept { return reinterpret_cast<DescStatePacked*>(region_ + 1); }
  // used_idx, old_used_idx and both wrap counters share one aligned 64-bit word; the rest of it is padding.
  void store_positions(PackedPosition now, PackedPosition old) {
    const uint64_t word =
        uint64_t{now.index} | uint64_t{old.index} << 16 | uint64_t{now.wrap} << 32 | uint64_t{old.wrap} << 40;
    store(*reinterpret_cast<uint64_t*>(reinterpret_cast<std::byte*>(region_) + offsetof(QueueRegionPacked, used_idx)),
          word);
  }
  void settle() {
    old_free_head_ = free_head_;
    store(region_->old_free_head, free_head_);
    store_positions(used_, used_);
  }
  [[nodiscard]] bool is_sane(const QueueRegionPacked& header) const noexcept;
  void initialise(uint16_t size, PackedPosition base);

  QueueRegionPacked* region_ = nullptr;
  uint16_t size_ = 0;
  uint16_t free_head_ = 0;
  uint16_t old_free_head_ = 0;
  PackedPosition used_;
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
  free_head_ = old_free_head_ = 0;
  used_ = base;
}

template <typename Steps>
bool PackedInflightLog<Steps>::is_sane(const QueueRegionPacked& header) const noexcept {
  return header.version == inflight_version && header.desc_num == size_ && header.used_idx < size_ &&
         header.old_used_idx < size_;
}

template <typename Steps>
typename PackedInflightLog<Steps>::Recovery PackedInflightLog<Steps>::open(std::span<std::byte> bytes, bool is_fresh,
                                                                           uint16_t size,
                                                                           const std::byte* descriptors,
                                                                           PackedPosition base) {
  region_ = reinterpret_cast<QueueRegionPacked*>(bytes.data());
  size_ = size;
  const auto header = copy_once<QueueRegionPacked>(bytes.data());
  if (is_fresh || !is_sane(header)) {
    initialise(size, base);
    return {base, {}};
  }
  const PackedPosition now{header.used_idx, header.used_wrap_counter != 0};
  const PackedPosition old{header.old_used_idx, header.old_used_wrap_counter != 0};
  constexpr uint16_t both = descriptor_flag::Avail | descriptor_flag::Used;
  const uint16_t flags = load_acquire<uint16_t>(descriptors + size_t{old.index} * sizeof(PackedDescriptor) +
                                                offsetof(PackedDescriptor, flags));
  const uint16_t available = old.wrap ? descriptor_flag::Avail : descriptor_flag::Used;
  const bool was_seen = now != old && (flags & both) != available;
  used_ = was_seen ? now : old;  // an update that the driver has seen counts; any other is rolled back
  free_head_ = was_seen ? header.free_head : header.old_free_head;
  store(region_->free_head, free_head_);
  settle();
  uint16_t free = free_head_;
  for (uint16_t n = 0; n < size && free < size; ++n) {
    store(states()[free].inflight, uint8_t{0});
    free = load(states()[free].next);
  }
  std::vector<LogEntry> entries;
  for (uint16_t i = 0; i < size; ++i) {
    if (load(states()[i].inflight) != 0) {
      entries.push_back({load(states()[i].counter), i});
      counter_ = std::max(counter_, entries.back().counter + 1);
    }
  }
  return {used_, in_order(std::move(entries))};
}

template <typename Steps>
bool PackedInflightLog<Steps>::fetch(const PackedDescriptor& descriptor, bool is_head, bool is_last) {
  const uint16_t e = old_free_head_;
  const uint16_t d = free_head_;
  if (e >= size_ || d >= size_) {
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
  store(head.num, static_cast<uint16_t>(load(head.num) + 1));
  DescStatePacked& state = states()[d];
  store(state.addr, descriptor.address);
  store(state.len, descriptor.length);
  store(state.flags, descriptor.flags);
  store(state.id, descriptor.id);
  free_head_ = load(state.next);
  store(region_->free_head, free_head_);
  if (is_last) {
    old_free_head_ = free_head_;
    store(region_->old_free_head, free_head_);
  }
  return true;
}

}  // namespace outrigger::virtio
