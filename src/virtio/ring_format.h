// The two virtqueue formats as the virtio 1.2 specification lays them out in memory (sections 2.7 and 2.8), and the
// feature bits that choose between them (section 6). Integers are little-endian, as every host we serve is.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace outrigger::virtio {

static_assert(std::endian::native == std::endian::little, "rings are little-endian and are accessed in place");

// §6 Reserved Feature Bits. Values are masks.
namespace feature {
inline constexpr uint64_t RingIndirectDesc = 1ULL << 28;
inline constexpr uint64_t RingEventIdx = 1ULL << 29;
inline constexpr uint64_t Version1 = 1ULL << 32;
inline constexpr uint64_t RingPacked = 1ULL << 34;
}  // namespace feature

// §2.7.5 and §2.8.13: descriptor flags. Avail and Used exist in packed rings only.
namespace descriptor_flag {
inline constexpr uint16_t Next = 1;
inline constexpr uint16_t Write = 2;
inline constexpr uint16_t Indirect = 4;
inline constexpr uint16_t Avail = 1U << 7;
inline constexpr uint16_t Used = 1U << 15;
}  // namespace descriptor_flag

// §2.7.5: struct virtq_desc.
struct SplitDescriptor {
  uint64_t address;
  uint32_t length;
  uint16_t flags;
  uint16_t next;
};
static_assert(sizeof(SplitDescriptor) == 16 && offsetof(SplitDescriptor, flags) == 12);

// §2.8.13: struct pvirtq_desc.
struct PackedDescriptor {
  uint64_t address;
  uint32_t length;
  uint16_t id;
  uint16_t flags;
};
static_assert(sizeof(PackedDescriptor) == 16 && offsetof(PackedDescriptor, flags) == 14);

// §2.7.8: struct virtq_used_elem.
struct UsedElement {
  uint32_t id;
  uint32_t length;
};
static_assert(sizeof(UsedElement) == 8);

// §2.7.6 and §2.7.8: both split rings begin with flags and idx; entries follow, then the other side's event index.
inline constexpr size_t ring_flags_offset = 0;
inline constexpr size_t ring_idx_offset = 2;
inline constexpr size_t ring_entries_offset = 4;
inline constexpr uint16_t avail_no_interrupt = 1;  // VIRTQ_AVAIL_F_NO_INTERRUPT
inline constexpr uint16_t used_no_notify = 1;      // VIRTQ_USED_F_NO_NOTIFY

constexpr size_t split_avail_bytes(uint32_t size) noexcept { return 6 + 2 * static_cast<size_t>(size); }
constexpr size_t split_used_bytes(uint32_t size) noexcept { return 6 + 8 * static_cast<size_t>(size); }

// §2.8.14: struct pvirtq_event_suppress as one 32-bit word: offset and wrap counter in the low half, flags above.
inline constexpr uint16_t event_enable = 0;
inline constexpr uint16_t event_disable = 1;
inline constexpr uint16_t event_descriptor = 2;
inline constexpr size_t packed_event_bytes = 4;

inline constexpr uint32_t queue_size_limit = 32768;  // §2.7 and §2.8

// Memory that the driver reads or writes at the same time. Pointers are aligned for T.
template <typename T>
T load_relaxed(const std::byte* at) noexcept {
  return std::atomic_ref<T>(*reinterpret_cast<T*>(const_cast<std::byte*>(at))).load(std::memory_order_relaxed);
}
template <typename T>
T load_acquire(const std::byte* at) noexcept {
  return std::atomic_ref<T>(*reinterpret_cast<T*>(const_cast<std::byte*>(at))).load(std::memory_order_acquire);
}
template <typename T>
void store_relaxed(std::byte* at, T value) noexcept {
  std::atomic_ref<T>(*reinterpret_cast<T*>(at)).store(value, std::memory_order_relaxed);
}
template <typename T>
void store_release(std::byte* at, T value) noexcept {
  std::atomic_ref<T>(*reinterpret_cast<T*>(at)).store(value, std::memory_order_release);
}

// A local copy of something the driver may change under us. The fence keeps the compiler from reading it again
// later: what was checked is what is used.
template <typename T>
T copy_once(const std::byte* at) noexcept {
  T copy;
  std::memcpy(&copy, at, sizeof copy);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  return copy;
}

// §2.7.10, "vring_need_event": did the index pass `event` on its way from `old_index` to `new_index`?
constexpr bool passed_event(uint16_t event, uint16_t new_index, uint16_t old_index) noexcept {
  return static_cast<uint16_t>(new_index - event - 1) < static_cast<uint16_t>(new_index - old_index);
}

}  // namespace outrigger::virtio
